"""Standardisation of arrays: statistics in chunks, and the Keras layers that apply them."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from archivolt.components.source import FrontEnd, Input
from archivolt.values.features import IMAGE, VECTOR
from archivolt_keras.sources.checks import CHUNK
from archivolt_keras.sources.padding import real_steps
from archivolt_keras.sources.shapes import features_of

BYTE = 255.0
NEXT_TO_ZERO = 1e-6  # standard deviations; no float type rounds it to 0


def standardise(given: Input, kind: str, training: NDArray[Any]) -> FrontEnd:
    """Build the layers that give each feature, or each channel, mean 0 and variance 1.

    Args:
        given: The raw input.
        kind: Of the features.
        training: The training rows, `(rows, …)`; may lie on disk.
    """
    from keras import Input as KerasInput
    from keras import Model, layers, ops

    shape = tuple(int(each or 1) for each in given.shape)
    features = features_of(kind, shape)
    raw = KerasInput(shape, dtype=given.dtype, name=given.name)
    x = raw
    scale = 1.0
    if given.dtype == "uint8":
        scale = 1 / BYTE
        x = layers.Rescaling(scale, name="rescaling")(x)
    if kind == VECTOR and len(shape) > 1:
        x = layers.Flatten(name="flatten")(x)
    elif kind == IMAGE and len(shape) == 2:
        x = layers.Reshape((*shape, 1), name="channel")(x)
    mean, variance = statistics(training, features.channels, scale, given.padding)
    x = layers.Normalization(mean=mean.tolist(), variance=variance.tolist(), name="normalization")(
        x
    )
    if given.padding is not None:
        # The network takes a step of zeros for padding, so no real one may be: what is 0 by
        # chance is moved by far less than it would be by rounding the raw number.
        real = ops.any(ops.not_equal(raw, given.padding), axis=-1, keepdims=True)
        x = ops.where(real, ops.where(ops.equal(x, 0.0), NEXT_TO_ZERO, x), 0.0)
        features = evolve(features, padded=True)
    return FrontEnd(Model({given.name: raw}, {"features": x}, name="front_end"), features)


def statistics(
    x: NDArray[Any], channels: int, scale: float = 1.0, padding: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance over everything but the last `channels` numbers, in one pass.

    Chunks are merged by the update of Chan, Golub and LeVeque (1983), which loses no digits to a
    mean far from 0. Steps that hold `padding` alone are left out. A feature that never changes gets
    the variance 1: dividing by nearly nothing would blow up the first new example that differs.
    """
    count, mean, squares = 0, np.zeros(channels), np.zeros(channels)
    rows = max(1, CHUNK * len(x) // max(1, x.size))
    for start in range(0, len(x), rows):
        part = np.asarray(x[start : start + rows])
        if padding is not None:
            part = part[real_steps(part, padding)]
        chunk = part.reshape(-1, channels).astype(np.float64) * scale
        here = chunk.mean(axis=0)
        step = here - mean
        total = count + len(chunk)
        squares += ((chunk - here) ** 2).sum(axis=0) + step**2 * (count * len(chunk) / total)
        mean += step * (len(chunk) / total)
        count = total
    variance = squares / max(1, count)
    # Below the rounding of float32 a difference is no difference.
    variance[variance <= (2e-7 * np.maximum(1e-6, np.abs(mean))) ** 2] = 1.0
    return mean, variance
