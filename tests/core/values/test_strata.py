from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.problem import MULTICLASS, REGRESSION, Task
from archivolt.values.several import several_tasks
from archivolt.values.splits import split_rows
from archivolt.values.strata import check_training_classes, labels_of_rows

CLASSES = Task(MULTICLASS, ("a", "b", "c"), ("y",), 3, per_step=True)


def test_a_row_is_split_by_the_rarest_class_that_it_holds() -> None:
    labels = np.array([["a", "a", "b"], ["a", "a", "a"], ["b", "b", "c"], ["c", "a", "a"]])
    weights = np.array([[1, 1, 1], [1, 1, 1], [1, 1, 1], [0, 1, 1]])

    found = labels_of_rows(labels, weights, CLASSES)

    # b has 3 steps, c has 1, since the other weighs nothing.
    assert found.tolist() == [1, 2, 0, 2]


def test_a_row_of_numbers_is_split_by_its_mean_over_the_steps_that_count() -> None:
    labels = np.array([[1.0, 3.0], [5.0, np.nan]])

    found = labels_of_rows(labels, np.array([[1.0, 2.0], [1.0, 0.0]]), Task(REGRESSION))

    assert found.tolist() == [2.0, 5.0]


def test_a_rare_class_gets_into_every_split() -> None:
    labels = np.full((60, 8), "a", dtype=object)
    labels[:6, 3] = "b"
    labels[6:, 4] = None  # has no label
    weights = np.ones((60, 8))
    weights[6:, 4] = 0

    rows = split_rows(
        labels_of_rows(labels, weights, CLASSES), 60, 0.33, 0.33, np.random.default_rng(0), CLASSES
    )

    assert {name: int((numbers < 6).sum()) for name, numbers in rows.items()} == {
        "train": 2,
        "validation": 2,
        "report": 2,
    }


def test_a_class_without_a_training_step_is_told() -> None:
    check_training_classes(np.array(["a", "b", "c"]), CLASSES)

    with pytest.raises(DataError, match="no step of a training row is of class 'c'"):
        check_training_classes(np.array(["a", "b", "b"]), CLASSES)


SEVERAL, _ = several_tasks(
    np.array([["a", 1.0], ["b", 2.5], ["a", 3.0], ["b", 4.0]], dtype=object), ("kind", "size"), {}
)


def test_of_several_tasks_the_rarest_class_decides() -> None:
    labels = np.array([["a", 1.0], ["b", 2.0], ["a", 3.0]], dtype=object)

    assert labels_of_rows(labels, None, SEVERAL).tolist() == [1, 0, 1]


def test_a_rare_class_of_one_of_several_tasks_gets_a_training_row() -> None:
    labels = np.array([["a", float(row)] for row in range(40)], dtype=object)
    labels[7, 0] = "b"
    strata = labels_of_rows(labels, None, SEVERAL)

    for seed in range(5):
        rows = split_rows(strata, 40, 0.3, 0.3, np.random.default_rng(seed), SEVERAL)
        assert 7 in rows["train"]
        check_training_classes(labels[rows["train"]], SEVERAL)


def test_a_class_of_several_tasks_without_a_training_row_is_told() -> None:
    with pytest.raises(DataError, match=r"no training row is of class 'b' \(kind\)"):
        check_training_classes(np.array([["a", 1.0]], dtype=object), SEVERAL)


@pytest.mark.parametrize("kind", ["multilabel", "regression"])
def test_labels_that_are_no_classes_need_none_in_training(kind: str) -> None:
    check_training_classes(np.zeros((4, 2)), Task(kind, ("u", "v"), ("u", "v"), 2, per_step=True))


def test_rows_that_lack_a_label_are_split_by_those_that_they_have() -> None:
    labels = np.array([["a", None], [None, 2.0], ["b", 3.0], ["a", np.nan]], dtype=object)

    found = labels_of_rows(labels, None, SEVERAL)

    # b has one row; a and the numbers, which some rows lack, two each.
    assert found[2] == 0
    assert found[0] == found[3]
    assert found[1] != found[0]


def test_a_number_that_most_rows_lack_gets_into_every_split() -> None:
    labels = np.array([["a", None], ["b", None]] * 30, dtype=object)
    labels[:6, 1] = 1.5
    present = np.array([[True, number is not None] for _, number in labels])

    rows = split_rows(
        labels_of_rows(labels, None, SEVERAL),
        60,
        0.2,
        0.2,
        np.random.default_rng(0),
        SEVERAL,
        present=present,
    )

    assert all((numbers < 6).any() for numbers in rows.values())


def test_a_class_that_only_rows_with_a_label_can_have_is_looked_for_there() -> None:
    check_training_classes(np.array([["a", None], ["b", None], [None, 1.0]], dtype=object), SEVERAL)

    with pytest.raises(DataError, match="no training row is of class 'b'"):
        check_training_classes(np.array([["a", 1.0], [None, 1.0]], dtype=object), SEVERAL)
