"""What is measured of a trial is the network that would be delivered of it."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from attrs import evolve, frozen

from archivolt import Measurement
from archivolt.values.candidate import Candidate
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, Trial
from archivolt_keras.evaluator import KerasEvaluator


@frozen
class Watch(Measurement):
    """Tell the score again, and what it is given."""

    name = "watch"
    fails: bool = False

    def tells(self, problem):
        return ("watch_accuracy", "watch_training_rows", "watch_largest")

    def measure(self, network):
        if self.fails:
            raise ValueError("not today")
        logits = np.asarray(network.model(dict(network.validation), training=False))
        (kernel, *_) = network.model.weights
        return {
            "watch_accuracy": network.score(logits)["accuracy"],
            "watch_training_rows": len(network.training["features"]),
            "watch_largest": float(np.abs(kernel.numpy()).max()),
        }


@pytest.fixture
def trained(tiny, tmp_path):
    """Train with settings of the evaluator; returns the result, and what is delivered."""

    def train(**settings):
        evaluator = KerasEvaluator(**settings)
        dataset, source, problem, _ = tiny.posed("binary")
        rows = tiny.splits(dataset.rows)
        problem = evaluator.prepare(dataset, source, problem, rows, tmp_path / "problem")
        # Such steps make the last epoch another one than that which is kept.
        recipe = Recipe(epochs=8, batch_size=8, learning_rate=0.3, dropout=0.1)
        trial = Trial(0, Candidate((tiny.Dense(8),), recipe), seed=1)
        artifacts = tmp_path / "trial"
        artifacts.mkdir()
        result = evaluator.evaluate(trial, problem, tiny.Report(artifacts))
        ended = evolve(trial, state=FINISHED, score=result.score, metrics=result.metrics)
        evaluator.deliver(ended, problem, artifacts, tmp_path / "best")
        return result, problem, evaluator.load(tmp_path / "best")

    return train


def test_a_trial_tells_what_is_measured_of_what_would_be_delivered(trained):
    result, problem, delivered = trained(measurements=(Watch(),))

    (kernel, *_) = delivered.model.get_layer("network").weights
    assert result.metrics["watch_accuracy"] == pytest.approx(result.score)
    assert result.metrics["watch_training_rows"] == problem.rows["train"]
    assert result.metrics["watch_largest"] == pytest.approx(float(np.abs(kernel.numpy()).max()))
    assert result.warnings == ()


def test_a_trial_whose_network_cannot_be_measured_keeps_its_score(trained):
    result, _, _ = trained(measurements=(Watch(fails=True),))

    assert result.score > 0.5
    assert isnan(result.metrics["watch_accuracy"])
    assert result.warnings == ("watch could not be measured: not today",)


def test_the_trial_is_the_same_whether_it_is_measured_or_not(tiny, trained, tmp_path):
    measured, _, _ = trained(measurements=(Watch(),))
    for folder in ("problem", "trial", "best"):
        (tmp_path / folder).rename(tmp_path / f"first_{folder}")
    plain, _, _ = trained()

    assert plain.score == measured.score
    assert dict(plain.metrics).items() <= dict(measured.metrics).items()
