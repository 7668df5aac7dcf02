"""Function-preserving mutators: a child that can begin by computing what its parent computes.

It does where a transfer strategy gives it the parent's weights; without one it is a child like
any other. Blocks tell whether they can (`Block.preserve`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from archivolt.components.growth import Lanes, grow
from archivolt.components.strategies import Mutator
from archivolt.errors import SpaceError
from archivolt.values.domain import Choices, Domain, Range
from archivolt_searchers.stack_mutators import kind_after, kind_before

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.values.candidate import Candidate
    from archivolt.values.space import SearchSpace

ATTEMPTS = 8  # places tried before a mutator says that it does not apply
DRAWS = 4  # blocks drawn for a place


@frozen
class Widen(Mutator):
    """Make a block wider so that the network still computes the same (Chen et al., 2016).

    Net2Wider of Net2Net; new units have no influence at first, which keeps the function without
    splitting units (Wei et al., 2016).
    """

    name = "widen"
    preserves = True

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        growing = [
            (at, name, domain)
            for at, block in enumerate(body)
            if (choice := space.choice_of(block)) is not None
            for name, domain in choice.domains.items()
            if name not in block.unused()
        ]
        before = space.footprint(candidate.architecture).parameters if growing else 0
        for index in rng.permutation(len(growing))[:ATTEMPTS]:
            at, name, domain = growing[index]
            value = _larger(domain, getattr(body[at], name), rng)
            if value is None:
                continue
            wider = evolve(body[at], **{name: value})
            child = space.with_body(candidate, (*body[:at], wider, *body[at + 1 :]))
            if child is None or space.footprint(child.architecture).parameters <= before:
                continue
            if grow(candidate.architecture, child.architecture, space.features) is not None:
                return child
        return None


@frozen
class InsertIdentity(Mutator):
    """Put in a block that hands on what it is given, until it learns (Chen et al., 2016).

    Net2Deeper of Net2Net.
    """

    name = "insert_identity"
    grows = True
    preserves = True

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        if len(body) >= space.depths[1]:
            return None
        for _ in range(ATTEMPTS):
            at = int(rng.integers(len(body) + 1))
            kind = kind_before(space, body, at)
            for _ in range(DRAWS):
                block = space.draw_block(kind, kind_after(space, body, at), rng)
                if block is None or block.reads != kind or block.writes != kind:
                    continue
                child = self._with_block(candidate, body, at, block, space)
                if child is not None:
                    return child
        return None

    def _with_block(
        self,
        candidate: Candidate,
        body: Sequence[Block],
        at: int,
        block: Block,
        space: SearchSpace,
    ) -> Candidate | None:
        """Put a block in, as it is or as wide as what it reads; None where it cannot hand on."""
        if not _may_hand_on(block, candidate, body, at, space):
            return None
        child = space.with_body(candidate, (*body[:at], block, *body[at:]))
        width = None if child is None else _width_read(candidate, child, space)
        widths = _of_width(block, width, space)
        others = (space.with_body(candidate, (*body[:at], each, *body[at:])) for each in widths)
        for each in chain([child], others):
            if each is not None and grow(candidate.architecture, each.architecture, space.features):
                return each
        return None


def _may_hand_on(
    block: Block, candidate: Candidate, body: Sequence[Block], at: int, space: SearchSpace
) -> bool:
    """Tell whether a block, in some width, might hand on what it would read, which most do not.

    Quicker than to make the child, and never wrong where it says no.
    """
    if space.cells is not None or block.looks_back:
        return True
    architecture = candidate.architecture
    places = [place for place, each in enumerate(architecture) if not each.connector]
    x = space.stack(architecture[: places[at - 1] + 1 if at else 0]).features
    lanes = Lanes.equal(x, nonnegative=True)
    for each in (block, *_of_width(block, x.channels, space)):
        try:
            if each.preserve(None, lanes) is not None:
                return True
        except SpaceError:
            continue
    return False


def _width_read(parent: Candidate, child: Candidate, space: SearchSpace) -> int:
    """Return how many features the first block reads in which a child differs."""
    both = zip(parent.architecture, child.architecture, strict=False)
    same = next((at for at, (one, other) in enumerate(both) if one != other), None)
    below = child.architecture[: len(parent.architecture) if same is None else same]
    return space.stack(below).features.channels


def _of_width(block: Block, width: int | None, space: SearchSpace) -> Iterator[Block]:
    """Yield the block with each of its whole numbers set to a width, where that is allowed."""
    choice = space.choice_of(block)
    for name, domain in choice.domains.items() if choice is not None and width else ():
        value = getattr(block, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and value != width and width in domain:
            yield evolve(block, **{name: width})  # type: ignore[misc]  # attrs


def _larger(domain: Domain, value: Any, rng: Generator) -> Any:
    """Return the next larger number of a field's choices, or a larger one of its range."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(domain, Choices):
        above = [each for each in domain.values if isinstance(each, (int, float)) and each > value]
        return min(above, default=None)
    if isinstance(domain, Range) and value < domain.high:
        drawn = domain.sample(rng)
        most = min(domain.high, 2 * value) if value > 0 else domain.high
        return drawn if value < drawn <= most else type(value)(most)
    return None
