"""LiteRT files, which were called TensorFlow Lite: written, read and run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from attrs import frozen
from numpy.typing import NDArray

from archivolt_export.arithmetic import NETWORK, PREPROCESSING, Arithmetic, arithmetic
from archivolt_export.asking import DYNAMIC, FLOAT, INT8, LITERT
from archivolt_export.errors import ConversionError, ExportError
from archivolt_export.joining import branches, joined
from archivolt_export.layers import flat, is_recurrent
from archivolt_export.libraries import library
from archivolt_export.ports import Exportable, Features, as_given, exportable
from archivolt_export.preprocessing import Parted, parted
from archivolt_export.quiet import silenced

if TYPE_CHECKING:
    import keras

SIGNATURE = "serving_default"
LOOKUPS = ("StringLookup", "TextVectorization", "Hashing", "HashedCrossing")  # read text
LOOPS = ("While", "StatelessWhile")  # operations of TensorFlow
NEEDS = (("ai_edge_litert.interpreter", "ai-edge-litert"),)  # to run files; TensorFlow writes them

Representative = Features | Sequence[NDArray[Any]] | NDArray[Any]
Call = Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]


@frozen(eq=False)
class Converted:
    """A LiteRT file."""

    content: bytes
    arithmetic: tuple[Arithmetic, ...] = ()  # of int8: in which numbers its parts compute


def litert(
    model: keras.Model, representative: Representative | None = None, quantization: str = FLOAT
) -> bytes:
    """Convert a model to a LiteRT file that takes one row at a time.

    A batch of one makes every shape known, without which recurrent layers do not convert.

    Args:
        model: Of Keras.
        representative: Rows by input; only `int8` needs them, to learn how large numbers become.
        quantization: `float`; `dynamic`, weights of 8 bits and arithmetic in float; or `int8`,
            both of 8 bits (Jacob et al., 2018), inputs and outputs apart. Of a model that was
            delivered with its preprocessing this stays in float32 with either, as trained: a
            decibel or a column's own unit does not fit into one scale with the others.

    Raises:
        ConversionError: the converter does not take it.
        ExportError: `int8` without a representative set.
    """
    return converted(model, representative, quantization).content


def converted(
    model: keras.Model, representative: Representative | None, quantization: str
) -> Converted:
    """Convert a model as `litert` does, and tell in which numbers the file computes."""
    given = exportable(model)
    check_numbers(given, LITERT)
    if quantization == FLOAT:
        return Converted(_content(given, None, FLOAT))
    halves = parted(model)
    if quantization == DYNAMIC:
        return Converted(_dynamic(given, halves))
    if representative is None:
        raise ExportError("int8 needs representative rows, and there are none.")
    rows = by_name(given, representative)
    if halves is None:
        content = _content(given, rows, INT8)
        return Converted(content, arithmetic(content, NETWORK))
    front = _content(halves.front, None, FLOAT)
    network = _content(halves.network, halves.prepare(rows), INT8)
    told = (*arithmetic(front, PREPROCESSING), *arithmetic(network, NETWORK))
    return Converted(joined(front, network), told)


def _dynamic(given: Exportable, halves: Parted | None) -> bytes:
    if halves is not None:
        network = _content(halves.network, None, DYNAMIC)
        if not branches(network):
            return joined(_content(halves.front, None, FLOAT), network)
    return _content(given, None, DYNAMIC)


def _content(given: Exportable, rows: Features | None, quantization: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder, silenced():
        try:
            path = str(Path(folder) / "model")
            graph = given.frozen(1)
            if rows is not None:
                _check_straight(given, graph)
            # A frozen graph has no variables whose gradients, as that of SiLU, could be saved.
            plain = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
            tf.saved_model.save(tf.Module(), path, {SIGNATURE: graph}, plain)
            converter = tf.lite.TFLiteConverter.from_saved_model(path, signature_keys=[SIGNATURE])
            if quantization != FLOAT:
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if rows is not None:
                converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
                converter.representative_dataset = lambda: _one_by_one(given, rows)
            return bytes(converter.convert())
        except ConversionError:
            raise
        except Exception as cause:  # of TensorFlow: whatever it does not take, in whatever words
            raise ConversionError(LITERT, reason(cause)) from cause


def int8(model: keras.Model, representative: Representative) -> bytes:
    """Convert a model to a LiteRT file with weights and arithmetic of 8 bits.

    Args:
        model: Of Keras.
        representative: Rows that it will see the like of, `(rows, …)`: a mapping by input name, a
            sequence of arrays in the order of `model.inputs`, or the array of the only input.

    Raises:
        ConversionError: the converter does not take it.
    """
    return litert(model, representative, INT8)


def run_litert(content: bytes) -> Call:
    """Return what calls a LiteRT file: arrays of one row by port in, and out.

    Raises:
        MissingLibraryError: the interpreter is not installed.
        ConversionError: it cannot run the file.
    """
    interpreter = library(*NEEDS[0], LITERT)
    try:
        with silenced():
            loaded = interpreter.Interpreter(model_content=content, num_threads=1)
            loaded.allocate_tensors()
            runner = loaded.get_signature_runner(SIGNATURE)
    except (ValueError, RuntimeError) as cause:
        raise ConversionError(LITERT, reason(cause)) from cause
    needed = set(runner.get_input_details())

    def call(row: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        # What no output depends on, the converter leaves out.
        return dict(runner(**{port: value for port, value in row.items() if port in needed}))

    return call


def row_by_row(given: Exportable, call: Call, features: Features) -> NDArray[Any]:
    """Call what takes one row at a time for each of them; `(rows, outputs)`."""
    feed = given.feed(features)
    rows = len(next(iter(feed.values())))
    found = [
        given.beside(call({port: values[row : row + 1] for port, values in feed.items()}))
        for row in range(rows)
    ]
    return np.concatenate(found)


def check_numbers(given: Exportable, format: str) -> None:
    """Check that a model reads numbers alone: neither LiteRT nor ONNX has Keras' lookups of text.

    Raises:
        ConversionError: it reads text.
    """
    if given.text:
        names = ", ".join(given.text[:3]) + (", …" if len(given.text) > 3 else "")
        kinds = {
            type(each).__name__: each.name
            for each in reversed(given.model.layers)
            if type(each).__name__ in LOOKUPS
        }
        layers = tuple(f"{name} ({kind})" for kind, name in kinds.items())
        raise ConversionError(format, f"it reads text ({names})", layers)


def _check_straight(given: Exportable, graph: Any) -> None:
    """Check that no loop is in a graph: TensorFlow's calibration of 8 bits dies of one."""
    definition = graph.graph.as_graph_def()
    nodes = chain(definition.node, *(each.node_def for each in definition.library.function))
    if any(node.op in LOOPS for node in nodes):
        looping = {
            type(each).__name__: each.name for each in flat(given.model) if is_recurrent(each)
        }
        layers = tuple(f"{name} ({kind})" for kind, name in looping.items())
        why = "numbers inside loops over time cannot be calibrated for 8 bits"
        hint = "As float or dynamic it converts: leave out --int8, or take --dynamic."
        raise ConversionError(LITERT, why, layers, hint)


def reason(cause: Exception) -> str:
    """Return the first line of an error that says something, without its place in TensorFlow."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    told = next((line for line in lines if "error:" in line), lines[0] if lines else "")
    text = told.rpartition("): ")[2] or told
    return (text.strip().rstrip(".") or type(cause).__name__)[:300]


def by_name(given: Exportable, representative: Representative) -> Features:
    """Return representative rows by input name."""
    if isinstance(representative, Mapping):
        return representative
    arrays = [representative] if isinstance(representative, np.ndarray) else representative
    names = (each.name for each in given.inputs)
    return dict(zip(names, map(np.asarray, arrays), strict=True))


def _one_by_one(given: Exportable, rows: Features) -> Iterator[tuple[str, dict[str, Any]]]:
    arrays = {each.port: as_given(rows[each.name], each.dtype) for each in given.inputs}
    for row in range(len(next(iter(arrays.values())))):
        yield SIGNATURE, {port: values[row : row + 1] for port, values in arrays.items()}
