"""Labels: the target columns of a table, as the user wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from archivolt.components.source import NUMERIC
from archivolt.errors import DataError
from archivolt_tables import parsing, roles
from archivolt_tables.files import Table
from archivolt_tables.gaps import GAP


def labelled_rows(
    table: Table, targets: tuple[str, ...]
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Return the labels of rows that have any, the numbers of these rows, and of the others.

    Of several targets some may be missing in a row: None or NaN.
    """
    labels, missing = labels_of(table, targets)
    kept = np.flatnonzero(~missing)
    if not len(kept):
        raise DataError(
            f"the target {listed(targets)} is missing in all {len(missing)} rows.", table.origin
        )
    return labels[kept], kept, np.flatnonzero(missing)


def told_without_target(table: Table, rows: NDArray[np.intp], what: str) -> str:
    """Tell of rows without a target, by the place of the first."""
    first = table.place(int(rows[0]))
    if len(rows) > 1:
        return f"{len(rows)} rows without a target are {what} (the first: {first})."
    return f"A row without a target is {what} ({first})."


def labels_of(table: Table, targets: tuple[str, ...]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return raw labels, `(rows,)` or `(rows, targets)`, and whether all of a row are missing."""
    columns = [_label(table, name) for name in targets]
    missing = np.all([lack for _, lack in columns], axis=0)
    if len(columns) == 1:
        return columns[0][0], missing
    if len({values.dtype for values, _ in columns}) > 1 or columns[0][0].dtype == object:
        return np.stack([values.astype(object) for values, _ in columns], axis=1), missing
    return np.stack([values for values, _ in columns], axis=1), missing


def _label(table: Table, name: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    series = table.frame[name]
    if pd.api.types.is_bool_dtype(series) and not series.isna().any():
        return series.to_numpy(dtype=bool), np.zeros(len(series), dtype=bool)
    column = roles.recognise(series, None, table.decimal_comma)
    if column.left_out == roles.NESTED:
        raise DataError("the target holds lists or structures.", f"{table.origin}, column {name!r}")
    numeric = column.role == NUMERIC and column.style != parsing.BOOLEAN
    if not numeric or (column.wrong is not None and column.wrong.any()):
        texts = parsing.texts_of(series)
        missing = texts == GAP
        texts[missing] = None
        return texts, missing
    missing = np.isnan(column.values)
    roles.check_finite(table, name, column.values)
    present = column.values[~missing]
    if not missing.any() and (present == np.round(present)).all() and (abs(present) < 2**53).all():
        return column.values.astype(np.int64), missing
    return column.values, missing


def listed(names: Sequence[str]) -> str:
    """Name columns in a sentence, the first few of them."""
    shown = ", ".join(repr(name) for name in names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
