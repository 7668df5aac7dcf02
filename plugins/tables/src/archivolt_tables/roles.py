"""Roles of columns: what a column of a table is, and its values in that role."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen
from numpy.typing import NDArray

from archivolt.components.source import CATEGORY, DATE, NUMERIC
from archivolt.errors import DataError
from archivolt_tables import parsing
from archivolt_tables.files import Table
from archivolt_tables.gaps import GAP

# Why a column is no input.
ALL_MISSING = "all their values are missing"
CONSTANT = "they have one value only"
DISTINCT = "nearly every value is distinct"
ROW_NUMBER = "they count the rows"
NESTED = "they hold lists or structures"

_LARGEST = float(np.finfo(np.float32).max)
_DISTINCT_SHARE = 0.9  # of the values of a text column: above, it names rows
_DISTINCT_ROWS = 30  # fewer rows show nothing of the kind
_STRAY_SHARE = 0.01  # of a column of numbers may be something else
_STRAY_ROWS = 100
_NAMES_ROWS = re.compile(
    r"(column_1|unnamed.*|index|id|.*[_ ]id|row.*|nr|no|number)", re.IGNORECASE
)


@frozen(eq=False)
class Column:
    """A column in its role; `left_out` says why it is no input."""

    role: str
    values: NDArray[Any]  # float64 with NaN, or text with GAP, `(rows,)`
    style: str = ""  # how its text is read: see `parsing`
    left_out: str | None = None
    wrong: NDArray[np.bool_] | None = None  # values that are taken for gaps, `(rows,)`
    note: str | None = None


def read_as(series: pd.Series[Any], role: str, style: str = "") -> Column:
    """Read a column in a role that is known."""
    if role == CATEGORY:
        return Column(CATEGORY, parsing.texts_of(series))
    if role == DATE:
        days, wrong = parsing.days_of(series, style)
        return Column(DATE, days, style, wrong=wrong)
    numbers, wrong = parsing.numbers_of(series, style)
    return Column(NUMERIC, numbers, style, wrong=wrong)


def recognise(
    series: pd.Series[Any], role: str | None = None, decimal_comma: bool = False
) -> Column:
    """Find out what a column is, and read it.

    Args:
        series: The column; text where the file has no types.
        role: The role that the user gives it; None: guessed.
        decimal_comma: Whether "1,234" is likelier a fraction than a thousand.
    """
    if _nested(series):
        return Column(CATEGORY, np.full(len(series), GAP, dtype=object), left_out=NESTED)
    column = _forced(series, role, decimal_comma) if role else _guessed(series, decimal_comma)
    if column.left_out is None and role is None and _counts_rows(series, column):
        return _without(column, ROW_NUMBER)
    return column if column.left_out else _without_use(column)


def _without(column: Column, reason: str) -> Column:
    return Column(column.role, column.values, column.style, reason)


def _without_use(column: Column) -> Column:
    """Leave a column out where it says nothing: all gaps, or one value and no gap."""
    if column.role == CATEGORY:
        distinct = len(set(column.values))
        if distinct == 1:
            return _without(column, ALL_MISSING if column.values[0] == GAP else CONSTANT)
        return column
    present = column.values[~np.isnan(column.values)]
    if not len(present):
        return _without(column, ALL_MISSING)
    if len(present) == len(column.values) and (present == present[0]).all():
        return _without(column, CONSTANT)
    return column


def _nested(series: pd.Series[Any]) -> bool:
    if not pd.api.types.is_object_dtype(series):
        return False
    kinds = (list, dict, tuple, set, np.ndarray)
    return any(isinstance(each, kinds) for each in series.dropna().head(100))


def _forced(series: pd.Series[Any], role: str, decimal_comma: bool) -> Column:
    if role == CATEGORY or not parsing.is_text(series):
        return read_as(series, role)
    texts = parsing.texts_of(series)
    present = np.array(sorted(set(texts) - {GAP}), dtype=object)
    if role == DATE:
        found = parsing.date_style(present)
        return _as_dates(series, *found) if found else read_as(series, role, parsing.ISO)
    return min(
        (read_as(series, role, style) for style in _number_styles(decimal_comma)),
        key=lambda column: int(column.wrong.sum()) if column.wrong is not None else 0,
    )


def _guessed(series: pd.Series[Any], decimal_comma: bool) -> Column:
    if not parsing.is_text(series):
        if pd.api.types.is_datetime64_any_dtype(series):
            return read_as(series, DATE)
        if isinstance(series.dtype, pd.CategoricalDtype):
            return read_as(series, CATEGORY)
        # Another file may have the same as text.
        style = parsing.BOOLEAN if pd.api.types.is_bool_dtype(series) else parsing.PLAIN
        return read_as(series, NUMERIC, style)
    numbers = read_as(series, NUMERIC)
    assert numbers.wrong is not None
    strays = int(numbers.wrong.sum())
    if not strays:
        return _codes(series) or numbers
    texts = parsing.texts_of(series)
    present = np.array(sorted(set(texts) - {GAP}), dtype=object)
    for style in (*_number_styles(decimal_comma)[1:], parsing.BOOLEAN):
        if _all_numbers(present, style):
            return read_as(series, NUMERIC, style)
    found = parsing.date_style(present)
    if found:
        return _as_dates(series, *found)
    filled = int((texts != GAP).sum())
    if filled >= _STRAY_ROWS and strays <= _STRAY_SHARE * filled:
        return numbers
    left_out = None
    if filled >= _DISTINCT_ROWS and len(present) > _DISTINCT_SHARE * filled:
        left_out = DISTINCT
    return Column(CATEGORY, texts, left_out=left_out)


def _all_numbers(texts: NDArray[np.object_], style: str) -> bool:
    return not any(
        np.isnan(parsing.parse_numbers(part, style)).any() for part in (texts[:50], texts)
    )


def _number_styles(decimal_comma: bool) -> tuple[str, ...]:
    commas = (parsing.THOUSANDS, parsing.DECIMAL_COMMA)
    return (parsing.PLAIN, *(reversed(commas) if decimal_comma else commas))


def _as_dates(series: pd.Series[Any], style: str, ambiguous: bool) -> Column:
    days, wrong = parsing.days_of(series, style)
    note = f"its dates are read as {style}; the day and the month could be the other way round"
    return Column(DATE, days, style, wrong=wrong, note=note if ambiguous else None)


def _codes(series: pd.Series[Any]) -> Column | None:
    """Take digits with zeros before them (00501) for codes: a number is not written so."""
    starts = series.astype(object).to_numpy()
    if not any(_zero_first(each) for each in starts[:1000]):
        return None
    texts = parsing.texts_of(series)
    present = set(texts) - {GAP}
    lengths = {len(each) for each in present}
    if len(lengths) != 1 or not all(each.isdigit() for each in present):
        return None
    return Column(CATEGORY, texts, note="its digits begin with zeros, so they are taken for codes")


def _zero_first(value: object) -> bool:
    return isinstance(value, str) and len(value) > 1 and value[0] == "0" and value[1].isdigit()


def _counts_rows(series: pd.Series[Any], column: Column) -> bool:
    if column.role != NUMERIC or len(series) < _DISTINCT_ROWS:
        return False
    if not _NAMES_ROWS.fullmatch(str(series.name)):
        return False
    return bool((np.diff(column.values) == 1).all())


def check_finite(table: Table, name: str, values: NDArray[np.float64]) -> None:
    """Refuse infinities, and what becomes one as a 32-bit number.

    Raises:
        DataError: naming the first.
    """
    endless = np.flatnonzero(np.abs(values) > _LARGEST)
    if len(endless):
        count = f"{len(endless)} values are" if len(endless) > 1 else "a value is"
        raise DataError(
            f"{count} infinite, or beyond 32-bit numbers.",
            f"{table.origin}, column {name!r}, {table.place(int(endless[0]))}",
            "Leave such cells empty, or the column out with `drop`.",
        )
