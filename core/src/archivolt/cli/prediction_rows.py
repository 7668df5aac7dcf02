"""Predictions as the columns and rows of a CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from archivolt.search.delivered_model import DeliveredModel, Predictions


def prediction_columns(model: DeliveredModel, found: Predictions) -> list[str]:
    """Name the columns; those of `prediction_rows`."""
    columns = ["name"] if found.names else []
    if found.steps is not None:
        columns += ["row", "step"]
    columns += _value_columns(model, found)
    if found.probabilities is not None:
        columns += [f"probability_{name}" for name in model.classes]
    return columns


def prediction_rows(found: Predictions) -> Iterator[list[Any]]:
    """Yield the rows: one for each row of the data, or for each real step of it."""
    for index in range(len(found.values)):
        named: list[Any] = [found.names[index]] if found.names else []
        if found.steps is None:
            yield [*named, *_at(found, (index,))]
            continue
        for step in np.flatnonzero(found.steps[index]):
            yield [*named, index, int(step), *_at(found, (index, int(step)))]


def _at(found: Predictions, place: tuple[int, ...]) -> list[Any]:
    told = list(np.asarray(found.values[place]).reshape(-1))
    if found.probabilities is not None:
        told += [f"{each:.6g}" for each in found.probabilities[place]]
    return told


def _value_columns(model: DeliveredModel, found: Predictions) -> list[str]:
    # What stands behind the axes of rows and steps.
    several = found.values.shape[1 if found.steps is None else 2 :]
    if not several or several[0] == 1:
        return ["prediction"]
    targets = model.targets if len(model.targets) == several[0] else model.classes
    return [f"prediction_{name}" for name in targets]
