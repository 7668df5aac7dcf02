"""A mean with fitted weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import ge
from numpy.typing import NDArray

from archivolt.components.ensembler import Pool
from archivolt.values.ensemble import Ensemble
from archivolt_ensembling.calibrated import CalibratedEnsembler
from archivolt_ensembling.limits import first_that_fit
from archivolt_ensembling.squares import squares

if TYPE_CHECKING:
    from numpy.random import Generator

FAINT = 0.01  # a member with less weight is left out


@frozen
class Weighted(CalibratedEnsembler):
    """The mean of the best trials with the weights of the lowest mean square error.

    The weights are 0 or more and sum to 1 (Breiman, 1996, stacked regressions, section 2); the
    error is that of the probabilities (Brier, 1950) or values on all validation rows.
    """

    name = "weighted"

    members: int = field(default=10, validator=ge(1))  # the best so many; some may get no weight

    def choose(self, pool: Pool, rng: Generator) -> Ensemble:
        taken = first_that_fit(pool, self.members)
        candidates = pool.take(taken)
        weights = _fit(squares(candidates))
        weights[weights < FAINT] = 0.0
        kept = np.flatnonzero(weights)
        numbers = [candidates.trials[position].number for position in kept]
        return Ensemble(numbers, weights[kept] / weights[kept].sum())


def _fit(form: NDArray[Any]) -> NDArray[Any]:
    """Return the weights with the lowest error, which is convex in them."""
    from scipy.optimize import minimize

    count = len(form)
    equal = np.full(count, 1 / count)
    if count == 1:
        return equal
    found = minimize(
        lambda weights: float(weights @ form @ weights),
        equal,
        jac=lambda weights: np.asarray(2 * form @ weights),
        method="SLSQP",
        bounds=[(0.0, 1.0)] * count,
        constraints={
            "type": "eq",
            "fun": lambda weights: weights.sum() - 1.0,
            "jac": lambda weights: np.ones(count),
        },
    )
    weights = np.clip(np.asarray(found.x, np.float64), 0.0, None)
    return np.asarray(weights / weights.sum()) if weights.sum() > 0 else equal
