"""Domination: which of several things no other one beats in everything.

One dominates another where it is as good in everything, and better in something. Less is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Costs = NDArray[np.float64]


def non_dominated(costs: Costs) -> NDArray[np.bool_]:
    """Tell which rows no other row dominates, `(rows,)`; equal rows all are.

    Args:
        costs: `(rows, objectives)`, none NaN.
    """
    found = np.zeros(len(costs), dtype=bool)
    # In this order nothing is dominated by what comes after it, so the first that is left is of
    # the front: one pass a member, over what is left.
    left = np.lexsort(costs.T[::-1])
    while len(left):
        first = costs[left[0]]
        equal = np.all(costs[left] == first, axis=1)
        found[left[equal]] = True
        left = left[np.any(costs[left] < first, axis=1)]
    return found


def ranks(costs: Costs) -> NDArray[np.int64]:
    """Tell in which front each row is, `(rows,)`: 0 for the first, 1 once that is taken away, …

    Args:
        costs: `(rows, objectives)`, none NaN.
    """
    found = np.full(len(costs), -1, dtype=np.int64)
    left = np.arange(len(costs))
    rank = 0
    while len(left):
        first = non_dominated(costs[left])
        found[left[first]] = rank
        left = left[~first]
        rank += 1
    return found


def crowding(costs: Costs) -> NDArray[np.float64]:
    """Tell how far the rows of one front are from their neighbours, `(rows,)`.

    The sum over the objectives of the distance between the neighbours on both sides, as a share
    of the range; the ends have no bound, so they are kept (Deb et al., 2002, section III-B).

    Args:
        costs: `(rows, objectives)`, none NaN.
    """
    found = np.zeros(len(costs))
    if not len(costs):
        return found
    for column in costs.T:
        order = np.argsort(column, kind="stable")
        sorted_ = column[order]
        found[order[[0, -1]]] = np.inf
        finite = sorted_[np.isfinite(sorted_)]
        span = float(finite[-1] - finite[0]) if len(finite) else 0.0
        if span > 0.0 and len(order) > 2:
            with np.errstate(invalid="ignore"):  # between two without bound
                gaps = np.nan_to_num(sorted_[2:] - sorted_[:-2], nan=0.0, posinf=np.inf)
            found[order[1:-1]] += gaps / span
    return found
