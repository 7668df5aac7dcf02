"""One block of a search space: its class, what is fixed about it and what may vary."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Mapping
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from archivolt.values.domain import Domain
from archivolt.values.tunable import tunables

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block


@frozen
class BlockChoice:
    """A block class with the values and domains that a search space gives it."""

    block: type[Block]
    fixed: Mapping[str, Hashable] = field(factory=dict, hash=False)
    narrowed: Mapping[str, Domain] = field(factory=dict, hash=False)
    weight: float = 1.0  # relative chance of being drawn
    domains: dict[str, Domain] = field(init=False, eq=False, repr=False)

    @domains.default
    def _domains(self) -> dict[str, Domain]:
        free = {**tunables(self.block), **self.narrowed}
        return {name: domain for name, domain in free.items() if name not in self.fixed}

    def default(self) -> Block:
        """Return the block with its defaults, moved into the domains where they lie outside."""
        return self._default

    @cached_property
    def _default(self) -> Block:
        block = self.block(**self.fixed)
        outside = {
            name: domain.values[0] if hasattr(domain, "values") else domain.low
            for name, domain in self.domains.items()
            if getattr(block, name) not in domain
        }
        return evolve(block, **outside) if outside else block  # type: ignore[misc]  # attrs, all

    def sample(self, rng: Generator) -> Block:
        drawn = {name: domain.sample(rng) for name, domain in self.domains.items()}
        return self.block(**self.fixed, **drawn)

    def __contains__(self, block: object) -> bool:
        return (
            type(block) is self.block
            and all(getattr(block, name) == value for name, value in self.fixed.items())
            and all(getattr(block, name) in domain for name, domain in self.domains.items())
        )


@frozen(eq=False)
class Menu:
    """Choices that can stand in one place, to draw one by weight."""

    choices: tuple[BlockChoice, ...]
    _marks: list[float] = field(init=False, repr=False)  # weights, summed up

    @_marks.default
    def _sum_up(self) -> list[float]:
        return list(accumulate(choice.weight for choice in self.choices))

    def __len__(self) -> int:
        return len(self.choices)

    def pick(self, rng: Generator) -> BlockChoice:
        """Draw one of the choices by their weights."""
        mark = float(rng.random()) * self._marks[-1]
        return self.choices[min(bisect_right(self._marks, mark), len(self.choices) - 1)]
