from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from archivolt_audio.decoding import Header
from archivolt_audio.recordings import Form, choose_length, choose_rate, decode_all, read_headers


@pytest.fixture(autouse=True)
def _by_soundfile(by_soundfile):
    pass


def headers(*seconds: float, rate: int = 8000) -> list[Header]:
    return [Header(rate, 1, each) for each in seconds]


def test_the_rate_is_that_of_most_recordings():
    assert choose_rate([*headers(1, 1), *headers(1, rate=16_000)]) == 8000
    assert choose_rate(headers(1, rate=44_100)) == 16_000


def test_the_length_covers_nearly_all_recordings():
    assert choose_length(headers(*[0.5] * 99, 0.803, 7.0)) == 0.81
    assert choose_length(headers(0.4, 0.8)) == 0.8
    assert choose_length(headers(300.0)) == 10.0


def test_headers_are_those_of_the_readable_files(record, tmp_path: Path):
    good = record("x.wav")
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"nonsense")

    assert read_headers([bad, good]) == [Header(8000, 1, 0.5)]


def test_recordings_are_cut_or_end_in_zeros(record, tone):
    long, short = record("long.wav", tone(seconds=0.5)), record("short.wav", tone(seconds=0.1))

    waveforms, usable, failures = decode_all([long, short], Form(8000, 2000))

    assert waveforms.shape == (2, 2000)
    assert np.allclose(waveforms[0], tone()[:2000], atol=1e-4)
    assert np.allclose(waveforms[1, :800], tone()[:800], atol=1e-4)
    assert not waveforms[1, 800:].any()
    assert usable.tolist() == [0, 1]
    assert failures == ()


def test_what_is_left_out_is_told_with_its_cause(record, tone, tmp_path: Path):
    quiet = record("quiet.wav", np.zeros(800, np.float32))
    none = record("none.wav", np.zeros(0, np.float32))
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"nonsense")
    good = record("good.wav")
    gone = tmp_path / "gone.wav"

    waveforms, usable, failures = decode_all([quiet, none, bad, good, gone], Form(8000, 4000))

    assert usable.tolist() == [3]
    assert np.allclose(waveforms, tone()[None], atol=1e-4)
    assert [each.path for each in failures] == [quiet, none, bad, gone]
    assert [each.why for each in failures[:2]] == ["silence", "a recording of no length"]
    assert "No such file" in failures[3].why


def test_a_header_that_claims_what_cannot_be_is_told(record, tmp_path: Path):
    content = bytearray(record("fast.wav").read_bytes())
    content[24:28] = (2_000_000_011).to_bytes(4, "little")  # samples a second
    (tmp_path / "fast.wav").write_bytes(content)

    _, usable, (failure,) = decode_all([tmp_path / "fast.wav", record("good.wav")], Form(8000, 400))

    assert usable.tolist() == [1]
    assert failure.why == "it claims 2,000,000,011 samples a second"


def test_a_decoder_that_runs_out_of_memory_costs_one_file(record, monkeypatch):
    from archivolt_audio import recordings

    decode = recordings.decode

    def refuse(path, rate):
        if path.name == "huge.wav":
            raise MemoryError("Unable to allocate 256 GiB")
        return decode(path, rate)

    monkeypatch.setattr(recordings, "decode", refuse)

    _, usable, (failure,) = decode_all([record("huge.wav"), record("good.wav")], Form(8000, 400))

    assert usable.tolist() == [1]
    assert "256 GiB" in failure.why


def test_silence_may_be_kept(record):
    quiet = record("quiet.wav", np.zeros(800, np.float32))

    waveforms, usable, _ = decode_all([quiet], Form(8000, 800, keep_silent=True))

    assert usable.tolist() == [0]
    assert not waveforms.any()
