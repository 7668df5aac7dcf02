"""Predictions of a model that is being searched, eagerly: a trial traces nothing for them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

_NUMBERS = 1 << 24  # intermediate numbers held at once: 64 MiB in float32


def predict(
    model: keras.Model, parts: Mapping[str, Any], batch_limit: int | None = None
) -> NDArray[np.float32]:
    """Return the logits of all examples, `(examples, outputs)`.

    Args:
        model: Takes one tensor, or a mapping of feature parts by name.
        parts: By name, `(examples, …)` each; tensors or arrays.
        batch_limit: Examples at once; by default as many as a model of its size holds well.
    """
    examples = len(next(iter(parts.values())))
    limit = batch_limit or default_limit(model)
    single = len(parts) == 1 and not isinstance(getattr(model, "input", None), Mapping)
    found = []
    for start in range(0, max(examples, 1), limit):
        piece: Any = parts
        if examples > limit:
            piece = {name: part[start : start + limit] for name, part in parts.items()}
        x = next(iter(piece.values())) if single else piece
        found.append(np.asarray(model(x, training=False), np.float32))
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
