"""From a configuration to a prepared problem and a search space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from archivolt.components.source import Dataset, Source
from archivolt.config.sections import Config, ProblemConfig
from archivolt.errors import ConfigError, DataError, RunError, nearest
from archivolt.plugins.failures import attributed
from archivolt.search.completing import are_tasks, complete, told_unlabelled
from archivolt.storage.run_folder import RunFolder
from archivolt.values.coverage import check_coverage
from archivolt.values.features import SEQUENCE, Features, vector
from archivolt.values.guess import guess_task, task_for
from archivolt.values.label_checks import missing_labels
from archivolt.values.problem import (
    REPORT,
    TRAIN,
    VALIDATION,
    Metric,
    Part,
    Problem,
    Task,
    metrics_of,
)
from archivolt.values.several import several_tasks
from archivolt.values.space import Cells, SearchSpace
from archivolt.values.splits import lonely_classes, split_rows
from archivolt.values.strata import check_training_classes, labels_of_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.plugins.codec import Codec
    from archivolt.storage.database import Database

FEWEST_ROWS = 10  # below this a validation score tells nothing


def pose(config: ProblemConfig, dataset: Dataset) -> Problem:
    """Decide on task and metric; what was guessed goes into the notes.

    Raises:
        DataError: the labels fit no task.
        ConfigError: the task has no such metric.
    """
    labels = dataset.counted_labels
    if labels is None:
        raise DataError("the data have no labels.", hint="Name the target column.")
    notes = list(dataset.notes)
    task: Task
    if are_tasks(config, dataset):
        wishes = {name: wish.as_value() for name, wish in config.tasks.items()}
        task, told_of_each = several_tasks(labels, dataset.targets, wishes)
        notes += told_of_each
    elif config.task is None:
        task, told = guess_task(labels, dataset.targets, dataset.class_names)
        notes.append(told)
    else:
        task = task_for(config.task, labels, dataset.targets, dataset.class_names)
    return Problem(
        task=evolve(task, per_step=dataset.steps is not None),
        metric=find_metric(task, config.metric),
        features=vector(0),  # the evaluator says what preprocessing gives
        notes=tuple(notes),
        details={"class_weights": config.class_weights},
    )


def find_metric(task: Task, name: str | None) -> Metric:
    """Return a metric of the task by name.

    Raises:
        ConfigError: the task has no such metric.
    """
    metrics = metrics_of(task)
    if name is None:
        return metrics[0]
    for metric in metrics:
        if metric.name == name:
            return metric
    known = tuple(metric.name for metric in metrics)
    raise ConfigError(
        "problem.metric", f"{name!r} is no metric of {task.kind} problems.", nearest(name, known)
    )


def split(config: Config, dataset: Dataset, problem: Problem) -> tuple[dict[str, Any], list[str]]:
    """Divide the rows; returns row numbers by split, and what a person should know."""
    assert dataset.labels is not None
    if dataset.rows < FEWEST_ROWS:
        raise DataError(
            f"only {dataset.rows} rows with a label: too few to train and to judge.",
            hint=f"At least {FEWEST_ROWS} are needed.",
        )
    share = config.problem.split
    labels, task = dataset.labels, problem.task
    one_a_row = dataset.steps is None and not task.parts
    if not one_a_row:
        steps = None if dataset.steps is None else dataset.weights
        labels = labels_of_rows(dataset.labels, steps, task)
    present = _present(dataset, task)
    divided = split_rows(
        labels,
        dataset.rows,
        share.validation,
        0.0 if dataset.test is not None else share.report,
        np.random.default_rng([config.seed, 1]),
        task,
        groups=dataset.groups,
        times=dataset.times,
        present=present,
    )
    if present is not None and dataset.test is not None:
        in_test = _present(dataset.test, task)
        assert in_test is not None
        check_coverage({REPORT: np.arange(dataset.test.rows)}, in_test, task.targets)
    rows = {name: array for name, array in divided.items() if len(array)}
    for name in (TRAIN, VALIDATION):
        if name not in rows:
            raise DataError(
                f"no row is left for the {name} split.",
                hint="Choose other shares in problem.split.",
            )
    notes = []
    if not one_a_row:
        check_training_classes(_counted(dataset, rows[TRAIN]), task)
    elif task.is_classification:
        lonely = lonely_classes(dataset.labels)
        if lonely:
            notes.append(lonely)
    if dataset.test is None and REPORT not in rows:
        notes.append(
            "No rows are held back for the report: the score shown at the end is the one that "
            "the model was selected by, and flatters it."
        )
    return rows, notes


def _present(dataset: Dataset, task: Task) -> NDArray[np.bool_] | None:
    """Tell which rows have a label of which of several tasks, `(rows, targets)`."""
    if not task.parts or dataset.steps is not None or dataset.labels is None:
        return None
    return ~missing_labels(dataset.labels)


def _counted(dataset: Dataset, rows: NDArray[Any]) -> NDArray[Any]:
    """Return the labels that count of these rows; their features are left where they are."""
    assert dataset.labels is not None
    if dataset.steps is None:
        return np.asarray(dataset.labels[rows])
    assert dataset.weights is not None
    return np.asarray(dataset.labels[rows][dataset.weights[rows] > 0])


def prepare(config: Config, source: Source, dataset: Dataset, folder: Path) -> Problem:
    """Pose the problem, split the rows, fit the preprocessing on the training rows."""
    dataset = complete(config.problem, dataset)
    problem = pose(config.problem, dataset)
    rows, notes = split(config, dataset, problem)
    if dataset.unlabelled is not None and dataset.unlabelled.rows:
        notes.append(told_unlabelled(dataset.unlabelled.rows, config.transfer))
    problem = evolve(problem, notes=(*problem.notes, *notes))
    # Workers begin to load the framework while this process prepares the data; no earlier, since
    # bad data should be told at once, and a process that loads keeps a pipe of ours open.
    config.executor.warm_up(config.evaluator)
    folder.mkdir(parents=True, exist_ok=True)
    with attributed("evaluator", config.evaluator):
        return config.evaluator.prepare(dataset, source, problem, rows, folder)


def read_problem(folder: RunFolder, database: Database, codec: Codec) -> Problem:
    """Read the prepared problem of a run.

    Raises:
        RunError: the run was stopped before its data were prepared, or they are gone.
    """
    data = database.fact("problem")
    if data is None:
        raise RunError(
            str(folder.path),
            "was stopped before its data were prepared.",
            "Continue it with `archivolt resume`.",
        )
    if not folder.problem.is_dir():
        raise RunError(
            str(folder.path),
            "is only half there: its prepared data (problem/) are gone.",
            "Restore that folder, or begin again with `archivolt search` and another --run.",
        )
    # The folder may have been moved, or come by mail.
    return evolve(codec.decode_problem(data), folder=str(folder.problem))


def space_on(problem: Problem, config: Config) -> SearchSpace:
    """Build the search space of a configuration on a prepared problem; see `space_of`."""
    task = problem.task
    return space_of(config, problem.features, task.outputs, task.per_step, task.parts)


def space_of(
    config: Config,
    features: Features,
    outputs: int,
    per_step: bool = False,
    parts: tuple[Part, ...] = (),
) -> SearchSpace:
    """Build the search space of a configuration on prepared features.

    Raises:
        ConfigError: none of the blocks can stand on such features.
        SpaceError: nothing fits the limits.
    """
    section = config.space
    if not section.blocks:
        raise ConfigError("space.blocks", "no blocks are given.", "Name some, or use a preset.")
    cells = None
    if section.cells is not None:
        given = section.cells
        cells = Cells(given.size, given.reduction, given.replicate, given.repeats)
    space = SearchSpace(
        features=features,
        outputs=outputs,
        blocks=section.blocks,
        connectors=section.connectors,
        depth=section.depth,
        cells=cells,
        recipe=section.recipe,
        recipe_domains=section.recipe_domains,
        limits=section.limits,
        mutators=config.mutators,
        per_step=per_step,
        parts=parts,
    )
    if not any(space.reaches(features.kind, choice.block.reads) for choice in section.blocks):
        reads = ", ".join(sorted({choice.block.reads for choice in section.blocks}))
        raise ConfigError(
            "space.blocks",
            f"the data give {features.kind} features, and the blocks read {reads}.",
            f"Add blocks that read {features.kind}, or a connector from it.",
        )
    if per_step:
        _check_per_step(space)
    _check_heads(space)
    space.sample(np.random.default_rng(config.seed))
    return space


def _check_heads(space: SearchSpace) -> None:
    for part in space.parts:
        kind = space.ends
        for block in part.blocks:
            if block.reads != kind:
                raise ConfigError(
                    f"problem.tasks.{part.target}.blocks",
                    f"{block} reads {block.reads}, and is given {kind}.",
                )
            kind = block.writes
        if kind != space.ends:
            raise ConfigError(
                f"problem.tasks.{part.target}.blocks",
                f"they end in {kind}, and the outputs are made of {space.ends}.",
            )


def _check_per_step(space: SearchSpace) -> None:
    if space.features.kind != SEQUENCE:
        raise DataError(
            f"each step has a label, and the data give {space.features.kind} features.",
            hint="Labels per step need sequences, (rows, time, features): `data.kind: sequence`.",
        )
    if space.depths[0] and not space.routes.fitting(SEQUENCE, SEQUENCE):
        writes = ", ".join(sorted({choice.block.writes for choice in space.blocks}))
        raise ConfigError(
            "space.blocks",
            f"each step has a label, so the blocks must write sequences; these write {writes}.",
            "Name some of conv1d, gru, step_dense, or use the preset `sequence`.",
        )
