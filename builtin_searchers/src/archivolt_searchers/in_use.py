"""What of a space can stand in a candidate: blocks that are drawn, connectors that are met."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archivolt.values.choice import BlockChoice
    from archivolt.values.space import SearchSpace


def blocks_in_use(space: SearchSpace) -> list[BlockChoice]:
    """List the blocks that a search may draw."""
    return [choice for choice in space.blocks if choice.weight > 0]


def connectors_in_use(space: SearchSpace) -> dict[tuple[str, str], BlockChoice]:
    """Return the connectors that a network on the space's input can need, by their ends."""
    kinds = [space.features.kind]
    for kind in kinds:
        for choice in (*blocks_in_use(space), *space.connectors):
            if choice.block.reads == kind and choice.block.writes not in kinds:
                kinds.append(choice.block.writes)
    return {
        (choice.block.reads, choice.block.writes): choice
        for choice in reversed(space.connectors)  # the first of the same ends is the one in use
        if choice.block.reads in kinds
    }
