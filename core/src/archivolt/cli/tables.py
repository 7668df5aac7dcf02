"""Tables for the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archivolt.cli.wording import change, quantity, score
from archivolt.values.problem import Metric

PLAIN_WIDTH = 160  # columns when the output is no terminal


def print_table(table: Table) -> None:
    width = None if sys.stdout.isatty() else max(PLAIN_WIDTH, shutil.get_terminal_size().columns)
    Console(width=width, highlight=False).print(table)


def leaderboard_table(rows: Sequence[Mapping[str, Any]], metric: Metric) -> Table:
    """Draw leaderboard rows, as `archivolt.search.leaderboard` makes them."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("trial", justify="right")
    table.add_column(metric.name, justify="right")
    table.add_column("parameters", justify="right")
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
            _epochs(row["epochs"], row["schedule_epochs"]),
            f"{row['seconds']:.1f}",
            change(row["parent"], row["mutator"]),
            Text(str(told), "dim" if failed else ""),
        )
    if any(row["selected"] for row in rows):
        table.caption = "* is delivered in best/"
        table.caption_justify = "left"
    return table


def _epochs(trained: int, schedule: int) -> str:
    return str(trained) if trained == schedule else f"{trained} of {schedule}"
