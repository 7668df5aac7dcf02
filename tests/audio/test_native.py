from __future__ import annotations

import builtins
import warnings
from pathlib import Path

import numpy as np
import pytest

from archivolt_audio import native as module
from archivolt_audio.decoding import decode
from archivolt_audio.native import Native, native


@pytest.fixture(autouse=True)
def _asked_anew():
    native.cache_clear()
    yield
    native.cache_clear()


@pytest.fixture
def audio():
    found = native()
    if found.audio is None:
        pytest.skip(found.why)  # with TensorFlow 2.17, as in `make test-oldest`, it is there
    return found.audio


def test_it_works_or_says_why_not_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = native()

    assert (found.audio is None) == bool(found.why)
    assert found is native()  # found out once


def test_without_the_package_that_is_the_reason(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)

    assert native().why == "tensorflow-io is not installed"


def test_a_package_that_breaks_at_its_import_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def broken(name, *rest):
        if name == "tensorflow_io":
            raise OSError("undefined symbol: _ZN10tensorflow\nand more")
        return real(name, *rest)

    monkeypatch.setattr(module, "find_spec", lambda name: name)
    monkeypatch.setattr(builtins, "__import__", broken)

    assert native().audio is None
    assert "does not load (OSError: undefined symbol: _ZN10tensorflow)" in native().why


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_both_ways_of_decoding_agree(
    audio, record, tone, suffix: str, monkeypatch: pytest.MonkeyPatch
):
    path = record(f"x.{suffix}", tone(440, 1.0, 16_000), 16_000)

    ours = decode(path, 16_000)
    monkeypatch.setattr("archivolt_audio.decoding.native", lambda: Native(None, "for once"))
    others = decode(path, 16_000)

    assert np.abs(ours[4000:12_000]).max() == pytest.approx(0.5, abs=0.05)
    shortest = min(len(ours), len(others))
    assert shortest > 15_000
    if suffix in ("wav", "flac"):
        assert np.array_equal(ours, others)


def test_a_native_resampling_keeps_pitch_and_level(audio, record, tone):
    samples = decode(record("x.wav", tone(440, 1.0, 44_100), 44_100), 16_000)

    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert np.argmax(spectrum) * 16_000 / len(samples) == pytest.approx(440, abs=2)
    assert np.abs(samples[1000:-1000]).max() == pytest.approx(0.5, abs=0.02)


def test_what_tensorflow_io_does_not_read_goes_the_other_way(audio, record, tone, tmp_path: Path):
    samples = decode(record("x.wav", tone(), subtype="FLOAT"), 8000)

    assert np.abs(samples - tone()).max() < 1e-3
