"""Several inputs joined into the features that the first block reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from archivolt.components.source import FrontEnd, Input
from archivolt.errors import DataError
from archivolt.values.features import SEQUENCE, VECTOR, Features, vector


def joined(parts: Sequence[Features]) -> Features:
    """Return the features that inputs make together.

    Vectors stand one behind the other; beside sequences of equal length, or pictures of equal size,
    they are repeated at each step or pixel.

    Raises:
        DataError: sequences or pictures do not fit each other.
    """
    plates = [part for part in parts if part.kind != VECTOR]
    if not plates:
        return vector(sum(part.size for part in parts))
    first = plates[0]
    for other in plates[1:]:
        if (other.kind, other.shape[:-1]) != (first.kind, first.shape[:-1]):
            raise DataError(
                f"the inputs are {first.kind} {list(first.shape)} and {other.kind} "
                f"{list(other.shape)}, which cannot be joined.",
                "x",
                "Sequences need as many steps as each other, pictures the same height and width; "
                "numbers beside them are repeated at each step or pixel.",
            )
    channels = sum(part.channels for part in parts)
    padded = any(part.padded for part in plates)
    return evolve(first, shape=(*first.shape[:-1], channels), padded=padded)


def join(inputs: Sequence[Input], fronts: Sequence[FrontEnd]) -> FrontEnd:
    """Put the preprocessing of several inputs side by side, as one model of plain Keras layers."""
    from keras import Input as KerasInput
    from keras import Model, layers, ops

    features = joined([front.features for front in fronts])
    raw: dict[str, Any] = {}
    tensors = []
    for number, (given, front) in enumerate(zip(inputs, fronts, strict=True)):
        raw[given.name] = KerasInput(given.shape, dtype=given.dtype, name=given.name)
        front.model.name = f"front_end_{number}"
        x = front.model({given.name: raw[given.name]})["features"]
        tensors.append((front.features, x))
    spread = [
        x if part.kind == features.kind else _repeat(x, part, features) for part, x in tensors
    ]
    y = layers.Concatenate(name="joined")(spread)
    if features.padded:
        # The network takes a step of zeros for padding: what was repeated must be 0 there, too.
        steps = [x for part, x in tensors if part.kind == SEQUENCE]
        beside = layers.Concatenate(name="steps")(steps) if len(steps) > 1 else steps[0]
        real = ops.any(ops.not_equal(beside, 0.0), axis=-1, keepdims=True)
        y = ops.where(real, y, 0.0)
    return FrontEnd(Model(raw, {"features": y}, name="front_end"), features)


def _repeat(x: Any, part: Features, features: Features) -> Any:
    from keras import layers

    places = 1
    for length in features.shape[:-1]:
        places *= length or 1
    x = layers.RepeatVector(places)(x)
    return layers.Reshape((*features.shape[:-1], part.size))(x)
