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


def test_labels_of_steps_are_encoded_where_they_count():
    task = Task("multiclass", ("a", "b", "c"), ("y",), 3, per_step=True)
    labels = np.array([["b", "c", None], ["a", "no class", ""]], dtype=object)
    weights = np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 0.0]])
    encoding = LabelEncoding.fit(task, labels[weights > 0], weights[weights > 0])

    encoded = encoding.encode_steps(labels, weights)

    assert encoded.tolist() == [[1, 2, 0], [0, 0, 0]]
    likely = np.eye(3)[encoded]
    assert encoding.decode(likely).tolist() == [["b", "c", "a"], ["a", "a", "a"]]


def test_numbers_of_steps_are_standardised_over_the_steps_that_count():
    task = Task("regression", (), ("p", "q"), 2, per_step=True)
    labels = np.random.default_rng(0).normal(3.0, 2.0, (5, 4, 2))
    weights = np.ones((5, 4))
    weights[0, 1:] = 0
    labels[0, 1:] = np.nan
    encoding = LabelEncoding.fit(task, labels[weights > 0], weights[weights > 0])

    encoded = encoding.encode_steps(labels, weights)

    assert encoded.shape == (5, 4, 2)
    assert encoded.dtype == np.float32
    np.testing.assert_allclose(encoded[weights > 0].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(
        encoding.raw_targets(encoded)[weights > 0], labels[weights > 0], atol=1e-5
    )


def test_steps_without_any_label_are_told():
    task = Task("binary", ("a", "b"), ("y",), 1, per_step=True)

    with pytest.raises(DataError, match="no step has a label"):
        LabelEncoding(task).encode_steps(np.array([["a", "b"]]), np.zeros((1, 2)))


def test_classes_of_steps_are_balanced_by_the_steps_that_count():
    task = Task("binary", ("a", "b"), ("y",), 1, per_step=True)
    encoded = np.array([[0, 0, 0], [1, 0, 0]], np.int32)
    weights = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])

    found = class_weights(LabelEncoding(task), encoded, weights, "balanced")

    assert found == pytest.approx((4 / 6, 2.0))
