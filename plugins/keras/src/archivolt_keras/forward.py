"""The forward pass of a network that is scored again and again, compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf


class Forward:
    """Calls a model at inference through one graph, for any number of examples.

    Tracing costs as much as two eager calls of a small network; a trial makes one every epoch,
    and the next trial on the same structure traces nothing.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._graph: Any = None
        self.input = model.input
        self.layers = model.layers

    def __call__(self, parts: Mapping[str, Any], training: bool = False) -> Any:
        """Return the logits of `parts`, `(examples, …)` each."""
        assert not training
        tensors = {name: tf.convert_to_tensor(part) for name, part in parts.items()}
        if self._graph is None:
            call = tf.function(lambda x: self._model(x, training=False), autograph=False)
            self._graph = call.get_concrete_function(
                {
                    name: tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)
                    for name, tensor in tensors.items()
                }
            )
        return self._graph(tensors)
