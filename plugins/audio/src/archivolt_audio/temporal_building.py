"""Building the plans of this pack with plain Keras layers; imported when a block is built."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from archivolt.errors import SpaceError
from archivolt_audio.temporal_maker import Pair, check_plane, check_stride, kept
from archivolt_blocks import masks
from archivolt_blocks.building import Building

Tensor = Any


class TemporalBuilding(Building):
    """Goes through a plan on symbolic tensors."""

    __slots__ = ()

    def convolve(
        self,
        x: Tensor,
        filters: int,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        causal: bool = False,
        bias: bool = True,
    ) -> Tensor:
        check_stride(self.shape(x), kernel, stride, dilation)
        convolution = layers.Conv1D(
            filters,
            kernel,
            strides=stride,
            dilation_rate=dilation,
            padding="causal" if causal else "same",
            use_bias=bias,
        )
        return _with_mask_of(x, convolution(masks.without_padding(x)), stride)

    def filter_each(
        self, x: Tensor, kernel: int, stride: int = 1, dilation: int = 1, causal: bool = False
    ) -> Tensor:
        check_stride(self.shape(x), kernel, stride, dilation)
        past = (kernel - 1) * dilation
        y = masks.without_padding(x)
        if causal and past:
            y = layers.ZeroPadding1D((past, 0))(y)  # the layer knows no causal border
        convolution = layers.DepthwiseConv1D(
            kernel,
            strides=stride,
            dilation_rate=dilation,
            padding="valid" if causal else "same",
            use_bias=False,
        )
        return _with_mask_of(x, convolution(y), stride)

    def convolve_plane(
        self, x: Tensor, filters: int, kernel: Pair, stride: Pair, causal: bool, bias: bool
    ) -> Tensor:
        shape = self.shape(x)
        check_plane(shape, kernel, stride)
        y = ops.expand_dims(masks.without_padding(x), axis=-1)
        if causal:
            y = layers.ZeroPadding2D(((kernel[0] - 1, 0), _border(shape[1], kernel[1], stride[1])))(
                y
            )
        padding = "valid" if causal else "same"
        return layers.Conv2D(filters, kernel, strides=stride, padding=padding, use_bias=bias)(y)

    def join_bins(self, x: Tensor, y: Tensor, stride: int) -> Tensor:
        steps, bins, filters = self.shape(y)
        joined = layers.Reshape((-1 if steps is None else steps, (bins or 1) * (filters or 1)))(y)
        return _with_mask_of(x, joined, stride)

    def place(self, x: Tensor) -> Tensor:
        steps, features = self.shape(x)
        if steps is None:
            raise SpaceError("steps of sequences of any length have no learned places.")
        # Numbers that come from the input: a layer on a constant would be no part of the model.
        numbers = ops.cumsum(ops.ones_like(x[..., 0], dtype="int32"), axis=1) - 1
        placed = layers.Add()([x, layers.Embedding(steps, features)(numbers)])
        return masks.with_mask_of(x, placed)

    def ask(self, x: Tensor, query: Tensor, heads: int, width: int) -> Tensor:
        features = query.shape[-1]
        asking = layers.Reshape((1, features))(query)
        answer = layers.MultiHeadAttention(heads, width)(asking, x)
        return layers.Reshape((features,))(answer)


def _with_mask_of(x: Tensor, y: Tensor, stride: int) -> Tensor:
    """Give `y`, of every so many steps of `x`, the mask of those."""
    mask = masks.mask_of(x)
    if mask is None:
        return y
    if stride > 1:
        mask = mask[:, ::stride]
    return layers.Masking(masks.ABSENT)(masks.fill(y, mask, masks.ABSENT))


def _border(length: int | None, kernel: int, stride: int) -> Pair:
    """Return what is filled on both sides so that a stride leaves its share of `length`."""
    bins = length or 1
    missing = max(0, ((kept(bins, stride) or 1) - 1) * stride + kernel - bins)
    return missing // 2, missing - missing // 2
