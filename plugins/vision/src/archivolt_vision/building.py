"""Building the plans of blocks for pictures with plain Keras layers."""

from __future__ import annotations

from typing import Any

from keras import initializers, layers

from archivolt_vision.operations import BATCH, Shape, Window, strided

Tensor = Any


class Building:
    """Goes through a plan on symbolic tensors."""

    def shape(self, x: Tensor) -> Shape:
        return tuple(x.shape[1:])

    def convolution(self, x: Tensor, filters: int, window: Window, stride: int = 1) -> Tensor:
        strided(self.shape(x), window, stride)
        return layers.Conv2D(filters, window, strides=stride, padding="same", use_bias=False)(x)

    def biased(self, x: Tensor, filters: int) -> Tensor:
        return layers.Conv2D(filters, 1)(x)

    def depthwise(self, x: Tensor, window: Window, stride: int = 1, bias: bool = False) -> Tensor:
        strided(self.shape(x), window, stride)
        return layers.DepthwiseConv2D(window, strides=stride, padding="same", use_bias=bias)(x)

    def scale(self, x: Tensor, start: float) -> Tensor:
        # A depthwise window of one pixel is a factor a channel, and plain Keras.
        first = initializers.Constant(start)
        return layers.DepthwiseConv2D(1, use_bias=False, depthwise_initializer=first)(x)

    def normalise(self, x: Tensor, over: str) -> Tensor:
        if over == BATCH:
            return layers.BatchNormalization(momentum=0.9)(x)  # for some hundred steps
        return layers.LayerNormalization(epsilon=1e-6)(x)

    def activation(self, x: Tensor, activation: str) -> Tensor:
        return layers.Activation(activation)(x)

    def average(self, x: Tensor) -> Tensor:
        return layers.GlobalAveragePooling2D(keepdims=True)(x)

    def multiply(self, x: Tensor, gate: Tensor) -> Tensor:
        return layers.Multiply()([x, gate])

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        return layers.Add()([x, y])
