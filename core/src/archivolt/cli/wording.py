"""How numbers and durations are written for people."""

from __future__ import annotations

from collections.abc import Mapping

from archivolt.values.selection import STANDARD_ERROR


def duration(seconds: float) -> str:
    """Write seconds as `1:02:03` or `2:03`."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def quantity(number: int | None) -> str:
    """Write a count in few digits: `8,210`, `1.2M`."""
    if number is None:
        return "-"
    if number >= 10_000_000:
        return f"{number / 1e6:.0f}M"
    if number >= 1_000_000:
        return f"{number / 1e6:.1f}M"
    return f"{number:,}"


def score(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def plus_minus(metrics: Mapping[str, float]) -> str:
    """Write the standard error of a score, where it is known: ` ± 0.0123`."""
    found = metrics.get(STANDARD_ERROR)
    return "" if found is None else f" ± {found:.4f}"


def change(parent: int | None, mutator: str | None) -> str:
    """Say where a trial came from: `insert of 12`."""
    if parent is None:
        return "drawn"
    return f"{mutator or 'from'} of {parent}" if mutator else f"from {parent}"
