from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import ConfigError, DataError
from archivolt.values.problem import Metric, metrics_of
from archivolt.values.several import PartWish, are_several, present_column, several_tasks

TARGETS = ("digit", "slant", "writer")


@pytest.fixture
def labels() -> np.ndarray:
    rng = np.random.default_rng(0)
    columns = (rng.integers(0, 5, 40), rng.normal(size=40), np.array(["ann", "bob"] * 20))
    return np.stack([each.astype(object) for each in columns], axis=1)


def test_each_column_is_a_task_of_its_own(labels):
    task, notes = several_tasks(labels, TARGETS, {})

    assert [part.kind for part in task.parts] == ["multiclass", "regression", "binary"]
    assert [part.metric for part in task.parts] == ["accuracy", "r2", "accuracy"]
    assert task.parts[2].classes == ("ann", "bob")
    assert task.outputs == 5 + 1 + 1
    assert [at for _, at in task.columns] == [slice(0, 5), slice(5, 6), slice(6, 7)]
    assert len(notes) == 3


def test_what_is_said_of_a_task_holds(labels):
    wishes = {
        "digit": PartWish("regression", metric="r2", weight=0.5),
        "writer": PartWish(metric="auc"),
    }

    task, notes = several_tasks(labels, TARGETS, wishes)

    digit, _, writer = task.parts
    assert (digit.kind, digit.weight) == ("regression", 0.5)
    assert writer.metric == "auc"
    assert len(notes) == 2  # only what was guessed is told


def test_the_metrics_are_those_of_each_with_their_mean_and_the_loss(labels):
    task, _ = several_tasks(labels, TARGETS, {})

    names = [metric.name for metric in metrics_of(task)]

    assert names[0] == "weighted_mean"
    assert names[-1] == "loss"
    assert {"digit.accuracy", "slant.rmse", "slant.loss", "writer.auc"} <= set(names)
    assert Metric("slant.rmse", False) in metrics_of(task)


def test_errors_that_are_all_made_small_have_a_mean_that_is(labels):
    numbers = labels[:, [1, 1]]
    wishes = {name: PartWish(metric="rmse") for name in ("a", "b")}

    task, _ = several_tasks(numbers, ("a", "b"), wishes)

    assert metrics_of(task)[0] == Metric("weighted_mean", False)


def test_metrics_of_two_directions_have_no_mean(labels):
    with pytest.raises(ConfigError, match="'rmse' is made small and 'accuracy' of 'digit' large"):
        several_tasks(labels, TARGETS, {"slant": PartWish(metric="rmse")})


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"digits": PartWish()}, "Did you mean 'digit'"),
        ({"slant": PartWish(metric="accuracy")}, "no metric of regression problems"),
    ],
)
def test_wishes_that_cannot_be_met_are_told(labels, wishes, message):
    with pytest.raises(ConfigError, match=message):
        several_tasks(labels, TARGETS, wishes)


def test_one_column_is_not_several(labels):
    with pytest.raises(DataError, match="several tasks need several targets"):
        several_tasks(labels[:, 0], ("digit",), {})


def test_text_among_the_columns_makes_them_several(labels):
    assert are_several(labels)
    assert not are_several(labels[:, :2])
    assert not are_several(labels[:, 2])


def test_a_column_has_the_type_of_its_own_values(labels):
    assert [present_column(labels, at)[0].dtype.kind for at in range(3)] == ["i", "f", "U"]
    assert present_column(np.ones((3, 2)), 1)[0].tolist() == [1.0, 1.0, 1.0]


def test_a_label_that_is_missing_says_nothing_of_its_task(labels):
    labels[:10, 0] = np.nan
    labels[5:20, 2] = None

    task, notes = several_tasks(labels, TARGETS, {})

    assert [part.kind for part in task.parts] == ["multiclass", "regression", "binary"]
    assert task.parts[2].classes == ("ann", "bob")
    assert (
        "target 'writer': 15 of 40 rows have no label; they take part for the other targets."
        in notes
    )


def test_gaps_leave_whole_numbers_whole():
    labels = np.array([[0.0, 0.5], [np.nan, 1.5], [2.0, np.nan]])

    digits, present = present_column(labels, 0)

    assert (digits.tolist(), digits.dtype.kind) == ([0, 2], "i")
    assert present.tolist() == [True, False, True]
    assert present_column(labels, 1)[0].tolist() == [0.5, 1.5]


def test_a_target_without_any_label_is_told(labels):
    labels[:, 1] = None

    with pytest.raises(DataError, match="'slant' has no label in any of the 40 rows"):
        several_tasks(labels, TARGETS, {})
