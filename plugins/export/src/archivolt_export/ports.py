"""The inputs and outputs of a Keras model, as files of other formats can name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from attrs import frozen
from numpy.typing import NDArray

from archivolt_export.freezing import with_constants

OUTPUT = "prediction"  # of a model with a single one

Features = Mapping[str, NDArray[Any]]  # by the model's own names, `(rows, …)` each


@frozen
class Port:
    """One input or output of an exported file."""

    name: str  # as the Keras model has it
    port: str  # in the file: an identifier
    shape: tuple[int | None, ...]  # of one example
    dtype: str


@frozen(eq=False)
class Exportable:
    """A Keras model with named ports; see `exportable`."""

    model: keras.Model
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    @property
    def text(self) -> tuple[str, ...]:
        """Name the inputs that are text."""
        return tuple(each.name for each in self.inputs if each.dtype == "string")

    def function(self, rows: int | None) -> Any:
        """Return the model as one graph: a tensor by port in, a tensor by port out.

        Args:
            rows: At once; None: any number.
        """
        specs = {
            each.port: tf.TensorSpec((rows, *each.shape), each.dtype, each.port)
            for each in self.inputs
        }

        def call(**tensors: Any) -> dict[str, Any]:
            given = {each.name: tensors[each.port] for each in self.inputs}
            found = self.model(self._as_read(given), training=False)
            by_name = found if isinstance(found, Mapping) else {self.outputs[0].name: found}
            return {each.port: tf.identity(by_name[each.name]) for each in self.outputs}

        return tf.function(call, autograph=False).get_concrete_function(**specs)

    def frozen(self, rows: int | None) -> Any:
        """Return the same graph as converters take it: its weights are constants."""
        graph = self.function(rows)
        constant, order = with_constants(graph)
        given = sorted(each.port for each in self.outputs)  # as mappings are flattened

        def call(**tensors: Any) -> dict[str, Any]:
            found = constant(*(tensors[port] for port in order))
            return dict(zip(given, tf.nest.flatten(found), strict=True))

        specs = graph.structured_input_signature[1]
        return tf.function(call, autograph=False).get_concrete_function(**specs)

    def feed(self, features: Features) -> dict[str, Any]:
        """Return features by port, in the types that the model reads."""
        return {each.port: as_given(features[each.name], each.dtype) for each in self.inputs}

    def beside(self, found: Mapping[str, Any]) -> NDArray[Any]:
        """Put outputs by port side by side, `(rows, outputs)`."""
        return np.concatenate([np.asarray(found[each.port]) for each in self.outputs], axis=-1)

    def _as_read(self, given: Mapping[str, Any]) -> Any:
        read = self.model.input
        if isinstance(read, Mapping):
            return dict(given)
        tensors = [given[each.name] for each in self.inputs]
        return tensors if isinstance(read, (list, tuple)) else tensors[0]


def exportable(model: keras.Model) -> Exportable:
    """Name the inputs and outputs of a model by what they are called in it."""
    read, given = model.input, model.output
    inputs = read if isinstance(read, Mapping) else {each.name: each for each in model.inputs}
    outputs = given if isinstance(given, Mapping) else {OUTPUT: given}
    return Exportable(model, _ports(inputs), _ports(outputs))


def as_given(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Return values as the graph reads them: numbers of a type, or text as bytes."""
    array = np.asarray(values)
    if dtype != "string":
        return array.astype(dtype)
    texts = [_text(each) for each in array.reshape(-1)]
    return np.array(texts, dtype=object).reshape(array.shape)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return "" if value is None or value != value else str(value)


def _ports(tensors: Mapping[str, Any]) -> tuple[Port, ...]:
    ports = identifiers(tensors)
    return tuple(
        Port(name, port, tuple(tensor.shape[1:]), tensor.dtype)
        for (name, tensor), port in zip(tensors.items(), ports, strict=True)
    )


def identifiers(names: Iterable[str]) -> tuple[str, ...]:
    """Turn names of columns into distinct identifiers: signatures know nothing else."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = plain if re.match(r"[A-Za-z]", plain) else f"input_{plain.lstrip('_')}"
        place, port = 2, plain
        while port in found:
            port, place = f"{plain}_{place}", place + 1
        found.append(port)
    return tuple(found)
