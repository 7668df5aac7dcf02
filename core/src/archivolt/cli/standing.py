"""How a search stands, counted from its events: what a display shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from archivolt.search.events import (
    EnsembleMade,
    EpochEnded,
    Event,
    FinalistEpoch,
    FinalistsStarted,
    FinalistTrained,
    Noted,
    SearchFinished,
    SearchStarted,
    TrialFailed,
    TrialFinished,
    TrialStarted,
)
from archivolt.values.combined import Combined
from archivolt.values.objectives import Objectives, excess
from archivolt.values.trial import Trial

SHOWN = 8  # trials on the board


@define
class Standing:
    """Counts events.

    Args:
        began: When the command began, seconds on the clock that `take` is given.
    """

    began: float
    metric: str = "score"
    maximize: bool = True
    run: str = ""
    budget: Mapping[str, Any] = field(factory=dict)
    workers: int = 0
    before: int = 0  # trials that had ended already
    spent: float = 0.0  # seconds that earlier sessions took
    searching: float | None = None  # when the first trial could start
    finished: int = 0  # in this session, with a score; one that was promoted counts once
    scored: set[int] = field(factory=set)  # trials that had a score before they went on
    objectives: Objectives = ()
    failed: int = 0
    running: dict[int, tuple[Trial, int, Mapping[str, float]]] = field(factory=dict)
    board: list[Trial] = field(factory=list)  # best first
    causes: dict[str, int] = field(factory=dict)  # of failures
    last_failure: Trial | None = None
    notes: list[str] = field(factory=list)
    ensemble: Combined | None = None  # the last one
    finalists: FinalistsStarted | None = None  # in training, after the search
    trained: int = 0  # of them
    end: SearchFinished | None = None

    def take(self, event: Event, now: float) -> None:
        if isinstance(event, Noted):
            self.notes.append(event.text)
        elif isinstance(event, SearchStarted):
            self.metric, self.maximize, self.run = event.metric, event.maximize, event.run
            self.budget, self.workers, self.before = event.budget, event.workers, event.trials
            self.spent, self.board = event.spent, list(event.board)
            self.objectives = event.objectives
            self.searching = now
        elif isinstance(event, TrialStarted):
            self.running[event.trial.number] = (event.trial, 0, {})
            if event.trial.score is not None:
                self.scored.add(event.trial.number)
        elif isinstance(event, EpochEnded):
            self.running[event.trial.number] = (event.trial, event.epoch, event.metrics)
        elif isinstance(event, TrialFinished):
            self.running.pop(event.trial.number, None)
            self.finished += event.trial.number not in self.scored
            self.scored.add(event.trial.number)
            self._rank(event.trial)
        elif isinstance(event, TrialFailed):
            self.running.pop(event.trial.number, None)
            self.failed += 1
            self.last_failure = event.trial
            cause = event.trial.cause or "error"
            self.causes[cause] = self.causes.get(cause, 0) + 1
        elif isinstance(event, EnsembleMade):
            self.ensemble = event.combined
        elif isinstance(event, FinalistsStarted):
            self.running.clear()
            self.finalists, self.trained = event, len(event.trained)
        elif isinstance(event, FinalistEpoch):
            self.running[event.trial.number] = (event.trial, event.epoch, event.metrics)
        elif isinstance(event, FinalistTrained):
            self.running.pop(event.trial.number, None)
            self.trained += 1
        elif isinstance(event, SearchFinished):
            self.running.clear()
            self.end = event

    def _rank(self, trial: Trial) -> None:
        self.board = [each for each in self.board if each.number != trial.number]
        self.board.append(trial)
        sign = -1.0 if self.maximize else 1.0
        self.board.sort(
            key=lambda each: (
                excess(self.objectives, each),
                sign * (each.score or 0.0),
                each.metrics.get("loss", 0.0),
                each.number,
            )
        )
        del self.board[SHOWN:]

    @property
    def best(self) -> Trial | None:
        return self.board[0] if self.board else None

    @property
    def done(self) -> int:
        """Trials that ended in this session."""
        return self.finished + self.failed

    def rate(self, now: float) -> float | None:
        """Return trials a minute since the first could start; None before one has ended."""
        if self.searching is None or self.done == 0 or now <= self.searching:
            return None
        return 60 * self.done / (now - self.searching)

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds until the budget is spent, as far as it can be told."""
        left = []
        minutes = self.budget.get("minutes")
        if minutes is not None:
            left.append(60 * minutes - self.spent - (now - self.began))
        trials, rate = self.budget.get("trials"), self.rate(now)
        if trials is not None and rate:
            left.append(60 * (trials - self.before - self.done) / rate)
        return max(0.0, min(left)) if left else None

    def share(self, now: float) -> float | None:
        """Return how much of the budget is spent, 0 to 1."""
        shares = []
        minutes = self.budget.get("minutes")
        if minutes is not None:
            shares.append((self.spent + now - self.began) / (60 * minutes))
        trials = self.budget.get("trials")
        if trials is not None:
            shares.append((self.before + self.done) / trials)
        return min(1.0, max(shares)) if shares else None
