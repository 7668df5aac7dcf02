"""Parsing columns: text to numbers, dates and categories."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from archivolt_tables.gaps import GAP, GAPS

PLAIN = ""
THOUSANDS = "thousands"  # 1,234.5
DECIMAL_COMMA = "decimal_comma"  # 1.234,5
BOOLEAN = "boolean"  # true, false
NATIVE = ""  # a date that the data hold as one
ISO = "ISO8601"

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?([eE][+-]?\d+)?")
_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_LIKE_A_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{4}-\d{2}$"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}"
)
_SECONDS_A_DAY = 86_400.0
_GAPS = pa.array(GAPS)


def is_text(series: pd.Series[Any]) -> bool:
    """Tell whether a column holds text (or a mixture, which is read as text)."""
    return bool(pd.api.types.is_object_dtype(series) or pd.api.types.is_string_dtype(series))


def texts_of(series: pd.Series[Any]) -> NDArray[np.object_]:
    """Return a column as text, `(rows,)`; every kind of gap is the empty text."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    if pd.api.types.is_bool_dtype(series) or not pd.api.types.is_numeric_dtype(series):
        return _by_distinct(series.to_numpy(dtype=object), _text)
    numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return _by_distinct(numbers, _number_as_text)


def _by_distinct(values: NDArray[Any], turn: Callable[[Any], str]) -> NDArray[np.object_]:
    """Apply `turn` once to each distinct value: columns have far fewer of them than rows."""
    codes, distinct = pd.factorize(values)
    turned = np.empty(len(distinct) + 1, dtype=object)
    turned[:-1] = [turn(each) for each in distinct]
    turned[-1] = GAP  # where the code is -1: missing
    column: NDArray[np.object_] = turned[codes]
    return column


def _text(value: object) -> str:
    if isinstance(value, float):
        return _number_as_text(value)
    text = str(value).strip()
    return GAP if text in GAPS else text


def _number_as_text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.15g}"


def numbers_of(
    series: pd.Series[Any], style: str = PLAIN
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a column as numbers with NaN at gaps, and which values are neither, `(rows,)` each."""
    if pd.api.types.is_timedelta64_dtype(series):
        return series.dt.total_seconds().to_numpy() / _SECONDS_A_DAY, np.zeros(len(series), bool)
    if not is_text(series) and not isinstance(series.dtype, pd.CategoricalDtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, np.zeros(len(series), dtype=bool)
    if style == PLAIN:
        quick = _quick_numbers(series)
        if quick is not None:
            return quick, np.zeros(len(series), dtype=bool)
    # By distinct values: a text that is no number costs a microsecond, and most columns repeat.
    codes, distinct = pd.factorize(texts_of(series))
    numbers = parse_numbers(distinct, style)
    return numbers[codes], (np.isnan(numbers) & (distinct != GAP))[codes]


def _quick_numbers(series: pd.Series[Any]) -> NDArray[np.float64] | None:
    """Read a column that holds nothing but plainly written numbers and gaps; None for others."""
    try:
        texts = pa.array(series, type=pa.string())
        texts = compute.if_else(compute.is_in(texts, value_set=_GAPS), None, texts)
        numbers = compute.cast(texts, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return np.array(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def parse_numbers(texts: NDArray[np.object_], style: str) -> NDArray[np.float64]:
    """Parse numbers written in one style, NaN where that fails."""
    turn = _STYLES[style]
    plain = np.array([turn(each) for each in texts], dtype=object)
    return np.array(pd.to_numeric(plain, errors="coerce"), dtype=np.float64)


def _without_thousands(text: str) -> str:
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _with_decimal_point(text: str) -> str:
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text


def _truth(text: str) -> str:
    return {"true": "1", "false": "0"}.get(text.lower(), text)


_STYLES: dict[str, Callable[[str], str]] = {
    PLAIN: str,
    THOUSANDS: _without_thousands,
    DECIMAL_COMMA: _with_decimal_point,
    BOOLEAN: _truth,
}


def days_of(
    series: pd.Series[Any], style: str = NATIVE
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a column of dates as days since 1970, NaN at gaps, and which values are neither."""
    if pd.api.types.is_datetime64_any_dtype(series):
        return _days(series), np.zeros(len(series), dtype=bool)
    texts = texts_of(series)
    codes, distinct = pd.factorize(texts)
    days = parse_days(distinct, style or ISO)[codes]
    return days, np.isnan(days) & (texts != GAP)


def parse_days(texts: NDArray[Any], style: str) -> NDArray[np.float64]:
    """Parse dates written in one style to days since 1970, NaN where that fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        moments = pd.to_datetime(
            pd.Series(texts, dtype=object), format=style, errors="coerce", utc=True
        )
    return _days(moments)


def _days(moments: pd.Series[Any]) -> NDArray[np.float64]:
    if getattr(moments.dt, "tz", None) is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    seconds = moments.to_numpy(dtype="datetime64[s]")
    days = seconds.astype(np.int64) / _SECONDS_A_DAY
    return np.where(np.isnat(seconds), np.nan, days)


def date_style(distinct: NDArray[Any]) -> tuple[str, bool] | None:
    """Find the style that every one of these texts follows, and whether another would do too.

    Returns:
        None where they are no dates.
    """
    sample = distinct[:50]
    if not len(sample) or not all(_LIKE_A_DATE.match(each) for each in sample):
        return None
    styles = (ISO, *(day + time for day, time in product(_DAYS, _TIMES)))
    able = [style for style in styles if not np.isnan(parse_days(sample, style)).any()]
    able = [style for style in able if not np.isnan(parse_days(distinct, style)).any()]
    if not able:
        return None
    first = parse_days(distinct, able[0])
    return able[0], any(not np.array_equal(first, parse_days(distinct, each)) for each in able[1:])
