import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.problem import Task
from archivolt_keras.labels import LabelEncoding, class_weights

COLOURS = Task("multiclass", ("blue", "green", "red"), ("colour",), 3)


def test_classes_are_encoded_in_the_order_of_the_outputs_and_come_back():
    raw = np.array(["red", "blue", "green", "red"], dtype=object)
    encoding = LabelEncoding.fit(COLOURS, raw)

    assert encoding.encode(raw).tolist() == [2, 0, 1, 2]
    assert encoding.decode(np.eye(3)[[2, 0, 1, 2]]).tolist() == raw.tolist()


@pytest.mark.parametrize(
    ("raw", "classes", "kind"),
    [
        (np.array([3, 7, 3]), ("3", "7"), "i"),
        (np.array([3.0, 7.0, 3.0]), ("3", "7"), "f"),
        (np.array([0.5, 1.5, 0.5]), ("0.5", "1.5"), "f"),
        (np.array([False, True, False]), ("False", "True"), "b"),
        (np.array(["no", "yes", "no"]), ("no", "yes"), "O"),
    ],
)
def test_predicted_classes_have_the_type_of_the_labels(raw, classes, kind):
    encoding = LabelEncoding.fit(Task("binary", classes, ("y",), 1), raw)

    assert encoding.encode(raw).tolist() == [0, 1, 0]
    predicted = encoding.decode(np.array([[0.1], [0.9], [0.2]]))
    assert predicted.tolist() == raw.tolist()
    assert predicted.dtype.kind == kind


def test_an_unknown_class_is_told_with_its_rows_and_the_nearest_one():
    encoding = LabelEncoding.fit(COLOURS, np.array(["red", "blue"], dtype=object))

    with pytest.raises(DataError, match=r"colour: the class 'bleu' \(2 rows\).*'blue'"):
        encoding.encode(np.array(["bleu", "red", "bleu"], dtype=object))


def test_missing_labels_are_counted():
    encoding = LabelEncoding(COLOURS)

    with pytest.raises(DataError, match="missing in 2 rows"):
        encoding.encode(np.array(["red", None, float("nan")], dtype=object))


def test_regression_targets_are_standardised_by_weighted_training_rows_and_come_back():
    task = Task("regression", (), ("price", "size"), 2)
    raw = np.array([[10.0, 5.0], [20.0, 5.0], [40.0, 5.0]])
    weights = np.array([1.0, 1.0, 2.0])
    encoding = LabelEncoding.fit(task, raw, weights)

    assert encoding.mean == (27.5, 5.0)
    assert encoding.scale[1] == 1.0  # a constant target
    encoded = encoding.encode(raw)
    assert np.average(encoded[:, 0], weights=weights) == pytest.approx(0.0, abs=1e-6)
    assert np.average(encoded[:, 0] ** 2, weights=weights) == pytest.approx(1.0)
    np.testing.assert_allclose(encoding.raw_targets(encoded), raw, rtol=1e-6)


def test_label_sets_and_columns_of_0_and_1_give_the_same_matrix():
    task = Task("multilabel", ("hot", "wet"), ("weather",), 2)
    sets = np.empty(3, dtype=object)
    sets[:] = [("hot",), (), ("wet", "hot")]
    encoding = LabelEncoding.fit(task, sets)

    expected = [[1, 0], [0, 0], [1, 1]]
    assert encoding.encode(sets).tolist() == expected
    assert encoding.encode(np.array(expected)).tolist() == expected
    with pytest.raises(DataError, match="0 or 1 each, not 2"):
        encoding.encode(np.array([[2, 0]]))


def test_balanced_classes_weigh_the_same_in_all():
    encoding = LabelEncoding(COLOURS)
    encoded = np.array([0, 0, 0, 1, 2, 2])
    rows = np.array([1.0, 1.0, 2.0, 4.0, 1.0, 1.0])

    balanced = np.array(class_weights(encoding, encoded, rows, "balanced"))

    totals = np.bincount(encoded, weights=rows * balanced[encoded])
    np.testing.assert_allclose(totals, rows.sum() / 3)


def test_a_weight_for_a_class_that_is_not_there_is_an_error():
    encoding, encoded = LabelEncoding(COLOURS), np.array([0, 1, 2])

    assert class_weights(encoding, encoded, None, {"red": 3.0}) == (1.0, 1.0, 3.0)
    with pytest.raises(DataError, match=r"names the class 'rad'.*'red'"):
        class_weights(encoding, encoded, None, {"rad": 3.0})
    with pytest.raises(DataError, match="the task is regression"):
        class_weights(LabelEncoding(Task("regression")), encoded, None, "balanced")
