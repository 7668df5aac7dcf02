"""Tables for the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archivolt.cli.wording import change, quantity, score
from archivolt.search.leaderboard import told_of
from archivolt.values.objectives import PARAMETERS
from archivolt.values.problem import Metric

PLAIN_WIDTH = 160  # columns when the output is no terminal


def print_table(table: Table) -> None:
    width = None if sys.stdout.isatty() else max(PLAIN_WIDTH, shutil.get_terminal_size().columns)
    Console(width=width, highlight=False).print(table)


def leaderboard_table(
    rows: Sequence[Mapping[str, Any]], metric: Metric, objectives: Iterable[str] = ()
) -> Table:
    """Draw leaderboard rows, as `archivolt.search.leaderboard` makes them.

    Args:
        rows: Best first.
        metric: Whose values are the scores.
        objectives: Names of further quantities that have a column.
    """
    further = [name for name in dict.fromkeys(objectives) if name not in (metric.name, PARAMETERS)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("trial", justify="right")
    table.add_column(metric.name, justify="right")
    table.add_column("parameters", justify="right")
    for name in further:
        table.add_column(name, justify="right")
    table.add_column("epochs", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("made by")
    table.add_column("architecture", overflow="fold", ratio=1)
    for row in rows:
        failed = row["state"] == "failed"
        shown = Text("failed", "red") if failed else Text(score(row["score"]))
        if row["score"] is None and not failed:
            shown = Text(str(row["state"]), "dim")
        told = f"{row['cause']}: {row['message']}" if failed else row["description"]
        table.add_row(
            f"*{row['number']}" if row["selected"] else str(row["number"]),
            shown,
            quantity(row["parameters"]),
            *(_further(told_of(name, row)) for name in further),
            _epochs(row["epochs"], row["schedule_epochs"]),
            f"{row['seconds']:.1f}",
            change(row["parent"], row["mutator"]),
            Text(str(told), "dim" if failed or not row["within_limits"] else ""),
        )
    notes = []
    if any(row["selected"] for row in rows):
        notes.append("* is delivered in best/")
    beyond = sum(not row["within_limits"] and row["score"] is not None for row in rows)
    if beyond:
        notes.append(f"{beyond} beyond a limit of the objectives, behind all others")
    if notes:
        table.caption = "; ".join(notes)
        table.caption_justify = "left"
    return table


def _further(value: float | None) -> str:
    if value is None:
        return "-"
    return quantity(int(value)) if float(value).is_integer() else f"{value:.4g}"


def _epochs(trained: int, schedule: int) -> str:
    return str(trained) if trained == schedule else f"{trained} of {schedule}"
