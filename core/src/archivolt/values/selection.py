"""Which trial of a history is delivered, where several are as good as the data can tell."""

from __future__ import annotations

from itertools import islice, takewhile
from math import inf
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from archivolt.values.history import History
    from archivolt.values.trial import Trial

STANDARD_ERROR = "standard_error"  # metric of a trial: that of its score on the validation rows

ONE_STANDARD_ERROR = "one_standard_error"
HIGHEST_SCORE = "highest_score"
# Metrics, the first that the best trial tells, of which the lowest decides among equal scores.
DECIDERS = ("brier", "loss")
RULES = (ONE_STANDARD_ERROR, HIGHEST_SCORE)
MOST = 1000  # contenders, so that a history of 100,000 trials is not sorted at each question


@frozen
class Selection:
    """A trial, and why it was taken."""

    trial: Trial
    highest: Trial  # with the best score
    error: float = 0.0  # standard error of the best score
    among: int = 1  # trials that the rows cannot tell apart by their score
    by: str = "loss"  # metric of which the lowest decided among them


def select(history: History, rule: str = ONE_STANDARD_ERROR) -> Selection | None:
    """Choose the trial to deliver.

    The best of many scores is the luckiest, too: the more trials there are, the more of it is
    noise. By `one_standard_error`, those whose score lies within one standard error of the best
    score count as equal (Breiman et al., 1984, section 3.4.3), and the lowest Brier score decides
    (the loss where there is none, as in regression), which varies less than a count of right
    answers. It needs an evaluator that tells the error of the score, as the metric
    `standard_error`; without it, and by `highest_score`, it is the best score, with ties going to
    the lower loss.

    Returns:
        The choice; None where no trial has a score.
    """
    equal = contenders(history, rule)
    if not equal:
        return None
    (highest,) = history.best(1)
    return Selection(
        trial=equal[0],
        highest=highest,
        error=highest.metrics.get(STANDARD_ERROR, 0.0),
        among=len(equal),
        by=_decider(highest),
    )


def in_order(history: History, count: int, rule: str = ONE_STANDARD_ERROR) -> list[Trial]:
    """Return the first `count` trials in the order of choice: the contenders, then by score."""
    first = contenders(history, rule)
    rest = islice(history.ranked(), len(first), max(count, len(first)))
    return [*first, *rest][:count]


def contenders(history: History, rule: str = ONE_STANDARD_ERROR) -> list[Trial]:
    """Return the trials that count as equal to the best one, in the order of their choice."""
    highest = next(history.ranked(), None)
    if highest is None or highest.score is None:
        return []
    error = highest.metrics.get(STANDARD_ERROR, 0.0)
    if rule == HIGHEST_SCORE or not error > 0.0 or not history.keeps_limits(highest):
        return [highest]
    best = highest.score
    # Behind those within the limits come others, which may have better scores.
    equal = takewhile(
        lambda trial: history.keeps_limits(trial) and abs(best - (trial.score or 0.0)) <= error,
        history.ranked(),
    )
    name = _decider(highest)
    return sorted(islice(equal, MOST), key=lambda trial: _told(trial, name))


def _decider(trial: Trial) -> str:
    return next((name for name in DECIDERS if name in trial.metrics), DECIDERS[-1])


def _told(trial: Trial, name: str) -> float:
    value = trial.metrics.get(name, inf)
    return value if value == value else inf  # NaN has no place in an order
