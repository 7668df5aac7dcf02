"""Which layers of a model a converter does not take: each is tried by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from archivolt_export.errors import ConversionError
from archivolt_export.layers import flat
from archivolt_export.quiet import silenced


def refused(model: keras.Model, convert: Callable[[keras.Model], object]) -> tuple[str, ...]:
    """Name the layers that do not convert alone, one of each kind: `lookup_0 (StringLookup)`.

    A model may be refused whose layers are all taken; then none is named.

    Args:
        model: That was refused as a whole.
        convert: Raises `ConversionError` where it is given what it does not take.
    """
    found: dict[str, str] = {}
    tried: set[str] = set()
    for layer in flat(model):
        kind = type(layer).__name__
        if kind in tried:
            continue
        alone = _alone(layer)
        if alone is None:
            continue
        tried.add(kind)
        try:
            convert(alone)
        except ConversionError:
            found[kind] = layer.name
    return tuple(f"{name} ({kind})" for kind, name in found.items())


def _alone(layer: Any) -> keras.Model | None:
    """Return a model of one layer, on inputs as it has them; None where they are not known."""
    with silenced():  # Keras warns of the inputs that it is not used to
        return _rebuilt(layer)


def _rebuilt(layer: Any) -> keras.Model | None:
    try:
        given = layer.input
        inputs = keras.tree.map_structure(
            lambda tensor: keras.Input(tensor.shape[1:], dtype=tensor.dtype), given
        )
        output = layer(inputs)
        flat = keras.tree.flatten(inputs)
        named = {f"input_{place}": each for place, each in enumerate(flat)}
        first = keras.tree.flatten(output)[0]
        return keras.Model(named, first)
    except (AttributeError, ValueError, TypeError):
        return None
