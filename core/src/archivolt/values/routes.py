"""Routes between feature kinds: which block or connector can stand where."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import field, frozen

from archivolt.errors import SpaceError
from archivolt.values.choice import BlockChoice, Menu
from archivolt.values.features import KINDS

if TYPE_CHECKING:
    from archivolt.components.block import Block

    Path = tuple[BlockChoice, ...]


@frozen(eq=False)
class Routes:
    """Ways from one feature kind to another, worked out once for a space."""

    blocks: tuple[BlockChoice, ...]
    connectors: tuple[BlockChoice, ...]
    _fitting: dict[tuple[str, str], Menu] = field(init=False, factory=dict, repr=False)

    def path(self, kind: str, wanted: str) -> Path:
        """Return the fewest connectors that lead from one feature kind to another.

        Raises:
            SpaceError: none do.
        """
        found = self.paths.get((kind, wanted))
        if found is None:
            raise SpaceError(
                f"no connector leads from {kind} to {wanted} features.",
                f"Add one to the space; it has {len(self.connectors)}.",
            )
        return found

    def reaches(self, kind: str, wanted: str) -> bool:
        """Tell whether connectors lead from one feature kind to another."""
        return (kind, wanted) in self.paths

    @cached_property
    def paths(self) -> dict[tuple[str, str], Path]:
        paths: dict[tuple[str, str], Path] = {}
        for start in KINDS:
            paths[start, start] = ()
            queue = [start]
            for here in queue:
                for choice in self.connectors:
                    ends = start, choice.block.writes
                    if choice.block.reads == here and ends not in paths:
                        paths[ends] = (*paths[start, here], choice)
                        queue.append(choice.block.writes)
        return paths

    def fitting(self, kind: str, wanted: str) -> Menu:
        """Return the blocks that can stand between features of one kind and another."""
        found = self._fitting.get((kind, wanted))
        if found is None:
            able = (
                choice
                for choice in self.blocks
                if choice.weight > 0
                and self.reaches(kind, choice.block.reads)
                and self.reaches(choice.block.writes, wanted)
            )
            found = self._fitting[kind, wanted] = Menu(tuple(able))
        return found

    def fits(self, body: Sequence[Block], kind: str, wanted: str) -> bool:
        """Tell whether connectors join the blocks, from one feature kind to another."""
        for block in body:
            if not self.reaches(kind, block.reads):
                return False
            kind = block.writes
        return self.reaches(kind, wanted)

    @cached_property
    def stages(self) -> dict[str, int]:
        """How late each feature kind comes: the more kinds are reached from it, the earlier."""
        steps = {
            (choice.block.reads, choice.block.writes) for choice in (*self.blocks, *self.connectors)
        }
        stages = {}
        for start in KINDS:
            reached = [start]
            for here in reached:
                reached += [to for at, to in steps if at == here and to not in reached]
            stages[start] = len(KINDS) - len(reached)
        return stages
