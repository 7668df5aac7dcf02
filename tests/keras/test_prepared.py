import shutil
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from archivolt.errors import DataError
from archivolt.values.problem import Task
from archivolt_keras.prepared import Prepared
from archivolt_keras.preparing import write_prepared


@pytest.fixture
def write(tiny, tmp_path):
    def prepare(dataset=None, name="problem", **details):
        dataset = dataset or tiny.array_dataset()
        rows = tiny.splits(dataset.rows)
        return write_prepared(
            dataset, tiny.Arrays(), tiny.problem(**details), rows, tmp_path / name
        )

    return prepare


def opened(problem):
    return Prepared.open(Path(problem.folder), problem.task)


def test_each_split_has_its_rows_transformed(tiny, write):
    dataset = tiny.array_dataset()
    rows = tiny.splits(dataset.rows)

    problem = write(dataset)

    x = dataset.features["x"]
    train = x[rows["train"]]
    assert problem.rows == {name: len(numbers) for name, numbers in rows.items()}
    assert problem.features.shape == (4,)
    for name, numbers in rows.items():
        split = opened(problem).split(name)
        expected = (x[numbers] - train.mean(axis=0)) / train.std(axis=0)
        np.testing.assert_allclose(split.parts["features"], expected, atol=1e-5)
        assert split.labels.tolist() == [int(name[-1]) for name in dataset.labels[numbers]]


def test_arrays_are_mapped_not_read(write):
    split = opened(write()).split("train")

    assert isinstance(split.parts["features"], np.memmap)
    assert split.bytes == split.parts["features"].nbytes == 144 * 4 * 4


def test_a_table_has_its_parts(tiny, tmp_path):
    dataset = tiny.table_dataset()
    task = Task("binary", ("0", "1"), ("rich",), 1)
    problem = evolve(tiny.problem(), task=task)

    problem = write_prepared(dataset, tiny.Table(), problem, tiny.splits(240), tmp_path / "p")

    parts = opened(problem).split("validation").parts
    assert {name: part.dtype.name for name, part in parts.items()} == {
        "numeric": "float32",
        "categories": "int32",
    }
    assert parts["categories"].shape == (48, 1)
    assert [each.name for each in opened(problem).inputs] == ["age", "hours", "job"]


def test_the_digest_tells_data_apart_and_nothing_else(tiny, write):
    same = [write(name=name).digest for name in ("a", "b")]
    changed = tiny.array_dataset()
    changed.features["x"][7, 2] += 1
    weighted = tiny.array_dataset(weights=np.ones(240))

    assert same[0] == same[1]
    assert len({same[0], write(changed, "c").digest, write(weighted, "d").digest}) == 3
    assert write(name="e", class_weights="balanced").digest != same[0]


def test_the_folder_may_move(write):
    problem = write()
    moved = Path(problem.folder).with_name("moved")
    shutil.move(problem.folder, moved)

    assert opened(evolve(problem, folder=str(moved))).split("train").rows == 144


def test_weights_of_rows_and_of_classes_multiply_for_the_loss(tiny, write):
    weights = np.random.default_rng(0).uniform(1, 2, 240)
    dataset = tiny.array_dataset(weights=weights)

    split = opened(write(dataset, class_weights={"class 1": 3.0})).split("train")

    np.testing.assert_allclose(split.weights, weights[tiny.splits(240)["train"]], rtol=1e-6)
    np.testing.assert_allclose(
        split.loss_weights, split.weights * np.where(split.labels == 1, 3.0, 1.0), rtol=1e-6
    )


def test_without_weights_none_are_stored(write):
    split = opened(write()).split("train")

    assert split.weights is None
    assert split.loss_weights is None


def test_the_labels_of_a_regression_are_standardised_by_the_training_rows(tiny, write):
    dataset = tiny.array_dataset()
    dataset.labels = 100 + 7 * dataset.features["x"][:, 0].astype(float)
    train = dataset.labels[tiny.splits(240)["train"]]

    prepared = opened(write(dataset, kind="regression"))

    assert prepared.encoding.mean == pytest.approx([train.mean()])
    assert prepared.encoding.scale == pytest.approx([train.std()])
    back = prepared.encoding.raw_targets(prepared.split("train").labels)
    np.testing.assert_allclose(back[:, 0], train, rtol=1e-6)


def test_a_split_without_rows_is_none(tiny, tmp_path):
    rows = tiny.splits(240)
    del rows["report"]

    problem = write_prepared(
        tiny.array_dataset(), tiny.Arrays(), tiny.problem(), rows, tmp_path / "p"
    )

    assert "report" not in problem.rows
    assert opened(problem).split("report") is None


def test_features_that_are_not_finite_are_told(tiny, write):
    dataset = tiny.array_dataset()
    dataset.features["x"][tiny.splits(240)["validation"][0], 1] = np.nan

    with pytest.raises(DataError, match="validation rows.*NaN or infinity"):
        write(dataset)


def test_data_without_labels_are_told(tiny, write):
    with pytest.raises(DataError, match="no labels"):
        write(tiny.array_dataset(labels=None))


def test_a_damaged_folder_is_told(write):
    problem = write()
    (Path(problem.folder) / "problem.json").write_text("{")

    with pytest.raises(DataError, match="cannot be read"):
        opened(problem)


def test_rows_without_a_label_are_transformed_and_nothing_is_fitted_on_them(tiny, write):
    dataset, plain = tiny.array_dataset(), tiny.array_dataset()
    bare = tiny.array_dataset(rows=50, seed=3).without_labels()
    bare.features["x"][:] *= 100
    dataset.unlabelled = bare

    problem, without = write(dataset), write(plain, "plain")

    assert problem.rows == {**without.rows, "unlabelled": 50}
    assert problem.digest != without.digest
    train = plain.features["x"][tiny.splits(240)["train"]]
    found = opened(problem).unlabelled()
    expected = (bare.features["x"] - train.mean(axis=0)) / train.std(axis=0)
    np.testing.assert_allclose(found.parts["features"], expected, rtol=1e-4, atol=1e-4)
    assert opened(without).unlabelled() is None


def test_what_rows_without_a_label_may_not_hold_is_told(tiny, write):
    dataset = tiny.array_dataset()
    dataset.unlabelled = tiny.array_dataset(rows=5).without_labels()
    dataset.unlabelled.features["x"][2, 1] = np.nan

    with pytest.raises(DataError, match="features hold NaN or infinity"):
        write(dataset)
