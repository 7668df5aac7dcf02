"""Results as JSON lines, so that a table can be made in several goes; scores as its cells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

Result = dict[str, Any]


def read(results: Path) -> list[Result]:
    """Return the results of a file; none where there is no file yet."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def append(results: Path, result: Result) -> None:
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")


def holds(done: Sequence[Result], wanted: Mapping[str, Any]) -> bool:
    """Tell whether one of the results is of what is wanted."""
    return any(wanted.items() <= each.items() for each in done)


def cell(scores: Sequence[float]) -> str:
    """Write scores as their mean ± standard deviation."""
    if not scores:
        return ""
    spread = f" ± {stdev(scores):.4f}" if len(scores) > 1 else ""
    return f"{mean(scores):.4f}{spread}"
