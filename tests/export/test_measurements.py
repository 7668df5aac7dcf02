"""Size, latency and score of a trial's export, told among its metrics."""

from __future__ import annotations

import json
from math import isnan

import pytest

pytest.importorskip("ai_edge_litert")

from typer.testing import CliRunner

from archivolt.cli.app import app
from archivolt.testing import MeasurementConformance
from archivolt_export.measurements import LiteRT, LiteRTInt8


class TestLiteRT(MeasurementConformance):
    @pytest.fixture
    def measurement(self):
        return LiteRT(calls=5)


class TestLiteRTInt8(MeasurementConformance):
    @pytest.fixture
    def measurement(self):
        return LiteRTInt8(calls=5)


def test_trials_tell_what_their_networks_are_in_litert(search):
    run = search("evaluator.measurements=[litert, {name: litert_int8, calls: 10}]")

    done = CliRunner().invoke(app, ["leaderboard", str(run.path), "--json"])
    (row,) = json.loads(done.stdout)
    metrics = row["metrics"]
    # In float32 the file says what the network says.
    assert metrics["litert_accuracy"] == metrics["accuracy"]
    assert abs(metrics["litert_int8_accuracy"] - metrics["accuracy"]) < 0.1
    assert metrics["litert_bytes"] > 4 * row["parameters"]
    for name in ("litert", "litert_int8"):
        assert 0 < metrics[f"{name}_latency"] < 1000


def test_workers_measure_as_well(search):
    run = search("evaluator.measurements=[litert_int8]", "executor={name: local, workers: 1}")

    (row,) = run.leaderboard()
    assert row["metrics"]["litert_int8_bytes"] > 0


def test_a_limit_of_the_export_keeps_a_trial_from_being_delivered(search):
    run = search(
        "evaluator.measurements=[litert]",
        "objectives=[{name: litert_bytes, limit: 10}]",
    )

    (row,) = run.leaderboard()
    assert not row["within_limits"]
    assert row["score"] is not None


def test_a_network_that_cannot_be_measured_keeps_its_score(search, monkeypatch):
    def fail(*_):
        raise ValueError("no converter today")

    monkeypatch.setattr(LiteRT, "measure", fail)
    run = search(
        "evaluator.measurements=[litert]",
        "objectives=[{name: litert_bytes, limit: 1000000}]",
    )

    (trial,) = run.history
    assert trial.scored
    assert isnan(trial.metrics["litert_bytes"])
    assert "litert could not be measured: no converter today" in trial.warnings
    assert not run.leaderboard()[0]["within_limits"]
    done = CliRunner().invoke(app, ["leaderboard", str(run.path), "--json"])
    assert json.loads(done.stdout)[0]["metrics"]["litert_bytes"] is None
