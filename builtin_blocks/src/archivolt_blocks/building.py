"""Building a plan with plain Keras layers; imported when the first block is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import layers, ops

from archivolt.errors import SpaceError
from archivolt_blocks import masks
from archivolt_blocks.maker import GRU, LSTM, RNN, Shape, check_steps, check_window

Tensor = Any

CELLS = {RNN: layers.SimpleRNN, GRU: layers.GRU, LSTM: layers.LSTM}


class Building:
    """Goes through a plan on symbolic tensors.

    What is made here loads without Archivolt: Keras' own layers and operations, no function of
    ours inside a layer. Initialisers take no seed: Keras draws them from its global one.
    """

    __slots__ = ()

    def shape(self, x: Tensor) -> Shape:
        return tuple(x.shape[1:])

    def same(self, x: Tensor) -> Tensor:
        return layers.Identity()(x)

    def dense(self, x: Tensor, units: int, bias: bool = True) -> Tensor:
        return layers.Dense(units, use_bias=bias)(x)

    def convolution(
        self,
        x: Tensor,
        filters: int,
        kernel: tuple[int, int],
        stride: int = 1,
        dilation: int = 1,
        bias: bool = True,
    ) -> Tensor:
        check_window(self.shape(x), kernel, stride, dilation)
        return layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            dilation_rate=dilation,
            padding="same",
            use_bias=bias,
        )(x)

    def separable(
        self, x: Tensor, filters: int, kernel: tuple[int, int], stride: int = 1, bias: bool = True
    ) -> Tensor:
        check_window(self.shape(x), kernel, stride)
        return layers.SeparableConv2D(
            filters, kernel, strides=stride, padding="same", use_bias=bias
        )(x)

    def convolution_over_time(
        self,
        x: Tensor,
        filters: int,
        kernel: int,
        dilation: int = 1,
        causal: bool = False,
        bias: bool = True,
    ) -> Tensor:
        check_steps(self.shape(x), kernel, dilation)
        convolve = layers.Conv1D(
            filters,
            kernel,
            dilation_rate=dilation,
            padding="causal" if causal else "same",
            use_bias=bias,
        )
        return masks.with_mask_of(x, convolve(masks.without_padding(x)))

    def filter_over_time(self, x: Tensor, steps: int, bias: bool = True) -> Tensor:
        check_steps(self.shape(x), steps)
        y = masks.without_padding(x)
        if steps > 1:
            y = layers.ZeroPadding1D((steps - 1, 0))(y)  # the layer knows no causal border
        return masks.with_mask_of(x, layers.DepthwiseConv1D(steps, use_bias=bias)(y))

    def recurrent(self, x: Tensor, cell: str, units: int, bidirectional: bool = False) -> Tensor:
        layer = CELLS[cell](units, return_sequences=True)
        # Keras turns what the backward layer gives into the order of time again.
        return layers.Bidirectional(layer)(x) if bidirectional else layer(x)

    def attend(
        self, x: Tensor, heads: int, width: int, causal: bool = False, dropout: float = 0.0
    ) -> Tensor:
        attention = layers.MultiHeadAttention(heads, width, dropout=dropout)
        return attention(x, x, use_causal_mask=causal)

    def activation(self, x: Tensor, activation: str) -> Tensor:
        return layers.Activation(activation)(x)

    def normalise(self, x: Tensor, normalisation: str) -> Tensor:
        if normalisation == "none":
            return x
        if normalisation == "batch":
            # A batch of images has many positions to take statistics of, so those of few batches
            # will do; slow ones are still half the initial values after 70 steps, and trainings
            # of some hundred steps are usual here.
            momentum = 0.9 if len(x.shape) == 4 else 0.99
            return layers.BatchNormalization(momentum=momentum)(x)
        return layers.LayerNormalization()(x)

    def dropout(self, x: Tensor, rate: float) -> Tensor:
        return layers.Dropout(rate)(x)

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        return layers.Add()([x, y])

    def scale(self, x: Tensor, gate: Tensor) -> Tensor:
        return layers.Multiply()([x, layers.Reshape((1, 1, gate.shape[-1]))(gate)])

    def concatenate(self, parts: Sequence[Tensor]) -> Tensor:
        return layers.Concatenate()(list(parts)) if len(parts) > 1 else parts[0]

    def pool(self, x: Tensor, mode: str, size: int, stride: int) -> Tensor:
        check_window(self.shape(x), (size, size), stride)
        kind = layers.MaxPooling2D if mode == "max" else layers.AveragePooling2D
        return kind(size, strides=stride, padding="same")(x)

    def pool_all(self, x: Tensor, mode: str) -> Tensor:
        if len(x.shape) == 3:
            mask = masks.mask_of(x)
            if mask is not None:
                return (masks.maximum if mode == "max" else masks.average)(x, mask)
            if mode == "max":
                return layers.GlobalMaxPooling1D()(x)
            return layers.GlobalAveragePooling1D()(x)
        if mode == "max":
            return layers.GlobalMaxPooling2D()(x)
        return layers.GlobalAveragePooling2D()(x)

    def shift(self, x: Tensor) -> Tensor:
        return layers.Cropping2D(((1, 0), (1, 0)))(layers.ZeroPadding2D(((0, 1), (0, 1)))(x))

    def flatten(self, x: Tensor) -> Tensor:
        if None in x.shape[1:]:
            shape = list(x.shape[1:])
            raise SpaceError(f"features of the shape {shape} cannot be flattened.", "Pool them.")
        return layers.Flatten()(masks.without_padding(x))

    def last(self, x: Tensor) -> Tensor:
        mask = masks.mask_of(x)
        return x[:, -1] if mask is None else masks.last(x, mask)

    def match(self, x: Tensor, length: int) -> Tensor:
        missing = length - x.shape[-1]
        if missing > 0:
            return ops.pad(x, [*([[0, 0]] * (len(x.shape) - 1)), [0, missing]])
        return x[..., :length] if missing < 0 else x

    def match_plate(self, x: Tensor, height: int, width: int) -> Tensor:
        cut, fill = [], []
        for length, wanted in zip(x.shape[1:3], (height, width), strict=True):
            surplus, missing = max(0, length - wanted), max(0, wanted - length)
            cut.append((surplus // 2, surplus - surplus // 2))
            fill.append((missing // 2, missing - missing // 2))
        if any(map(any, cut)):
            x = layers.Cropping2D(tuple(cut))(x)
        if any(map(any, fill)):
            x = layers.ZeroPadding2D(tuple(fill))(x)
        return x
