"""The trials that a model learns from: few enough to be quick, whatever the history's length."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.values.trial import FAILED

if TYPE_CHECKING:
    from archivolt.values.history import History
    from archivolt.values.trial import Trial


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


def goodness(trial: Trial, maximize: bool) -> float:
    """Return a score of which more is better; minus infinity for a failed trial."""
    score = trial.score
    if score is None or trial.state == FAILED or score != score:  # not even a number
        return float("-inf")
    return score if maximize else -score
