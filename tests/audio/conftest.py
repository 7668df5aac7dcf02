from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from archivolt_audio import decoding, native, recordings
from archivolt_audio.native import Native

Record = Callable[..., Path]
Tone = Callable[..., NDArray[np.float32]]


def make_tone(
    hertz: float = 440.0, seconds: float = 0.5, rate: int = 8000, peak: float = 0.5
) -> NDArray[np.float32]:
    moments = np.arange(round(seconds * rate)) / rate
    return (peak * np.sin(2 * np.pi * hertz * moments)).astype(np.float32)


@pytest.fixture
def digits() -> Path:
    """Real recordings, 4 classes in train (15 each, of 5 speakers) and test (5 each)."""
    return Path(__file__).parent.parent / "data" / "spoken_digits"


@pytest.fixture
def tone() -> Tone:
    """Make a sine: of so many hertz, seconds, samples a second, and with such a peak."""
    return make_tone


@pytest.fixture
def by_soundfile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tensorflow-io be a package that is not there."""
    absent = Native(None, "tensorflow-io is not installed")
    for module in (native, decoding, recordings):
        monkeypatch.setattr(module, "native", lambda: absent)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Save a tone, or any samples, below the folder `recordings`."""

    def save(
        name: str, samples: NDArray[np.float32] | None = None, rate: int = 8000, **options: object
    ) -> Path:
        path = tmp_path / "recordings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, make_tone(rate=rate) if samples is None else samples, rate, **options)
        return path

    return save


@pytest.fixture
def two_classes(record: Record, tmp_path: Path) -> Path:
    """Four recordings in two classes."""
    for number, name in enumerate(("a/x_1.wav", "a/y_2.wav", "b/x_1.wav", "b/y_2.wav")):
        record(name, make_tone(200.0 * (number + 1)))
    return tmp_path / "recordings"
