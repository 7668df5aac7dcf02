"""A search as a live table: how it stands, the leaderboard, what is running."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from archivolt.cli.ensembles import ensemble_line
from archivolt.cli.finalists import finalist_line
from archivolt.cli.standing import Standing
from archivolt.cli.summary import summary
from archivolt.cli.wording import change, duration, quantity, score
from archivolt.search.events import Event

REFRESH = 4  # a second
NOTES = 4  # the last so many are shown


@contextmanager
def live_display(
    standing: Standing, run: Path, console: Console | None = None
) -> Iterator[Callable[[Event], None]]:
    """Draw a search while it runs, and leave its summary behind."""
    console = console or Console(highlight=False)
    view = _View(standing, run)
    with Live(view, console=console, refresh_per_second=REFRESH, transient=True):
        yield lambda event: standing.take(event, time.monotonic())
    for note in standing.notes:
        console.print(Text(f"note: {note}", "dim"))
    for line in summary(standing):
        console.print(line, markup=False)
    if standing.end is not None and standing.end.error is not None:
        console.print(Text(f"error: {standing.end.error}", "bold red"))


class _View:
    """Renders the standing anew at each refresh, so that clocks move between events."""

    def __init__(self, standing: Standing, run: Path) -> None:
        self._standing = standing
        self._run = run

    def __rich__(self) -> RenderableType:
        return draw(self._standing, self._run, time.monotonic())


def draw(standing: Standing, run: Path, now: float) -> RenderableType:
    """Draw how a search stands at the time `now`."""
    parts: list[RenderableType] = [_head(standing, run, now)]
    if standing.searching is None:
        parts.append(Text("reading the data and fitting the preprocessing …", "dim"))
    else:
        parts += [_bar(standing, now), _best(standing), _board(standing), _running(standing)]
    if standing.ensemble is not None:
        parts.append(Text(ensemble_line(standing.ensemble, standing), "green"))
    if standing.finalists is not None:
        line = finalist_line(standing.finalists, standing.metric)
        parts.append(Text(f"{line}; {standing.trained} done", "cyan"))
    if standing.last_failure is not None:
        trial = standing.last_failure
        message = (trial.message or "").partition("\n")[0][:160]
        causes = ", ".join(f"{count} {cause}" for cause, count in sorted(standing.causes.items()))
        parts.append(Text(f"failed: {causes}; the last, trial {trial.number}: {message}", "red"))
    parts += [Text(f"note: {note}", "dim") for note in standing.notes[-NOTES:]]
    return Group(*parts)


def _head(standing: Standing, run: Path, now: float) -> Text:
    head = Text.assemble(("archivolt ", "bold"), str(run), "   ")
    head.append(f"{duration(now - standing.began)} elapsed")
    left = standing.seconds_left(now)
    if left is not None:
        head.append(f", {duration(left)} left")
    return head


def _bar(standing: Standing, now: float) -> RenderableType:
    line = Table.grid(padding=(0, 2))
    facts = [f"{standing.before + standing.done} trials done", f"{len(standing.running)} running"]
    if standing.failed:
        facts.append(f"{standing.failed} failed")
    rate = standing.rate(now)
    if rate is not None:
        facts.append(f"{rate:.3g} a minute")
    share = standing.share(now)
    if share is None:
        return Text(", ".join(facts))
    bar = ProgressBar(total=1.0, completed=share, width=30)
    line.add_row(bar, Text(f"{share:4.0%}  {', '.join(facts)}"))
    return line


def _best(standing: Standing) -> Text:
    best = standing.best
    if best is None:
        return Text("no trial has finished yet", "dim")
    return Text.assemble(
        ("best  ", "bold green"),
        (f"{standing.metric} {score(best.score)}", "bold"),
        f"  trial {best.number}, {quantity(best.parameters)} parameters\n      ",
        str(best.candidate),
    )


def _board(standing: Standing) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    # An architecture may be longer than the terminal is wide: the facts keep their places.
    for name, width in (("trial", 5), (standing.metric, 8), ("parameters", 10), ("seconds", 7)):
        table.add_column(name, justify="right", no_wrap=True, min_width=max(width, len(name)))
    table.add_column("made by", no_wrap=True, min_width=22)
    table.add_column("architecture", no_wrap=True, overflow="ellipsis", ratio=1)
    for trial in standing.board:
        table.add_row(
            str(trial.number),
            score(trial.score),
            quantity(trial.parameters),
            f"{trial.seconds:.1f}",
            change(trial.parent, trial.mutator),
            str(trial.candidate),
        )
    return table


def _running(standing: Standing) -> Table:
    table = Table.grid(padding=(0, 1))
    for number, (trial, epoch, metrics) in sorted(standing.running.items()):
        whole = trial.goal
        now = score(metrics.get(standing.metric)) if metrics else ""
        table.add_row(
            Text("running", "cyan"),
            f"trial {number}",
            ProgressBar(total=whole, completed=epoch, width=16),
            f"epoch {epoch}/{whole}",
            now,
        )
    return table
