"""Checks on arrays: what cannot be learnt from is told with the row where it begins."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError

CHUNK = 1 << 22  # numbers looked at in one go: bounds the memory that a check takes


def check_features(given: object, where: str = "x") -> NDArray[Any]:
    """Return features that hold numbers, `(rows, …)`, as uint8 or float32.

    Raises:
        DataError: they are empty, of objects or text, of no useful rank, or not finite.
    """
    x = as_array(given)
    if x.dtype == object:
        raise DataError(
            "the array holds Python objects.",
            where,
            "Rows of unequal length, or text among numbers? Make it numbers of one shape: "
            "x = np.stack(list(x)).astype('float32').",
        )
    if x.dtype.kind not in "biuf":
        raise DataError(
            f"the array holds {x.dtype}, not numbers.",
            where,
            "Text and categories belong into a table: a CSV file or a DataFrame.",
        )
    if not 2 <= x.ndim <= 4:
        hint = "A single feature is x.reshape(-1, 1)." if x.ndim == 1 else ""
        raise DataError(
            f"the array has {x.ndim} axes, {list(x.shape)}. Expected are 2 (rows, features), "
            "3 (rows, time, features) or 4 (rows, height, width, channels).",
            where,
            hint,
        )
    if x.size == 0:
        raise DataError(f"the array is empty: its shape is {list(x.shape)}.", where)
    if x.dtype == np.uint8:
        return x
    check_finite(x, where)
    return x if x.dtype == np.float32 else x.astype(np.float32)


def check_finite(x: NDArray[Any], where: str, first_row: int = 0) -> None:
    """Raise where a number is NaN, infinite or beyond float32; rows count from `first_row`.

    Raises:
        DataError: the first such row.
    """
    if x.dtype.kind != "f":
        return
    rows = max(1, CHUNK * len(x) // max(1, x.size))
    for start in range(0, len(x), rows):
        chunk = x[start : start + rows]
        with np.errstate(over="ignore"):
            finite = np.isfinite(chunk.astype(np.float32, copy=False))
        if finite.all():
            continue
        at = np.argwhere(~finite)[0]
        value = chunk[tuple(at)]
        row = first_row + start + int(at[0])
        inside = f"[{', '.join(map(str, at[1:]))}]" if len(at) > 1 else ""
        count = int((~finite.reshape(len(finite), -1)).any(axis=1).sum())
        raise DataError(
            f"row {row} holds {value}{f' at {inside}' if inside else ''}; "
            f"{count} of the rows {first_row + start} to {first_row + start + len(chunk) - 1} "
            "have NaN or infinity (or a number beyond 3.4e38).",
            where,
            "Leave such rows out, or fill the gaps: np.nan_to_num(x). A table may have gaps.",
        )


def check_labels(
    given: object, rows: int, where: str = "y", of: str = "x", gaps: bool = False
) -> NDArray[Any]:
    """Return labels, `(rows,)` or `(rows, targets)`.

    Args:
        given: Anything that is an array.
        rows: How many there have to be.
        where: What to call the labels.
        of: What to call the features.
        gaps: Whether labels may be missing: None or NaN.

    Raises:
        DataError: another number of rows, too many axes, a missing or infinite label.
    """
    y = as_array(given)
    if y.ndim == 0 or len(y) != rows:
        count = len(y) if y.ndim else 1
        raise DataError(
            f"{of} has {rows} rows and {where} has {count}.", where, "Each row needs its label."
        )
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim > 2 or y.size == 0:
        raise DataError(
            f"the shape {list(y.shape)} does not tell a label a row. Expected is (rows,), or "
            "(rows, targets) for several.",
            where,
        )
    if y.dtype.kind == "f":
        check_finite(np.where(np.isnan(y), 0.0, y) if gaps else y, where)
    elif y.dtype == object and gaps:
        pass  # told by whoever makes tasks of them, where all are missing
    elif y.dtype == object:
        empty = [row for row, each in enumerate(y.reshape(rows, -1)) if any(map(is_missing, each))]
        if empty:
            raise DataError(
                f"the label of row {empty[0]} is missing ({len(empty)} in all).",
                where,
                "Pass rows that have none apart, as `unlabelled`.",
            )
    elif y.dtype.kind not in "biuUS":
        raise DataError(f"labels of the type {y.dtype} are not known.", where)
    return y


def check_weights(given: object, rows: int, where: str = "weights") -> NDArray[np.float32]:
    """Return weights of the examples, `(rows,)`.

    Raises:
        DataError: another number of rows, or a weight that is negative or not finite.
    """
    weights = as_array(given)
    if weights.shape not in ((rows,), (rows, 1)):
        raise DataError(f"{rows} rows need as many weights, not {list(weights.shape)}.", where)
    if weights.dtype.kind not in "biuf":
        raise DataError(f"weights are numbers, not {weights.dtype}.", where)
    weights = weights.reshape(rows)
    check_finite(weights, where)
    if (weights < 0).any():
        row = int(np.argmax(weights < 0))
        raise DataError(f"the weight of row {row} is negative: {weights[row]}.", where)
    if not weights.any():
        raise DataError("every weight is 0.", where)
    return weights.astype(np.float32)


def is_one_hot(y: NDArray[Any]) -> bool:
    """Tell whether every row of `(rows, classes)` has a single 1 and otherwise 0."""
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "biuf":
        return False
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def as_array(given: object) -> NDArray[Any]:
    """Return anything as an array; what is of unequal length as one of objects."""
    try:
        return np.asanyarray(given)
    except ValueError:  # nested lists of unequal length: told with the other objects
        return np.array(given, dtype=object)


def is_missing(value: Any) -> bool:
    """Tell whether a label is none: None, or a number that is not finite."""
    return value is None or (isinstance(value, float) and not np.isfinite(value))
