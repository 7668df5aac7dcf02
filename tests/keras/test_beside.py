"""Trials beside a frozen one: the whole is scored, stored, delivered and taught from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from attrs import asdict, evolve, frozen
from safetensors.numpy import load_file

from archivolt import Transfer
from archivolt.components.transfer import ExtraLoss, Plan, Teacher
from archivolt.errors import DataError
from archivolt.values.candidate import Candidate
from archivolt.values.ensemble import Ensemble
from archivolt.values.logits import predictions_of
from archivolt.values.prior import MEAN, SUM, Prior
from archivolt.values.problem import TRAIN, VALIDATION
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, Trial
from archivolt_keras.deliver import trained_network
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.prepared import Prepared
from archivolt_keras.training.predict import predict

KINDS = ("binary", "multiclass", "multilabel", "regression")


def evaluated(trial, problem, report):
    result = KerasEvaluator().evaluate(trial, problem, report)
    return evolve(
        trial,
        state=FINISHED,
        score=result.score,
        metrics=result.metrics,
        epochs=result.epochs,
        parameters=result.parameters,
        flops=result.flops,
    )


def beside(best, rule):
    towers = 1 if best.prior is None else best.prior.towers + 1
    prior = Prior(best.number, best.epochs, towers, rule, best.parameters, best.flops)
    return {"prior": asdict(prior)}


def chain(tiny, folder, kind, rule):
    """Train a network, one beside it, and one beside both."""
    dataset = tiny.array_dataset(classes=3 if kind == "multiclass" else 2)
    x = dataset.features["x"]
    if kind == "regression":
        dataset.labels = 1e3 + 50 * (x[:, 0] + x[:, 1])
    elif kind == "multilabel":
        dataset.labels = np.stack([x[:, 0] > 0, x[:, 1] > 1], axis=1).astype(int)
    rows = tiny.splits(dataset.rows)
    problem = KerasEvaluator().prepare(
        dataset, tiny.Arrays(), tiny.problem(kind), rows, folder / "problem"
    )
    report = tiny.RunReport(folder)
    trials = []
    for number, units in enumerate((4, 8, 16)):
        recipe = Recipe(epochs=3, batch_size=16, learning_rate=0.02)
        memo = beside(trials[-1], rule) if trials else {}
        candidate = Candidate((tiny.Dense(units, normalise=units == 8),), recipe)
        trials.append(evaluated(Trial(number, candidate, number, memo=memo), problem, report))
    return dataset.take(rows["validation"]), problem, trials, folder


@pytest.fixture(scope="module")
def made(tiny, tmp_path_factory):
    done = {}

    def make(kind="multiclass", rule=SUM):
        if (kind, rule) not in done:
            done[kind, rule] = chain(tiny, tmp_path_factory.mktemp(kind), kind, rule)
        return done[kind, rule]

    return make


@pytest.mark.parametrize("rule", [MEAN, SUM])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_delivered_scores_as_the_trial_did(made, tmp_path, kind, rule):
    validation, problem, trials, run = made(kind, rule)
    evaluator, last = KerasEvaluator(), trials[-1]

    evaluator.deliver(last, problem, run / "00002", tmp_path)

    found = evaluator.load(tmp_path).evaluate(validation)
    assert found["loss"] == pytest.approx(last.metrics["loss"], rel=1e-3)
    assert found[problem.metric.name] == pytest.approx(last.score, rel=1e-4)


@pytest.mark.parametrize("rule", [MEAN, SUM])
def test_the_whole_is_counted_told_and_loads_without_archivolt(made, tmp_path, rule):
    _, problem, trials, run = made("multiclass", rule)

    KerasEvaluator().deliver(trials[-1], problem, run / "00002", tmp_path)

    about = json.loads((tmp_path / "model.json").read_text())
    alone = [4 * units + units + 3 * units + 3 for units in (4, 8, 16)]
    alone[1] += 4 * 8  # the batch normalisation
    assert trials[-1].parameters == sum(alone)
    assert about["prior"] == {"trial": 1, "towers": 2, "rule": rule}
    assert about["parameters"] == sum(alone)
    program = (
        "import sys, keras\n"
        f"model = keras.saving.load_model({str(tmp_path / 'best.keras')!r})\n"
        "assert not any(name.startswith('archivolt') for name in sys.modules)\n"
        "print(model.count_params())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(told.stdout) >= sum(alone)


def logits(trial, problem, run, split):
    network = trained_network(trial, problem, run / f"{trial.number:05d}")
    return predict(
        network.model, Prepared.open(Path(problem.folder), problem.task).split(split).parts
    )


@pytest.mark.parametrize("rule", [MEAN, SUM])
def test_stored_predictions_are_those_of_the_whole(made, rule):
    _, problem, trials, run = made("multiclass", rule)

    pool = KerasEvaluator().pool(trials, problem, lambda number: run / f"{number:05d}")

    for trial, stored in zip(trials, pool.predictions, strict=True):
        whole = predictions_of(problem.task, logits(trial, problem, run, VALIDATION))
        np.testing.assert_allclose(stored, whole, rtol=1e-4, atol=1e-6)


def test_the_tower_of_a_sum_is_trained_on_what_the_prior_lacks(tiny, made):
    _, problem, trials, run = made("regression", SUM)
    alone = evaluated(evolve(trials[1], number=7, memo={}), problem, tiny.RunReport(run / "alone"))

    # The same network: it does better beside what has learned already.
    assert trials[1].metrics["loss"] < alone.metrics["loss"]
    assert trials[1].metrics["loss"] < trials[0].metrics["loss"]


def test_a_sum_begins_as_its_prior(tiny, made, tmp_path):
    _, problem, trials, run = made("regression", SUM)
    still = Recipe(epochs=1, batch_size=16, learning_rate=1e-9, optimizer="sgd")
    untrained = evolve(trials[1], candidate=evolve(trials[1].candidate, recipe=still), number=8)

    found = evaluated(untrained, problem, tiny.RunReport(shutil.copytree(run, tmp_path / "run")))

    assert found.metrics["loss"] == pytest.approx(trials[0].metrics["loss"], rel=1e-4)


def test_the_tower_of_a_mean_is_trained_as_if_it_stood_alone(tiny, made, tmp_path):
    _, problem, trials, run = made("multiclass", MEAN)
    alone, beside_it = (
        tiny.RunReport(tmp_path / "alone"),
        tiny.RunReport(shutil.copytree(run, tmp_path / "run")),
    )
    last = KerasEvaluator(keep_epoch="last")  # what is scored has no say in what is kept

    last.evaluate(evolve(trials[1], memo={}), problem, alone)
    last.evaluate(trials[1], problem, beside_it)

    weights = [load_file(each.folder(1) / "weights.safetensors") for each in (alone, beside_it)]
    for name, value in weights[0].items():
        np.testing.assert_array_equal(value, weights[1][name])


def test_a_replay_scores_the_same_after_the_prior_is_gone(tiny, made, tmp_path):
    _, problem, trials, run = made("multiclass", SUM)
    copy = shutil.copytree(run, tmp_path / "run")
    shutil.rmtree(copy / "00001")
    shutil.rmtree(copy / "teachers")

    again = evaluated(trials[2], problem, tiny.RunReport(tmp_path / "again", recorded=copy))

    assert again.metrics == pytest.approx(trials[2].metrics, rel=1e-5)
    assert not (copy / "teachers").exists()  # a replay only reads


def test_a_replay_without_the_recorded_prior_is_told(tiny, made, tmp_path):
    _, problem, trials, run = made("multiclass", SUM)
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "00002" / "prior.keras").unlink()

    with pytest.raises(DataError, match="trained beside is not there any more"):
        evaluated(trials[2], problem, tiny.RunReport(tmp_path / "again", recorded=copy))


def test_a_prior_that_is_gone_is_told(tiny, made, tmp_path):
    _, problem, trials, run = made("multiclass", SUM)
    other = evolve(trials[0], number=9, epochs=0, memo=beside(evolve(trials[1], number=5), SUM))

    with pytest.raises(DataError, match=r"00005"):
        evaluated(other, problem, tiny.RunReport(tmp_path))


def test_a_trial_whose_worker_died_goes_on_beside_the_same(tiny, made, tmp_path):
    _, problem, trials, run = made("multiclass", SUM)
    copy = shutil.copytree(run, tmp_path / "run")
    shutil.rmtree(copy / "00001")

    again = evaluated(trials[2], problem, tiny.RunReport(copy))

    assert again.metrics == pytest.approx(trials[2].metrics, rel=1e-5)


@frozen
class Taught(Transfer):
    """Learns from the teacher of the plan."""

    name = "taught"

    def extra_loss(self, trial, plan):
        return ExtraLoss(plan.teacher, "cross_entropy", 1.0, 2.0)


@pytest.mark.parametrize("rule", [MEAN, SUM])
def test_it_teaches_as_a_whole(made, tmp_path, tiny, rule):
    _, problem, trials, run = made("multiclass", rule)
    teacher = Teacher(Ensemble((2,), (1.0,)), (3,))
    report = tiny.RunReport(
        shutil.copytree(run, tmp_path / "run"), (Taught(), Plan(teacher=teacher))
    )

    evaluated(evolve(trials[0], number=6), problem, report)

    stored = np.load(report.teacher(teacher.fingerprint) / "train.npy")
    np.testing.assert_allclose(
        predictions_of(problem.task, stored),
        predictions_of(problem.task, logits(trials[2], problem, run, TRAIN)),
        rtol=1e-4,
        atol=1e-6,
    )
