"""What trials came to, on one scale, those that were trained for a part of their schedule too."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log2, sqrt
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from archivolt.values.objectives import Objectives, excess
from archivolt.values.trial import FAILED, FINISHED
from archivolt_searchers.evidence import goodness
from archivolt_searchers.gaussian_regression import normal_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.values.trial import Trial

    Array = NDArray[np.float64]

WHOLE = 0  # level of a whole schedule; one lower is half as long
LOWEST = -6


@frozen(eq=False)
class Observations:
    """What was seen of trials: a trial twice where it was compared at a lower level before."""

    trials: tuple[Trial, ...]
    levels: NDArray[np.int64]  # of the share of the schedule, (observations,)
    targets: Array  # 0 on average, of variance 1, (observations,)

    @property
    def top(self) -> int:
        """The highest level that any trial reached."""
        return int(self.levels.max(initial=LOWEST))


def level_of(trial: Trial) -> int:
    """Return how much of its schedule a trial was trained for, in halvings.

    One that ended by itself has come to its end, and so has one whose epochs nobody told.
    """
    by_itself = trial.state == FINISHED and trial.epochs < trial.goal
    if not trial.epochs or by_itself:
        return WHOLE
    return max(LOWEST, round(log2(trial.fidelity)))


def observe(trials: Sequence[Trial], maximize: bool, objectives: Objectives = ()) -> Observations:
    """Put the scores of trials on one scale.

    Scores become normal quantiles of their ranks, so that outliers do no harm. Ranks mean
    something only among trials that were trained as long, so they are taken level by level, from
    the shortest trainings upwards. Those that went further are the better ones: they keep the
    quantiles that they had among all, in the order that they have now. A failed trial is as bad
    as the worst of the lowest level; one beyond a limit of the objectives is below all others.
    """
    own = [level_of(trial) for trial in trials if trial.state != FAILED]
    levels = sorted(set(own)) or [WHOLE]
    if len(levels) == 1:
        scores = np.array([goodness(each, maximize, objectives) for each in trials])
        return Observations(tuple(trials), np.full(len(trials), levels[0]), normal_scores(scores))
    found: list[tuple[int, int, float]] = []  # trial, level, target
    before: dict[int, float] = {}  # the newest target of each trial
    for level in levels:
        there = _scores_at(level, levels[0], trials, maximize, objectives)
        before.update(_ranked(there, before))
        found += [(at, level, before[at]) for at in there]
    return _newest_two(found, trials)


def _scores_at(
    level: int, lowest: int, trials: Sequence[Trial], maximize: bool, objectives: Objectives
) -> dict[int, float]:
    """Return the scores of the trials that reached a level, as they were there."""
    sign = 1.0 if maximize else -1.0
    scores = {}
    for at, trial in enumerate(trials):
        own = lowest if trial.state == FAILED else level_of(trial)
        if own == level or (own > level and excess(objectives, trial)):
            scores[at] = goodness(trial, maximize, objectives)
        elif own > level:
            # The best by then: an epoch that is kept is never worse than an earlier one.
            end = trial.schedule * 2.0**level * sqrt(2.0)
            by_then = (sign * score for epoch, score in trial.curve if epoch < end)
            scores[at] = max(by_then, default=-inf)
    return {at: each for at, each in scores.items() if level == lowest or each > -inf}


def _ranked(scores: dict[int, float], before: dict[int, float]) -> dict[int, float]:
    """Turn the scores of a level into targets, given those of lower levels."""
    values = np.array(list(scores.values()))
    known = [at for at in scores if at in before]
    if len(known) < 2:  # nothing to compare the others with
        return dict(zip(scores, normal_scores(values).tolist(), strict=True)) | {
            at: before[at] for at in known
        }
    quantiles = np.sort([before[at] for at in known])
    # Equal scores share the mean of their quantiles; new ones lie between their neighbours'.
    steps, begins, counts = np.unique(
        np.sort([scores[at] for at in known]), return_index=True, return_counts=True
    )
    means = np.add.reduceat(quantiles, begins) / counts
    return dict(zip(scores, np.interp(values, steps, means).tolist(), strict=True))


def _newest_two(found: Sequence[tuple[int, int, float]], trials: Sequence[Trial]) -> Observations:
    """Keep the two highest levels of each trial, in the order of the trials, lower ones first."""
    by_trial: dict[int, list[tuple[int, float]]] = {}
    for at, level, target in found:
        by_trial.setdefault(at, []).append((level, target))
    kept = [(at, *each) for at in sorted(by_trial) for each in by_trial[at][-2:]]
    return Observations(
        tuple(trials[at] for at, _, _ in kept),
        np.array([level for _, level, _ in kept], dtype=np.int64),
        np.array([target for _, _, target in kept]),
    )
