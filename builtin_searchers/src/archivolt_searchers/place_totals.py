"""Totals over places: how much of a thing there is, wherever in the network it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt_searchers.scales import Scale


def totals_of(places: Sequence[tuple[str, Scale]]) -> dict[str, NDArray[np.int64]]:
    """Find the places with one and the same scale, such as the kinds of blocks at all positions.

    Returns:
        By the name of the first place, the coordinates of all of them, `(places, width)`.
    """
    same: dict[Scale, list[tuple[str, NDArray[np.int64]]]] = {}
    start = 0
    for name, scale in places:
        same.setdefault(scale, []).append((name, start + np.arange(scale.width)))
        start += scale.width
    return {
        each[0][0]: np.array([coordinates for _, coordinates in each])
        for each in same.values()
        if len(each) > 1
    }


class Sums:
    """Sums up coordinates of rows over places, for many totals at once.

    Args:
        totals: For each total the coordinates of its places, `(places, width)`.
    """

    def __init__(self, totals: Sequence[NDArray[np.int64]]) -> None:
        counts = [len(each) for each in totals for _ in range(each.shape[1])]
        self._order = np.concatenate([each.T.ravel() for each in totals] or [np.empty(0, int)])
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int)
        self._roots = np.sqrt(counts).astype(np.float32)

    def __call__(self, rows: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the sums, `(rows, totals' width)`; squared distances do not grow with places."""
        if not len(self._order):
            return rows[:, :0]
        sums: NDArray[np.floating] = np.add.reduceat(rows[:, self._order], self._starts, axis=1)
        return sums / self._roots
