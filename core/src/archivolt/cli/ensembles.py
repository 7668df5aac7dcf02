"""Ensembles, as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archivolt.cli.standing import Standing
from archivolt.cli.wording import plus_minus, quantity, score
from archivolt.config.sections import ADAPTIVE, AFTER_POOL, INTERMIXED, RESIDUAL
from archivolt.errors import ConfigError, nearest
from archivolt.values.combined import Combined

if TYPE_CHECKING:
    from rich.table import Table

NAMED = 6  # members that a line names


def ensemble_line(combined: Combined, standing: Standing) -> str:
    """Say in a line what was combined, and by what score it was chosen."""
    value = score(combined.metrics.get(standing.metric))
    return (
        f"ensemble of {members(combined)}: {standing.metric} {value} on the validation rows "
        "that chose it"
    )


def members(combined: Combined) -> str:
    """Name the members, the heaviest first: `3 trials (17: 0.50, 4: 0.30, 9: 0.20)`."""
    pairs = zip(combined.ensemble.weights, combined.ensemble.members, strict=True)
    heaviest = sorted(pairs, reverse=True)
    named = ", ".join(f"{trial}: {weight:.2f}" for weight, trial in heaviest[:NAMED])
    more = ", …" if len(heaviest) > NAMED else ""
    count = len(heaviest)
    return f"{count} trial{'s' if count > 1 else ''} ({named}{more})"


def summary_lines(combined: Combined, metric: str, rows: str) -> list[str]:
    """Tell of a delivered ensemble: its members, and its score on rows that no choice saw.

    Args:
        combined: The ensemble.
        metric: That is shown.
        rows: What to call the report rows.
    """
    lines = [f"ensemble: {members(combined)}, {quantity(combined.parameters)} parameters in all"]
    chosen = score(combined.metrics.get(metric))
    if combined.report:
        lines.append(
            f"      {metric} {score(combined.report.get(metric))}{plus_minus(combined.report)} on "
            f"{rows} (chosen by {chosen} on the validation rows)"
        )
    else:
        lines.append(f"      {metric} {chosen} on the validation rows that chose it")
    return lines


def check_schedule(schedule: str | None, run: Path) -> bool:
    """Tell whether a finished run is combined along its way.

    Raises:
        ConfigError: the schedule is none by which finished trials are combined.
    """
    if schedule in (None, AFTER_POOL, INTERMIXED):
        return schedule == INTERMIXED
    if schedule in (ADAPTIVE, RESIDUAL):
        raise ConfigError(
            "--schedule",
            f"{schedule!r} trains networks beside a frozen one; nothing is trained here.",
            f"Go on with the search: archivolt resume {run} --trials 20 --set phases={schedule}",
        )
    hint = nearest(str(schedule), (AFTER_POOL, INTERMIXED))
    raise ConfigError("--schedule", f"{schedule!r} combines no trials of a finished run.", hint)


def course_table(made: Sequence[Combined], metric: str) -> Table:
    """Draw the ensembles in the order in which a search would have made them."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("trials", "members", "parameters", f"{metric}, validation rows"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in made:
        count = str(len(each.ensemble.members))
        size, value = quantity(each.parameters), score(each.metrics.get(metric))
        table.add_row(str(each.trials), count, size, value)
    return table


def ensemble_table(combined: Combined, descriptions: Mapping[int, str]) -> Table:
    """Draw the members, the heaviest first; `adds` is how much the loss would rise without it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("trial", "weight", "adds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("architecture", overflow="fold", ratio=1)
    ensemble = combined.ensemble
    adds = combined.adds or (None,) * len(ensemble.members)
    rows = zip(ensemble.weights, ensemble.members, adds, strict=True)
    for weight, trial, added in sorted(rows, key=lambda row: -row[0]):
        told = "" if added is None else f"{added:.4f}"
        table.add_row(str(trial), f"{weight:.3f}", told, descriptions.get(trial, ""))
    return table
