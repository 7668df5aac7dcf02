from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.guess import guess_task, natural_order, task_for
from archivolt.values.problem import Task


def test_text_is_classes_in_natural_order():
    task, told = guess_task(np.array(["c10", "c2", "c1"] * 5, dtype=object), ["kind"])

    assert task == Task("multiclass", ("c1", "c2", "c10"), ("kind",), 3)
    assert told == "target 'kind': 3 classes (c1, c2, c10), a multi-class task (guessed)."


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["yes", "no"] * 4, ("no", "yes")),
        ([True, False] * 4, ("False", "True")),
        ([1, 0] * 4, ("0", "1")),
        ([1.0, -1.0] * 4, ("-1", "1")),
    ],
)
def test_two_values_are_a_binary_task_with_one_output(labels, classes):
    task, told = guess_task(np.array(labels), ["y"])

    assert task == Task("binary", classes, ("y",), 1)
    assert "a binary task" in told


def test_a_few_whole_numbers_are_classes_and_many_are_a_quantity():
    few, _ = guess_task(np.arange(200) % 10, ["digit"])
    many, told = guess_task(np.arange(200) % 50, ["rings"])

    assert few.kind == "multiclass"
    assert few.classes == tuple("0123456789")
    assert many == Task("regression", (), ("rings",), 1)
    assert told == "target 'rings': 50 distinct numbers, a regression (guessed)."


def test_fractions_are_a_quantity_and_whole_floats_are_like_whole_numbers():
    assert guess_task(np.array([0.5, 1.0] * 10), ["y"])[0].kind == "regression"
    assert guess_task(np.array([3.0, 1.0, 2.0] * 10), ["y"])[0].classes == ("1", "2", "3")


def test_a_column_of_one_target_is_read_as_its_values():
    assert guess_task(np.array([[0], [1], [0]]), ["y"])[0].kind == "binary"


def test_columns_of_0_and_1_are_labels_and_other_numbers_several_targets():
    labels, told = guess_task(np.array([[0, 1, 1], [1, 0, 1]]), ["a", "b", "c"])
    targets, _ = guess_task(np.array([[0.5, 1], [1, 2.5]]), ["u", "v"])

    assert labels == Task("multilabel", ("a", "b", "c"), ("a", "b", "c"), 3)
    assert "3 labels (a, b, c)" in told
    assert targets == Task("regression", (), ("u", "v"), 2)


def test_collections_of_names_are_labels():
    rows = np.empty(3, dtype=object)
    rows[:] = [("cat", "dog"), (), ("ant",)]

    task, _ = guess_task(rows, ["animals"])

    assert task == Task("multilabel", ("ant", "cat", "dog"), ("animals",), 3)


def test_the_classes_that_a_source_knows_keep_their_order():
    task, _ = guess_task(np.array(["b", "a", "b"]), ["class"], class_names=("b", "a", "z"))

    assert task == Task("multiclass", ("b", "a", "z"), ("class",), 3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"] * 5, "every row is of class 'a'"),
        ([3] * 5, "every row is of class '3'"),
        ([1.5] * 5, "every row has the same value, 1.5"),
        ([1.0, float("nan"), 2.0, float("nan")], r"is missing in row 1 \(and in 1 more\)"),
        ([1.0, float("inf")], "infinite or no number in row 1"),
        (["a", None], "is missing in row 1"),
        ([], "there are no labels"),
        ([f"name {n}" for n in range(100)], "100 different texts in 100 rows"),
        ([["a", "b"], ["c", "d"]], "several target columns hold text"),
    ],
)
def test_labels_that_nothing_can_be_learnt_from_are_refused(labels, message):
    array = np.array(labels, dtype=object if None in labels else None)

    with pytest.raises(DataError, match=message) as caught:
        guess_task(array, ["y"])
    assert "target 'y'" in str(caught.value) or "y: " in str(caught.value)


def test_the_user_decides_what_whole_numbers_mean():
    quality = np.array([3, 4, 5, 6, 7] * 10)

    classes = task_for("multiclass", quality, ["quality"])

    assert classes == Task("multiclass", ("3", "4", "5", "6", "7"), ("quality",), 5)
    assert task_for("regression", quality, ["quality"]) == Task("regression", (), ("quality",), 1)


@pytest.mark.parametrize(
    ("kind", "labels", "message"),
    [
        ("binary", [1, 2, 3], "3 are here: 1, 2, 3.*multiclass"),
        ("regression", ["1.5", "many"], "'many' is no number"),
        ("multilabel", [0, 1, 1], "one column is given"),
        ("multilabel", [[0, 1], [2, 1]], "2 among the labels"),
        ("multiclass", [[0, 1], [1, 1]], "2 are given.*multilabel"),
        ("regresion", [1.0, 2.0], "Did you mean 'regression'"),
    ],
)
def test_a_task_that_the_labels_do_not_fit_is_told(kind, labels, message):
    with pytest.raises(DataError, match=message):
        task_for(kind, np.array(labels), ["y"])


def test_natural_order_counts_numbers_inside_names():
    assert natural_order(["x10", "x9", "b"]) == ("b", "x9", "x10")
    assert natural_order(["10", "9", "-1", "2.5"]) == ("-1", "2.5", "9", "10")
    assert natural_order(["<=50K", ">50K"]) == ("<=50K", ">50K")
