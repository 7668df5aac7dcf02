"""Constants that embed numeric columns: their knots, the bins between them, and how both scale.

A column's knots are quantiles of the training rows, repeated ones merged: no bin has the width 0.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.values.features import ColumnLayout

CLIP = 8.0  # standard deviations: the farthest that a standardised number is let through
TAIL = 1e-3  # share of a normal distribution left out at each end
FLAG_KNOTS = 2  # a column with no more values than this is a flag: nothing to embed

Floats = NDArray[np.float32]


@frozen(eq=False)
class Ramps:
    """Piecewise linear steps: `clip((x - lower) * slope, 0, 1)`, each `(columns, bins)`.

    Columns with fewer bins are filled with steps of slope 0, which stay 0.
    """

    lower: Floats
    slope: Floats
    counts: Floats  # (columns,), bins that are not filling


@lru_cache(maxsize=256)
def embedded(layout: ColumnLayout) -> tuple[int, ...]:
    """Return the positions of the numeric columns that have more than two values."""
    return tuple(
        index
        for index in range(len(layout.numeric))
        if not layout.quantiles or len(layout.quantiles[index]) > FLAG_KNOTS
    )


@lru_cache(maxsize=256)
def flags(layout: ColumnLayout) -> tuple[int, ...]:
    """Return the positions of the numeric columns that are handed on as they are."""
    kept = set(embedded(layout))
    return tuple(index for index in range(len(layout.numeric)) if index not in kept)


def bins(layout: ColumnLayout, scaling: str, most: int) -> Ramps:
    """Return at most so many bins of each embedded column, on its scaled numbers."""
    return ramps([_edges(layout, index, scaling, most) for index in embedded(layout)])


@lru_cache(maxsize=4096)
def widest(layout: ColumnLayout, scaling: str, most: int) -> int:
    """Return the number of bins of the column that has most of them."""
    counts = [len(_edges(layout, index, scaling, most)) - 1 for index in embedded(layout)]
    return max(counts, default=0)


def levels(layout: ColumnLayout) -> Ramps:
    """Return the steps whose mean is a number's place among its column's knots, from 0 to 1."""
    return ramps([_knots(layout, index) for index in embedded(layout)])


def ramps(edges: list[Floats]) -> Ramps:
    widest = max(len(each) - 1 for each in edges)
    lower, slope = np.zeros((2, len(edges), widest), np.float32)
    for row, each in enumerate(edges):
        lower[row, : len(each) - 1] = each[:-1]
        slope[row, : len(each) - 1] = 1 / np.diff(each)
    counts = np.array([max(1, len(each) - 1) for each in edges], np.float32)
    return Ramps(lower, slope, counts)


def _knots(layout: ColumnLayout, index: int) -> Floats:
    if not layout.quantiles:
        # Nothing is known of the column but that it is standardised.
        normal = NormalDist()
        return np.array([normal.inv_cdf((step + 0.5) / 33) for step in range(33)], np.float32)
    # Knots that only double precision tells apart would make a bin of the width 0.
    return np.unique(np.array(layout.quantiles[index], np.float32))


def _edges(layout: ColumnLayout, index: int, scaling: str, most: int) -> Floats:
    knots = _knots(layout, index)
    places = np.round(np.linspace(0, len(knots) - 1, min(most, len(knots) - 1) + 1)).astype(int)
    if scaling == "quantile":
        normal = NormalDist()
        shares = np.clip(places / max(1, len(knots) - 1), TAIL, 1 - TAIL)
        edges = np.array([normal.inv_cdf(share) for share in shares], np.float32)
    else:
        edges = np.clip(knots[places], -CLIP, CLIP)
    edges = np.unique(edges)
    # All that is left of a column beyond the clip: one bin, so that it still has a place.
    return edges if len(edges) > 1 else np.array([edges[0] - 1, edges[0]], np.float32)
