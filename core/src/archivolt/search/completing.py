"""Rows that lack labels: which of them are labelled rows, once the targets have a meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from archivolt.components.source import Dataset
from archivolt.config.sections import ProblemConfig
from archivolt.errors import DataError
from archivolt.values.label_checks import missing_labels, named
from archivolt.values.problem import SEVERAL
from archivolt.values.several import are_several

if TYPE_CHECKING:
    from archivolt.components.transfer import Transfer


def are_tasks(config: ProblemConfig, dataset: Dataset) -> bool:
    """Tell whether each target is a task of its own."""
    if config.tasks or config.task == SEVERAL:
        return True
    labels = dataset.counted_labels
    guessed = dataset.several or (labels is not None and are_several(labels))
    return config.task is None and guessed


def complete(config: ProblemConfig, dataset: Dataset) -> Dataset:
    """Move rows that cannot take part with a label to those without one.

    Of several tasks a row needs a label of one of them; where all targets are one task it needs
    every one. Report rows without labels are left out.

    Raises:
        DataError: no row has labels enough.
    """
    labels = dataset.labels
    if labels is None or labels.ndim != 2 or dataset.steps is not None:
        return dataset
    tasks = are_tasks(config, dataset)
    test = dataset.test
    if test is not None and test.labels is not None:
        test = test.take(np.flatnonzero(_labelled(test, tasks, "report rows")))
    labelled = _labelled(dataset, tasks, "rows")
    if labelled.all():
        return evolve(dataset, test=test)
    bare = dataset.take(np.flatnonzero(~labelled)).without_labels()
    notes = list(dataset.notes)
    if not tasks:
        count = len(labelled) - int(labelled.sum())
        notes.append(
            f"{count:,} rows lack some of the {len(dataset.targets)} targets, which are one task: "
            "they count as rows without a label."
        )
    return evolve(
        dataset.take(np.flatnonzero(labelled)),
        test=test,
        notes=notes,
        unlabelled=bare if dataset.unlabelled is None else dataset.unlabelled.followed_by(bare),
    )


def _labelled(dataset: Dataset, tasks: bool, what: str) -> NDArray[np.bool_]:
    assert dataset.labels is not None
    missing = missing_labels(dataset.labels)
    labelled = np.asarray(~(missing.all(axis=1) if tasks else missing.any(axis=1)))
    if not labelled.any():
        raise DataError(
            f"none of the {len(labelled):,} {what} has {'a label' if tasks else 'all labels'}.",
            named(dataset.targets),
        )
    return labelled


def told_unlabelled(rows: int, transfer: Sequence[Transfer]) -> str:
    """Tell what becomes of rows without a label."""
    have = f"{rows:,} rows have no label" if rows > 1 else "A row has no label"
    if any(strategy.teaches() for strategy in transfer):
        return f"{have}: what networks learn from there is what a teacher says, nothing else."
    return (
        f"{have}, and nothing is learned from there without a teacher: "
        "set transfer: [distillation], or distil the run when it has ended."
    )
