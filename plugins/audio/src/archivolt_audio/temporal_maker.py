"""What the plans of this pack are made of beside the operations of `archivolt_blocks`."""

from __future__ import annotations

from typing import Protocol

from archivolt.errors import SpaceError
from archivolt_blocks.maker import Maker, Shape, Tensor, check_steps

Pair = tuple[int, int]  # over time, over features


class TemporalMaker(Maker, Protocol):
    """Builds or counts; both read the same plans."""

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
        """Convolve a sequence over time, its ends filled with zeros, and keep every so many steps.

        Step j of a causal one sees no step after number `j * stride`.
        """

    def filter_each(
        self, x: Tensor, kernel: int, stride: int = 1, dilation: int = 1, causal: bool = False
    ) -> Tensor:
        """Convolve each feature of a sequence alone; otherwise as `convolve`, without a bias."""

    def convolve_plane(
        self, x: Tensor, filters: int, kernel: Pair, stride: Pair, causal: bool, bias: bool
    ) -> Tensor:
        """Convolve over time and features at once: `(time, features)` to `(time, bins, filters)`.

        The borders are filled with zeros.
        """

    def join_bins(self, x: Tensor, y: Tensor, stride: int) -> Tensor:
        """Make a sequence of `(time, bins, filters)`, with the padded steps of `x` marked in it.

        Args:
            x: The sequence that `y` was made of.
            y: What `convolve_plane` gave.
            stride: Over time, from `x` to `y`.
        """

    def place(self, x: Tensor) -> Tensor:
        """Add a learned vector to each step of a sequence, by its number."""

    def ask(self, x: Tensor, query: Tensor, heads: int, width: int) -> Tensor:
        """Let a vector attend to the steps of a sequence; gives a vector of its length."""


def check_stride(shape: Shape, kernel: int, stride: int, dilation: int = 1) -> None:
    """Raise a SpaceError where a window does not fit on a sequence, or a stride steps over it."""
    if stride > 1 and dilation > 1:
        raise SpaceError(f"stride {stride} and dilation {dilation} exclude each other.")
    check_steps(shape, kernel, dilation)
    check_steps(shape, stride)


def check_plane(shape: Shape, kernel: Pair, stride: Pair) -> None:
    """Raise a SpaceError where a window over time and features does not fit on a sequence."""
    check_stride(shape, kernel[0], stride[0])
    features = shape[-1] or 1
    if max(kernel[1], stride[1]) > features:
        raise SpaceError(
            f"a window of {kernel[1]} features with stride {stride[1]} does not fit on {features}."
        )


def kept(length: int | None, stride: int) -> int | None:
    """Return how many steps, or bins, a stride leaves; None of any length."""
    return None if length is None else -(-length // stride)
