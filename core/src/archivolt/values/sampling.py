"""Drawing candidates from a search space so that limits cost no trial.

Blocks are drawn from the input upwards, and a block that breaks a limit is drawn again at once:
costs only grow, so no candidate is lost by it. A draw that still ends above a limit is then
made smaller by random changes, each of which must bring it nearer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.features import VECTOR, Features
from archivolt.values.footprint import Footprint, Limits

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.values.choice import BlockChoice
    from archivolt.values.space import SearchSpace

    Architecture = tuple[Block, ...]

DRAWS = 4  # whole candidates drawn before the last one is made smaller
REDRAWS = 6  # draws for one position
SHRINKS = 400  # changes tried on the way down
RESTARTS = 12  # other draws to begin the way down from


def draw(space: SearchSpace, rng: Generator) -> Candidate:
    """Draw a candidate within the limits of `space`.

    Raises:
        SpaceError: no candidate fits.
    """
    body: Architecture | None = None
    for _ in range(DRAWS):
        body = _draw_body(space, rng, space.limits)
        if body is not None:
            architecture = _connect(space, body, rng)
            if _excess(space, architecture, space.limits) == 0:
                return Candidate(architecture, space.sample_recipe(rng))
    for _ in range(RESTARTS):
        body = _draw_body(space, rng, Limits())
        if body is None:
            continue
        architecture = _shrink(space, _connect(space, body, rng), rng, space.limits)
        if _excess(space, architecture, space.limits) == 0:
            return Candidate(architecture, space.sample_recipe(rng))
    raise _nothing_fits(space, rng)


def _draw_body(space: SearchSpace, rng: Generator, limits: Limits) -> Architecture | None:
    """Draw the searched blocks; None where a position cannot be filled."""
    depth = int(rng.integers(space.depths[0], space.depths[1] + 1))
    plain = space.cells is None  # with cells, costs are known only once the body is laid out
    body: list[Block] = []
    total = Footprint(space.features)
    seen: tuple[Features, ...] = ()
    kind = space.features.kind
    for _ in range(depth):
        able = [
            choice
            for choice in space.blocks
            if space.reaches(kind, choice.block.reads)
            and space.reaches(choice.block.writes, VECTOR)
        ]
        if not able:
            return None
        for _ in range(REDRAWS):
            block = _pick(able, rng).sample(rng)
            if not plain:
                break
            above, above_seen = total, seen
            try:
                for choice in space.path(kind, block.reads):
                    above = space.extend(above, choice.default(), above_seen)
                    above_seen = (*above_seen, above.features)
                above = space.extend(above, block, above_seen)
            except SpaceError:
                continue
            if limits.excess(above) == 0:
                total, seen = above, (*above_seen, above.features)
                break
        else:
            return None
        body.append(block)
        kind = block.writes
    return tuple(body)


def _pick(choices: list[BlockChoice], rng: Generator) -> BlockChoice:
    mark = float(rng.random()) * sum(choice.weight for choice in choices)
    for choice in choices:
        mark -= choice.weight
        if mark < 0:
            return choice
    return choices[-1]


def _connect(space: SearchSpace, body: Architecture, rng: Generator) -> Architecture:
    """Assemble a body, with connectors drawn instead of taken by default."""
    by_class = {choice.block: choice for choice in space.connectors}
    plain = space.assemble(body)
    drawn = {
        each: by_class[type(each)].sample(rng)
        for each in dict.fromkeys(plain)
        if each.connector and by_class[type(each)].domains
    }
    return space.assemble(body, like=tuple(drawn.values())) if drawn else plain


def _excess(space: SearchSpace, architecture: Architecture, limits: Limits) -> float:
    try:
        return limits.excess(space.footprint(architecture))
    except SpaceError:
        return float("inf")


def _shrink(
    space: SearchSpace, architecture: Architecture, rng: Generator, limits: Limits
) -> Architecture:
    """Change an architecture at random, keeping each change that brings it nearer to the limits."""
    excess = _excess(space, architecture, limits)
    for _ in range(SHRINKS):
        if excess == 0:
            break
        changed = _change(space, architecture, rng)
        if changed is None:
            continue
        now = _excess(space, changed, limits)
        if now < excess or (now == excess == float("inf")):
            architecture, excess = changed, now
    return architecture


def _change(space: SearchSpace, architecture: Architecture, rng: Generator) -> Architecture | None:
    body = space.body(architecture)
    connectors = [each for each in dict.fromkeys(architecture) if each.connector]
    kind = int(rng.integers(4))
    if kind == 0 and len(body) > space.depths[0]:
        at = int(rng.integers(len(body)))
        body = (*body[:at], *body[at + 1 :])
    elif kind == 1 and body:
        at = int(rng.integers(len(body)))
        body = (*body[:at], _pick(list(space.blocks), rng).sample(rng), *body[at + 1 :])
    else:
        places: list[Block] = [*body, *connectors]
        if not places:
            return None
        at = int(rng.integers(len(places)))
        choice = space.choice_of(places[at])
        if choice is None or not choice.domains:
            return None
        names = list(choice.domains)
        name = names[int(rng.integers(len(names)))]
        changed = evolve(places[at], **{name: choice.domains[name].sample(rng)})
        if at < len(body):
            body = (*body[:at], changed, *body[at + 1 :])
        else:
            connectors[at - len(body)] = changed
    try:
        return space.assemble(body, like=connectors)
    except SpaceError:
        return None


def _nothing_fits(space: SearchSpace, rng: Generator) -> SpaceError:
    """Say how small the smallest candidate is that was found, so that a limit can be chosen."""
    smallest: dict[str, int] = {}
    for name in ("parameters", "flops", "bytes"):
        if getattr(space.limits, name) is None:
            continue
        # A limit of 1 that nothing meets: the way down ends at the smallest candidate in reach.
        target = Limits(**{name: 1})
        for _ in range(4):
            body = _draw_body(space, rng, Limits())
            if body is None:
                continue
            found = _shrink(space, _connect(space, body, rng), rng, target)
            try:
                cost = getattr(space.footprint(found), name)
            except SpaceError:
                continue
            smallest[name] = min(cost, smallest.get(name, cost))
    if not smallest:
        return SpaceError(
            f"no stack of {space.depth[0]} to {space.depth[1]} of these blocks fits on "
            f"{space.features.kind} features of shape {list(space.features.shape)}.",
            "Add blocks that read this kind, or a smaller depth.",
        )
    reach = ", ".join(f"{value:,} {name}" for name, value in smallest.items())
    return SpaceError(
        f"no candidate of this space meets {space.limits.describe()}.",
        f"The smallest found has {reach}: raise the limit, or add smaller blocks.",
    )
