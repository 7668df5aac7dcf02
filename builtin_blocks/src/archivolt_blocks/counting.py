"""Counting a plan: shapes, parameters and arithmetic, without Keras."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archivolt.errors import SpaceError
from archivolt_blocks.maker import GRU, LSTM, Shape, check_steps, check_window, strided


class Counting:
    """Goes through a plan on shapes; an axis of any length counts once, as measuring does."""

    __slots__ = ("flops", "parameters")

    def __init__(self) -> None:
        self.parameters = 0  # stored weights, trained or not
        self.flops = 0  # forward, one example; a multiply-add counts as 2

    def shape(self, x: Shape) -> Shape:
        return x

    def same(self, x: Shape) -> Shape:
        return x

    def dense(self, x: Shape, units: int, bias: bool = True) -> Shape:
        self._product(x[:-1], _length(x[-1]) * units, units if bias else 0)
        return (*x[:-1], units)

    def convolution(
        self,
        x: Shape,
        filters: int,
        kernel: tuple[int, int],
        stride: int = 1,
        dilation: int = 1,
        bias: bool = True,
    ) -> Shape:
        check_window(x, kernel, stride, dilation)
        output = strided(x, stride, filters)
        size = kernel[0] * kernel[1] * _length(x[-1]) * filters
        self._product(output[:2], size, filters if bias else 0)
        return output

    def separable(
        self, x: Shape, filters: int, kernel: tuple[int, int], stride: int = 1, bias: bool = True
    ) -> Shape:
        check_window(x, kernel, stride)
        output = strided(x, stride, filters)
        size = (kernel[0] * kernel[1] + filters) * _length(x[-1])
        self._product(output[:2], size, filters if bias else 0)
        return output

    def convolution_over_time(
        self,
        x: Shape,
        filters: int,
        kernel: int,
        dilation: int = 1,
        causal: bool = False,
        bias: bool = True,
    ) -> Shape:
        check_steps(x, kernel, dilation)
        self._product(x[:1], kernel * _length(x[-1]) * filters, filters if bias else 0)
        return (x[0], filters)

    def filter_over_time(self, x: Shape, steps: int, bias: bool = True) -> Shape:
        check_steps(x, steps)
        features = _length(x[-1])
        self._product(x[:1], steps * features, features if bias else 0)
        return x

    def recurrent(self, x: Shape, cell: str, units: int, bidirectional: bool = False) -> Shape:
        gates = {GRU: 3, LSTM: 4}.get(cell, 1)
        biases = (2 if cell == GRU else 1) * gates * units  # a GRU has them on the state as well
        ways = 2 if bidirectional else 1
        for _ in range(ways):
            self._product(x[:1], gates * units * (_length(x[-1]) + units), biases)
        return (x[0], ways * units)

    def attend(
        self, x: Shape, heads: int, width: int, causal: bool = False, dropout: float = 0.0
    ) -> Shape:
        features, inner = _length(x[-1]), heads * width
        self._product(x[:1], 3 * features * inner, 3 * inner)  # queries, keys, values
        self._product(x[:1], inner * features, features)
        self.flops += 2 * 2 * _length(x[0]) ** 2 * inner  # queries by keys, weights by values
        return x

    def activation(self, x: Shape, activation: str) -> Shape:
        return x

    def normalise(self, x: Shape, normalisation: str) -> Shape:
        # Scale and offset; over the batch, also the running mean and variance.
        self.parameters += {"none": 0, "batch": 4, "layer": 2}[normalisation] * _length(x[-1])
        return x

    def dropout(self, x: Shape, rate: float) -> Shape:
        return x

    def add(self, x: Shape, y: Shape) -> Shape:
        return x

    def scale(self, x: Shape, gate: Shape) -> Shape:
        return x

    def concatenate(self, parts: Sequence[Shape]) -> Shape:
        return (*parts[0][:-1], sum(_length(each[-1]) for each in parts))

    def pool(self, x: Shape, mode: str, size: int, stride: int) -> Shape:
        check_window(x, (size, size), stride)
        return strided(x, stride, x[-1])

    def pool_all(self, x: Shape, mode: str) -> Shape:
        return x[-1:]

    def shift(self, x: Shape) -> Shape:
        return x

    def flatten(self, x: Shape) -> Shape:
        if None in x:
            raise SpaceError(f"features of the shape {list(x)} cannot be flattened.", "Pool them.")
        return (prod(map(_length, x)),)

    def last(self, x: Shape) -> Shape:
        return x[-1:]

    def match(self, x: Shape, length: int) -> Shape:
        return (*x[:-1], length)

    def match_plate(self, x: Shape, height: int, width: int) -> Shape:
        return (height, width, x[-1])

    def _product(self, positions: Shape, kernel: int, biases: int) -> None:
        self.parameters += kernel + biases
        self.flops += 2 * prod(map(_length, positions)) * kernel


def _length(axis: int | None) -> int:
    return 1 if axis is None else axis
