"""A searched network hears recordings as they come, with the front end of the source inside."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

import archivolt
from archivolt_audio.streaming import stream

RATE = 8000


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Write tones of two heights, of unequal length, in noise."""
    rng = np.random.default_rng(0)
    for label, hertz in (("high", 1500), ("low", 300)):
        folder = tmp_path / "recordings" / label
        folder.mkdir(parents=True)
        for number in range(20):
            time = np.arange(rng.integers(2000, 3200)) / RATE
            sound = 0.3 * np.sin(2 * np.pi * hertz * time) + 0.02 * rng.standard_normal(len(time))
            with wave.open(str(folder / f"{number}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((sound * 32767).astype("<i2").tobytes())
    return tmp_path / "recordings"


def test_recordings_are_heard_as_they_are_predicted(recordings, tmp_path):
    run = archivolt.search(
        recordings,
        run=tmp_path / "run",
        trials=1,
        preset="audio",
        overrides=(
            "data.bins=12",
            "data.mask=true",
            "executor=inline",
            "space.blocks=[{name: residual_svdf, nodes: 16, memory: 4}]",
            "space.connectors=[{name: sequence_to_vector, mode: average}]",
            "space.depth=[1, 1]",
            "space.recipe.epochs=2",
            "space.recipe.batch_size=8",
        ),
    )

    made = stream(run, sound=True)

    assert made.features is None
    assert made.taken == 128  # samples of a step of 16 ms
    assert made.clips == 40
    assert made.difference < 1e-4
