"""A network in 8-bit integers, as microcontrollers and phones run it, beside itself in float32."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from archivolt.testing.other_process import OtherProcessError, ask

Array = NDArray[Any]


@define
class CannotConvert(Exception):  # noqa: N818  an outcome of a test, no fault of a caller
    """A network that the converter does not take."""

    cause: str

    def __str__(self) -> str:
        return self.cause


def int8_error(model: Any, inputs: Sequence[Array], folder: Path) -> float:
    """Convert weights and activations to int8, and compare with the network as it is.

    The converter works in another process: on some networks it ends the one that it works in.

    Args:
        model: A functional Keras model of plain Keras layers.
        inputs: One array for each of its inputs, `(rows, …)`: calibration and comparison rows.
        folder: Where the model and the rows are put for the other process.

    Returns:
        The root mean square error of its outputs, in their standard deviations.

    Raises:
        CannotConvert: an operation of it has no int8 form.
    """
    saved, rows = folder / "int8.keras", folder / "int8.npz"
    model.save(saved)
    np.savez(rows, *inputs)
    try:
        error: float = ask(
            "archivolt.testing.int8:error_of_saved", model=str(saved), rows=str(rows)
        )
    except OtherProcessError as cause:
        raise CannotConvert(_shortened(str(cause))) from cause
    return error


def error_of_saved(model: str, rows: str) -> float:
    """Do what `int8_error` does with files, in the other process."""
    import keras
    import tensorflow as tf

    network = keras.saving.load_model(model)
    with np.load(rows) as stored:
        inputs = [stored[f"arr_{place}"] for place in range(len(stored.files))]
    each_row = [[each[row : row + 1] for each in inputs] for row in range(len(inputs[0]))]
    kernels = tf.lite.experimental.OpResolverType
    wanted = np.concatenate([np.asarray(network(row, training=False)) for row in each_row])
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # that the interpreter will move to another package
        interpreter = tf.lite.Interpreter(
            model_content=_converted(tf, network, each_row),
            # By LiteRT's own kernels: those of XNNPACK, its default on a CPU, are wrong for a
            # convolution of 1 x 7 pixels with a stride of 2 (TensorFlow 2.21).
            experimental_op_resolver_type=kernels.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        interpreter.allocate_tensors()
    found = np.concatenate([_run(interpreter, row) for row in each_row])
    spread = float(wanted.std()) or 1.0
    return float(np.sqrt(np.mean((found.reshape(wanted.shape) - wanted) ** 2))) / spread


def _converted(tf: Any, model: Any, rows: Sequence[Sequence[Array]]) -> bytes:
    specs = [
        tf.TensorSpec(each.shape, each.dtype, name=f"x{place}")
        for place, each in enumerate(rows[0])
    ]

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def forward(*given: Any) -> Any:
        return model(list(given), training=False)

    def representative() -> Iterator[list[Array]]:
        yield from ([*row] for row in rows)

    concrete = forward.get_concrete_function(*specs)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], model)
    # Weights become constants; as variables of a saved model they could not be calibrated.
    converter.experimental_lower_to_saved_model = False
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    content: bytes = converter.convert()
    return content


def _run(interpreter: Any, row: Sequence[Array]) -> Array:
    details = sorted(interpreter.get_input_details(), key=lambda each: _place(each["name"]))
    for detail, value in zip(details, row, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    output: Array = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return output


def _place(name: str) -> int:
    return int("".join(each for each in name.partition(":")[0] if each.isdigit()) or 0)


def _shortened(text: str) -> str:
    """Return the line that names the operations, or the first one."""
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    named = [each for each in lines if "op" in each.lower() and ("tf." in each or "tfl." in each)]
    return (named or lines)[0].rpartition("error: ")[2][:300]
