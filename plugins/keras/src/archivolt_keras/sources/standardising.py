"""Standardisation of arrays: statistics in chunks, and the Keras layers that apply them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.components.source import FrontEnd, Input
from archivolt.values.features import IMAGE, VECTOR
from archivolt_keras.sources.checks import CHUNK
from archivolt_keras.sources.shapes import features_of

BYTE = 255.0


def standardise(given: Input, kind: str, training: NDArray[Any]) -> FrontEnd:
    """Build the layers that give each feature, or each channel, mean 0 and variance 1.

    Args:
        given: The raw input.
        kind: Of the features.
        training: The training rows, `(rows, …)`; may lie on disk.
    """
    from keras import Input as KerasInput
    from keras import Model, layers

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
    mean, variance = statistics(training, features.channels, scale)
    x = layers.Normalization(mean=mean.tolist(), variance=variance.tolist(), name="normalization")(
        x
    )
    return FrontEnd(Model({given.name: raw}, {"features": x}, name="front_end"), features)


def statistics(
    x: NDArray[Any], channels: int, scale: float = 1.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance over everything but the last `channels` numbers, in one pass.

    Chunks are merged by the update of Chan, Golub and LeVeque (1983), which loses no digits to a
    mean far from 0. A feature that never changes gets the variance 1: dividing by nearly nothing
    would blow up the first new example that differs.
    """
    count, mean, squares = 0, np.zeros(channels), np.zeros(channels)
    rows = max(1, CHUNK * len(x) // max(1, x.size))
    for start in range(0, len(x), rows):
        chunk = np.asarray(x[start : start + rows], np.float64).reshape(-1, channels) * scale
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
