"""What a plan can be made of: the operations that are built in Keras or counted from shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from archivolt.errors import SpaceError

Tensor = Any  # a symbolic Keras tensor when built, a shape when counted
Shape = tuple[int | None, ...]  # of one example, without the batch axis

RNN, GRU, LSTM = "rnn", "gru", "lstm"
ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "elu", "leaky_relu")
NORMALISATIONS = ("none", "batch", "layer")


class Maker(Protocol):
    """Builds or counts; both read the same plans."""

    def shape(self, x: Tensor) -> Shape:
        """Return the shape of one example."""

    def same(self, x: Tensor) -> Tensor:
        """Return `x` as the output of a layer of its own."""

    def dense(self, x: Tensor, units: int, bias: bool = True) -> Tensor:
        """Multiply the last axis with a kernel."""

    def convolution(
        self,
        x: Tensor,
        filters: int,
        kernel: tuple[int, int],
        stride: int = 1,
        dilation: int = 1,
        bias: bool = True,
    ) -> Tensor:
        """Convolve an image, its border filled with zeros."""

    def separable(
        self, x: Tensor, filters: int, kernel: tuple[int, int], stride: int = 1, bias: bool = True
    ) -> Tensor:
        """Convolve each channel alone, then mix the channels."""

    def convolution_over_time(
        self,
        x: Tensor,
        filters: int,
        kernel: int,
        dilation: int = 1,
        causal: bool = False,
        bias: bool = True,
    ) -> Tensor:
        """Convolve a sequence, its ends filled with zeros; causal: no step sees a later one."""

    def filter_over_time(self, x: Tensor, steps: int, bias: bool = True) -> Tensor:
        """Weigh the newest so many steps of each feature alone; no step sees a later one."""

    def recurrent(self, x: Tensor, cell: str, units: int, bidirectional: bool = False) -> Tensor:
        """Run a recurrent cell over a sequence; both ways side by side where bidirectional."""

    def attend(
        self, x: Tensor, heads: int, width: int, causal: bool = False, dropout: float = 0.0
    ) -> Tensor:
        """Mix the steps of a sequence by attention to each other."""

    def activation(self, x: Tensor, activation: str) -> Tensor:
        """Apply a nonlinearity."""

    def normalise(self, x: Tensor, normalisation: str) -> Tensor:
        """Normalise over the batch, over the channels, or not at all."""

    def dropout(self, x: Tensor, rate: float) -> Tensor:
        """Drop a share of the numbers during training."""

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        """Add two tensors of one shape."""

    def scale(self, x: Tensor, gate: Tensor) -> Tensor:
        """Multiply an image with one number a channel."""

    def concatenate(self, parts: Sequence[Tensor]) -> Tensor:
        """Join along the last axis."""

    def pool(self, x: Tensor, mode: str, size: int, stride: int) -> Tensor:
        """Take the average or the maximum of each window of an image, its border filled."""

    def pool_all(self, x: Tensor, mode: str) -> Tensor:
        """Take the average or the maximum over all positions of an image or a sequence."""

    def shift(self, x: Tensor) -> Tensor:
        """Move an image by one pixel, up and to the left; zeros come in at the other border."""

    def flatten(self, x: Tensor) -> Tensor:
        """Make a vector of all numbers of an example."""

    def last(self, x: Tensor) -> Tensor:
        """Take the last real step of a sequence."""

    def match(self, x: Tensor, length: int) -> Tensor:
        """Cut the last axis, or fill it with zeros, to a length."""

    def match_plate(self, x: Tensor, height: int, width: int) -> Tensor:
        """Cut an image at its borders, or fill it with zeros, to a height and width."""


def check_window(shape: Shape, window: tuple[int, int], stride: int = 1, dilation: int = 1) -> None:
    """Raise a SpaceError where a window is larger than the plate, or a stride steps over it."""
    if stride > 1 and dilation > 1:
        raise SpaceError(f"stride {stride} and dilation {dilation} exclude each other.")
    for length, extent in zip(shape, window, strict=False):
        reach = (extent - 1) * dilation + 1
        if length is not None and (reach > length or stride > length):
            plate = "x".join(map(str, shape[:2]))
            size = "x".join(str((each - 1) * dilation + 1) for each in window)
            raise SpaceError(
                f"a {size} window with stride {stride} does not fit on a plate of {plate} pixels."
            )


def check_steps(shape: Shape, steps: int, dilation: int = 1) -> None:
    """Raise a SpaceError where a window over time is longer than the sequence."""
    reach = (steps - 1) * dilation + 1
    if shape[0] is not None and reach > shape[0]:
        raise SpaceError(f"a window of {reach} steps does not fit on a sequence of {shape[0]}.")


def strided(shape: Shape, stride: int, channels: int | None) -> Shape:
    """Return the shape that a window leaves whose border is filled with zeros."""
    height, width = (None if each is None else -(-each // stride) for each in shape[:2])
    return height, width, channels
