"""How a planned block goes on computing what stood at its place in the parent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from archivolt.components.growth import Lanes, Preserved
from archivolt.values.features import COLUMNS, Features
from archivolt_blocks.handing_on import hand_on
from archivolt_blocks.recording import Operation, Recording
from archivolt_blocks.widening import CannotError, Kept, follow

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt_blocks.plan import PlannedBlock


def preserve(
    block: PlannedBlock, before: Block | None, x: Lanes, earlier: Sequence[Lanes]
) -> Preserved | None:
    """Tell how `block` does what `before` did; None where it cannot. See `Block.preserve`.

    Raises:
        SpaceError: the block cannot stand on such features.
    """
    if before == block and x.same and all(each.same for each in earlier):
        rest = tuple((each.now, each.nonnegative) for each in earlier)
        return _unchanged(block, x.now, x.nonnegative, rest)
    return _changed(block, before, x, earlier)


@lru_cache(maxsize=1 << 12)
def _unchanged(
    block: PlannedBlock,
    x: Features,
    nonnegative: bool,
    earlier: tuple[tuple[Features, bool], ...],
) -> Preserved | None:
    """Tell it of a block that is as it was, on what is as it was: most blocks of a child are."""
    lanes = [Lanes.equal(features, positive) for features, positive in earlier]
    return _changed(block, block, Lanes.equal(x, nonnegative), lanes)


def _changed(
    block: PlannedBlock, before: Block | None, x: Lanes, earlier: Sequence[Lanes]
) -> Preserved | None:
    now, output = _record(block, x.now, tuple(each.now for each in earlier))
    features = Features(block.writes, output.shape)
    if before is None:
        if features != x.now:
            return None
        layers = hand_on(now.operations, output, x.nonnegative)
        if layers is None:
            return None
        return Preserved(x, tuple(layers))
    if type(before) is not type(block):
        return None
    was, old_output = _record(before, x.before, tuple(each.before for each in earlier))
    given = [Kept(each.kept, each.nonnegative) for each in _tensors(x, earlier)]
    unchanged = before == block and x.same and all(each.same for each in earlier)
    try:
        kept, made = follow(was.operations, now.operations, given)
    except CannotError:
        # Nobody knows how such a layer widens, and where nothing has widened nobody need know.
        return Preserved(Lanes.equal(features)) if unchanged else None
    if was.operations.index(old_output) != now.operations.index(output):
        return None
    end = kept[output]
    lanes = Lanes(Features(block.writes, old_output.shape), features, end.at, end.nonnegative)
    return Preserved(lanes, None if unchanged else tuple(made))


@lru_cache(maxsize=1 << 12)
def _record(
    block: PlannedBlock, x: Features, earlier: tuple[Features, ...]
) -> tuple[Recording, Operation]:
    make = Recording()
    tensor = make.input(x.shape)
    others = [None if each.kind == COLUMNS else make.input(each.shape) for each in earlier]
    output: Operation = block.plan(make, tensor, others if block.looks_back else ())
    return make, output


def _tensors(x: Lanes, earlier: Sequence[Lanes]) -> list[Lanes]:
    return [x, *(each for each in earlier if each.now.kind != COLUMNS)]
