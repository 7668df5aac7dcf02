"""Polynomial sparse recovery: the few products of variables that explain a function of signs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_MONOMIALS = 50_000  # of the fit, which takes seconds beyond


@frozen
class Monomial:
    """A product of variables and its weight."""

    variables: tuple[int, ...]
    coefficient: float


@frozen
class Polynomial:
    """A sum of monomials over variables that are -1 or 1."""

    monomials: tuple[Monomial, ...]
    intercept: float = 0.0

    @property
    def variables(self) -> tuple[int, ...]:
        return tuple(sorted({each for term in self.monomials for each in term.variables}))

    def at(self, signs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at some points, `(points, variables)` to `(points,)`."""
        total = np.full(len(signs), self.intercept)
        for term in self.monomials:
            total += term.coefficient * signs[:, term.variables].prod(axis=1)
        return total

    def minimizers(self, count: int) -> list[tuple[int, ...]]:
        """Return the `count` settings of `variables`, 0 or 1 each, with the smallest values.

        All settings are looked through, so there must not be many variables.
        """
        used = self.variables
        settings = (np.arange(2 ** len(used))[:, None] >> np.arange(len(used))[::-1]) & 1
        places = {variable: at for at, variable in enumerate(used)}
        local = Polynomial(
            tuple(
                Monomial(tuple(places[each] for each in term.variables), term.coefficient)
                for term in self.monomials
            ),
            self.intercept,
        )
        signs = np.where(settings == 1, 1.0, -1.0)
        order = np.argsort(local.at(signs), kind="stable")
        return [tuple(map(int, settings[at])) for at in order[:count]]


def recover(
    signs: NDArray[np.float64],
    values: NDArray[np.float64],
    free: Sequence[int],
    degree: int,
    terms: int,
    penalty: float,
) -> Polynomial:
    """Fit a sparse polynomial (Hazan et al., 2018, procedure PSR).

    Lasso over all products of up to `degree` variables; the `terms` of the largest weight, by
    absolute value, are kept. The degree is lowered where there would be more than 50,000.

    Args:
        signs: The points, -1 or 1, `(points, variables)`.
        values: Of the function at the points, `(points,)`.
        free: The variables that products are made of.
        degree: Variables in a product, at most.
        terms: Products in the result, at most.
        penalty: Weight of the L1 norm, for values of unit variance.
    """
    from sklearn.linear_model import Lasso

    spread = float(values.std())
    if not free or spread == 0.0:
        return Polynomial((), float(values.mean()))
    while degree > 1 and sum(comb(len(free), d) for d in range(1, degree + 1)) > MOST_MONOMIALS:
        degree -= 1
    products = [each for d in range(1, degree + 1) for each in combinations(free, d)]
    columns = np.empty((len(signs), len(products)), order="F")
    for at, variables in enumerate(products):
        columns[:, at] = signs[:, variables].prod(axis=1)
    scaled = (values - values.mean()) / spread
    fitted = Lasso(alpha=penalty, max_iter=2000).fit(columns, scaled)
    weights = fitted.coef_ * spread
    largest = np.argsort(-np.abs(weights), kind="stable")[:terms]
    return Polynomial(
        tuple(Monomial(products[at], float(weights[at])) for at in largest if weights[at] != 0.0),
        float(fitted.intercept_) * spread + float(values.mean()),
    )
