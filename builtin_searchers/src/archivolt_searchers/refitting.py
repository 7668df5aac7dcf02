"""When a model is fitted anew: not after every trial, and never twice to the same ones."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

from archivolt.values.trial import FAILED

if TYPE_CHECKING:
    from archivolt.values.trial import Trial

SHARE = 0.1  # of the trials that may be new to a fit
MOST_NEW = 50

Fitted = TypeVar("Fitted")
Moment = tuple[float, int]  # when a trial ended, Unix time, and its number


class Settled:
    """Which trials a fit is due to know: an index over a history.

    Nearly all that have ended, by the time when they did: one more is let in only together with
    others, so that most proposals find their fit made. A trial that goes on is new once it ends.
    """

    def __init__(self) -> None:
        self._ended: list[Moment] = []

    def change(self, before: Trial | None, after: Trial) -> None:
        if before is not None and _counts(before):
            del self._ended[bisect_left(self._ended, _moment(before))]
        if _counts(after):
            insort(self._ended, _moment(after))

    def rule(self) -> Callable[[Trial], bool]:
        """Return what tells of a trial that has ended whether it is settled."""
        count = len(self._ended)
        step = max(1, min(MOST_NEW, int(SHARE * count)))
        known = count - count % step
        end = self._ended[known] if known < count else (inf, 0)
        return lambda trial: _moment(trial) < end


class Fits(Generic[Fitted]):
    """The newest fits, by what they were fitted to: an index over a history that heeds no trial."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Fitted] = {}

    def change(self, before: Trial | None, after: Trial) -> None:
        pass

    def get(self, data: Hashable, make: Callable[[], Fitted]) -> Fitted:
        """Return the fit to some data, made where it was not before."""
        if data not in self._made:
            while len(self._made) > 3:
                del self._made[next(iter(self._made))]
            self._made[data] = make()
        return self._made[data]


def _counts(trial: Trial) -> bool:
    return trial.scored or trial.state == FAILED


def _moment(trial: Trial) -> Moment:
    return (-inf if trial.ended is None else trial.ended, trial.number)
