from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from archivolt.cli.prediction_rows import prediction_columns, prediction_rows
from archivolt.search.delivered_model import Predictions


def model(classes: tuple[str, ...] = (), targets: tuple[str, ...] = ("y",)) -> Any:
    return SimpleNamespace(classes=classes, targets=targets)


def test_a_row_is_a_line() -> None:
    found = Predictions(np.array(["a", "b"]), np.array([[0.75, 0.25], [0.1, 0.9]]), ("one", "two"))

    assert prediction_columns(model(("a", "b")), found) == [
        "name",
        "prediction",
        "probability_a",
        "probability_b",
    ]
    assert list(prediction_rows(found)) == [
        ["one", "a", "0.75", "0.25"],
        ["two", "b", "0.1", "0.9"],
    ]


def test_several_targets_are_columns() -> None:
    found = Predictions(np.array([[1.0, 2.0], [3.0, 4.0]]), None)

    assert prediction_columns(model(targets=("p", "q")), found) == ["prediction_p", "prediction_q"]
    assert list(prediction_rows(found)) == [[1.0, 2.0], [3.0, 4.0]]


def test_each_real_step_is_a_line() -> None:
    steps = np.array([[True, True, False], [True, False, False]])
    found = Predictions(
        np.array([["a", "b", "b"], ["b", "a", "a"]]),
        np.full((2, 3, 2), 0.5),
        steps=steps,
    )

    assert prediction_columns(model(("a", "b")), found) == [
        "row",
        "step",
        "prediction",
        "probability_a",
        "probability_b",
    ]
    assert [row[:3] for row in prediction_rows(found)] == [[0, 0, "a"], [0, 1, "b"], [1, 0, "b"]]


def test_several_targets_a_step_are_columns() -> None:
    found = Predictions(np.zeros((1, 2, 2)), None, steps=np.ones((1, 2), bool))

    assert prediction_columns(model(targets=("p", "q")), found) == [
        "row",
        "step",
        "prediction_p",
        "prediction_q",
    ]
    assert list(prediction_rows(found)) == [[0, 0, 0.0, 0.0], [0, 1, 0.0, 0.0]]


def test_each_of_several_tasks_has_its_columns() -> None:
    found = Predictions(
        {"digit": np.array([3, 4]), "slant": np.array([0.5, -0.5])},
        {"digit": np.array([[0.75, 0.25], [0.1, 0.9]])},
    )
    of = SimpleNamespace(classes=(), classes_of={"digit": ("3", "4"), "slant": ()})

    assert prediction_columns(of, found) == [  # type: ignore[arg-type]
        "prediction_digit",
        "prediction_slant",
        "probability_digit_3",
        "probability_digit_4",
    ]
    assert list(prediction_rows(found)) == [[3, 0.5, "0.75", "0.25"], [4, -0.5, "0.1", "0.9"]]
