"""Greedy selection with replacement (Caruana et al., 2004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import and_, ge, gt, le, optional
from numpy.typing import NDArray

from archivolt.components.ensembler import Pool
from archivolt.values.ensemble import Ensemble
from archivolt_ensembling.calibrated import CalibratedEnsembler
from archivolt_ensembling.limits import first_that_fit
from archivolt_ensembling.squares import squares

if TYPE_CHECKING:
    from numpy.random import Generator

FEW_ROWS = 1000  # below this the choice of the first members is not left to them


@frozen
class GreedySelection(CalibratedEnsembler):
    """Greedy selection with replacement (Caruana et al., 2004, sections 2.1 to 2.3).

    Round by round the trial is added that lowers the mean square error of the mean most; one that
    is added twice weighs twice. The error is that of the probabilities (Brier, 1950) or values on
    all validation rows, balanced by class where the metric is; the best of all rounds is kept.
    """

    name = "greedy_selection"

    rounds: int = field(default=50, validator=ge(1))
    # The best so many are in from the start; null: 5 below 1,000 validation rows, otherwise 1.
    start: int | None = field(default=None, validator=optional(ge(1)))
    members: int = field(default=12, validator=ge(1))  # distinct ones, at most
    bags: int = field(default=1, validator=ge(1))  # selections from random parts of the pool
    bag: float = field(default=0.5, validator=and_(gt(0.0), le(1.0)))  # share of the pool in each

    def unused(self) -> frozenset[str]:
        return frozenset({"bag"}) if self.bags == 1 else frozenset()

    def choose(self, pool: Pool, rng: Generator) -> Ensemble:
        form = squares(pool)
        counts = np.zeros(len(pool.trials))
        for _ in range(self.bags):
            among = self._part(len(pool.trials), rng)
            counts += self._select(pool, form, among) / self.bags
        counts = _within(pool, counts, self.members)
        taken = np.flatnonzero(counts)
        weights = counts[taken] / counts[taken].sum()
        return Ensemble([pool.trials[position].number for position in taken], weights)

    def _part(self, size: int, rng: Generator) -> NDArray[np.intp]:
        if self.bags == 1:
            return np.arange(size)
        drawn = rng.choice(size, max(1, round(self.bag * size)), replace=False)
        return np.asarray(np.sort(drawn), np.intp)

    def _select(self, pool: Pool, form: NDArray[Any], among: NDArray[np.intp]) -> NDArray[Any]:
        """Return how often each member is in the best mean, `(members,)`."""
        start = self.start or (5 if pool.rows < FEW_ROWS else 1)
        first = first_that_fit(pool.take(among), min(start, self.members))
        counts = np.zeros(len(pool.trials))
        counts[among[list(first)]] = 1
        best, lowest = counts.copy(), float(counts @ form @ counts) / counts.sum() ** 2
        for taken in range(int(counts.sum()) + 1, self.rounds + 1):
            allowed = self._allowed(pool, among, counts)
            added = 2 * (form @ counts) + np.diag(form)
            errors = (counts @ form @ counts + added[allowed]) / taken**2
            counts[allowed[int(np.argmin(errors))]] += 1
            if errors.min() < lowest:
                best, lowest = counts.copy(), float(errors.min())
        return best

    def _allowed(
        self, pool: Pool, among: NDArray[np.intp], counts: NDArray[Any]
    ) -> NDArray[np.intp]:
        """Return the members that may be added: those that are in, and those that still fit."""
        inside = [int(position) for position in np.flatnonzero(counts)]
        full = len(inside) >= self.members
        return np.array(
            [
                position
                for position in among
                if counts[position] or (not full and pool.fits([*inside, position]))
            ],
            np.intp,
        )


def _within(pool: Pool, counts: NDArray[Any], most: int) -> NDArray[Any]:
    """Keep the members with the largest weights that are few enough and fit together.

    A union of bags may hold more of them than any single bag.
    """
    kept: list[int] = []
    for position in np.argsort(-counts, kind="stable"):
        if counts[position] and len(kept) < most and (not kept or pool.fits([*kept, position])):
            kept.append(int(position))
    within = np.zeros_like(counts)
    within[kept] = counts[kept]
    return within
