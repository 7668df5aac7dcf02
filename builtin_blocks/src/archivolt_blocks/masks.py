"""Masks of sequences in a graph: which steps are real, for layers that Keras hands no mask.

A mask goes from layer to layer beside the tensor, as its attribute `_keras_mask`, `(batch, time)`.
Convolutions drop it; here it is read before them and put back behind them. Everything is made of
Keras' own layers and operations, so that a saved model needs nothing else.
"""

from __future__ import annotations

from typing import Any

from keras import layers, ops

Tensor = Any

# Put where a step is none, for `Masking` to find: no activation comes to it in every feature. A
# power of two, which all float types hold exactly, within the reach of float16.
ABSENT = -(2.0**15)


def mask_of(x: Tensor) -> Tensor | None:
    """Return the mask of a sequence, `(batch, time)`, true for real steps; None without one."""
    return getattr(x, "_keras_mask", None)


def without_padding(x: Tensor) -> Tensor:
    """Put zeros into padded steps, so that a window over real steps sees nothing of them."""
    mask = mask_of(x)
    return x if mask is None else fill(x, mask, 0.0)


def with_mask_of(x: Tensor, y: Tensor) -> Tensor:
    """Give `y` the mask of `x`, `(batch, time, …)` both; its padded steps become zeros."""
    mask = mask_of(x)
    return y if mask is None else layers.Masking(ABSENT)(fill(y, mask, ABSENT))


def average(x: Tensor, mask: Tensor) -> Tensor:
    """Average real steps; zeros where there is none."""
    count = ops.sum(ops.cast(mask, x.dtype), axis=1, keepdims=True)
    return ops.sum(fill(x, mask, 0.0), axis=1) / ops.maximum(count, 1.0)


def maximum(x: Tensor, mask: Tensor) -> Tensor:
    """Take the maximum over real steps; zeros where there is none."""
    found = ops.max(fill(x, mask, ABSENT), axis=1)
    return ops.where(ops.any(mask, axis=1, keepdims=True), found, 0.0)


def last(x: Tensor, mask: Tensor) -> Tensor:
    """Take the last real step; zeros where there is none."""
    # Counted from the end, the first real step is the only one that is both real and number 1.
    back = ops.flip(ops.cumsum(ops.flip(ops.cast(mask, "int32"), axis=1), axis=1), axis=1)
    return ops.sum(fill(x, ops.logical_and(mask, ops.equal(back, 1)), 0.0), axis=1)


def fill(x: Tensor, mask: Tensor, value: float) -> Tensor:
    """Put `value` into the steps where `mask` is false."""
    return ops.where(ops.expand_dims(mask, axis=-1), x, value)
