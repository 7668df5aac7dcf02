"""Targets whose labels are missing in some rows: each split needs rows that have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.problem import TRAIN

if TYPE_CHECKING:
    Rows = NDArray[np.int64]
    Present = NDArray[np.bool_]  # which rows have a label of which target, `(rows, targets)`


def is_covered(assigned: Rows, present: Present, splits: int) -> bool:
    """Tell whether each split has a label of each target."""
    return bool(_held(assigned, present, splits).all())


def covered(assigned: Rows, present: Present, strata: Rows, splits: int) -> Rows:
    """Swap rows between splits until each has a label of each target, where enough rows have one.

    Args:
        assigned: Split of each row, `(rows,)`; 0 is training.
        present: Which rows have a label of which target.
        strata: What is kept in proportion, `(rows,)`: training keeps a row of each.
        splits: How many there are.

    Returns:
        The split of each row; a target with too few labels still lacks in some.
    """
    assigned = assigned.copy()
    for target in np.argsort(present.sum(axis=0), kind="stable"):
        for split in range(splits):
            held = _held(assigned, present, splits)
            if held[split, target]:
                continue
            # Rows whose leave takes no last label from where they are.
            free = ((held[assigned] > 1) | ~present).all(axis=1)
            of_stratum = np.bincount(strata[assigned == 0], minlength=strata.max() + 1)
            only = (assigned == 0) & (of_stratum[strata] < 2)
            coming = np.flatnonzero(free & ~only & present[:, target] & (assigned != split))
            if not len(coming):
                continue
            row = coming[np.argmax(held[assigned[coming], target])]
            leaving = np.flatnonzero(free & ~only & (assigned == split))
            if len(leaving):
                alike = strata[leaving] == strata[row]
                assigned[leaving[np.argmax(alike)]] = assigned[row]
            assigned[row] = split
    return assigned


def check_coverage(
    divided: Mapping[str, NDArray[Any]], present: Present, targets: Sequence[str]
) -> None:
    """Refuse splits of which one has no label of a target.

    Args:
        divided: Row numbers by split.
        present: Which rows have a label of which target.
        targets: Their names.

    Raises:
        DataError: the target, the split, and how many rows have a label.
    """
    for split, rows in divided.items():
        for target, some in zip(targets, present[rows].any(axis=0), strict=True):
            if not some:
                count = int(present[:, targets.index(target)].sum())
                what = "to learn from" if split == TRAIN else "to judge by"
                raise DataError(
                    f"no {split} row has a label of the target {target!r} {what}; {count} of all "
                    f"{len(present):,} rows have one.",
                    "problem.split",
                    "Give more rows with a label of it, larger shares, or leave the target out.",
                )


def _held(assigned: Rows, present: Present, splits: int) -> NDArray[np.int64]:
    """Count the labels of each target in each split, `(splits, targets)`."""
    counts = [present[assigned == split].sum(axis=0) for split in range(splits)]
    return np.asarray(counts, np.int64)
