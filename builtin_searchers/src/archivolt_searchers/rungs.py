"""The rungs of successive halving, and who stands on them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from functools import cached_property
from math import sqrt

from attrs import frozen

from archivolt.components.strategies import New, Promote, part
from archivolt.values.trial import FINISHED, Trial

CHANCE = 2.0  # standard errors of its share of a rung, within which a trial may still rise

Standing = tuple[float, int]  # score, negated where larger is better; number of the trial


@frozen(slots=False)
class Rungs:
    """Where trials are compared: at shares of their own schedules, each a factor above the last.

    `min_share * reduction_factor ** k` for k = 0, 1, 2 … up to the whole.
    """

    min_share: float  # of the schedule, at the lowest rung
    reduction_factor: int
    min_epochs: int = 1  # at the lowest rung, unless the schedule has fewer

    @cached_property
    def shares(self) -> tuple[float, ...]:
        shares, share = [], self.min_share
        while share < 1.0 - 1e-9:
            shares.append(share)
            share *= self.reduction_factor
        return (*shares, 1.0)

    def epochs(self, schedule: int) -> tuple[int, ...]:
        """Return the epochs at each rung of a schedule; rungs of a short one may coincide."""
        return tuple(
            min(schedule, max(self.min_epochs, part(schedule, share), 1)) for share in self.shares
        )

    @property
    def start(self) -> New:
        """A new trial, up to the lowest rung."""
        return New(share=self.shares[0], least=self.min_epochs)


@frozen
class Places:
    """Where a trial stands."""

    scores: tuple[Standing, ...] = ()  # at each rung that it has reached, lowest first
    next_epochs: int | None = None  # what it would be promoted to; None: it cannot be


class Standings:
    """Who has reached which rung, and with what score: an index over a history.

    Args:
        rungs: Of the bracket.
        maximize: Whether a larger score is better.
    """

    def __init__(self, rungs: Rungs, maximize: bool) -> None:
        self._rungs = rungs
        self._sign = -1.0 if maximize else 1.0
        self._reached: list[list[Standing]] = [[] for _ in rungs.shares]  # best first
        self._waiting: list[list[Standing]] = [[] for _ in rungs.shares]  # got no further; may
        self._goals: dict[int, int] = {}  # epochs, of those that wait

    def change(self, before: Trial | None, after: Trial) -> None:
        old = Places() if before is None else self._places(before)
        new = self._places(after)
        if old == new:
            return
        for rung, standing in enumerate(old.scores):
            _remove(self._reached[rung], standing)
        if old.next_epochs is not None:
            _remove(self._waiting[len(old.scores) - 1], old.scores[-1])
            del self._goals[after.number]
        for rung, standing in enumerate(new.scores):
            insort(self._reached[rung], standing)
        if new.next_epochs is not None:
            insort(self._waiting[len(new.scores) - 1], new.scores[-1])
            self._goals[after.number] = new.next_epochs

    def promotion(self) -> Promote | None:
        """Return the best trial that is among the best of its rung, from the highest rung down.

        Of n trials that reached a rung, the best n / `reduction_factor` may go on; those that did
        already are among the n.
        """
        for reached, waiting in reversed(list(zip(self._reached, self._waiting, strict=True))):
            allowed = len(reached) // self._rungs.reduction_factor
            if waiting and bisect_left(reached, waiting[0]) < allowed:
                number = waiting[0][1]
                return Promote(number, self._goals[number])
        return None

    def waiting(self) -> Iterator[int]:
        """Number those that may be promoted now, or soon: each rung's, from the best down.

        Every trial that joins a rung may raise others into the share that goes on. Those whose
        place is within two standard errors of that share count; the rest was told to be worse.
        """
        share = 1 / self._rungs.reduction_factor
        for reached, waiting in zip(self._reached, self._waiting, strict=True):
            among = len(reached) * share + CHANCE * sqrt(len(reached) * share * (1 - share))
            for standing in waiting:
                if bisect_left(reached, standing) >= among:
                    break
                yield standing[1]

    def _places(self, trial: Trial) -> Places:
        if not trial.scored:
            return Places()
        rungs = self._rungs.epochs(trial.schedule)
        reached = [epochs for epochs in rungs if epochs <= trial.epochs]
        scores = tuple((self._score_by(epochs, trial), trial.number) for epochs in reached)
        # One that ended short of its goal ended by itself, or failed when it was promoted.
        able = trial.state == FINISHED and trial.epochs >= trial.goal
        above = rungs[len(reached)] if scores and able and len(reached) < len(rungs) else None
        return Places(scores, above)

    def _score_by(self, epochs: int, trial: Trial) -> float:
        """Return the best score that a trial had by then: a kept epoch is never worse."""
        known = [self._sign * score for epoch, score in trial.curve if epoch <= epochs]
        return min(known, default=self._sign * (trial.score or 0.0))


def _remove(standings: list[Standing], standing: Standing) -> None:
    del standings[bisect_left(standings, standing)]
