"""ONNX files: written, read and run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from archivolt_export.asking import ONNX
from archivolt_export.errors import ConversionError
from archivolt_export.libraries import library
from archivolt_export.litert import Call, check_numbers, reason
from archivolt_export.ports import Exportable
from archivolt_export.quiet import silenced

NEEDS = tuple((name, name) for name in ("onnx", "tf2onnx", "onnxruntime"))
OPSET = 17  # of 2022: whatever runs ONNX today knows it


def write_onnx(given: Exportable, target: Path) -> None:
    """Write a model as an ONNX file for any number of rows.

    Raises:
        MissingLibraryError: tf2onnx is not installed.
        ConversionError: it does not take the model.
    """
    converter = library("tf2onnx", "tf2onnx", ONNX)
    library("onnx", "onnx", ONNX)
    check_numbers(given, ONNX)
    try:
        with silenced(), _silent("tf2onnx"):
            graph = given.frozen(None)

            def call(*tensors: Any) -> Any:
                return graph(**dict(zip(ports, tensors, strict=True)))

            ports = [each.port for each in given.inputs]
            specs = [
                tf.TensorSpec((None, *each.shape), each.dtype, each.port) for each in given.inputs
            ]
            converter.convert.from_function(
                tf.function(call, autograph=False),
                input_signature=specs,
                opset=OPSET,
                output_path=str(target),
                custom_op_handlers={"Erfc": (_complement_of_erf, [])},
            )
    except OSError:  # a full disk is no fault of the model
        raise
    except Exception as cause:
        raise ConversionError(ONNX, reason(cause)) from cause


def run_onnx(path: Path) -> Call:
    """Return what calls an ONNX file: arrays by port in, and out.

    Raises:
        MissingLibraryError: onnxruntime is not installed.
        ConversionError: it cannot run the file.
    """
    runtime = library("onnxruntime", "onnxruntime", ONNX)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    try:
        session = runtime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    except Exception as cause:
        raise ConversionError(ONNX, reason(cause)) from cause
    names = [each.name for each in session.get_outputs()]
    needed = {each.name for each in session.get_inputs()}

    def call(rows: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        found = session.run(names, {port: row for port, row in rows.items() if port in needed})
        return dict(zip(names, found, strict=True))

    return call


def _complement_of_erf(graph: Any, node: Any, name: str, _: Any) -> Any:
    """Write `erfc`, which Keras' GELU is made of and ONNX has not, as `1 - erf`."""
    node.type, node.domain = "Erf", ""
    one = graph.make_const(f"{name}/one", np.ones((), np.float32))
    negative = graph.insert_new_node_on_output("Neg", node.output[0], name=f"{name}/negative")
    given = [one.output[0], negative.output[0]]
    graph.insert_new_node_on_output("Add", negative.output[0], name=f"{name}/rest", inputs=given)
    return node


@contextmanager
def _silent(name: str) -> Iterator[None]:
    log = logging.getLogger(name)
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
