"""Why a candidate is not in a search space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt.values.candidate import Candidate
    from archivolt.values.space import SearchSpace


def fault_of(
    candidate: Candidate,
    space: SearchSpace,
    assembled: bool = False,
    known: Sequence[Block] = (),
) -> Callable[[], str] | None:
    """Return what tells why the candidate is not in the space; None where it is.

    Args:
        candidate: To be looked at.
        space: That it is to be in.
        assembled: Its architecture was made by `space.assemble`.
        known: Blocks and connectors of a candidate in the space that has the same recipe.

    Raises:
        SpaceError: its blocks do not fit one another.
    """
    body = space.body(candidate.architecture)
    fewest, most = space.depths
    if not fewest <= len(body) <= most:
        return lambda: f"{candidate}: {len(body)} blocks deep, not {fewest} to {most}."
    same = set(map(id, known))  # to look a block up takes ten times as long
    for block in body:
        if id(block) not in same and space.choice_of(block) is None:
            return lambda: f"{block}: not a block of this space, or out of its domain."
    whole = candidate.architecture
    if not assembled and space.assemble(body, like=whole) != whole:
        return lambda: f"{candidate}: the connectors or reductions are not the space's."
    for block in whole:
        if block.connector and id(block) not in same and space.choice_of(block) is None:
            return lambda: f"{block}: not a connector of this space, or out of its domain."
    for name, domain in space.recipe_domains.items() if not known else ():
        value = getattr(candidate.recipe, name)
        if value not in domain:
            return lambda: f"recipe.{name}: {value!r} is not {domain}."
    cost = space.footprint(whole)
    if space.limits.excess(cost):
        return lambda: (
            f"{candidate}: {cost.parameters:,} parameters, {cost.flops:,} FLOPs, "
            f"{cost.bytes:,} bytes; the limits are {space.limits.describe()}."
        )
    return None
