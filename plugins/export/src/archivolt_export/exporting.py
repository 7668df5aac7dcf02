"""Exporting a model of a run in one call: write, load again, compare."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, frozen

from archivolt.values.problem import REPORT
from archivolt.values.selection import STANDARD_ERROR
from archivolt_export.asking import FLOAT, INT8
from archivolt_export.blame import refused
from archivolt_export.choosing import BEST, Chosen, choose
from archivolt_export.errors import ConversionError, ExportError
from archivolt_export.formats import AT_ONCE, Format, alternatives, find_format
from archivolt_export.latency import latency
from archivolt_export.libraries import library
from archivolt_export.litert import Call
from archivolt_export.ports import Exportable, Port, exportable
from archivolt_export.preprocessing import parted
from archivolt_export.rows import Judges, judges, representative, score
from archivolt_export.saved_model import all_rows
from archivolt_keras.quiet import load_framework

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

    from archivolt.search.run import Run
    from archivolt_export.arithmetic import Arithmetic
    from archivolt_export.ports import Features

REPRESENTATIVE = 200  # training rows from which int8 learns how large numbers become


@frozen
class Side:
    """A model as Keras has it, or as it was exported."""

    bytes: int  # of its file, or of all files of its folder
    latency_ms: float  # of one row, here
    metrics: Mapping[str, float] = field(hash=False)  # {}: no rows judge it


@frozen
class Exported:
    """An export, beside the model that it was made of."""

    path: Path
    format: str
    quantization: str  # float, dynamic, int8
    what: str  # was exported: "the best model"
    preprocessing: bool  # inside
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    metric: str  # of the problem
    before: Side
    after: Side
    split: str  # of the rows on which both were compared
    rows: int
    difference: float  # the largest between two outputs
    representative: int  # training rows that int8 was made with
    arithmetic: tuple[Arithmetic, ...] = ()  # of int8: in which numbers its parts compute
    notes: tuple[str, ...] = ()  # what a person should know, each a sentence


def export(
    run: Run | Path | str,
    format: str,
    target: Path | str,
    *,
    quantization: str = FLOAT,
    model: str = BEST,
    preprocessing: bool = True,
) -> Exported:
    """Export a model of a run, load it again, and compare both on rows that chose nothing.

    Args:
        run: A finished run, or its folder.
        format: `saved_model`, `onnx` or `litert`.
        target: A file, or for `saved_model` a folder, that is not there yet.
        quantization: Of `litert`: `float`, `dynamic` (weights of 8 bits) or `int8` (all of the
            network; preprocessing stays in float32).
        model: `best`, `ensemble`, `student` or `trial N`.
        preprocessing: Put it inside. Otherwise inputs are prepared rows, as `inputs` tells.

    Raises:
        UnknownFormatError: there is no such format.
        ExportError: something is at `target` already, or the format is not written so.
        MissingLibraryError: what the format needs is not installed.
        ConversionError: the format cannot hold the model; which layers, and what can.
        RunError: the run has no such model, or its data are gone.
    """
    import archivolt

    wanted = find_format(format, quantization)
    path = Path(target)
    check_free(path)
    load_framework()
    for module, distribution in wanted.needs:
        library(module, distribution, format)
    opened = archivolt.open(run) if isinstance(run, (str, Path)) else run
    chosen = choose(opened, model)
    network, size = (chosen.model, chosen.bytes) if preprocessing else chosen.behind_front_end()
    given = exportable(network)
    rows, known = judges(chosen.run, preprocessing), None
    if quantization == INT8:
        known = representative(chosen.run, preprocessing, REPRESENTATIVE)
    with fresh_place(path) as fresh:
        try:
            told = wanted.write(given, fresh, known, quantization)
            call = wanted.open(fresh)
            found = wanted.all(given, call, rows.features)
        except ConversionError as cause:
            raise _explained(cause, wanted, network, quantization) from cause
        before, after, difference = _compared(given, call, found, rows, chosen, size, fresh)
    metric = chosen.run.problem.metric.name
    return Exported(
        path=path,
        format=format,
        quantization=quantization,
        what=chosen.what,
        preprocessing=preprocessing,
        inputs=given.inputs,
        outputs=given.outputs,
        metric=metric,
        before=before,
        after=after,
        split=rows.split,
        rows=rows.rows,
        difference=difference,
        representative=0 if known is None else len(next(iter(known.values()))),
        arithmetic=told,
        notes=tuple(_notes(before, after, metric, quantization)),
    )


def check_free(target: Path) -> None:
    """Check that an export may be written there.

    Raises:
        ExportError: something is there, or the folder for it is not, or is read only.
    """
    if target.exists():
        raise ExportError(f"{target} is there already.", "Remove it, or name another output.")
    if not target.absolute().parent.is_dir():
        raise ExportError(f"{target.absolute().parent} is no folder.", "Make it first.")
    if not os.access(target.absolute().parent, os.W_OK):
        raise ExportError(f"nothing can be written to {target.absolute().parent}.", "Name another.")


@contextmanager
def fresh_place(target: Path) -> Iterator[Path]:
    """Give a place beside the target; what is written there is moved, whole, at the end."""
    fresh = target.absolute().with_name(f".{target.name}.new")
    _remove(fresh)
    try:
        yield fresh
        os.replace(fresh, target)
    finally:
        _remove(fresh)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _explained(
    cause: ConversionError, wanted: Format, network: keras.Model, quantization: str
) -> ConversionError:
    def convert(alone: keras.Model, quantization: str) -> None:
        given = exportable(alone)
        rows = _ones(given) if quantization == INT8 else None
        with tempfile.TemporaryDirectory() as folder:
            wanted.write(given, Path(folder) / "alone", rows, quantization)

    layers = cause.layers
    if not layers:
        halves = parted(network) if quantization == INT8 else None
        asked = [(network, quantization)]
        if halves is not None:
            asked = [(halves.front.model, FLOAT), (halves.network.model, INT8)]
        tried = (refused(model, partial(convert, quantization=kept)) for model, kept in asked)
        layers = tuple(chain.from_iterable(tried))
    named = evolve(cause, layers=layers)
    return evolve(named, hint=f"{cause.hint} {alternatives(wanted, named)}".strip())


def _ones(given: Exportable) -> Features:
    return {
        each.name: np.ones((1, *(length or 1 for length in each.shape)), each.dtype)
        for each in given.inputs
        if each.dtype != "string"
    }


def _compared(
    given: Exportable,
    call: Call,
    found: NDArray[Any],
    rows: Judges,
    chosen: Chosen,
    size: int,
    path: Path,
) -> tuple[Side, Side, float]:
    """Return the model, its export, and the largest difference between what they gave."""
    graph, one = given.function(None), given.function(1)
    said = all_rows(given, partial(_called, graph), rows.features, AT_ONCE)
    row = given.feed({name: np.asarray(values[:1]) for name, values in rows.features.items()})

    def scores(outputs: NDArray[Any]) -> Mapping[str, float]:
        if rows.split != REPORT:
            return {}
        return score(chosen.run.problem, rows.split, outputs)

    return (
        Side(size, latency(partial(_called, one), row), scores(said)),
        Side(_bytes(path), latency(call, row), scores(found)),
        float(np.abs(said - found).max()),
    )


def _called(graph: Any, rows: Mapping[str, Any]) -> Mapping[str, Any]:
    import tensorflow as tf

    found = graph(**{port: tf.constant(values) for port, values in rows.items()})
    return {port: each.numpy() for port, each in found.items()}


def _bytes(path: Path) -> int:
    if not path.is_dir():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def _notes(before: Side, after: Side, metric: str, quantization: str) -> Iterator[str]:
    if not before.metrics:
        yield (
            "The run holds no rows back, so nothing judges the export; outputs were compared on "
            "the validation rows."
        )
        return
    changed = abs(before.metrics[metric] - after.metrics[metric])
    if quantization == INT8 and changed > before.metrics.get(STANDARD_ERROR, 0.01):
        yield (
            "int8 changes the score by more than its standard error. Try --dynamic beside it: its "
            "arithmetic stays in float."
        )
