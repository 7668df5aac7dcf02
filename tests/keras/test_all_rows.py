"""Training and validation rows together: what is posed, what is trained, what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from attrs import asdict, evolve
from safetensors.numpy import load_file

from archivolt.errors import TrialFailure
from archivolt.search.finalist_plans import kept_epoch
from archivolt.values.candidate import Candidate
from archivolt.values.encoding import encode
from archivolt.values.prior import SUM, Prior
from archivolt.values.problem import TRAIN
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial
from archivolt_keras.all_rows import is_on_all_rows
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.prepared import Prepared
from archivolt_keras.training.schedule import learning_rates


class Plain:
    def encode(self, value):
        return encode(value)

    def decode(self, data, as_type):
        raise AssertionError("nothing is read back in these tests")


class Beside:
    """A report from a folder beside that of the run."""

    codec = Plain()

    worker_seconds = None

    def __init__(self, own, run=None):
        self.told, self._own, self._run = [], own, run or own

    def __call__(self, epoch, metrics):
        self.told.append((epoch, dict(metrics)))
        return True

    def folder(self, number):
        path = self._own / f"{number:05d}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def recorded(self, number):
        return self._run / f"{number:05d}"

    def teacher(self, fingerprint):
        return self._run / "teachers" / fingerprint

    def transfers(self, trial):
        return ()

    def versions(self, blocks):
        return ("tiny 1",) * len(blocks)


def posed(tiny, folder, kind="binary", weights=False, **details):
    """Prepare a problem, and pose it again on all rows."""
    dataset = tiny.array_dataset(classes=3 if kind == "multiclass" else 2)
    if kind == "regression":
        x = dataset.features["x"]
        dataset.labels = 1e3 + 50 * (x[:, 0] + x[:, 1])
    if weights:
        dataset.weights = 1.0 + np.arange(dataset.rows) % 3
    rows = tiny.splits(dataset.rows)
    evaluator = KerasEvaluator()
    problem = evaluator.prepare(
        dataset, tiny.Arrays(), tiny.problem(kind, **details), rows, folder / "problem"
    )
    (folder / "all").mkdir()
    return dataset, rows, problem, evaluator.pose_on_all_rows(problem, folder / "all")


def opened(problem):
    return Prepared.open(Path(problem.folder), problem.task)


def test_the_rows_of_both_splits_are_training_rows_and_the_report_rows_stay(tiny, tmp_path):
    _, rows, problem, whole = posed(tiny, tmp_path)

    assert whole.rows == {
        "train": len(rows["train"]) + len(rows["validation"]), "report": len(rows["report"])
    }  # fmt: skip
    assert is_on_all_rows(whole)
    assert not is_on_all_rows(problem)
    assert whole.digest != problem.digest
    before, after = opened(problem), opened(whole)
    both = [before.split(name) for name in ("train", "validation")]
    found = after.split(TRAIN)
    for name, part in found.parts.items():
        assert np.array_equal(part, np.concatenate([each.parts[name] for each in both]))
    assert np.array_equal(found.labels, np.concatenate([each.labels for each in both]))
    assert after.split("validation") is None
    assert np.array_equal(after.split("report").labels, before.split("report").labels)
    assert after.encoding == before.encoding


def test_sample_weights_and_class_weights_go_along(tiny, tmp_path):
    _, _, problem, whole = posed(tiny, tmp_path, weights=True, class_weights="balanced")

    both = [opened(problem).split(name) for name in ("train", "validation")]
    found = opened(whole).split(TRAIN)
    assert np.array_equal(found.weights, np.concatenate([each.weights for each in both]))
    assert np.array_equal(found.for_training, np.concatenate([each.loss_weights for each in both]))
    assert not np.array_equal(found.weights, found.for_training)


def test_it_is_posed_piece_by_piece(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("archivolt_keras.all_rows.PIECE", 64)

    _, _, problem, whole = posed(tiny, tmp_path)

    both = [opened(problem).split(name).labels for name in ("train", "validation")]
    assert np.array_equal(opened(whole).split(TRAIN).labels, np.concatenate(both))


@pytest.fixture
def trial(tiny):
    recipe = Recipe(epochs=4, batch_size=16, learning_rate=0.02, schedule="cosine")
    return Trial(0, Candidate((tiny.Dense(8),), recipe), seed=1)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_the_last_epoch_is_kept_and_delivered_with_the_same_preprocessing(
    tiny, trial, tmp_path, kind
):
    dataset, rows, _, whole = posed(tiny, tmp_path, kind)
    evaluator, report = KerasEvaluator(patience=0.25), Beside(tmp_path / "trials")

    result = evaluator.evaluate(trial, whole, report)

    assert [epoch for epoch, _ in report.told] == [1, 2, 3, 4]  # whatever patience says
    assert {name for _, metrics in report.told for name in metrics} == {"loss"}
    assert (result.epochs, result.score) == (4, report.told[-1][1]["loss"])
    folder = report.folder(0)
    assert {path.name for path in folder.iterdir()} == {"weights.safetensors"}
    target = tmp_path / "best"
    evaluator.deliver(evolve(trial, epochs=4), whole, folder, target)
    judged = evaluator.judge(whole, target)
    found = evaluator.load(target).evaluate(dataset.take(rows["report"]))
    name = whole.metric.name
    assert found[name] == pytest.approx(judged[name], rel=1e-4)
    if kind != "regression":
        assert judged["accuracy"] > 0.8


@pytest.mark.parametrize("rule", ["one_standard_error", "highest_score", "last"])
def test_the_kept_epoch_is_found_by_what_was_reported(tiny, trial, tmp_path, rule):
    _, _, problem, _ = posed(tiny, tmp_path)
    report = Beside(tmp_path / "trials")
    recipe = evolve(trial.candidate.recipe, epochs=8, learning_rate=0.5)
    hasty = evolve(trial, candidate=evolve(trial.candidate, recipe=recipe))
    result = KerasEvaluator(keep_epoch=rule).evaluate(hasty, problem, report)
    stored = json.loads(json.dumps([report.told, dict(result.metrics)]))

    epoch = kept_epoch(evolve(hasty, epochs=8, metrics=stored[1]), stored[0])

    found = dict(report.told)[epoch]
    assert {name: result.metrics[name] for name in found} == found
    assert rule != "last" or found == report.told[-1][1]


def test_no_score_on_rows_that_it_has_seen_is_told(tiny, trial, tmp_path):
    _, _, _, whole = posed(tiny, tmp_path)
    evaluator, report = KerasEvaluator(), Beside(tmp_path / "trials")
    evaluator.evaluate(trial, whole, report)

    evaluator.deliver(trial, whole, report.folder(0), tmp_path / "best")
    evaluator.judge(whole, tmp_path / "best")

    about = json.loads((tmp_path / "best" / "model.json").read_text())
    assert about["validation"] is None
    assert about["report"]["rows"] == whole.rows["report"]
    page = (tmp_path / "best" / "README.md").read_text()
    assert "It was trained on all other rows." in page
    assert "by which it was chosen" not in page.replace("\n", " ")


def test_the_rate_at_the_end_is_that_of_the_same_epoch_of_the_whole_schedule(
    tiny, trial, tmp_path, monkeypatch
):
    _, _, _, whole = posed(tiny, tmp_path)
    asked = []

    def spy(recipe, epoch, steps):
        asked.append((recipe.epochs, epoch))
        return learning_rates(recipe, epoch, steps)

    monkeypatch.setattr("archivolt_keras.training.trainer.learning_rates", spy)

    result = KerasEvaluator().evaluate(
        evolve(trial, target_epochs=2), whole, Beside(tmp_path / "trials")
    )

    assert asked == [(4, 0), (4, 1)]
    assert result.epochs == 2


def test_more_rows_give_other_weights_and_the_same_rows_the_same(tiny, trial, tmp_path):
    _, _, problem, whole = posed(tiny, tmp_path)
    evaluator = KerasEvaluator(keep_epoch="last")
    kept = {}
    for name, rows in (("part", problem), ("all", whole), ("again", whole)):
        report = Beside(tmp_path / name)
        evaluator.evaluate(trial, rows, report)
        kept[name] = load_file(report.folder(0) / "weights.safetensors")

    first = next(iter(kept["all"]))
    assert all(np.array_equal(kept["all"][each], kept["again"][each]) for each in kept["all"])
    assert not np.array_equal(kept["all"][first], kept["part"][first])


def test_it_can_be_streamed(tiny, trial, tmp_path):
    _, _, _, whole = posed(tiny, tmp_path)

    result = KerasEvaluator(streaming_above=1).evaluate(trial, whole, Beside(tmp_path / "trials"))

    assert result.epochs == 4
    assert 0 < result.score < 1


def test_what_stood_beside_it_frozen_stands_beside_it_again(tiny, trial, tmp_path):
    _, _, problem, whole = posed(tiny, tmp_path)
    evaluator, run = KerasEvaluator(), Beside(tmp_path / "run")
    first = evaluator.evaluate(trial, problem, run)
    prior = Prior(0, 4, 1, SUM, first.parameters, first.flops)
    tower = evolve(trial, number=1, seed=2, memo={"prior": asdict(prior)})
    codec = run.codec
    codec.decode = lambda data, as_type: trial.candidate if as_type is Candidate else prior
    evaluator.evaluate(tower, problem, run)
    beside = Beside(tmp_path / "beside", tmp_path / "run")

    result = evaluator.evaluate(tower, whole, beside)

    assert result.parameters > first.parameters
    assert (beside.folder(1) / "prior.keras").exists()
    evaluator.deliver(tower, whole, beside.folder(1), tmp_path / "best")
    assert evaluator.judge(whole, tmp_path / "best")["accuracy"] > 0.8


def test_a_loss_that_is_not_finite_fails(tiny, trial, tmp_path):
    _, _, _, whole = posed(tiny, tmp_path, "regression")
    recipe = evolve(trial.candidate.recipe, learning_rate=1e30, optimizer="sgd")
    wild = evolve(trial, candidate=evolve(trial.candidate, recipe=recipe))

    with pytest.raises(TrialFailure, match="not_finite"):
        KerasEvaluator().evaluate(wild, whole, Beside(tmp_path / "trials"))
