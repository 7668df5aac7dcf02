"""A candidate: an architecture and the recipe that trains it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from archivolt.values.encoding import fingerprint
from archivolt.values.recipe import Recipe

if TYPE_CHECKING:
    from archivolt.components.block import Block

    Architecture = tuple[Block, ...]  # an ordered stack, and nothing else


def _as_stack(blocks: Iterable[Block]) -> Architecture:
    return tuple(blocks)


@frozen(cache_hash=True)
class Candidate:
    """An architecture and the recipe that trains it."""

    architecture: Architecture = field(converter=_as_stack)
    recipe: Recipe = field(factory=Recipe)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the canonical JSON: one for equal candidates, in every process and release."""
        return fingerprint(self)

    @cached_property
    def structure(self) -> str:
        """Digest of the architecture alone."""
        return fingerprint(self.architecture)

    def with_recipe(self, **changes: object) -> Candidate:
        return evolve(self, recipe=evolve(self.recipe, **changes))  # type: ignore[arg-type]

    def __str__(self) -> str:
        return describe(self.architecture)


def describe(architecture: Architecture) -> str:
    """Write an architecture as a person would: `dense(128, relu) > flatten`."""
    return " > ".join(map(str, architecture)) or "(no blocks)"
