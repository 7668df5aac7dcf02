"""Blocks for images without convolutions: pooling, channel attention, identity."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.errors import SpaceError
from archivolt.values.features import IMAGE
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import Maker, Tensor
from archivolt_blocks.plan import PlannedBlock


@frozen
class ImageIdentity(PlannedBlock):
    """Hands an image on: lets a search of fixed depth have shallower networks."""

    name = "image_identity"
    reads = writes = IMAGE

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        return make.same(x)


@frozen
class Pooling(PlannedBlock):
    """Maximum or average of each window (LeCun et al., 1998).

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride,
    channels)`. A stride beyond the window, which would drop pixels unseen, is refused.
    """

    name = "pooling"
    reads = writes = IMAGE
    mode: str = tunable("max", choices=("max", "average"))
    size: int = tunable(2, choices=(2, 3, 4, 5))  # pixels, both ways
    stride: int = tunable(2, choices=(1, 2, 3, 4, 5))

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        if self.stride > self.size:
            raise SpaceError(f"a stride of {self.stride} is beyond a window of {self.size} pixels.")
        return make.pool(x, self.mode, self.size, self.stride)


@frozen
class SqueezeExcite(PlannedBlock):
    """Channel attention (Hu et al., 2018).

    Maps `(batch, height, width, channels)` to the same shape: each channel is scaled by a number
    between 0 and 1 that a small network reads from the averages of all channels.
    """

    name = "squeeze_excite"
    reads = writes = IMAGE
    ratio: int = tunable(8, choices=(4, 8, 16))  # channels to hidden units

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        channels = make.shape(x)[-1] or 1
        gate = make.dense(make.pool_all(x, "average"), max(1, channels // self.ratio))
        gate = make.dense(make.activation(gate, "relu"), channels)
        return make.scale(x, make.activation(gate, "sigmoid"))
