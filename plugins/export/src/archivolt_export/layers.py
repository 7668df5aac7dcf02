"""The layers of a model, those of the models inside it among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras


def flat(model: Any) -> Iterator[Any]:
    """Yield the layers that compute, in their order; a model inside gives its own."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if isinstance(layer, keras.Model):
            yield from flat(layer)
        else:
            yield layer


def is_recurrent(layer: Any) -> bool:
    """Tell whether a layer loops over time, or wraps one that does."""
    inner = getattr(layer, "layer", None) or getattr(layer, "forward_layer", None)
    return isinstance(layer, keras.layers.RNN) or (inner is not None and is_recurrent(inner))
