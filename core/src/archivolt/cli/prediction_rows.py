"""Predictions as the columns and rows of a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from archivolt.search.delivered_model import DeliveredModel, Predictions


def prediction_columns(model: DeliveredModel, found: Predictions) -> list[str]:
    """Name the columns; those of `prediction_rows`."""
    columns = ["name"] if found.names else []
    if found.steps is not None:
        columns += ["row", "step"]
    if isinstance(found.values, Mapping):
        columns += [f"prediction_{target}" for target in found.values]
        return columns + [
            f"probability_{target}_{name}"
            for target in found.probabilities or {}
            for name in model.classes_of[target]
        ]
    columns += _value_columns(model, found.values, 1 if found.steps is None else 2)
    if found.probabilities is not None:
        columns += [f"probability_{name}" for name in model.classes]
    return columns


def prediction_rows(found: Predictions) -> Iterator[list[Any]]:
    """Yield the rows: one for each row of the data, or for each real step of it."""
    values, likely = _arrays(found.values), _arrays(found.probabilities)
    for index in range(len(values[0])):
        named: list[Any] = [found.names[index]] if found.names else []
        if found.steps is None:
            yield [*named, *_at(values, likely, (index,))]
            continue
        for step in map(int, np.flatnonzero(found.steps[index])):
            yield [*named, index, step, *_at(values, likely, (index, step))]


def _arrays(given: Any) -> list[NDArray[Any]]:
    if isinstance(given, Mapping):
        return list(given.values())
    return [] if given is None else [given]


def _at(
    values: list[NDArray[Any]], likely: list[NDArray[Any]], place: tuple[int, ...]
) -> list[Any]:
    told = [each for array in values for each in np.asarray(array[place]).reshape(-1)]
    return told + [f"{each:.6g}" for array in likely for each in array[place]]


def _value_columns(model: DeliveredModel, values: NDArray[Any], axes: int) -> list[str]:
    several = values.shape[axes:]
    if not several or several[0] == 1:
        return ["prediction"]
    targets = model.targets if len(model.targets) == several[0] else model.classes
    return [f"prediction_{name}" for name in targets]
