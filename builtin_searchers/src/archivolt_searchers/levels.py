"""Levels: any domain as a short list, so that what a value is worth can be learnt."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from archivolt.values.domain import Choices, Domain

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.random import Generator


@frozen
class Levels:
    """The values of a domain, one level each, or a range cut into `most` parts of equal size."""

    domain: Domain
    most: int = 5  # parts of a range
    count: int = field(init=False, eq=False)
    _places: dict[Hashable, int] = field(init=False, eq=False, repr=False)

    @count.default
    def _count(self) -> int:
        domain = self.domain
        if isinstance(domain, Choices):
            return len(domain)
        if domain.low == domain.high:
            return 1
        return min(self.most, int(domain.high - domain.low) + 1) if domain.whole else self.most

    @_places.default
    def _list_places(self) -> dict[Hashable, int]:
        if not isinstance(self.domain, Choices):
            return {}
        return {value: at for at, value in reversed(list(enumerate(self.domain.values)))}

    def of(self, value: Any) -> int:
        """Return the level of a value of the domain."""
        if isinstance(self.domain, Choices):
            return self._places[value]
        if self.domain.low == self.domain.high:
            return 0
        return min(self.count - 1, int(self._share(value) * self.count))

    def draw(self, level: int, rng: Generator) -> Any:
        """Draw a value of a level."""
        domain = self.domain
        if isinstance(domain, Choices):
            return domain.values[level]
        share = (level + float(rng.random())) / self.count
        below, above = self._ends
        value = below + share * (above - below)
        value = math.exp(value) if domain.log else value
        value = min(domain.high, max(domain.low, value))
        return round(value) if domain.whole else value

    def _share(self, value: float) -> float:
        below, above = self._ends
        return ((math.log(value) if self.domain_is_log else value) - below) / (above - below)

    @property
    def domain_is_log(self) -> bool:
        return not isinstance(self.domain, Choices) and self.domain.log

    @property
    def _ends(self) -> tuple[float, float]:
        """Where the levels begin and end; whole numbers stand in the middle of their parts."""
        assert not isinstance(self.domain, Choices)
        half = 0.5 if self.domain.whole else 0.0
        low, high = self.domain.low - half, self.domain.high + half
        return (math.log(low), math.log(high)) if self.domain.log else (low, high)
