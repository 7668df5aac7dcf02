"""Objectives: what a search minds beside its metric, and how much of it is too much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import field, frozen
from attrs.validators import min_len

from archivolt.values.domination import non_dominated
from archivolt.values.footprint import BYTES_A_PARAMETER
from archivolt.values.problem import direction_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.values.trial import Trial

PARAMETERS, FLOPS, BYTES = SIZES = "parameters", "flops", "bytes"  # of the network of every trial


@frozen
class Objective:
    """Something that a search minds beside its metric: a cost, or a further metric.

    A trial that breaks a limit is trained and shown, and counts as worse than each that keeps all:
    it is not delivered, and no parent is made of it, unless there is nothing else.
    """

    WORD: ClassVar[str] = "name"  # a word alone is this field

    # `parameters`, `flops`, `bytes`, or a metric that trials tell, as `latency`.
    name: str = field(validator=min_len(1))
    maximize: bool | None = None  # None: as a metric of this name is meant; others are costs
    limit: float | None = None  # the most that a trial may have of it; with `maximize`, the least

    @property
    def grows(self) -> bool:
        """Whether more of it is better."""
        known = direction_of(self.name) if self.maximize is None else self.maximize
        return bool(known)

    def value(self, trial: Trial) -> float | None:
        """Return what a trial tells of it; None: nothing."""
        return told(self.name, trial.parameters, trial.flops, trial.metrics)

    def excess(self, value: float | None) -> float:
        """Tell how far a value is beyond the limit: 0 within, 1 for twice a limit.

        What is not told, or no number, breaks every limit.
        """
        if self.limit is None:
            return 0.0
        if value is None or value != value:
            return inf
        over = self.limit - value if self.grows else value - self.limit
        return max(0.0, over / abs(self.limit)) if self.limit else (inf if over > 0 else 0.0)

    def describe(self) -> str:
        if self.limit is None:
            return f"{self.name}, {'more' if self.grows else 'less'} is better"
        return f"{self.name} {'>=' if self.grows else '<='} {self.limit:,.6g}"


Objectives = tuple[Objective, ...]


def told(
    name: str, parameters: int | None, flops: int | None, metrics: Mapping[str, float]
) -> float | None:
    """Return one quantity of a trial by its name; None: it tells nothing of it."""
    if name in metrics:
        return metrics[name]
    if name == BYTES:
        return None if parameters is None else float(parameters * BYTES_A_PARAMETER)
    return {PARAMETERS: parameters, FLOPS: flops}.get(name)


def excess(objectives: Iterable[Objective], trial: Trial) -> float:
    """Tell how far a trial is beyond all limits together; 0: within each."""
    return sum(each.excess(each.value(trial)) for each in objectives if each.limit is not None)


def costs(trials: Sequence[Trial], objectives: Objectives, maximize: bool) -> NDArray[np.float64]:
    """Return what trials cost, `(trials, 1 + objectives)`: less is better, the score comes first.

    What a trial does not tell, or is no number, costs without bound.

    Args:
        trials: Each with a score.
        objectives: Further columns.
        maximize: Whether a larger score is better.
    """
    signs = [-1.0 if maximize else 1.0, *(-1.0 if each.grows else 1.0 for each in objectives)]
    rows: list[list[Any]] = [
        [trial.score, *(each.value(trial) for each in objectives)] for trial in trials
    ]
    found = np.array(rows, dtype=np.float64).reshape(len(rows), len(signs)) * signs
    return np.where(np.isnan(found), inf, found)


def front(trials: Iterable[Trial], objectives: Objectives, maximize: bool) -> list[Trial]:
    """Return the trials that no other beats in everything: the Pareto front, best score first.

    Only those within the limits take part. Of trials that are alike in everything all are of it.
    """
    within = [each for each in trials if each.scored and excess(objectives, each) == 0.0]
    found = costs(within, objectives, maximize)
    kept = np.flatnonzero(non_dominated(found))
    order = sorted(kept, key=lambda at: (*found[at], within[at].number))
    return [within[at] for at in order]
