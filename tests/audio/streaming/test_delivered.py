"""Streaming what a run delivered: it is compared with real clips before it is written."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from archivolt.cli.app import app
from archivolt.errors import RunError
from archivolt.testing.saved_models import foreign_classes
from archivolt_audio.streaming import (
    NotStreamableError,
    Stream,
    StreamDiffersError,
    delivered,
    stream,
)
from archivolt_audio.streaming.models import features_of


def test_what_a_search_finds_says_of_a_stream_what_it_says_of_a_clip(run, tmp_path):
    made = stream(run, tmp_path / "small.keras")

    assert made.difference < 1e-4
    assert made.clips == run.problem.rows["validation"] > 0
    assert made.features == 6
    assert set(foreign_classes(made.path)) == set()
    # By hand, on further clips: the delivered model has its front end, the stream reads behind it.
    model = keras.saving.load_model(run.single.folder / "best.keras")
    clips = {"x": np.random.default_rng(5).standard_normal((4, 12, 6)).astype("float32")}
    front = keras.Model(model.input, features_of(model))
    streamed = Stream.load(made.path)
    said = streamed.outputs(np.asarray(front(clips)))
    np.testing.assert_allclose(np.asarray(said[-1]), np.asarray(model(clips)), atol=1e-4)


def test_it_lies_in_the_run_where_nothing_else_is_said(run):
    made = stream(run.path)

    assert made.path == run.path / "streaming.keras"
    assert made.path.exists()
    assert made.parameters > 0
    assert made.remembered >= made.states > 0


def test_a_block_that_sees_later_steps_is_named(searched):
    conv = {"name": "conv1d", "filters": 16, "kernel": 3, "causal": False, "skip": False}
    run = searched((conv,))
    block, *_ = run.history[run.about_single.trials[0]].candidate.architecture

    with pytest.raises(NotStreamableError) as caught:
        stream(run)

    assert caught.value.block == f"block 0, {block}"
    assert "Conv1D" in str(caught.value)
    assert "causal: true" in str(caught.value)
    assert not (run.path / "streaming.keras").exists()


def test_what_differs_is_not_written(run, tmp_path, monkeypatch):
    monkeypatch.setattr(delivered, "TOLERANCE", -1.0)

    with pytest.raises(StreamDiffersError, match="Nothing was written"):
        stream(run, tmp_path / "wrong.keras")

    assert not (tmp_path / "wrong.keras").exists()


def test_sound_is_taken_of_runs_that_read_sound(run):
    with pytest.raises(NotStreamableError, match="no spectra of one recording") as caught:
        stream(run, sound=True)

    assert "feed feature frames" in str(caught.value)


def test_a_file_of_another_kind_is_not_written(run, tmp_path):
    with pytest.raises(RunError, match="no name of a Keras model"):
        stream(run, tmp_path / "model.tflite")


def test_the_command_tells_what_was_made_and_how_it_compares(run, tmp_path):
    target = tmp_path / "stream.keras"

    told = CliRunner().invoke(app, ["stream", str(run.path), "-o", str(target)])
    as_data = CliRunner().invoke(app, ["stream", str(run.path), "-o", str(target), "--json"])

    assert told.exit_code == 0, told.output
    assert "of 6 features a call" in told.output
    assert "frame by frame and whole differ by at most" in told.output
    assert target.exists()
    facts = json.loads(as_data.output)
    assert Path(facts["path"]) == target
    assert facts["difference"] < 1e-4


def test_a_run_without_a_model_is_told(tmp_path):
    told = CliRunner().invoke(app, ["stream", str(tmp_path / "nowhere")])

    assert told.exit_code != 0
