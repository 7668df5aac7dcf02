from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from archivolt.errors import DataError
from archivolt.values.problem import Task
from archivolt.values.splits import lonely_classes, split_rows

BINARY = Task("binary", ("no", "yes"), ("y",), 1)
CLASSES = Task("multiclass", ("a", "b", "c"), ("y",), 3)
REGRESSION = Task("regression", (), ("y",), 1)
LABELS = Task("multilabel", ("p", "q"), ("p", "q"), 2)


def split(labels, task=CLASSES, validation=0.2, report=0.2, seed=0, **options):
    labels = np.asarray(labels)
    return split_rows(labels, len(labels), validation, report, default_rng(seed), task, **options)


def assert_complete(parts, rows):
    together = np.sort(np.concatenate(list(parts.values())))
    assert together.tolist() == list(range(rows))
    assert all((np.diff(numbers) > 0).all() for numbers in parts.values())


@pytest.mark.parametrize("rows", [10, 57, 1000])
def test_every_row_is_in_one_split_and_the_shares_are_met(rows):
    parts = split(np.arange(rows) % 3)

    assert_complete(parts, rows)
    assert list(parts) == ["train", "validation", "report"]
    assert len(parts["validation"]) == pytest.approx(0.2 * rows, abs=1)
    assert len(parts["report"]) == pytest.approx(0.2 * rows, abs=1)


def test_classes_keep_their_proportions():
    labels = np.array(["a"] * 700 + ["b"] * 250 + ["c"] * 50)

    parts = split(labels)

    for numbers in parts.values():
        _, counts = np.unique(labels[numbers], return_counts=True)
        assert counts / counts.sum() == pytest.approx([0.7, 0.25, 0.05], abs=0.006)


def test_many_small_classes_still_come_to_the_shares():
    labels = np.repeat(np.arange(200), 2)

    parts = split(labels)

    assert_complete(parts, 400)
    assert set(labels[parts["train"]].tolist()) == set(range(200))
    assert len(parts["validation"]) == pytest.approx(80, abs=10)
    assert len(parts["report"]) == pytest.approx(80, abs=10)


def test_a_class_with_a_single_row_goes_to_training_and_is_told():
    labels = ["a"] * 20 + ["b"] * 20 + ["c"]

    parts = split(labels)

    assert 40 in parts["train"]
    assert lonely_classes(np.array(labels)) == (
        "Class 'c' has a single row, which goes to training: no score tells how well it is "
        "predicted."
    )
    assert lonely_classes(np.array(["a", "a", "b", "b"])) == ""
    assert "Classes 'x', 'y' have" in lonely_classes(np.array(["x", "y", "z", "z"]))


def test_the_quantiles_of_a_regression_are_kept():
    target = np.exp(default_rng(3).standard_normal(500) * 2)

    parts = split(target, REGRESSION)

    assert_complete(parts, 500)
    median = np.median(target)
    for numbers in parts.values():
        assert (target[numbers] < median).mean() == pytest.approx(0.5, abs=0.01)
    assert split(np.ones(100), REGRESSION)["train"].size == 60


def test_several_labels_or_targets_are_split_at_random():
    parts = split(np.eye(2)[np.arange(50) % 2], LABELS)

    assert_complete(parts, 50)
    assert [len(numbers) for numbers in parts.values()] == [30, 10, 10]


def test_without_a_report_share_no_row_is_held_back():
    parts = split(np.arange(30) % 3, report=0.0)

    assert set(parts) == {"train", "validation"}
    assert_complete(parts, 30)


def test_the_seed_decides():
    labels = np.arange(60) % 3

    once, again, other = split(labels), split(labels), split(labels, seed=1)

    assert once["train"].tolist() == again["train"].tolist()
    assert once["train"].tolist() != other["train"].tolist()


def test_groups_stay_whole_and_the_shares_are_nearly_met():
    rng = default_rng(0)
    groups = np.array([f"g{number}" for number in rng.integers(80, size=1000)])

    parts = split(np.arange(1000) % 3, groups=groups)

    assert_complete(parts, 1000)
    names = [set(groups[numbers].tolist()) for numbers in parts.values()]
    assert sum(map(len, names)) == len(set.union(*names))
    assert len(parts["validation"]) == pytest.approx(200, abs=20)
    assert len(parts["report"]) == pytest.approx(200, abs=20)


def test_one_huge_group_still_leaves_a_group_for_every_split():
    groups = np.array([1] * 98 + [2, 3])

    parts = split(np.arange(100) % 3, groups=groups)

    assert [len(numbers) for numbers in parts.values()] == [98, 1, 1]


def test_groups_are_arranged_so_that_training_has_every_class():
    # Class c is in the smallest group alone, which would come last.
    groups = np.repeat(np.arange(6), [30, 20, 20, 20, 20, 2])
    labels = np.where(groups == 5, "c", np.where(np.arange(112) % 2, "a", "b"))

    parts = split(labels, groups=groups)

    assert "c" in labels[parts["train"]]


@pytest.mark.parametrize(
    ("groups", "message"),
    [([7] * 30, "one group, '7'"), ([1] * 15 + [2] * 15, "2 groups.*needs 3")],
)
def test_too_few_groups_are_refused(groups, message):
    with pytest.raises(DataError, match=message):
        split(np.arange(30) % 3, groups=np.array(groups))


def test_by_time_the_latest_rows_report_and_those_before_validate():
    times = default_rng(0).permutation(100)

    parts = split(np.arange(100) % 3, times=times)

    assert_complete(parts, 100)
    assert sorted(times[parts["train"]]) == list(range(60))
    assert sorted(times[parts["validation"]]) == list(range(60, 80))
    assert sorted(times[parts["report"]]) == list(range(80, 100))


def test_rows_of_the_same_time_stay_together():
    times = np.repeat(np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "datetime64[D]"), 20)

    parts = split(np.arange(60) % 3, times=times)

    assert [len(numbers) for numbers in parts.values()] == [20, 20, 20]


def test_a_few_moments_of_many_rows_leave_no_split_empty():
    times = np.repeat([2019, 2020, 2021, 2022], [100, 600, 250, 50])

    parts = split(np.arange(1000) % 3, times=times)

    assert_complete(parts, 1000)
    assert all(len(rows) for rows in parts.values())
    assert times[parts["train"]].max() < times[parts["validation"]].min()
    assert times[parts["validation"]].max() < times[parts["report"]].min()


def test_a_single_moment_cannot_be_split_by_time():
    with pytest.raises(DataError, match="1 distinct times"):
        split(np.arange(30) % 3, times=np.zeros(30))


def test_a_class_that_is_new_at_the_end_cannot_be_learnt_by_time():
    labels = np.array(["a", "b"] * 20 + ["c"] * 10)

    with pytest.raises(DataError, match="no training row is of class 'c'"):
        split(labels, times=np.arange(50))


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([0, 1], {}, "2 rows cannot be split in 3"),
        ([0, 1, 2] * 9, {"validation": 0.6, "report": 0.4}, "leave no rows to train"),
        ([0, 1, 2] * 9, {"groups": np.zeros(27), "times": np.zeros(27)}, "not by both"),
        ([0, 1, 2] * 9, {"groups": np.zeros(5)}, "5 groups for 27 rows"),
        ([0, 1, 2], {"validation": 0.1, "report": 0.1}, "3 rows leave none for"),
    ],
)
def test_what_cannot_be_split_is_told(labels, options, message):
    with pytest.raises(DataError, match=message):
        split(labels, **options)


def test_groups_are_arranged_until_each_split_has_a_label_of_each_target():
    task = Task("several", (), ("p", "q"), 2)
    groups = np.repeat(np.arange(12), 5)
    present = np.ones((60, 2), bool)
    present[:, 1] = groups % 3 == 0

    parts = split(np.zeros(60, int), task, 0.3, 0.3, groups=groups, present=present)

    assert all(present[numbers, 1].any() for numbers in parts.values())


def test_a_split_by_time_without_a_label_of_a_target_is_told():
    task = Task("several", (), ("p", "q"), 2)
    present = np.ones((60, 2), bool)
    present[30:, 1] = False

    with pytest.raises(DataError, match="no validation row has a label of the target 'q'"):
        split(np.zeros(60, int), task, times=np.arange(60), present=present)
