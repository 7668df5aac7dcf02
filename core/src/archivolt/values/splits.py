"""Splits: which rows fit, which select and which report; made once, seeded and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.coverage import check_coverage, covered, is_covered
from archivolt.values.problem import REPORT, TRAIN, VALIDATION, Task

if TYPE_CHECKING:
    from numpy.random import Generator

    Rows = NDArray[np.int64]

REARRANGEMENTS = 50  # of groups, until the training rows hold every class
BINS = 10  # quantile bins by which the rows of a regression are balanced


def split_rows(
    labels: NDArray[Any],
    rows: int,
    validation: float,
    report: float,
    rng: Generator,
    task: Task,
    groups: NDArray[Any] | None = None,
    times: NDArray[Any] | None = None,
    present: NDArray[np.bool_] | None = None,
) -> dict[str, Rows]:
    """Share the rows out to training, validation and report.

    Classes are kept in proportion, each with one training row at least; so are the quantiles of
    a regression's target. Groups stay whole. By time, the latest rows report and those before
    them validate, and rows of the same time stay together. Of several targets, each split gets
    labels of each where that can be.

    Args:
        labels: What is to be predicted, `(rows,)` or `(rows, targets)`; where it is told a step,
            what stands for it (`archivolt.values.strata`).
        rows: How many there are.
        validation: Share of the rows that select trials.
        report: Share of the rows that give the score that is shown; 0: none.
        rng: Where the choice of rows is drawn from.
        task: What the labels mean.
        groups: Rows with the same value stay in one split, `(rows,)`.
        times: Sortable moments, `(rows,)`.
        present: Which rows have a label of which target, `(rows, targets)`; None: all of all.

    Returns:
        Ascending row numbers by split; no key for a split without a share.

    Raises:
        DataError: the rows cannot be shared out so.
    """
    shares = {VALIDATION: validation, REPORT: report}
    shares = {name: share for name, share in shares.items() if share > 0}
    _check(rows, shares, groups, times)
    parts = [TRAIN, *shares]
    portions = np.array([1 - sum(shares.values()), *shares.values()])
    if groups is not None:
        strata = _strata(labels, rows, task) if _has_classes(task) else None
        assigned = _by_group(np.asarray(groups), portions, rng, strata, present)
    elif times is not None:
        assigned = _by_time(np.asarray(times), portions)
    else:
        strata = _strata(labels, rows, task)
        assigned = _at_random(strata, portions, rng, task)
        if present is not None:
            assigned = covered(assigned, present, strata, len(parts))
    split = {name: np.flatnonzero(assigned == index) for index, name in enumerate(parts)}
    empty = [name for name, numbers in split.items() if not len(numbers)]
    if empty:
        raise DataError(
            f"{rows} rows leave none for {' and '.join(empty)}.",
            hint="Give more rows, or larger shares under problem.split.",
        )
    if task.is_classification and not task.per_step:
        _check_classes(np.asarray(labels), split[TRAIN])
    if present is not None:
        check_coverage(split, present, task.targets)
    return split


def lonely_classes(labels: NDArray[Any]) -> str:
    """Tell which classes have a single row, and that training gets it; "" where none has."""
    values, counts = np.unique(np.asarray(labels).astype(str), return_counts=True)
    alone = [str(each) for each in values[counts == 1]]
    if not alone:
        return ""
    named = ", ".join(repr(each) for each in alone[:5]) + (", …" if len(alone) > 5 else "")
    many = len(alone) > 1
    return (
        f"{'Classes' if many else 'Class'} {named} {'have' if many else 'has'} a single row, "
        "which goes to training: no score tells how well it is predicted."
    )


def _check(
    rows: int,
    shares: dict[str, float],
    groups: NDArray[Any] | None,
    times: NDArray[Any] | None,
) -> None:
    if groups is not None and times is not None:
        raise DataError("rows are split by group or by time, not by both.", "problem.split")
    if sum(shares.values()) >= 1:
        told = " and ".join(f"{share:g} for {name}" for name, share in shares.items())
        raise DataError(f"{told} leave no rows to train on.", "problem.split")
    for name, values in (("groups", groups), ("times", times)):
        if values is not None and len(values) != rows:
            raise DataError(f"{len(values)} {name} for {rows} rows.")
    if rows < 1 + len(shares):
        needed = 1 + len(shares)
        raise DataError(
            f"{rows} rows cannot be split in {needed}: each split needs one row at least."
        )


def _strata(labels: NDArray[Any], rows: int, task: Task) -> NDArray[np.int64]:
    """Number the rows by what is to be kept in proportion, `(rows,)`."""
    labels = np.asarray(labels)
    if len(labels) != rows:
        raise DataError(f"{len(labels)} labels for {rows} rows.")
    if _has_classes(task):
        return np.unique(labels, return_inverse=True)[1].reshape(rows)
    if task.outputs == 1 and task.kind == "regression" and rows >= 4 * BINS:
        target = labels.reshape(rows).astype(float)
        edges = np.quantile(target, np.linspace(0, 1, BINS + 1)[1:-1])
        return np.searchsorted(edges, target, side="right")
    return np.zeros(rows, dtype=np.int64)


def _has_classes(task: Task) -> bool:
    return task.is_classification or bool(task.parts)  # labels of these come as classes


def _at_random(
    strata: NDArray[np.int64], portions: NDArray[np.float64], rng: Generator, task: Task
) -> NDArray[np.int64]:
    assigned = np.zeros(len(strata), dtype=np.int64)
    # What rounding takes from a split in one stratum, the next ones give back, so that many
    # small classes together still come to the shares that were asked for.
    owed = np.zeros(len(portions))
    for stratum in np.unique(strata):
        rows = rng.permutation(np.flatnonzero(strata == stratum))
        owed += portions * len(rows)
        counts = np.maximum(0, np.floor(owed + 1e-9)).astype(np.int64)
        if _has_classes(task):
            counts[0] = max(1, counts[0])
        while counts.sum() < len(rows):
            counts[int(np.argmax(owed - counts))] += 1
        while counts.sum() > len(rows):
            over = np.where(counts > (np.arange(len(counts)) == 0), counts - owed, -np.inf)
            counts[int(np.argmax(over))] -= 1
        owed -= counts
        assigned[rows] = np.repeat(np.arange(len(portions)), counts)
    return assigned


def _by_group(
    groups: NDArray[Any],
    portions: NDArray[np.float64],
    rng: Generator,
    classes: NDArray[np.int64] | None,
    present: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    names, members = np.unique(groups.astype(str), return_inverse=True)
    members = members.reshape(len(groups))
    if len(names) < len(portions):
        found = f"one group, {str(names[0])!r}" if len(names) == 1 else f"{len(names)} groups"
        raise DataError(
            f"the rows have {found}, and a split in {len(portions)} by group needs "
            f"{len(portions)} at least.",
            "problem.split.group",
        )
    sizes = np.bincount(members)
    order = rng.permutation(len(names))
    # Large ones first: they fit worst.
    assigned = _share_out(order[np.argsort(-sizes[order], kind="stable")], sizes, portions)[members]
    for _ in range(REARRANGEMENTS):
        whole = classes is None or len(np.unique(classes[assigned == 0])) == classes.max() + 1
        if whole and (present is None or is_covered(assigned, present, len(portions))):
            break
        assigned = _share_out(rng.permutation(len(names)), sizes, portions)[members]
    return assigned


def _share_out(
    order: NDArray[np.int64], sizes: NDArray[np.int64], portions: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Give each group in turn to the split that lacks most rows; returns a split a group."""
    wanted = portions * sizes.sum()
    given = np.zeros(len(portions))
    holds = np.zeros(len(portions), dtype=np.int64)
    split_of = np.zeros(len(sizes), dtype=np.int64)
    for done, group in enumerate(order):
        without = np.flatnonzero(holds == 0)
        # Every split gets a group, even where one huge group is larger than its share.
        open_to = without if len(order) - done <= len(without) else np.arange(len(portions))
        split = int(open_to[np.argmax(wanted[open_to] - given[open_to])])
        split_of[group] = split
        given[split] += sizes[group]
        holds[split] += 1
    return split_of


def _by_time(times: NDArray[Any], portions: NDArray[np.float64]) -> NDArray[np.int64]:
    moments, ranks = np.unique(times, return_inverse=True)
    ranks = ranks.reshape(len(times))
    if len(moments) < len(portions):
        raise DataError(
            f"the rows have {len(moments)} distinct times, and a split in {len(portions)} by time "
            f"needs {len(portions)} at least.",
            "problem.split.time",
        )
    before = np.concatenate([[0], np.cumsum(np.bincount(ranks))])  # rows before each moment
    assigned = np.zeros(len(moments), dtype=np.int64)
    cut = 0
    for split, share in enumerate(np.cumsum(portions)[:-1]):
        # The moment whose beginning lies nearest to the share, one moment a split at least.
        nearest = int(np.argmin(np.abs(before - share * len(times))))
        cut = min(max(nearest, cut + 1), len(moments) - (len(portions) - 1 - split))
        assigned[cut:] = split + 1
    return assigned[ranks]


def _check_classes(labels: NDArray[Any], training: Sequence[int] | Rows) -> None:
    missing = sorted(map(str, set(labels.tolist()) - set(labels[training].tolist())))
    if missing:
        named = ", ".join(repr(each) for each in missing[:5]) + (", …" if missing[5:] else "")
        raise DataError(
            f"no training row is of class {named}.",
            "problem.split",
            "Split at random, or leave the class out.",
        )
