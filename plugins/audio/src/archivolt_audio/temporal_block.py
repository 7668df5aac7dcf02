"""The base of the blocks of this pack: one plan, from which they are built and priced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archivolt.components.block import Block
from archivolt.values.features import SEQUENCE, Features
from archivolt.values.footprint import Footprint
from archivolt_audio.temporal_counting import TemporalCounting

if TYPE_CHECKING:
    from archivolt_audio.temporal_maker import TemporalMaker

    Tensor = Any


class TemporalBlock(Block):
    """A block on sequences that tells by its `plan` both how it is built and what it costs."""

    __slots__ = ()

    reads = SEQUENCE

    def plan(self, make: TemporalMaker, x: Tensor) -> Tensor:
        """Describe the block on `x` in terms of what `make` can make.

        Raises:
            SpaceError: the block cannot stand on such features.
        """
        raise NotImplementedError

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        from archivolt_audio.temporal_building import TemporalBuilding

        return self.plan(TemporalBuilding(), x)

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        make = TemporalCounting()
        shape: tuple[int | None, ...] = self.plan(make, x.shape)
        return Footprint(Features(self.writes, shape), make.parameters, make.flops)


def shortcut(
    make: TemporalMaker, x: Tensor, filters: int, stride: int, normalisation: str
) -> tuple[Tensor, bool]:
    """Bring a sequence past layers that leave `filters` features of every `stride` steps.

    Returns:
        The sequence, and whether it was projected, by a convolution over one step.
    """
    if stride == 1 and make.shape(x)[-1] == filters:
        return x, False
    y = make.convolve(x, filters, kernel=1, stride=stride, bias=normalisation == "none")
    return make.normalise(y, normalisation), True
