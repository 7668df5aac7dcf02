"""Labels that are missing or infinite, told by their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError


def check_present(labels: NDArray[Any], targets: Sequence[str]) -> None:
    """Refuse labels of which one is missing.

    Args:
        labels: `(rows,)` or `(rows, targets)`.
        targets: Names of the target columns.

    Raises:
        DataError: the first such row, and how many there are; or there are no labels.
    """
    if labels.size == 0:
        raise DataError("there are no labels.", named(targets), "Give rows with a target.")
    _tell_rows(missing_labels(labels), "is missing", targets)


def missing_labels(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which labels are missing, in the shape of the labels: None, NaN, NaT, `pandas.NA`."""
    if labels.dtype.kind == "O":
        found = [_is_missing(each) for each in labels.ravel()]
        return np.array(found, bool).reshape(labels.shape)
    if labels.dtype.kind == "M":
        return np.asarray(np.isnat(labels))
    return np.isnan(labels) if labels.dtype.kind == "f" else np.zeros(labels.shape, bool)


def _is_missing(value: object) -> bool:
    if value is None:
        return True
    try:
        return bool(value != value)  # NaN and NaT alone differ from themselves
    except (TypeError, ValueError):
        # pandas.NA is neither equal nor unequal; an array or a list is a value.
        return not hasattr(value, "__len__")


def check_finite(numbers: NDArray[np.float64], targets: Sequence[str]) -> None:
    """Refuse numbers of which one is infinite or none.

    Raises:
        DataError: the first such row, and how many there are.
    """
    _tell_rows(~np.isfinite(numbers), "is infinite or no number", targets)


def _tell_rows(wrong: NDArray[np.bool_], what: str, targets: Sequence[str]) -> None:
    rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    if len(rows):
        others = f" (and in {len(rows) - 1:,} more)" if len(rows) > 1 else ""
        raise DataError(
            f"the target {what} in row {rows[0]}{others}, counted from 0.",
            named(targets),
            "Leave these rows out, or fill them.",
        )


def named(targets: Sequence[str]) -> str:
    """Name the target columns, for a message."""
    shown = ", ".join(map(repr, targets[:3])) + (", …" if len(targets) > 3 else "")
    return f"target {shown}" if shown else "target"
