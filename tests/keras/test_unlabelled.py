from __future__ import annotations

import numpy as np
import pytest

from archivolt.values.problem import Part, Task
from archivolt_keras.prepared import Bare
from archivolt_keras.training.data import TrainingData, as_known_labels
from archivolt_keras.training.streaming import MappedData
from archivolt_keras.unlabelled import with_unlabelled

CLASSES = Task("multiclass", ("a", "b", "c"), ("y",), 3)
STEPS = Task("binary", ("no", "yes"), ("y",), 1, per_step=True)
PARTS = (Part("kind", "binary", ("no", "yes"), 1), Part("size", "regression"))
SEVERAL = Task("several", (), ("kind", "size"), 2, parts=PARTS)
X = np.arange(12, dtype=np.float32).reshape(6, 2)
MORE = -X[:2]


def mapped(parts, labels, task, weights=None):
    encoded, known = as_known_labels(labels, task)
    return MappedData(parts, encoded, weights, known=known)


def taken(data):
    """Read all rows of an epoch, in their own order."""
    (piece,) = data.pieces(seed=0, epoch=0, batch=1000)
    rows = np.unique(piece.order)
    of_rows = {name: np.asarray(getattr(piece, name))[rows] for name in ("labels", "known")}
    weights = None if piece.weights is None else np.asarray(piece.weights)[rows]
    return np.asarray(piece.parts["x"])[rows], of_rows["labels"], of_rows["known"], weights


def test_rows_without_a_label_come_behind_the_others_and_are_masked():
    data = with_unlabelled(
        TrainingData.on_device({"x": X}, [0, 1, 2, 0, 1, 2], CLASSES), Bare({"x": MORE}), CLASSES
    )

    x, labels, known, weights = taken(data)

    assert data.unlabelled == 2
    assert np.array_equal(x, np.concatenate([X, MORE]))
    assert labels[:6].tolist() == [0, 1, 2, 0, 1, 2]
    assert known[:, 0].tolist() == [1] * 6 + [0] * 2
    assert weights is None


@pytest.mark.parametrize("make", [TrainingData.on_device, mapped])
def test_gaps_of_several_tasks_and_weights_go_with_them(make):
    labels = np.array([[0, 1.0], [1, np.nan]] * 3, np.float32)
    training = make({"x": X}, labels, SEVERAL, np.arange(6, dtype=np.float32))

    data = with_unlabelled(training, Bare({"x": MORE}), SEVERAL)

    assert data.weighted
    known = np.asarray(data.known)
    assert known.tolist() == [[1, 1], [1, 0]] * 3 + [[0, 0]] * 2
    assert np.isfinite(np.asarray(data.labels)).all()
    assert np.asarray(data.weights)[6:].tolist() == [2.5, 2.5]  # the mean of the others


def test_padded_steps_of_rows_without_a_label_weigh_nothing():
    x = np.zeros((2, 3, 1), np.float32)
    weights = np.array([[2, 2, 0], [2, 0, 0]], np.float32)
    training = TrainingData.on_device({"x": x}, np.zeros((2, 3)), STEPS, weights)
    steps = np.array([[1, 0, 0]], np.float32)

    data = with_unlabelled(training, Bare({"x": x[:1]}, steps), STEPS)

    assert np.asarray(data.weights)[2].tolist() == [2, 0, 0]
    assert np.asarray(data.known).shape == (3, 3, 1)
    assert np.asarray(data.known)[2].sum() == 0
