"""Counts, durations and sizes as people write them ("10m", "4GiB"), and fields that hold them."""

from __future__ import annotations

import re
from typing import Any

from attrs import Attribute, field

from archivolt.errors import nearest

UNIT = "archivolt.unit"  # key in a field's metadata: DURATION or SIZE
DURATION = "duration"  # the field holds seconds
SIZE = "size"  # the field holds bytes

_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMGT", start=1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", start=1)},
}
_PART = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)")


def counted(number: float, noun: str) -> str:
    """Write how many there are: `1 trial`, `2 trials`, `0.5 minutes`; `noun` is of one."""
    return f"{number if isinstance(number, int) else f'{number:g}'} {noun}{'s' * (number != 1)}"


def seconds(duration: str | float) -> float:
    """Read a duration: seconds as a number, or text such as "30s", "10m", "1h 30m".

    Raises:
        ValueError: it is no duration.
    """
    if isinstance(duration, (int, float)):
        return float(duration)
    return _total(duration, _SECONDS, "duration", '"30s", "10m" or "1h 30m"', bare="s")


def bytes_of(size: str | float) -> int:
    """Read a size: bytes as a number, or text such as "200MB" (decimal) and "4GiB" (binary).

    Raises:
        ValueError: it is no size.
    """
    if isinstance(size, (int, float)):
        return int(size)
    return int(_total(size, _BYTES, "size", '"200MB" or "4GiB"', bare="B"))


def duration_field(default: str | float | None, **options: Any) -> Any:
    """Declare a field that holds seconds and may be written as a duration."""
    return _quantity(DURATION, seconds, default, options)


def size_field(default: str | float | None, **options: Any) -> Any:
    """Declare a field that holds bytes and may be written as a size."""
    return _quantity(SIZE, bytes_of, default, options)


def unit_of(attribute: Attribute[Any]) -> str | None:
    """Return DURATION or SIZE where a field was declared as one."""
    unit: str | None = attribute.metadata.get(UNIT)
    return unit


def _quantity(unit: str, read: Any, default: str | float | None, options: dict[str, Any]) -> Any:
    def convert(value: str | float | None) -> Any:
        return None if value is None else read(value)

    metadata = {**options.pop("metadata", {}), UNIT: unit}
    return field(default=default, converter=convert, metadata=metadata, **options)


def _total(text: str, units: dict[str, Any], what: str, example: str, bare: str) -> float:
    position, total = 0, 0.0
    text = text.strip()
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is not a {what} such as {example}.")
        number, unit = match.groups()
        if not unit and match.span() != (0, len(text)):
            raise ValueError(f"{text!r}: {number} has no unit, as in {example}.")
        factor = _factor(unit or bare, units)
        if factor is None:
            raise ValueError(f"{text!r}: {unit!r} is not a unit. {nearest(unit, list(units))}")
        total += float(number) * factor
        position = match.end()
    if not text:
        raise ValueError(f"{text!r} is not a {what} such as {example}.")
    return total


def _factor(unit: str, units: dict[str, Any]) -> float | None:
    for name, factor in units.items():
        if name == unit:
            return float(factor)
    for name, factor in units.items():
        if name.lower() == unit.lower():
            return float(factor)
    return None
