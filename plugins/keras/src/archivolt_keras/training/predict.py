"""Predictions of a model that is being searched, eagerly: a trial traces nothing for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any
from weakref import WeakKeyDictionary, ref

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_NUMBERS = 1 << 24  # intermediate numbers held at once: 64 MiB in float32
# Graphs of the models that step through time, gone with their models.
_graphs: WeakKeyDictionary[keras.Model, Callable[..., Any]] = WeakKeyDictionary()


def predict(
    model: keras.Model, parts: Mapping[str, Any], batch_limit: int | None = None
) -> NDArray[np.float32]:
    """Return the logits of all examples, `(examples, outputs)`.

    A recurrent network has a graph, made once: eagerly, each of its steps would be as many calls
    as its cells have operations.

    Args:
        model: Takes one tensor, or a mapping of feature parts by name.
        parts: By name, `(examples, …)` each; tensors or arrays.
        batch_limit: Examples at once; by default as many as a model of its size holds well.
    """
    examples = len(next(iter(parts.values())))
    limit = batch_limit or default_limit(model)
    single = len(parts) == 1 and not isinstance(getattr(model, "input", None), Mapping)
    forward = _graph(model) if _is_recurrent(model) else _call(model)
    found = []
    for start in range(0, max(examples, 1), limit):
        piece: Any = parts
        if examples > limit:
            piece = {name: part[start : start + limit] for name, part in parts.items()}
        x = next(iter(piece.values())) if single else dict(piece)
        found.append(np.asarray(forward(x), np.float32))
    return found[0] if len(found) == 1 else np.concatenate(found)


def default_limit(model: keras.Model) -> int:
    """Return how many examples go through a model at once: its outputs stay until it is through."""
    numbers = 0
    for layer in model.layers:
        try:
            numbers += prod(length or 1 for length in layer.output.shape[1:])
        except (AttributeError, ValueError):
            continue  # a layer with several outputs or calls
    return max(1, _NUMBERS // max(1, numbers))


def _call(model: keras.Model) -> Callable[..., Any]:
    return lambda x: model(x, training=False)


def _graph(model: keras.Model) -> Callable[..., Any]:
    if model not in _graphs:
        held = ref(model)  # a graph that held its model would keep itself alive

        def forward(x: Any) -> Any:
            alive = held()
            assert alive is not None  # whoever traces has the model
            return alive(x, training=False)

        # Any number of examples: the axis is relaxed at the second number seen.
        _graphs[model] = tf.function(forward, autograph=False, reduce_retracing=True)
    return _graphs[model]


def _is_recurrent(layer: Any) -> bool:
    inner = [*getattr(layer, "layers", ()), getattr(layer, "layer", None)]
    inner.append(getattr(layer, "forward_layer", None))  # of a Bidirectional
    return isinstance(layer, keras.layers.RNN) or any(
        _is_recurrent(each) for each in inner if isinstance(each, keras.Layer)
    )
