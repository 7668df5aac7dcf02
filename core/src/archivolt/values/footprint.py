"""What a block costs: the features it gives, its parameters and its arithmetic."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge

from archivolt.errors import SpaceError
from archivolt.values.features import SEQUENCE, VECTOR, Features
from archivolt.values.quantities import size_field

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt.values.problem import Part

BYTES_A_PARAMETER = 4  # float32, as weights are stored and delivered


@frozen
class Footprint:
    """Output and cost of a block (or of a stack of them) for one example."""

    features: Features  # what comes out
    parameters: int = field(default=0, validator=ge(0))  # every stored weight, trained or not
    flops: int = field(default=0, validator=ge(0))  # forward, a multiply-add counts as 2

    @property
    def bytes(self) -> int:
        """Size of the stored weights, bytes."""
        return self.parameters * BYTES_A_PARAMETER

    def then(self, following: Footprint) -> Footprint:
        """Add up two footprints, the second on top of the first."""
        return Footprint(
            following.features,
            self.parameters + following.parameters,
            self.flops + following.flops,
        )


@frozen
class Limits:
    """The most that a candidate may cost; `None` sets no limit."""

    parameters: int | None = None
    flops: int | None = None  # forward, one example
    bytes: int | None = size_field(None)  # stored weights; "2MB" will do

    def excess(self, cost: Footprint) -> float:
        """Tell how far `cost` lies above the limits: 0 within, 1 for twice a limit."""
        worst = 0.0
        for limit, value in (
            (self.parameters, cost.parameters),
            (self.flops, cost.flops),
            (self.bytes, cost.bytes),
        ):
            if limit is not None and value > limit:
                worst = max(worst, value / max(limit, 1) - 1)
        return worst

    def broken_by(self, parameters: int, flops: int) -> bool:
        """Tell whether such a cost lies above a limit."""
        return (
            (self.parameters is not None and parameters > self.parameters)
            or (self.flops is not None and flops > self.flops)
            or (self.bytes is not None and parameters * BYTES_A_PARAMETER > self.bytes)
        )

    def describe(self) -> str:
        named = (("parameters", self.parameters), ("flops", self.flops), ("bytes", self.bytes))
        return ", ".join(f"{name} <= {value:,}" for name, value in named if value is not None)


def block_footprint(block: Block, x: Features, earlier: tuple[Features, ...] = ()) -> Footprint:
    """Return what a block costs; a search asks for the same block on the same shape for ever."""
    found = _remembered(block, x, earlier)
    if isinstance(found, SpaceError):
        raise found.with_traceback(None)
    return found


@lru_cache(maxsize=1 << 16)
def _remembered(block: Block, x: Features, earlier: tuple[Features, ...]) -> Footprint | SpaceError:
    try:
        return block.footprint(x, earlier)
    except SpaceError as cause:  # remembered too: building a network to see it fail is slow
        return cause


def head_footprint(
    x: Features, outputs: int, given: Features | None = None, parts: tuple[Part, ...] = ()
) -> Footprint:
    """Return what the dense layer costs that gives the outputs of a network.

    Args:
        x: What it reads: a vector; a sequence where each step has a label.
        outputs: Its units.
        given: What the network reads, where each step of it has a label.
        parts: Several tasks, which may have heads of blocks of their own.

    Raises:
        SpaceError: each step has a label, and the blocks gave another number of steps; or a block
            of a head cannot stand there.
    """
    if any(part.blocks for part in parts):
        return _heads(x, given, parts)
    if given is None:
        return _dense(x.size, outputs)
    steps = given.shape[0]
    if x.shape[0] != steps:
        raise SpaceError(f"each of {steps} steps has a label, and the blocks leave {x.shape[0]}.")
    once = _dense(x.channels, outputs)
    features = Features(SEQUENCE, (steps, outputs))
    return Footprint(features, once.parameters, once.flops * (steps or 1))


@lru_cache(maxsize=4096)
def _heads(x: Features, given: Features | None, parts: tuple[Part, ...]) -> Footprint:
    parameters = flops = outputs = 0
    for part in parts:
        on = Footprint(x)
        for block in part.blocks:
            if block.reads != on.features.kind:
                raise SpaceError(
                    f"{block}, of the head for {part.target}, reads {block.reads}, and is given "
                    f"{on.features.kind}."
                )
            on = on.then(block_footprint(block, on.features))
        on = on.then(head_footprint(on.features, part.outputs, given))
        parameters, flops = parameters + on.parameters, flops + on.flops
        outputs += part.outputs
    return Footprint(Features(x.kind, (*x.shape[:-1], outputs)), parameters, flops)


@lru_cache(maxsize=4096)
def _dense(width: int, outputs: int) -> Footprint:
    return Footprint(Features(VECTOR, (outputs,)), (width + 1) * outputs, 2 * width * outputs)
