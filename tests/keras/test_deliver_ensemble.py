"""Ensembles as one Keras model: what is delivered predicts what was selected."""

from __future__ import annotations

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import DataError
from archivolt.values.candidate import Candidate
from archivolt.values.combined import Combined
from archivolt.values.ensemble import Ensemble
from archivolt.values.logits import predictions_of
from archivolt.values.problem import Task
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, Trial
from archivolt_keras.combining import side_by_side
from archivolt_keras.evaluator import KerasEvaluator

KINDS = ("binary", "multiclass", "multilabel", "regression", "table")


def trained(tiny, folder, kind):
    """Train three networks on a problem; returns all about it."""
    evaluator = KerasEvaluator()
    dataset, source, problem, below = tiny.posed(kind)
    rows = tiny.splits(dataset.rows)
    problem = evaluator.prepare(dataset, source, problem, rows, folder / "problem")

    def artifacts(number):
        return folder / str(number)

    trials = []
    for number, units in enumerate((4, 8, 16)):
        recipe = Recipe(epochs=3, batch_size=16, learning_rate=0.02)
        candidate = Candidate((*below, tiny.Dense(units, normalise=units == 8)), recipe)
        trial = Trial(number, candidate, seed=number)
        artifacts(number).mkdir()
        result = evaluator.evaluate(trial, problem, tiny.Report(artifacts(number)))
        trials.append(
            evolve(
                trial,
                state=FINISHED,
                score=result.score,
                metrics=result.metrics,
                epochs=result.epochs,
                parameters=result.parameters,
            )
        )
    return dataset, problem, rows, trials, artifacts


@pytest.fixture(scope="module")
def made(tiny, tmp_path_factory):
    done = {}

    def make(kind):
        if kind not in done:
            done[kind] = trained(tiny, tmp_path_factory.mktemp(kind), kind)
        return done[kind]

    return make


def an_ensemble(form, task):
    if form == "mean":
        return Ensemble([2, 0, 1], [0.5, 0.3, 0.2])
    if form == "calibrated":
        return Ensemble([0, 2], [0.5, 0.5], temperature=0.7)
    kernel = default_rng(0).normal(size=(3 * task.outputs, task.outputs)) * 0.3
    return Ensemble([0, 1, 2], [0.4, 0.3, 0.3], kernel=kernel, bias=[0.1] * task.outputs)


def handed_over(made, kind, form, folder):
    dataset, problem, rows, trials, artifacts = made(kind)
    evaluator = KerasEvaluator()
    ensemble = an_ensemble(form, problem.task)
    pool = evaluator.pool(trials, problem, artifacts)
    members = pool.take(list(ensemble.members))
    predictions = ensemble.predict(problem.task, members.predictions)
    combined = Combined(0, 3, ensemble, pool.score(predictions))
    evaluator.deliver_ensemble(combined, members.trials, problem, artifacts, folder)
    return dataset.take(rows["validation"]), problem, combined


@pytest.mark.parametrize("form", ["mean", "calibrated", "stacked"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_delivered_model_scores_what_was_selected(made, tmp_path, kind, form):
    validation, problem, combined = handed_over(made, kind, form, tmp_path)

    found = KerasEvaluator().load(tmp_path).evaluate(validation)

    name = problem.metric.name
    assert found[name] == pytest.approx(combined.metrics[name], rel=1e-4)
    assert found["loss"] == pytest.approx(combined.metrics["loss"], rel=1e-3)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel", "regression"])
def test_members_that_are_wholly_sure_are_stacked_as_they_were_fitted(kind):
    outputs = {"binary": 1, "multilabel": 2}.get(kind, 3)
    task = Task(kind, (), ("t",), outputs)
    features = 60 * default_rng(1).normal(size=(20, outputs)).astype(np.float32)  # logits, too
    members = []
    for by in (1.0, -0.5):
        x = keras.Input((outputs,), name="x")
        members.append(keras.Model({"x": x}, keras.layers.Rescaling(by)(x)))
    kernel = default_rng(0).normal(size=(2 * outputs, outputs)) * 0.1
    ensemble = Ensemble([0, 1], [0.5, 0.5], kernel=kernel, bias=[0.1] * outputs)

    network = side_by_side(members, ensemble, task)
    logits = np.asarray(network({"x": features}))

    predictions = np.stack([predictions_of(task, by * features) for by in (1.0, -0.5)])
    expected = ensemble.predict(task, predictions)
    # What float32 leaves of probabilities near 1.
    np.testing.assert_allclose(predictions_of(task, logits), expected, atol=0.02)


def test_the_pool_holds_what_the_trials_predicted(made):
    _, problem, rows, trials, artifacts = made("multiclass")

    pool = KerasEvaluator().pool(trials, problem, artifacts)

    assert pool.predictions.shape == (3, len(rows["validation"]), 3)
    for trial, predictions in zip(pool.trials, pool.predictions, strict=True):
        assert pool.score(predictions)["accuracy"] == pytest.approx(trial.score)


def test_a_trial_without_predictions_is_not_in_the_pool(made, tmp_path):
    _, problem, _, trials, artifacts = made("binary")

    def elsewhere(number):
        return tmp_path if number == 1 else artifacts(number)

    pool = KerasEvaluator().pool(trials, problem, elsewhere)

    assert [trial.number for trial in pool.trials] == [0, 2]
    assert KerasEvaluator().pool(trials, problem, lambda number: tmp_path) is None


def test_predictions_of_other_rows_are_told(made, tmp_path):
    _, problem, _, trials, _ = made("binary")
    np.save(tmp_path / "validation.npy", np.zeros((3, 1), np.float32))

    with pytest.raises(DataError, match="trial 0 have the shape .3, 1."):
        KerasEvaluator().pool(trials, problem, lambda number: tmp_path)


def test_the_page_beside_it_names_members_weights_and_what_each_adds(made, tmp_path):
    dataset, problem, rows, trials, artifacts = made("binary")
    combined = Combined(0, 3, Ensemble([0, 2], [0.75, 0.25]), trials[0].metrics, (0.0321, 0.0012))
    members = [trials[0], trials[2]]
    KerasEvaluator().deliver_ensemble(combined, members, problem, artifacts, tmp_path)

    about = json.loads((tmp_path / "model.json").read_text())
    page = (tmp_path / "README.md").read_text()

    assert [each["trial"] for each in about["members"]] == [0, 2]
    assert about["parameters"] == sum(trial.parameters for trial in members)
    assert "2 networks in one" in page
    assert "| 0 | 0.750 | 0.0321 |" in page


def test_the_report_rows_give_the_score_that_is_shown(made, tmp_path):
    _, problem, _ = handed_over(made, "binary", "mean", tmp_path)

    report = KerasEvaluator().judge(problem, tmp_path)

    about = json.loads((tmp_path / "model.json").read_text())
    assert about["report"]["score"] == report["accuracy"]
    assert f"**{report['accuracy']:.4f}**" in (tmp_path / "README.md").read_text()


def test_every_layer_is_kerass_own(made, tmp_path):
    for kind in KINDS:
        for form in ("mean", "stacked", "calibrated"):
            handed_over(made, kind, form, tmp_path / kind / form)
            model = keras.saving.load_model(tmp_path / kind / form / "ensemble.keras")
            for layer in model._flatten_layers():
                assert type(layer).__module__.startswith("keras."), layer


@pytest.mark.slow
def test_it_loads_where_only_keras_and_tensorflow_are(made, tiny, tmp_path):
    handed_over(made, "multiclass", "mean", tmp_path / "mean")
    handed_over(made, "binary", "stacked", tmp_path / "stacked")
    script = f"""{tiny.WITHOUT_ARCHIVOLT}
import keras
for form in ("mean", "stacked"):
    model = keras.saving.load_model(f"{tmp_path}/{{form}}/ensemble.keras", safe_mode=True)
    print(model.output_shape)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=200
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["(None, 3)", "(None, 1)"]
