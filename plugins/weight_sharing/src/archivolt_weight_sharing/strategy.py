"""The strategy `weight_sharing`: new trials start from the weights of earlier ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import and_, ge, gt, in_, le
from numpy.typing import NDArray

from archivolt.components.transfer import (
    AVERAGED,
    COPIED,
    Fresh,
    Library,
    Plan,
    Start,
    Stored,
    TensorOrigin,
    Transfer,
)
from archivolt.errors import DataError
from archivolt_weight_sharing.alignment import ALIGNMENTS, CONTENT
from archivolt_weight_sharing.taking import Taken, take_aligned, take_grown

if TYPE_CHECKING:
    from archivolt.values.history import History
    from archivolt.values.trial import Trial

NONE, UNIFORM, LOSS_WEIGHTED = "none", "uniform", "loss_weighted"
RUN = "run"  # among the details of a plan


@frozen
class WeightSharing(Transfer):
    """Start a trial from the weights of its parent, or of several earlier trials.

    The warm start after a mutation of Model Search (Mazzawi and Gonzalvo, 2021). Blocks are
    aligned by what they are, so that a change in the middle keeps both sides; where the child can
    begin by computing what its parent computes (Net2Net; Chen et al., 2016), it does. Averages
    are those of weights of one name and shape in the newest trials.
    """

    name = "weight_sharing"
    alignment: str = field(default=CONTENT, validator=in_(ALIGNMENTS))
    average: str = field(default=NONE, validator=in_((NONE, UNIFORM, LOSS_WEIGHTED)))
    trials: int = field(default=20, validator=ge(1))  # the newest so many are averaged
    # Of a trial's weight for each newer one that is averaged with it.
    discount: float = field(default=1.0, validator=and_(gt(0.0), le(1.0)))
    optimizer: bool = False  # take what the optimizer remembers along
    run: Path | None = None  # an earlier run: where a trial has no source, its best is one

    def plan(self, trial: Trial, history: History) -> Plan:
        sources = self._parent(trial, history) if self.average == NONE else self._newest(history)
        if sources or self.run is None:
            return Plan(sources)
        if not (self.run / "best" / "model.json").is_file():
            raise DataError(
                "transfer weight_sharing.run is no run with a delivered model.",
                str(self.run),
                "Name the folder of a search that has finished a trial.",
            )
        return Plan(details={RUN: str(self.run)})

    def _parent(self, trial: Trial, history: History) -> tuple[tuple[int, float], ...]:
        if trial.parent is None or not history[trial.parent].scored:
            return ()
        return ((trial.parent, 1.0),)

    def _newest(self, history: History) -> tuple[tuple[int, float], ...]:
        newest: list[Trial] = []
        for number in range(len(history) - 1, -1, -1):
            if history[number].scored:
                newest.append(history[number])
                if len(newest) == self.trials:
                    break
        losses = [each.metrics.get("loss", 0.0) for each in newest]
        least = min(filter(math.isfinite, losses), default=0.0)
        weights = []
        for age, loss in enumerate(losses):
            weight = self.discount**age
            if self.average == LOSS_WEIGHTED:
                # The softmax of the negative losses, but for its constant factor.
                weight *= math.exp(least - loss) if math.isfinite(loss) else 0.0
            weights.append(weight)
        total = sum(weights)
        return tuple(
            (each.number, weight / total)
            for each, weight in zip(newest, weights, strict=True)
            if weight > 0.0
        )

    def start(self, trial: Trial, plan: Plan, fresh: Fresh, library: Library) -> Start:
        found: list[tuple[Stored, float]] = []
        notes: list[str] = []
        for number, weight in plan.sources:
            try:
                found.append((library.trial(number), weight))
            except DataError as cause:
                notes.append(f"nothing was taken from trial {number}: {cause}")
        if RUN in plan.details:
            found.append((library.best_of(Path(plan.details[RUN])), 1.0))
        taken = [(stored, weight, self._take(fresh, stored)) for stored, weight in found]
        for _, _, each in taken:
            notes += each.notes
        weights, origins = _averaged(taken)
        memory = self._memory(taken, fresh) if self.optimizer else {}
        return Start(weights, origins, memory, tuple(dict.fromkeys(notes)))

    def _take(self, fresh: Fresh, stored: Stored) -> Taken:
        if self.average == NONE and self.alignment == CONTENT:
            grown = take_grown(fresh, stored)
            if grown is not None:
                return grown
        return take_aligned(fresh, stored, self.alignment)

    def _memory(
        self, taken: Sequence[tuple[Stored, float, Taken]], fresh: Fresh
    ) -> dict[str, NDArray[Any]]:
        """Take the optimizer's memory of the weights that are the only source's as they are."""
        if len(taken) != 1:
            return {}
        stored, _, each = taken[0]
        if stored.candidate.recipe.optimizer != fresh.candidate.recipe.optimizer:
            return {}
        memory: dict[str, NDArray[Any]] = {}
        for name in fresh.optimizer:
            slot, _, weight = name.partition("/")
            if each.how.get(weight) == COPIED:
                old = stored.optimizer.get(f"{slot}/{each.names[weight]}")
                if old is not None and old.shape == fresh.optimizer[name].shape:
                    memory[name] = old
        if memory and "steps" in stored.optimizer:
            memory["steps"] = stored.optimizer["steps"]
        return memory

    def keeps_optimizer(self) -> bool:
        return self.optimizer


def _averaged(
    taken: Sequence[tuple[Stored, float, Taken]],
) -> tuple[dict[str, NDArray[Any]], dict[str, TensorOrigin]]:
    """Average each weight over those that have it; their shares sum to 1 for every weight."""
    weights: dict[str, NDArray[Any]] = {}
    origins: dict[str, TensorOrigin] = {}
    for name in dict.fromkeys(name for _, _, each in taken for name in each.weights):
        having = [(stored, share, each) for stored, share, each in taken if name in each.weights]
        sources = tuple(
            (stored.source, each.names[name]) for stored, _, each in having if name in each.names
        )
        if len(having) == 1:
            weights[name] = having[0][2].weights[name]
            origins[name] = TensorOrigin(having[0][2].how[name], sources)
            continue
        total = sum(share for _, share, _ in having)
        mean = sum(
            np.asarray(each.weights[name], np.float64) * (share / total)
            for _, share, each in having
        )
        weights[name] = np.asarray(mean, having[0][2].weights[name].dtype)
        origins[name] = TensorOrigin(AVERAGED, sources)
    return weights, origins
