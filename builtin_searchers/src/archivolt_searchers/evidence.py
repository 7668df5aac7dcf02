"""The trials that a model learns from: few enough to be quick, whatever the history's length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from archivolt.values.objectives import Objectives, excess
from archivolt.values.trial import FAILED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.values.history import History
    from archivolt.values.trial import Trial


BEYOND, FURTHEST = -1e12, 1e6  # below all scores; times a limit, from which on all is alike


@frozen
class Evidence:
    """Trials with a score, or without because they failed, and those that are still in flight."""

    ended: tuple[Trial, ...]  # in the order of their numbers
    active: tuple[Trial, ...]


def gather(
    history: History,
    most: int,
    failed: bool = True,
    among: Callable[[Trial], bool] = lambda _: True,
) -> Evidence:
    """Return at most so many ended trials: the best half of them, and the latest.

    Args:
        history: All trials.
        most: How many that have ended.
        failed: Whether those are among them that failed, and so have no score.
        among: Which of the ended ones may be taken; nearly all.
    """

    def counts(trial: Trial) -> bool:
        return (trial.scored or (failed and trial.state == FAILED)) and among(trial)

    active = tuple(trial for trial in history.active if not trial.scored)[-most:]
    if (history.ended if failed else history.scored) <= most:
        return Evidence(tuple(filter(counts, history)), active)
    chosen = {trial.number: trial for trial in islice(filter(among, history.ranked()), most // 2)}
    for number in range(len(history) - 1, -1, -1):
        if len(chosen) == most:
            break
        trial = history[number]
        if counts(trial):
            chosen[number] = trial
    return Evidence(tuple(chosen[number] for number in sorted(chosen)), active)


def goodness(trial: Trial, maximize: bool, objectives: Objectives = ()) -> float:
    """Return a score of which more is better, for models of ranks.

    A trial beyond a limit of the objectives is below every one that keeps them, the nearest first;
    a failed one is minus infinity.
    """
    score = trial.score
    if score is None or trial.state == FAILED or score != score:  # not even a number
        return -inf
    beyond = excess(objectives, trial)
    if beyond:
        return BEYOND * (1.0 + min(beyond, FURTHEST))
    return score if maximize else -score


def rewards(trials: Sequence[Trial], history: History) -> NDArray[np.float64]:
    """Return scores of which more is better, for models of values, `(trials,)`.

    A trial beyond a limit is as bad as the worst that keeps them: no value tells how bad that is.
    One without a score is NaN.
    """
    found = np.array([nan if trial.score is None else trial.score for trial in trials], float)
    found = found if history.maximize else -found
    beyond = np.array([not history.keeps_limits(trial) for trial in trials], bool)
    if beyond.any() and np.isfinite(found[~beyond]).any():
        within = found[~beyond]
        found[beyond] = within[np.isfinite(within)].min()
    return found
