"""Blocks that read an earlier output beside the newest one."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.components.columns import Columns
from archivolt.errors import SpaceError
from archivolt.values.features import IMAGE, SEQUENCE, VECTOR
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import Maker, Tensor
from archivolt_blocks.plan import PlannedBlock
from archivolt_blocks.sequences import add_skip

MODES = ("add", "concatenate")
STEPS = (1, 2, 3)
RANKS = {1: "vector", 2: "sequence", 3: "image"}


@frozen
class MergeEarlier(PlannedBlock):
    """Adds an earlier output to a vector, or puts it beside (He et al., 2016; Huang et al., 2017).

    Maps `(batch, features)` to the same shape (`add`) or to `(batch, features + earlier
    features)`. To be added, an output of another width is projected; an image or a sequence is
    averaged over its positions first.
    """

    name = "merge_earlier"
    reads = writes = VECTOR
    looks_back = True
    wires = ("back",)
    back: int = tunable(1, choices=STEPS)  # outputs before the one that the block reads
    mode: str = tunable("add", choices=MODES)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        other = reach_back(make, earlier, self.back)
        if len(make.shape(other)) > 1:
            other = make.pool_all(other, "average")
        if self.mode == "concatenate":
            return make.concatenate([x, other])
        features = make.shape(x)[-1] or 1
        if make.shape(other)[-1] != features:
            other = make.dense(other, features, bias=False)
        return make.add(x, other)


@frozen
class MergeEarlierImage(PlannedBlock):
    """Adds an earlier image to an image, or puts it beside (He et al., 2016; Huang et al., 2017).

    Maps `(batch, height, width, channels)` to the same shape (`add`) or to `(batch, height,
    width, channels + earlier channels)`. An earlier image of another height or width is averaged
    down, and cut or filled at its border; to be added, other channels are projected.
    """

    name = "merge_earlier_image"
    reads = writes = IMAGE
    looks_back = True
    wires = ("back",)
    back: int = tunable(1, choices=STEPS)  # outputs before the one that the block reads
    mode: str = tunable("add", choices=MODES)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        other = reach_back(make, earlier, self.back)
        if len(make.shape(other)) != 3:
            kind = RANKS[len(make.shape(other))]
            raise SpaceError(
                f"the output {self.back} back is a {kind}; an image cannot take it up."
            )
        height, width, channels = make.shape(x)
        if make.shape(other)[:2] != (height, width):
            other = onto_plate(make, other, height, width)
        if self.mode == "concatenate":
            return make.concatenate([x, other])
        if make.shape(other)[-1] != channels:
            other = make.convolution(other, channels or 1, (1, 1), bias=False)
        return make.add(x, other)


@frozen
class MergeEarlierSequence(PlannedBlock):
    """Adds an earlier sequence, or puts it beside (He et al., 2016; Huang et al., 2017).

    Maps `(batch, time, features)` to the same shape (`add`) or to `(batch, time, features +
    earlier features)`. To be added, an earlier sequence of another width is projected.
    """

    name = "merge_earlier_sequence"
    reads = writes = SEQUENCE
    looks_back = True
    wires = ("back",)
    back: int = tunable(1, choices=STEPS)  # outputs before the one that the block reads
    mode: str = tunable("add", choices=MODES)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        other = reach_back(make, earlier, self.back)
        shape = make.shape(other)
        if len(shape) != 2:
            raise SpaceError(
                f"the output {self.back} back is of the kind {RANKS[len(shape)]}; "
                "a sequence cannot take it up."
            )
        if shape[0] != make.shape(x)[0]:
            raise SpaceError(
                f"the output {self.back} back has {shape[0]} steps, the newest "
                f"{make.shape(x)[0]}; they cannot be merged."
            )
        if self.mode == "concatenate":
            return make.concatenate([x, other])
        return add_skip(make, other, x)


def reach_back(make: Maker, earlier: Sequence[Tensor], back: int) -> Tensor:
    """Return the output so many steps before the newest."""
    if back > len(earlier):
        raise SpaceError(f"{len(earlier)} earlier outputs are there, and {back} back is asked for.")
    other = earlier[-back]
    if other is None or isinstance(other, Columns):
        raise SpaceError(f"the output {back} back is the table itself, not embedded yet.")
    return other


def onto_plate(make: Maker, x: Tensor, height: int | None, width: int | None) -> Tensor:
    """Bring an image to another height and width: average windows, then mend the border."""
    from_height, from_width, _ = make.shape(x)
    if height is None or width is None or from_height is None or from_width is None:
        raise SpaceError("images of any height and width cannot be brought onto one plate.")
    stride = max(1, min(round(from_height / height), round(from_width / width)))
    if stride > 1:
        x = make.pool(x, "average", stride, stride)
    return make.match_plate(x, height, width)
