"""Trade-offs between the score and what it costs: the Pareto front, and the best within limits."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archivolt.errors import RunError, nearest
from archivolt.files import replace_folder
from archivolt.plugins.failures import attributed
from archivolt.search.leaderboard import excess_of
from archivolt.values.history import History
from archivolt.values.objectives import PARAMETERS, SIZES, Objective, Objectives, excess, front
from archivolt.values.selection import select

if TYPE_CHECKING:
    from archivolt.search.leaderboard import Row
    from archivolt.search.stored_run import StoredRun
    from archivolt.values.trial import Trial

WITHIN_LIMITS = "within_limits"  # folder below a run, of the networks that were asked for


def limits_of(limits: Mapping[str, float]) -> Objectives:
    """Return objectives with limits, by name."""
    return tuple(Objective(name, limit=value) for name, value in limits.items())


def parse_limit(text: str) -> Objective:
    """Read `parameters=50000`.

    Raises:
        ValueError: it is not of this form.
    """
    name, separator, number = text.partition("=")
    try:
        return Objective(name.strip(), limit=float(number.replace("_", "")))
    except ValueError:
        what = "expected NAME=NUMBER" if separator else "expected a limit, NAME=NUMBER"
        raise ValueError(f"{what}, such as parameters=50000, got {text!r}") from None


def front_rows(rows: Sequence[Row], history: History, names: Sequence[str]) -> list[Row]:
    """Return the rows of the Pareto front; see `StoredRun.pareto`."""
    objectives = history.objectives
    if names or not objectives:
        limited = {each.name: each for each in objectives}
        wanted = names or (PARAMETERS,)
        objectives = tuple(limited.get(name) or Objective(name) for name in wanted)
    check_told(history, objectives)
    by_number = {row["number"]: row for row in rows}
    found = front(history.ranked(), objectives, history.maximize)
    return [by_number[trial.number] for trial in found]


def check_told(trials: Iterable[Trial], objectives: Objectives) -> None:
    """Check that trials with a score tell of all objectives, where there are such trials.

    Raises:
        RunError: none of them tells of one.
    """
    scored = [trial for trial in trials if trial.scored]
    for each in objectives:
        if scored and all(each.value(trial) is None for trial in scored):
            known = sorted({*SIZES, *(name for trial in scored for name in trial.metrics)})
            raise RunError(
                "objectives",
                f"no trial tells {each.name!r}.",
                nearest(each.name, known) or f"They tell {', '.join(known)}.",
            )


def trade_off_notes(history: History, delivered: Trial, run: str) -> Iterator[str]:
    """Say what there is to know of the objectives when a search has ended."""
    beyond = [each for each in history.objectives if excess((each,), delivered) > 0]
    if beyond:
        yield (
            f"no trial keeps {', '.join(each.describe() for each in beyond)}; trial "
            f"{delivered.number} is the nearest"
        )
    if history.objectives:
        names = ", ".join(each.name for each in history.objectives)
        count = len(history.front())
        yield (
            f"{count} trials are beaten by no other in score and {names}: "
            f"`archivolt leaderboard {run} --pareto`"
        )


def within(rows: Iterable[Row], limits: Objectives) -> list[Row]:
    """Return the rows with a score that keep all limits, in their order."""
    return [row for row in rows if row["score"] is not None and excess_of(limits, row) == 0.0]


def deliver_within(run: StoredRun, history: History, limits: Objectives) -> Path:
    """Deliver the best single network within limits, and return its folder.

    Raises:
        RunError: see `StoredRun.best_within`.
        SearchError: it cannot be delivered.
    """
    check_told(history, limits)
    bound = History(history.maximize, tuple(history), (*history.objectives, *limits))
    selection = select(bound, run.config.problem.selection)
    if selection is None:
        raise RunError(str(run.path), "holds no trial with a score.")
    best = selection.trial
    beyond = [each for each in bound.objectives if excess((each,), best) > 0]
    if beyond:
        told = ", ".join(f"{each.name} {each.value(best):,.6g}" for each in beyond)
        raise RunError(
            str(run.path),
            f"no trial keeps {', '.join(each.describe() for each in beyond)}.",
            f"The nearest is trial {best.number} with {told}.",
        )
    target = run.path / WITHIN_LIMITS / f"trial-{best.number}-epoch-{best.epochs}"
    if not target.exists():
        fresh = target.with_name(f".{target.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        evaluator = run.config.evaluator
        with attributed("evaluator", evaluator):
            evaluator.deliver(best, run.problem, run.artifacts(best.number), fresh)
        replace_folder(target, fresh)
    return target
