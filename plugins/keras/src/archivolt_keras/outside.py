"""Keras models that are there already, as teachers: from feature parts to logits.

One that was made elsewhere reads prepared features itself. In one that Archivolt delivered the
network does, behind the preprocessing of its own run, which has to be that of this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archivolt.components.source import FrontEnd
from archivolt.errors import DataError
from archivolt.values.logits import logits_of
from archivolt.values.problem import BINARY, MULTICLASS, REGRESSION, Problem, Task
from archivolt_keras.about import ABOUT, read_about
from archivolt_keras.all_rows import DIVIDED
from archivolt_keras.deliver import PREDICTION
from archivolt_keras.model_files import load_model
from archivolt_keras.network import NETWORK
from archivolt_keras.training.predict import predict

if TYPE_CHECKING:
    from archivolt.values.features import Features
    from archivolt_keras.labels import LabelEncoding

Parts = Mapping[str, NDArray[Any]]
NEAR = 1e-2  # how far from 1 probabilities in half precision may add up


def outside_model(
    path: Path, gives_logits: bool, problem: Problem, encoding: LabelEncoding
) -> Callable[[Parts], NDArray[Any]]:
    """Load a model that reads what the networks of a search read.

    Args:
        path: A `.keras` file, or the folder of a delivered model.
        gives_logits: Whether it gives logits and not probabilities; of no meaning for regression,
            where it gives values in the targets' units, and for a delivered model.
        problem: What it is to fit.
        encoding: Of the labels.

    Returns:
        From feature parts of rows to logits `(rows, outputs)`.

    Raises:
        DataError: it cannot be read, or reads or gives something else.
    """
    folder = _delivered_folder(path)
    if folder is not None:
        return _delivered(folder, problem)
    model = _load(path)
    if _is_delivered(model):
        raise DataError(
            f"the teacher is a delivered model, and its {ABOUT} is not beside it.",
            str(path),
            "It tells on which rows it was trained. Name the whole folder that was delivered.",
        )
    if problem.task.parts:
        raise DataError(
            "a teacher from outside teaches one task, and this problem has "
            f"{len(problem.task.parts)}: {', '.join(problem.task.targets)}.",
            str(path),
            "Trials and ensembles of the search may teach: `teacher: best` or `ensemble`.",
        )
    _check_inputs(model, problem, path)
    _check_outputs(model, problem, path)

    def say(parts: Parts) -> NDArray[Any]:
        found = predict(model, parts)
        if problem.task.kind == REGRESSION:
            return np.asarray((found - np.asarray(encoding.mean)) / np.asarray(encoding.scale))
        if gives_logits:
            return found
        _check_probabilities(found, problem.task, path)
        return logits_of(problem.task, found)

    return say


def _load(path: Path) -> Any:
    try:
        return load_model(path)
    except DataError:
        raise
    except Exception as cause:  # whatever layers of others raise
        raise DataError(f"the teacher cannot be loaded: {cause}", str(path)) from cause


def _delivered_folder(path: Path) -> Path | None:
    """Return the folder in which a model was delivered; None where it was made elsewhere."""
    if path.is_dir():
        return path
    try:
        about = read_about(path.parent)
    except (OSError, ValueError):
        return None
    return path.parent if about.get("file") == path.name else None


def _delivered(folder: Path, problem: Problem) -> Callable[[Parts], NDArray[Any]]:
    """Take the network of a delivered model, which gives logits.

    Raises:
        DataError: it is of another task, or was prepared on other rows: what its network reads
            would mean something else here, and it may have learned from rows that judge.
    """
    if not (folder / ABOUT).exists():
        raise DataError(f"there is no {ABOUT}; a delivered model has one.", str(folder))
    about = _read_about(folder)
    task = problem.task
    theirs = (about.get("task"), tuple(about.get("classes") or ()), about.get("outputs"))
    if theirs != (task.kind, task.classes, task.outputs):
        raise DataError(
            f"the teacher solves another task: {_describe(*theirs)}, not "
            f"{_describe(task.kind, task.classes, task.outputs)}.",
            str(folder),
            "A teacher is of the same classes, in the same order.",
        )
    # On all rows the preprocessing is that of the rows as they were divided.
    if about.get("digest") not in (problem.digest, problem.details.get(DIVIDED)):
        raise DataError(
            "the teacher was delivered by a run on other rows, or with other splits or "
            "preprocessing.",
            str(folder),
            "It has to be of a run on the same prepared rows, as `archivolt distill` makes them.",
        )
    model = _load(folder / about["file"])
    network = model.get_layer(NETWORK)
    return lambda parts: predict(network, parts)


def _read_about(folder: Path) -> dict[str, Any]:
    try:
        return read_about(folder)
    except (OSError, ValueError) as cause:
        raise DataError(f"the file is damaged: {cause}.", str(folder / ABOUT)) from cause


def _is_delivered(model: Any) -> bool:
    return {NETWORK, PREDICTION} <= {each.name for each in model.layers}


def _describe(kind: str | None, classes: tuple[str, ...], outputs: int | None) -> str:
    named = ", ".join(classes[:10])
    return f"{kind} of {named}" if classes else f"{kind} with {outputs} outputs"


def _check_outputs(model: Any, problem: Problem, path: Path) -> None:
    shape = getattr(model, "output_shape", None)
    if isinstance(shape, tuple) and _fit(shape[1:], problem.output.shape):
        return
    task = problem.task
    meaning = {
        BINARY: "the probability of the second class",
        MULTICLASS: "one for each class: " + ", ".join(task.classes[:10]),
        REGRESSION: "one for each target",
    }.get(task.kind, "one for each label")
    raise DataError(
        f"the teacher gives outputs of the shape {shape}; this problem has {task.outputs} "
        f"{'for each step ' if task.per_step else ''}({meaning}).",
        str(path),
        "A teacher is of the same classes, in the same order.",
    )


def _check_inputs(model: Any, problem: Problem, path: Path) -> None:
    wanted = _shapes(problem.features)
    given: dict[str, tuple[int | None, ...]] = {}
    if isinstance(model.input, Mapping):
        given = {name: tuple(each.shape[1:]) for name, each in model.input.items()}
    elif len(model.inputs) == 1 and len(wanted) == 1:
        given = {name: tuple(model.inputs[0].shape[1:]) for name in wanted}
    if set(given) == set(wanted) and all(_fit(given[name], wanted[name]) for name in wanted):
        return
    read = ", ".join(f"{each.name} {list(each.shape[1:])}" for each in model.inputs)
    needed = ", ".join(f"{name} {list(shape)}" for name, shape in wanted.items())
    raise DataError(
        f"the teacher reads {read}; the networks of this search read {needed}.",
        str(path),
        "A teacher reads prepared features, as they do: one tensor, or a mapping by these names.",
    )


def _shapes(features: Features) -> dict[str, tuple[int | None, ...]]:
    layout = features.columns
    if layout is None:
        return dict.fromkeys(FrontEnd.part_names(features), features.shape)
    counts = {"numeric": len(layout.numeric), "categories": len(layout.categorical)}
    return {name: (counts[name],) for name in FrontEnd.part_names(features)}


def _fit(given: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(given) == len(wanted) and all(
        one is None or other is None or one == other
        for one, other in zip(given, wanted, strict=True)
    )


def _check_probabilities(found: NDArray[Any], task: Task, path: Path) -> None:
    likely = bool(np.all((found >= 0) & (found <= 1 + NEAR)))
    if likely and task.kind == MULTICLASS:
        likely = bool(np.all(np.abs(found.sum(axis=-1) - 1) < NEAR))
    if not likely:
        raise DataError(
            "the teacher gives no probabilities.",
            str(path),
            "If it gives logits, say so: `gives_logits: true`.",
        )
