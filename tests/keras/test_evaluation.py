import numpy as np
import pytest
from archivolt.components.evaluator import Result
from archivolt.errors import TrialFailure
from archivolt.values.candidate import Candidate
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial
from archivolt_keras.evaluator import KerasEvaluator
from attrs import evolve


class Spoken:
    """A report that writes down what it is told."""

    def __init__(self, folder, until=None):
        self.told, self._folder, self._until = [], folder, until

    def __call__(self, epoch, metrics):
        self.told.append((epoch, dict(metrics)))
        return epoch != self._until

    def folder(self, number):
        path = self._folder / f"{number:05d}"
        path.mkdir(parents=True, exist_ok=True)
        return path


@pytest.fixture(scope="module")
def problem(tiny, tmp_path_factory):
    dataset = tiny.array_dataset()
    folder = tmp_path_factory.mktemp("problem")
    rows = tiny.splits(dataset.rows)
    return KerasEvaluator().prepare(dataset, tiny.Arrays(), tiny.problem(), rows, folder)


@pytest.fixture
def candidate(tiny):
    recipe = Recipe(epochs=4, batch_size=16, learning_rate=0.01, dropout=0.1)
    return Candidate((tiny.Dense(8, normalise=True), tiny.LookBack(4)), recipe)


def test_a_trial_learns_and_reports_every_epoch(problem, candidate, tmp_path):
    report = Spoken(tmp_path)

    result = KerasEvaluator().evaluate(Trial(0, candidate, seed=1), problem, report)

    assert isinstance(result, Result)
    assert result.score > 0.8
    assert [epoch for epoch, _ in report.told] == [1, 2, 3, 4]
    assert set(result.metrics) >= {"accuracy", "auc", "loss"}
    assert result.score == max(metrics["accuracy"] for _, metrics in report.told)
