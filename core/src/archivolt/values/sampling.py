"""Drawing candidates from a search space so that limits cost no trial.

A depth is drawn first, then so many blocks, which are put into an order that their feature kinds
allow: every depth and every block has its chance, whatever the kinds. The stack is then built
from the input upwards, and a block that breaks a limit is drawn again at once: costs only grow,
so no candidate is lost by it. Where hardly anything fits, a candidate known to fit is taken and
led through random changes that never leave the limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.footprint import Limits
from archivolt.values.stacking import Stack

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.values.space import SearchSpace

    Architecture = tuple[Block, ...]
    Connectors = Mapping[tuple[str, str], Block]

BUILDS = 3  # stacks built before a walk begins
PROBES = 32  # stacks built once to see how many lie within the limits
WORTH = 0.35  # share of them from which on building is quicker than walking
ORDERS = 8  # sets of blocks drawn before blocks are drawn one upon the other
REDRAWS = 5  # draws for one position
GROUNDS = 48  # candidates that walks begin from
STEPS = 12  # changes of a walk
APPROACH = 400  # changes tried from any candidate to one within the limits
RESTARTS = 12  # candidates to approach the limits from before there is nothing that fits


@frozen
class Draft:
    """Searched blocks, and the connector to put where two kinds meet."""

    body: Architecture
    connectors: Connectors

    def architecture(self, space: SearchSpace) -> Architecture:
        return space.assemble(self.body, like=tuple(self.connectors.values()))


@frozen(eq=False)
class Sampler:
    """Draws from one space. What it learns of the space depends on the space alone."""

    space: SearchSpace

    def draw(self, rng: Generator) -> Candidate:
        """Draw a candidate within the limits.

        Raises:
            SpaceError: no candidate fits.
        """
        for _ in range(self.builds):
            architecture = self._build(rng)
            if architecture is not None:
                return Candidate(architecture, self.space.sample_recipe(rng))
        draft = self.grounds[int(rng.integers(len(self.grounds)))]
        for _ in range(STEPS):
            changed = change(self.space, draft, rng)
            if changed is not None and fits(self.space, changed):
                draft = changed
        return Candidate(draft.architecture(self.space), self.space.sample_recipe(rng))

    def _build(self, rng: Generator) -> Architecture | None:
        """Stack drawn blocks within the limits, each drawn again where it does not fit."""
        space = self.space
        body = draw_body(space, rng)
        if body is None:
            return None
        draft = Draft(body, draw_connectors(space, rng))
        if space.cells is not None and space.cells.replicate:
            return draft.architecture(space) if fits(space, draft) else None
        stack = Stack(space, draft.connectors)
        spare = len(body) - space.depths[0]
        for index, block in enumerate(body):
            after = body[index + 1].reads if index + 1 < len(body) else space.ends
            drawn: Block | None = block
            for _ in range(REDRAWS):
                if drawn is not None and stack.put(drawn):
                    break
                drawn = space.draw_block(stack.kind, after, rng)
            else:
                if not spare:
                    return None
                spare -= 1
        return stack.close()

    @cached_property
    def builds(self) -> int:
        """How many stacks are worth building before a walk begins."""
        if self.space.limits == Limits():
            return BUILDS
        # A seed of its own: what a draw gives must not hang on the draws before it.
        rng = default_rng(0)
        built = sum(self._build(rng) is not None for _ in range(PROBES))
        return BUILDS if built >= WORTH * PROBES else 0

    @cached_property
    def grounds(self) -> tuple[Draft, ...]:
        """Candidates within the limits that walks begin from.

        Raises:
            SpaceError: none was found.
        """
        rng = default_rng(1)
        found: list[Draft] = []
        for attempt in range(GROUNDS + RESTARTS):
            if attempt >= RESTARTS and not found:
                break
            body = draw_body(self.space, rng)
            if body is not None:
                draft = Draft(body, draw_connectors(self.space, rng))
                near, excess = approach(self.space, draft, self.space.limits, rng)
                if excess == 0:
                    found.append(near)
        if not found:
            raise _nothing_fits(self.space, rng)
        return tuple(found)


def draw_body(space: SearchSpace, rng: Generator) -> Architecture | None:
    """Draw searched blocks that fit on each other, limits apart; None where they do not."""
    routes, kind = space.routes, space.features.kind
    depth = int(rng.integers(space.depths[0], space.depths[1] + 1))
    able = routes.fitting(kind, space.ends)
    if not able or not depth:
        return () if not depth and routes.reaches(kind, space.ends) else None
    for _ in range(ORDERS):
        drawn = [able.pick(rng) for _ in range(depth)]
        if depth > 1:
            stages = routes.stages
            drawn.sort(key=lambda each: (stages[each.block.reads], stages[each.block.writes]))
        body = tuple(choice.sample(rng) for choice in drawn)
        if routes.fits(body, kind, space.ends):
            return body
    stacked: list[Block] = []
    for _ in range(depth):
        block = space.draw_block(kind, space.ends, rng)
        if block is None:
            return None
        stacked.append(block)
        kind = block.writes
    return tuple(stacked)


def draw_connectors(space: SearchSpace, rng: Generator) -> Connectors:
    return {
        (choice.block.reads, choice.block.writes): choice.sample(rng)
        for choice in reversed(space.connectors)  # the first of the same ends is the one in use
    }


def approach(
    space: SearchSpace, draft: Draft, limits: Limits, rng: Generator
) -> tuple[Draft, float]:
    """Change a draft at random, never away from the limits; returns how far above it ends."""
    excess = _excess(space, draft, limits)
    for _ in range(APPROACH):
        if excess == 0:
            break
        changed = change(space, draft, rng)
        if changed is not None:
            now = _excess(space, changed, limits)
            if now <= excess:
                draft, excess = changed, now
    return draft, excess


def fits(space: SearchSpace, draft: Draft) -> bool:
    """Tell whether a draft can be built within the limits."""
    if space.cells is not None and space.cells.replicate:
        return _excess(space, draft, space.limits) == 0
    stack = Stack(space, draft.connectors)
    return all(map(stack.put, draft.body)) and stack.close() is not None


def _excess(space: SearchSpace, draft: Draft, limits: Limits) -> float:
    try:
        return limits.excess(space.footprint(draft.architecture(space)))
    except SpaceError:
        return float("inf")


def change(space: SearchSpace, draft: Draft, rng: Generator) -> Draft | None:
    """Take out, put in or draw again one block, or draw one field of a block or connector again."""
    body, (fewest, most) = draft.body, space.depths
    kind = int(rng.integers(5))
    if kind > 2:
        return _change_field(space, draft, rng)
    if kind == 0:
        if len(body) <= fewest:
            return None
        at = int(rng.integers(len(body)))
        return Draft((*body[:at], *body[at + 1 :]), draft.connectors)
    if (kind == 1 and len(body) >= most) or (kind == 2 and not body):
        return None
    at = int(rng.integers(len(body) + (kind == 1)))
    rest = body[at:] if kind == 1 else body[at + 1 :]
    below = body[at - 1].writes if at else space.features.kind
    block = space.draw_block(below, rest[0].reads if rest else space.ends, rng)
    return None if block is None else Draft((*body[:at], block, *rest), draft.connectors)


def _change_field(space: SearchSpace, draft: Draft, rng: Generator) -> Draft | None:
    places: Sequence[Block] = [*draft.body, *draft.connectors.values()]
    if not places:
        return None
    at = int(rng.integers(len(places)))
    choice = space.choice_of(places[at])
    if choice is None or not choice.domains:
        return None
    names = list(choice.domains)
    name = names[int(rng.integers(len(names)))]
    value = choice.domains[name].sample(rng)
    block: Block = evolve(places[at], **{name: value})  # type: ignore[misc]  # attrs, all
    if at < len(draft.body):
        return Draft((*draft.body[:at], block, *draft.body[at + 1 :]), draft.connectors)
    return Draft(draft.body, {**draft.connectors, (block.reads, block.writes): block})


def _nothing_fits(space: SearchSpace, rng: Generator) -> SpaceError:
    """Say how small the smallest candidate is that was found, so that a limit can be chosen."""
    bodies = [body for _ in range(RESTARTS) if (body := draw_body(space, rng)) is not None]
    smallest: dict[str, int] = {}
    for name in ("parameters", "flops", "bytes"):
        if getattr(space.limits, name) is None:
            continue
        # Nothing meets a limit of 0, so the way down goes on to its end.
        for body in bodies[:4]:
            draft = Draft(body, draw_connectors(space, rng))
            least, excess = approach(space, draft, Limits(**{name: 0}), rng)
            if excess < float("inf"):
                cost = getattr(space.footprint(least.architecture(space)), name)
                smallest[name] = min(cost, smallest.get(name, cost))
    fewest, most = space.depths
    if not smallest:
        return SpaceError(
            f"no stack of {fewest} to {most} of these blocks fits on "
            f"{space.features.kind} features of shape {list(space.features.shape)}.",
            "Add blocks that read this kind, or allow a smaller depth.",
        )
    reach = ", ".join(f"{value:,} {name}" for name, value in smallest.items())
    each = "each by itself: " if len(smallest) > 1 else ""
    return SpaceError(
        f"no candidate of this space meets {space.limits.describe()}.",
        f"The smallest found has {each}{reach}. Raise the limit, or add smaller blocks.",
    )
