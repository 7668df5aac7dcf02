"""Growth: how a child network goes on computing what its parent computed.

A network grows where a block gets wider or a new one is put in. The child computes the same when
new features have no influence yet and a new block hands its input on (Chen et al., 2016; Wei et
al., 2016). A block tells by `Block.preserve` how its weights are to be made for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.errors import SpaceError
from archivolt.values.features import COLUMNS, SEQUENCE, VECTOR, Features

if TYPE_CHECKING:
    from archivolt.components.block import Block

    Array = NDArray[Any]

# (the parent's weight, None where it has none; the child's initial one) -> the child's weight
Rewrite = Callable[["Array | None", "Array"], "Array"]


@frozen(eq=False)
class Lanes:
    """A tensor of the child beside the one of its parent: which features are the same numbers.

    All axes but the last agree. The features that are new hold anything.
    """

    before: Features  # in the parent
    now: Features  # in the child
    kept: NDArray[np.intp]  # where the parent's features stand in the child's last axis
    nonnegative: bool = False  # whether none of the kept features can be negative

    @classmethod
    def equal(cls, features: Features, nonnegative: bool = False) -> Lanes:
        """Return lanes that nothing was added to."""
        width = 0 if features.kind == COLUMNS else int(features.shape[-1] or 0)
        return cls(features, features, np.arange(width), nonnegative)

    @property
    def same(self) -> bool:
        """Whether parent and child have the same features at the same places."""
        return self.before == self.now


@frozen(eq=False)
class Layer:
    """How the weights of one layer are made from those of the parent's."""

    name: str  # as the framework calls a layer of its kind, without a number: `dense`
    weights: Mapping[str, Rewrite]  # by the name of the weight: `kernel`


@frozen(eq=False)
class Preserved:
    """How a block of the child does what the parent did at this place."""

    output: Lanes
    layers: tuple[Layer, ...] | None = None  # those with weights, as made; None: all as they were


@frozen(eq=False)
class Growth:
    """How a whole child computes what its parent computes."""

    parents: tuple[int | None, ...]  # for each block of the child its place in the parent
    blocks: tuple[Preserved, ...]
    output: Lanes  # what the head reads


def grow(parent: Sequence[Block], child: Sequence[Block], features: Features) -> Growth | None:
    """Tell how `child` can compute what `parent` computes; None where it cannot.

    They have the same blocks, with other fields perhaps, or `child` has one more.

    Args:
        parent: An architecture.
        child: One that was made from it.
        features: What the first block of both reads.
    """
    extra = len(child) - len(parent)
    if extra not in (0, 1):
        return None
    parents: tuple[int | None, ...] = tuple(range(len(parent)))
    if extra == 1:
        # In a run of equal blocks the new one may be any of them: the last is as good.
        at = next((i for i, each in enumerate(parent) if each != child[i]), len(parent))
        parents = (*parents[:at], None, *parents[at:])
    blocks = _follow(parent, child, parents, features)
    if blocks is None:
        return None
    output = blocks[-1].output if blocks else Lanes.equal(features)
    return Growth(parents, blocks, output) if output.now.kind in (VECTOR, SEQUENCE) else None


def _follow(
    parent: Sequence[Block],
    child: Sequence[Block],
    parents: Sequence[int | None],
    features: Features,
) -> tuple[Preserved, ...] | None:
    x = Lanes.equal(features)
    earlier: list[Lanes] = []
    found: list[Preserved] = []
    for block, at in zip(child, parents, strict=True):
        before = None if at is None else parent[at]
        # An output that the parent does not have shifts what looks back.
        if block.looks_back and None in parents[: len(found)]:
            return None
        try:
            preserved = block.preserve(before, x, tuple(earlier))
        except SpaceError:
            return None
        if preserved is None:
            return None
        found.append(preserved)
        earlier.append(x)
        x = preserved.output
    return tuple(found)


def head_kernel(lanes: Lanes) -> Rewrite:
    """Return how the head's kernel, `(features, outputs)`, is made: new features count nothing."""

    def rewrite(old: Array | None, fresh: Array) -> Array:
        made = np.zeros_like(fresh)
        if old is not None:
            made[lanes.kept] = old
        return made

    return rewrite
