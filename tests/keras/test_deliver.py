import json
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from attrs import evolve

from archivolt.errors import DataError
from archivolt.values.candidate import Candidate
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, Trial
from archivolt_keras.deliver import without_front_end
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.network import NETWORK
from archivolt_keras.prepared import Prepared
from archivolt_keras.scoring import compute


def delivered(tiny, folder, kind="binary", recipe=None, test=None):
    """Train a network and deliver it; returns everything about it."""
    evaluator = KerasEvaluator()
    dataset, source, problem, below = tiny.posed(kind)
    blocks = (*below, tiny.Dense(8, normalise=True), *(() if below else (tiny.LookBack(4),)))
    rows = tiny.splits(dataset.rows)
    if test is not None:
        dataset.test, rows = test, {name: rows[name] for name in ("train", "validation")}
    problem = evaluator.prepare(dataset, source, problem, rows, folder / "problem")
    recipe = recipe or Recipe(epochs=5, batch_size=16, learning_rate=0.02, dropout=0.1)
    trial = Trial(0, Candidate(blocks, recipe), seed=1)
    artifacts = folder / "trial"
    artifacts.mkdir()

    result = evaluator.evaluate(trial, problem, tiny.Report(artifacts))
    trial = evolve(
        trial, state=FINISHED, score=result.score, metrics=result.metrics, epochs=result.epochs
    )
    evaluator.deliver(trial, problem, artifacts, folder / "best")
    return dataset, problem, rows, trial, folder / "best"


KINDS = ("binary", "multiclass", "multilabel", "regression", "table")


@pytest.fixture(scope="module")
def made(tiny, tmp_path_factory):
    """Deliver each kind of problem once."""
    done = {}

    def make(kind):
        if kind not in done:
            done[kind] = delivered(tiny, tmp_path_factory.mktemp(kind), kind)
        return done[kind]

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_without_preprocessing_prepared_rows_give_what_raw_ones_do(made, kind):
    dataset, problem, rows, _, folder = made(kind)
    delivered = KerasEvaluator().load(folder)
    prepared = Prepared.open(folder.parent / "problem", problem.task)

    network = delivered.model.get_layer(NETWORK)
    alone = without_front_end(network, problem, prepared.encoding)

    parts = {name: np.asarray(part) for name, part in prepared.split("validation").parts.items()}
    expected = delivered.outputs(dataset.take(rows["validation"]))
    np.testing.assert_allclose(np.asarray(alone(parts)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_delivered_model_predicts_what_was_scored(made, kind):
    dataset, problem, rows, trial, folder = made(kind)
    model = KerasEvaluator().load(folder)

    found = model.evaluate(dataset.take(rows["validation"]))

    assert found[problem.metric.name] == pytest.approx(trial.score, rel=1e-5)
    assert found["loss"] == pytest.approx(trial.metrics["loss"], rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_labels_as_the_user_writes_them(made, kind):
    dataset, problem, rows, trial, folder = made(kind)
    model = KerasEvaluator().load(folder)
    validation = dataset.take(rows["validation"])

    predicted = model.predict(validation)

    assert predicted.shape == validation.labels.shape
    if problem.task.is_classification:
        assert set(predicted.tolist()) <= set(validation.labels.tolist())
        assert np.mean(predicted == validation.labels) == pytest.approx(trial.metrics["accuracy"])
    elif kind == "regression":
        errors = predicted - validation.labels
        assert np.sqrt(np.mean(errors**2)) == pytest.approx(trial.score, rel=1e-4)


def test_probabilities_have_a_column_for_each_class(made):
    for kind, columns in (("binary", 2), ("multiclass", 3), ("multilabel", 2)):
        dataset, _, _, _, folder = made(kind)
        model = KerasEvaluator().load(folder)
        likely = model.predict_probabilities(dataset)
        assert likely.shape == (dataset.rows, columns)
        if kind != "multilabel":
            np.testing.assert_allclose(likely.sum(axis=1), 1, rtol=1e-5)
            assert model.classes[likely.argmax(axis=1)].tolist() == model.predict(dataset).tolist()
    dataset, _, _, _, folder = made("regression")
    assert KerasEvaluator().load(folder).predict_probabilities(dataset) is None


@pytest.mark.slow
def test_it_works_in_a_process_without_archivolt_and_so_does_the_example_beside_it(
    made, tiny, tmp_path
):
    script = [tiny.WITHOUT_ARCHIVOLT, "import os, keras, numpy as np, tensorflow as tf"]
    for kind in KINDS:
        dataset, _, _, _, folder = made(kind)
        raw = {name: array[:8].reshape(8, -1) for name, array in dataset.features.items()}
        kinds = {name: str if array.dtype == object else "float32" for name, array in raw.items()}
        np.savez(tmp_path / f"{kind}.npz", **{name: raw[name].astype(kinds[name]) for name in raw})
        page = (folder / "README.md").read_text()
        script += [
            f"model = keras.saving.load_model({str(folder / 'best.keras')!r}, safe_mode=True)",
            f"raw = dict(np.load({str(tmp_path / f'{kind}.npz')!r}))",
            "raw = {name: tf.constant(array.tolist()) for name, array in raw.items()}",
            f"np.save({str(tmp_path / f'{kind}.npy')!r}, model(raw).numpy())",
            f"os.chdir({str(folder)!r})",
            re.search("```python\n(.*?)```", page, re.DOTALL).group(1),
        ]
    script.append("assert not any(name.startswith('archivolt') for name in sys.modules)")

    command = [sys.executable, "-W", "error::UserWarning", "-c", "\n".join(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("shape=(1, 1)") == 3  # binary, regression, table
    for kind in KINDS:
        dataset, _, _, _, folder = made(kind)
        expected = KerasEvaluator().load(folder).outputs(dataset.take(np.arange(8)))
        np.testing.assert_allclose(np.load(tmp_path / f"{kind}.npy"), expected, rtol=1e-5)


def test_every_layer_is_kerass_own(made):
    for kind in KINDS:
        model = keras.saving.load_model(made(kind)[-1] / "best.keras")
        for layer in model._flatten_layers():
            assert type(layer).__module__.startswith("keras."), layer


def test_inputs_are_named_as_the_users_columns(made):
    model = keras.saving.load_model(made("table")[-1] / "best.keras")

    assert sorted(model.input) == ["age", "hours", "job"]


def test_the_score_that_selected_is_told_apart_from_the_one_that_counts(made):
    dataset, problem, rows, trial, folder = made("multiclass")

    before = json.loads((folder / "model.json").read_text())
    metrics = KerasEvaluator().judge(problem, folder)
    after = json.loads((folder / "model.json").read_text())

    assert before["report"] is None
    assert after["report"]["score"] == metrics["accuracy"]
    assert after["report"]["rows"] == len(rows["report"])
    assert after["validation"]["score"] == trial.score
    assert after["validation"]["rows"] == len(rows["validation"])
    found = KerasEvaluator().load(folder).evaluate(dataset.take(rows["report"]))
    assert metrics == pytest.approx(found)
    page = (folder / "README.md").read_text()
    assert f"**{metrics['accuracy']:.4f}**" in page
    assert "being chosen, that number is too good" in page


def test_rows_that_the_user_keeps_are_the_ones_reported_on(tiny, tmp_path):
    test = tiny.array_dataset(rows=50, seed=5)

    _, problem, _, _, folder = delivered(tiny, tmp_path, test=test)
    metrics = KerasEvaluator().judge(problem, folder)

    assert problem.rows["report"] == 50
    assert metrics == pytest.approx(KerasEvaluator().load(folder).evaluate(test))


def test_without_report_rows_nothing_is_claimed(tiny, tmp_path):
    _, problem, _, _, folder = delivered(tiny, tmp_path)
    problem = evolve(problem, rows={})
    for each in (tmp_path / "problem" / "report").iterdir():
        each.unlink()
    (tmp_path / "problem" / "report").rmdir()

    assert KerasEvaluator().judge(problem, folder) == {}
    assert "No rows were held back" in (folder / "README.md").read_text()


def test_what_it_is_can_be_read_by_programs(made):
    _, problem, _, trial, folder = made("table")

    about = json.loads((folder / "model.json").read_text())

    assert about["task"] == "binary"
    assert about["targets"] == ["rich"]
    assert about["classes"] == ["0", "1"]
    assert [each["name"] for each in about["inputs"]] == ["age", "hours", "job"]
    assert about["metric"] == {"name": "accuracy", "maximize": True}
    assert about["architecture"][1]["units"] == 8
    assert about["recipe"]["learning_rate"] == 0.02
    assert about["trial"] == trial.number


def test_new_data_may_have_unseen_categories_and_another_order(made):
    dataset, _, _, _, folder = made("table")
    model = KerasEvaluator().load(folder)
    few = dataset.take(np.arange(3))
    swapped = {name: few.features[name] for name in ("job", "hours", "age")}

    assert model.predict(swapped).tolist() == model.predict(few).tolist()
    unseen = {**swapped, "job": np.array(["pilot", None, float("nan")], dtype=object)}
    assert np.isfinite(model.predict_probabilities(unseen)).all()


def test_features_may_come_as_a_frame_or_as_the_one_array(made):
    pandas = pytest.importorskip("pandas")
    dataset, _, _, _, folder = made("table")
    model = KerasEvaluator().load(folder)
    frame = pandas.DataFrame(dict(dataset.features))

    assert model.predict(frame).tolist() == model.predict(dataset).tolist()
    with pytest.raises(DataError, match="one array, where the model reads 3 inputs"):
        model.predict(np.zeros((2, 3)))
    dataset, _, _, _, folder = made("multiclass")
    model = KerasEvaluator().load(folder)
    assert model.predict(dataset.features["x"]).tolist() == model.predict(dataset).tolist()


def test_a_missing_input_is_told_with_the_nearest_name(made):
    dataset, _, _, _, folder = made("table")
    features = dict(dataset.features)
    features["hour"] = features.pop("hours")

    with pytest.raises(DataError, match=r"the input 'hours' is missing. Did you mean 'hour'"):
        KerasEvaluator().load(folder).predict(features)


def test_text_where_numbers_are_needed_is_told_with_the_input(made):
    dataset, _, _, _, folder = made("table")
    features = {**dataset.features, "age": np.full(dataset.rows, "old", dtype=object)}

    with pytest.raises(DataError, match=r"^age: not all values are numbers"):
        KerasEvaluator().load(folder).predict(features)


def test_a_folder_that_holds_no_model_is_told(tmp_path):
    with pytest.raises(DataError, match=r"there is no model.json; a delivered model has one"):
        KerasEvaluator().load(tmp_path)


def test_weights_count_in_an_evaluation(made):
    dataset, problem, _, _, folder = made("multiclass")
    model = KerasEvaluator().load(folder)
    wrong = model.predict(dataset) != dataset.labels
    few = evolve(dataset, weights=np.where(wrong, 3.0, 1.0))

    expected = 1 - 3 * wrong.sum() / (3 * wrong.sum() + (~wrong).sum())
    assert wrong.sum() > 0
    assert model.evaluate(few)["accuracy"] == pytest.approx(expected)


def test_a_network_trained_in_half_precision_is_delivered_in_full(tiny, tmp_path):
    recipe = Recipe(epochs=3, batch_size=16, learning_rate=0.02, precision="mixed_bfloat16")

    dataset, _, rows, trial, folder = delivered(tiny, tmp_path, recipe=recipe)

    model = keras.saving.load_model(folder / "best.keras")
    assert {layer.compute_dtype for layer in model._flatten_layers()} <= {"float32", None}
    found = KerasEvaluator().load(folder).evaluate(dataset.take(rows["validation"]))
    assert found["accuracy"] == pytest.approx(trial.score, abs=0.05)


def test_metrics_need_no_model(made):
    # The same numbers come from the stored predictions, which is how ensembles are chosen.
    _, problem, rows, trial, folder = made("multiclass")
    predictions = np.load(folder.parent / "trial" / "validation.npy")
    labels = np.load(folder.parent / "problem" / "validation" / "labels.npy")

    metric = problem.metric.name
    assert compute(problem.task, labels, predictions, error_of=metric) == trial.metrics
