"""The cells that reinforcement learning found on CIFAR-10: NASNet-A (Zoph et al., 2018)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.errors import SpaceError
from archivolt.values.features import IMAGE
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import Maker, Shape, Tensor
from archivolt_blocks.merging import RANKS, onto_plate, reach_back
from archivolt_blocks.plan import PlannedBlock

FILTERS = (4, 8, 12, 16, 24, 32, 44, 48, 64, 96, 128, 192, 256)

# What runs through the cells from their two inputs, `new` and `old`, to their outputs.
NORMAL = (
    "new",
    "new > average 3x3",
    "new > separable 3x3",
    "new > separable 5x5",
    "old",
    "old",
    "old > average 3x3",
    "old > average 3x3",
    "old > separable 3x3",
    "old > separable 3x3",
    "old > separable 5x5",
)
REDUCTION = (
    "new > average 3x3",
    "new > maximum 3x3",
    "new > maximum 3x3",
    "new > maximum 3x3",
    "new > separable 5x5 > average 3x3",
    "new > separable 5x5 > separable 3x3",
    "old > separable 5x5",
    "old > separable 7x7",
    "old > separable 7x7",
    "old > separable 7x7 > average 3x3",
    "old > separable 7x7 > separable 3x3",
)


@frozen
class NasnetNormal(PlannedBlock):
    """NASNet-A normal cell, with batch normalisation (Zoph et al., 2018, figure 4).

    Maps `(batch, height, width, channels)` to `(batch, height, width, 6 * filters)`. It reads the
    newest output and the one before it, both brought to `filters` channels by a 1x1 convolution;
    the first block of a network reads its input twice. Five sums of two operations each stand
    beside the earlier output at the end.
    """

    name = "nasnet_normal"
    reads = writes = IMAGE
    looks_back = True
    filters: int = tunable(32, choices=FILTERS)  # of every operation in the cell

    def computes(self) -> tuple[str, ...]:
        return NORMAL

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        new, old = _two_inputs(make, x, earlier, self.filters)

        def separable(y: Tensor, kernel: int) -> Tensor:
            return _separable(make, y, self.filters, kernel)

        def average(y: Tensor) -> Tensor:
            return make.pool(y, "average", 3, 1)

        return make.concatenate(
            [
                old,
                make.add(separable(new, 3), new),
                make.add(separable(old, 3), separable(new, 5)),
                make.add(average(new), old),
                make.add(average(old), average(old)),
                make.add(separable(old, 5), separable(old, 3)),
            ]
        )


@frozen
class NasnetReduction(PlannedBlock):
    """NASNet-A reduction cell, with batch normalisation (Zoph et al., 2018, figure 4).

    Maps `(batch, height, width, channels)` to `(batch, height / 2, width / 2, 4 * filters)`. It
    reads the newest output and the one before it, as `nasnet_normal` does. The paper doubles
    `filters` from one reduction to the next.
    """

    name = "nasnet_reduction"
    reads = writes = IMAGE
    looks_back = True
    filters: int = tunable(32, choices=FILTERS)  # of every operation in the cell

    def computes(self) -> tuple[str, ...]:
        return REDUCTION

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        new, old = _two_inputs(make, x, earlier, self.filters)

        def separable(y: Tensor, kernel: int, stride: int = 2) -> Tensor:
            return _separable(make, y, self.filters, kernel, stride)

        first = make.add(separable(old, 7), separable(new, 5))
        second = make.add(make.pool(new, "max", 3, 2), separable(old, 7))
        third = make.add(make.pool(new, "average", 3, 2), separable(old, 5))
        fourth = make.add(make.pool(new, "max", 3, 2), separable(first, 3, stride=1))
        fifth = make.add(make.pool(first, "average", 3, 1), second)
        # All but `first`, which others have read.
        return make.concatenate([second, third, fourth, fifth])


def _two_inputs(
    make: Maker, x: Tensor, earlier: Sequence[Tensor], filters: int
) -> tuple[Tensor, Tensor]:
    """Return the newest output and the one before it, on one plate, with so many channels."""
    old = reach_back(make, earlier, 1) if earlier else x
    shape, plate = make.shape(old), make.shape(x)[:2]
    if len(shape) != 3:
        raise SpaceError(
            f"the output before is of the kind {RANKS[len(shape)]}; a cell reads two images."
        )
    if shape[:2] == plate:
        old = _squeeze(make, old, filters)
    elif plate == _halved(shape) and filters > 1:
        old = _factorised_reduction(make, old, filters)
    else:
        old = _squeeze(make, onto_plate(make, old, *plate), filters)
    return _squeeze(make, x, filters), old


def _squeeze(make: Maker, x: Tensor, filters: int) -> Tensor:
    x = make.convolution(make.activation(x, "relu"), filters, (1, 1), bias=False)
    return make.normalise(x, "batch")


def _factorised_reduction(make: Maker, x: Tensor, filters: int) -> Tensor:
    """Halve an image without dropping pixels: two grids, one pixel apart, side by side."""
    x = make.activation(x, "relu")
    halves = []
    for grid, share in ((x, filters // 2), (make.shift(x), filters - filters // 2)):
        every_second = make.pool(grid, "average", 1, 2)
        halves.append(make.convolution(every_second, share, (1, 1), bias=False))
    return make.normalise(make.concatenate(halves), "batch")


def _separable(make: Maker, x: Tensor, filters: int, kernel: int, stride: int = 1) -> Tensor:
    """Apply a separable convolution twice, each behind an activation (appendix A)."""
    for step in (stride, 1):
        x = make.separable(make.activation(x, "relu"), filters, (kernel, kernel), step, bias=False)
        x = make.normalise(x, "batch")
    return x


def _halved(shape: Shape) -> Shape:
    return tuple(None if each is None else -(-each // 2) for each in shape[:2])
