from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from archivolt_audio.decoding import (
    Header,
    UndecodableError,
    decode,
    is_silent,
    read_header,
    resample,
)


@pytest.fixture(autouse=True)
def _by_soundfile(by_soundfile):
    pass


def strongest(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_formats_agree(record, tone, suffix: str):
    path = record(f"x.{suffix}", tone(440, seconds=1.0, rate=16_000), 16_000)

    samples = decode(path, 16_000)

    assert samples.dtype == np.float32
    assert abs(len(samples) - 16_000) <= 2400  # mp3 is padded to whole frames
    assert strongest(samples, 16_000) == pytest.approx(440, abs=3)
    middle = samples[4000:12_000]
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.05)


def test_wav_of_sixteen_bits_comes_out_as_it_is(record, tone):
    samples = np.round(tone() * 32_768) / 32_768

    assert np.array_equal(decode(record("x.wav", samples), 8000), samples.astype(np.float32))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_wav_of_other_numbers_is_read(record, tone, subtype: str):
    samples = decode(record("x.wav", tone(), subtype=subtype), 8000)

    assert np.abs(samples - tone()).max() < 0.02


def test_channels_are_averaged(record, tone):
    left, right = tone(300, peak=0.4), tone(900, peak=0.2)

    mixed = decode(record("x.wav", np.stack([left, right], axis=1)), 8000)

    assert np.allclose(mixed, (left + right) / 2, atol=1e-4)


@pytest.mark.parametrize("rate", [44_100, 22_050, 8000, 48_000])
def test_another_rate_is_resampled(record, tone, rate: int):
    samples = decode(record("x.wav", tone(440, 1.0, rate), rate), 16_000)

    assert len(samples) == pytest.approx(16_000, abs=1)
    assert strongest(samples, 16_000) == pytest.approx(440, abs=2)
    assert np.abs(samples[1000:-1000]).max() == pytest.approx(0.5, abs=0.01)


def test_what_a_lower_rate_cannot_hold_does_not_come_back_as_something_else(tone):
    folded = resample(tone(7000, 1.0, 16_000), 16_000, 8000)

    assert np.abs(folded[500:-500]).max() < 0.005


def test_a_header_tells_rate_channels_and_length(record, tone):
    stereo = np.stack([tone(seconds=0.75)] * 2, axis=1)

    assert read_header(record("x.flac", stereo)) == Header(8000, 2, 0.75)


def test_what_is_no_recording_has_no_header(tmp_path: Path):
    (tmp_path / "x.wav").write_bytes(b"nonsense")

    assert read_header(tmp_path / "x.wav") is None


def test_an_empty_file_is_told(tmp_path: Path):
    (tmp_path / "x.wav").touch()

    with pytest.raises(UndecodableError, match="an empty file"):
        decode(tmp_path / "x.wav", 8000)


def test_a_recording_of_no_length_is_told(record):
    with pytest.raises(UndecodableError, match="of no length"):
        decode(record("x.wav", np.zeros(0, np.float32)), 8000)


def test_what_cannot_be_decoded_is_told_without_its_path(tmp_path: Path):
    (tmp_path / "x.flac").write_bytes(b"nonsense" * 100)

    with pytest.raises(UndecodableError) as told:
        decode(tmp_path / "x.flac", 8000)

    assert "ormat not recogni" in str(told.value)
    assert str(tmp_path) not in str(told.value)


def test_numbers_that_are_none_are_told(record, tone):
    samples = tone()
    samples[7] = np.nan

    with pytest.raises(UndecodableError, match="NaN"):
        decode(record("x.wav", samples, subtype="FLOAT"), 8000)


def test_silence_is_a_peak_that_nobody_hears(tone):
    assert is_silent(np.zeros(100, np.float32))
    assert is_silent(tone(peak=5e-5))
    assert not is_silent(tone(peak=5e-4))


def test_without_soundfile_wav_of_sixteen_bits_is_read_and_the_rest_told(
    record, tone, monkeypatch: pytest.MonkeyPatch
):
    samples = np.round(tone() * 32_768) / 32_768
    wav, flac = record("x.wav", samples), record("x.flac", samples)
    monkeypatch.setitem(sys.modules, "soundfile", None)

    assert np.allclose(decode(wav, 8000), samples)
    assert read_header(wav) == Header(8000, 1, 0.5)
    with pytest.raises(UndecodableError, match="without soundfile .* only wav of 16 bits"):
        decode(flac, 8000)
