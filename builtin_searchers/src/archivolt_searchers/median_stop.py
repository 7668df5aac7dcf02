"""The median stopping rule: a trial that lags behind half of the others is stopped."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import and_, ge, gt, le

from archivolt.components.strategies import Decision, New, part
from archivolt.values.trial import FINISHED, SEARCH_ENDED, STOPPED, Trial
from archivolt_searchers.capped import Capped

if TYPE_CHECKING:
    from archivolt.values.history import History


@frozen
class MedianStop(Capped):
    """Stop a trial whose best score lies below the median of the others' (Golovin et al., 2017).

    The median stopping rule of "Google Vizier: A Service for Black-Box Optimization": at an
    epoch, the trial's best score so far is compared with the running averages that the trials
    which have ended had by then. Schedules of different length are compared at the same share of
    them. Trials that were stopped count as far as they came; without them the median would be
    one of the better half, and rise with every stop.
    """

    name = "median_stop"
    min_share: float = field(default=0.25, validator=and_(gt(0.0), le(1.0)))  # not judged before
    min_epochs: int = field(default=1, validator=ge(1))  # not judged before
    min_trials: int = field(default=5, validator=ge(1))  # to be compared with, at least

    def next(self, history: History) -> Decision:
        return New()

    def goes_on(
        self, history: History, number: int, epoch: int, metrics: Mapping[str, float]
    ) -> bool:
        trial = history[number]
        if epoch < max(self.min_epochs, part(trial.schedule, self.min_share)):
            return True
        sign = 1.0 if history.maximize else -1.0
        scores = [sign * score for reported, score in trial.curve if reported <= epoch]
        if not scores:
            return True
        averages = history.derived(self, lambda: RunningAverages(sign))
        others, better = averages.compare(epoch, trial.schedule, max(scores))
        return others < self.min_trials or 2 * better <= others


class RunningAverages:
    """The mean score of each ended trial up to each of its epochs: an index over a history.

    Args:
        sign: That makes larger scores the better ones.
    """

    def __init__(self, sign: float) -> None:
        self._sign = sign
        # By the length of the schedule and the epoch; ascending.
        self._averages: dict[int, dict[int, list[float]]] = {}

    def change(self, before: Trial | None, after: Trial) -> None:
        if before is not None and _has_ended(before):
            for averages, value in self._places(before):
                del averages[bisect_left(averages, value)]
        if _has_ended(after):
            for averages, value in self._places(after):
                insort(averages, value)

    def compare(self, epoch: int, schedule: int, score: float) -> tuple[int, int]:
        """Return how many trials came as far, and how many of them had a better average by then."""
        others = better = 0
        for length, by_epoch in self._averages.items():
            averages = by_epoch.get(max(1, round(epoch * length / schedule)), [])
            others += len(averages)
            better += len(averages) - bisect_right(averages, score)
        return others, better

    def _places(self, trial: Trial) -> list[tuple[list[float], float]]:
        by_epoch = self._averages.setdefault(trial.schedule, {})
        sums = accumulate(self._sign * score for _, score in trial.curve)
        return [
            (by_epoch.setdefault(epoch, []), total / count)
            for count, ((epoch, _), total) in enumerate(zip(trial.curve, sums, strict=True), 1)
        ]


def _has_ended(trial: Trial) -> bool:
    return trial.state == FINISHED or (trial.state == STOPPED and trial.cause != SEARCH_ENDED)
