"""Layers that change spectrograms in training, each example on its own, and nothing at inference.

Their numbers are drawn from a seeded generator of Keras, whose state the trainer sets: a trial that
is repeated draws the same. (`tfio.audio.freq_mask` and `time_mask` make the same masks, of one
spectrogram at a time, and draw from a generator inside the graph that nothing can set back.)
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from archivolt_audio.front_end import DECIBELS_A_UNIT

Tensor = Any

# The mean of the training rows, all but: a step that holds zeros alone would be padding.
MEAN = 1e-6
_TIME, _BINS = 1, 2
_NEPERS = 2.302585  # of a factor of ten


class _RandomChange(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Changes `(batch, time, bins)` or `(batch, time, bins, channels)` in training."""

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(**options)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        if not training:
            return x
        y = ops.reshape(x, (-1, x.shape[1], x.shape[2], x.shape[3] if len(x.shape) == 4 else 1))
        real = ops.any(ops.not_equal(y, 0), axis=(2, 3), keepdims=True)
        return ops.reshape(self.change(y, real), (-1, *x.shape[1:]))

    def change(self, x: Tensor, real: Tensor) -> Tensor:
        """Change `(batch, time, bins, channels)`, and leave padding what it is.

        Args:
            x: The examples.
            real: Which steps are no padding, `(batch, time, 1, 1)`.
        """
        raise NotImplementedError

    def draw(self, x: Tensor, *shape: int) -> Tensor:
        """Draw from 0 to 1, so many numbers for each example, `(batch, *shape)`."""
        return keras.random.uniform((ops.shape(x)[0], *shape), seed=self.seed_generator)


class RandomMask(_RandomChange):
    """Sets bands of neighbouring steps, or bins, to the mean (Park et al., 2019, section 2)."""

    def __init__(self, axis: int, masks: int, share: float, seed: int) -> None:
        super().__init__(seed)
        self.axis, self.masks, self.share = axis, masks, share

    def change(self, x: Tensor, real: Tensor) -> Tensor:
        length = x.shape[self.axis]
        most = max(1, round(self.share * length))
        shape = [-1 if each == self.axis else 1 for each in range(4)]
        places = ops.reshape(ops.arange(length, dtype="float32"), shape)
        for _ in range(self.masks):
            drawn = self.draw(x, 2, 1, 1, 1)
            # From no place to the most of them; then where it begins, within what is left.
            width = ops.floor(drawn[:, 0] * (most + 1))
            first = ops.floor(drawn[:, 1] * (length - width))
            hidden = ops.logical_and(places >= first, places < first + width)
            x = ops.where(ops.logical_and(hidden, real), ops.full_like(x, MEAN), x)
        return x


class RandomNoise(_RandomChange):
    """Adds the power of noise that has the mean spectrum of the training rows."""

    def __init__(self, lowest: float, highest: float, share: float, seed: int) -> None:
        super().__init__(seed)
        self.lowest, self.highest, self.share = lowest, highest, share  # decibels, of examples

    def change(self, x: Tensor, real: Tensor) -> Tensor:
        unit = _NEPERS * DECIBELS_A_UNIT / 10
        power = ops.exp(unit * x)
        steps = ops.cast(real, x.dtype)
        counted = ops.maximum(ops.sum(steps, axis=1, keepdims=True), 1)
        signal = ops.sum(ops.mean(power, axis=(2, 3), keepdims=True) * steps, axis=1, keepdims=True)
        drawn = self.draw(x, 2, 1, 1, 1)
        ratio = self.lowest + drawn[:, 0] * (self.highest - self.lowest)
        noise = signal / counted * ops.exp(-_NEPERS * ratio / 10)
        # What a band of two lines holds of noise varies as the mean of two exponential numbers.
        lines = self.draw(x, *x.shape[1:], 2)
        noise = noise * -0.5 * ops.sum(ops.log(ops.maximum(lines, 1e-7)), axis=-1)
        louder = ops.log(power + noise) / unit
        return ops.where(ops.logical_and(drawn[:, 1] < self.share, real), louder, x)


class RandomTimeShift(_RandomChange):
    """Moves an example to and fro in time; where nothing comes from, it is as quiet as ever."""

    def __init__(self, share: float, seed: int) -> None:
        super().__init__(seed)
        self.share = share  # of the steps, at most

    def change(self, x: Tensor, real: Tensor) -> Tensor:
        length = x.shape[_TIME]
        most = max(1, round(self.share * length))
        moved = ops.floor(self.draw(x, 1, 1, 1) * (2 * most + 1)) - most
        places = ops.reshape(ops.arange(length, dtype="float32"), (1, -1, 1, 1)) - moved
        there = ops.cast(ops.clip(places, 0, length - 1), "int32")
        quiet = ops.min(ops.where(real, x, ops.full_like(x, 1e9)), axis=1, keepdims=True)
        # Nothing is quiet in an example that is padding throughout.
        quiet = ops.where(ops.any(real, axis=1, keepdims=True), quiet, ops.zeros_like(quiet))
        # Behind an example that ends in padding, there is more of it.
        behind = ops.where(real[:, -1:], quiet, ops.zeros_like(quiet))
        y = ops.take_along_axis(x, there, axis=1)
        y = ops.where(places < 0, quiet, y)
        return ops.where(places > length - 1, behind, y)


def time_masks(masks: int, share: float, seed: int) -> RandomMask:
    return RandomMask(_TIME, masks, share, seed)


def frequency_masks(masks: int, share: float, seed: int) -> RandomMask:
    return RandomMask(_BINS, masks, share, seed)
