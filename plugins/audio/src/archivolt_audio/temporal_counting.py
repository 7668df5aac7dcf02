"""Counting the plans of this pack: shapes, parameters and arithmetic, without Keras."""

from __future__ import annotations

from math import prod

from archivolt.errors import SpaceError
from archivolt_audio.temporal_maker import Pair, check_plane, check_stride, kept
from archivolt_blocks.counting import Counting
from archivolt_blocks.maker import Shape


class TemporalCounting(Counting):
    """Goes through a plan on shapes."""

    __slots__ = ()

    def convolve(
        self,
        x: Shape,
        filters: int,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        causal: bool = False,
        bias: bool = True,
    ) -> Shape:
        check_stride(x, kernel, stride, dilation)
        steps = kept(x[0], stride)
        self._weigh((steps,), kernel * (x[-1] or 1) * filters, filters if bias else 0)
        return (steps, filters)

    def filter_each(
        self, x: Shape, kernel: int, stride: int = 1, dilation: int = 1, causal: bool = False
    ) -> Shape:
        check_stride(x, kernel, stride, dilation)
        steps = kept(x[0], stride)
        self._weigh((steps,), kernel * (x[-1] or 1))
        return (steps, x[-1])

    def convolve_plane(
        self, x: Shape, filters: int, kernel: Pair, stride: Pair, causal: bool, bias: bool
    ) -> Shape:
        check_plane(x, kernel, stride)
        steps, bins = kept(x[0], stride[0]), kept(x[1], stride[1])
        self._weigh((steps, bins), kernel[0] * kernel[1] * filters, filters if bias else 0)
        return (steps, bins, filters)

    def join_bins(self, x: Shape, y: Shape, stride: int) -> Shape:
        return (y[0], (y[1] or 1) * (y[2] or 1))

    def place(self, x: Shape) -> Shape:
        if x[0] is None:
            raise SpaceError("steps of sequences of any length have no learned places.")
        self.parameters += x[0] * (x[-1] or 1)
        return x

    def ask(self, x: Shape, query: Shape, heads: int, width: int) -> Shape:
        features, inner = x[-1] or 1, heads * width
        self._weigh((1,), 2 * features * inner, inner + features)  # query, output
        self._weigh(x[:1], 2 * features * inner, 2 * inner)  # keys, values
        self.flops += 2 * 2 * (x[0] or 1) * inner  # query by keys, weights by values
        return query

    def _weigh(self, positions: Shape, kernel: int, biases: int = 0) -> None:
        self.parameters += kernel + biases
        self.flops += 2 * prod(each or 1 for each in positions) * kernel
