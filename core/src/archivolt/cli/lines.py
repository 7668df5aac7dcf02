"""A search as plain lines, where there is no terminal."""

from __future__ import annotations

import time

from archivolt.cli.ensembles import ensemble_line
from archivolt.cli.finalists import finalist_line
from archivolt.cli.standing import Standing
from archivolt.cli.summary import print_summary
from archivolt.cli.wording import duration, quantity, score
from archivolt.search.events import (
    EnsembleMade,
    Event,
    FinalistsStarted,
    FinalistTrained,
    Noted,
    SearchFinished,
    SearchStarted,
    TrialFailed,
    TrialFinished,
)
from archivolt.values.quantities import counted

EVERY = 30.0  # seconds between two lines about the whole, at most


class Lines:
    """Prints what matters as it happens: notes, each better trial, failures, and how it stands."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._told = 0.0

    def show(self, event: Event) -> None:
        now = time.monotonic()
        standing = self._standing
        standing.take(event, now)
        if isinstance(event, Noted):
            _say(f"note: {event.text}")
        elif isinstance(event, SearchStarted):
            budget = ", ".join(map(_limit, event.budget, event.budget.values()))
            workers = counted(event.workers, "worker")
            _say(f"searching in {event.run} with {workers}; budget: {budget}")
            self._told = now
        elif isinstance(event, TrialFinished) and event.best:
            trial = event.trial
            _say(
                f"[{duration(now - standing.began)}] trial {trial.number}: {standing.metric} "
                f"{score(trial.score)}, {quantity(trial.parameters)} parameters: {trial.candidate}"
            )
        elif isinstance(event, TrialFailed):
            trial = event.trial
            message = (trial.message or "").partition("\n")[0][:200]
            _say(
                f"[{duration(now - standing.began)}] trial {trial.number} failed: {trial.cause}"
                f"{': ' + message if message else ''}"
            )
        elif isinstance(event, EnsembleMade):
            _say(f"[{duration(now - standing.began)}] {ensemble_line(event.combined, standing)}")
        elif isinstance(event, (FinalistsStarted, FinalistTrained)):
            _say(f"[{duration(now - standing.began)}] {finalist_line(event, standing.metric)}")
        elif isinstance(event, SearchFinished):
            print_summary(standing)
        if now - self._told >= EVERY and standing.searching is not None and standing.end is None:
            self._told = now
            _say(f"[{duration(now - standing.began)}] {how_it_stands(standing, now)}")


def how_it_stands(standing: Standing, now: float) -> str:
    """Say in a line how many trials are done, how fast, how long still, and the best."""
    parts = [f"{standing.before + standing.done} trials", f"{len(standing.running)} running"]
    if standing.failed:
        parts.append(f"{standing.failed} failed")
    rate = standing.rate(now)
    if rate is not None:
        parts.append(f"{rate:.3g} a minute")
    left = standing.seconds_left(now)
    if left is not None:
        parts.append(f"{duration(left)} left")
    if standing.best is not None:
        parts.append(f"best {standing.metric} {score(standing.best.score)}")
    return ", ".join(parts)


def _limit(name: str, value: float) -> str:
    """Write a limit of the budget: `2 minutes`, `target 0.9`."""
    return counted(value, name[:-1]) if name.endswith("s") else f"{name} {value:g}"


def _say(line: str) -> None:
    print(line, flush=True)
