"""What one searched value is to a model: coordinates on a scale, or one of a few levels.

Squared distances on a scale mean something: two values are 1 apart at most, and a missing one
lies between all of them. A level can be drawn from again.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from archivolt.values.domain import Choices, Domain, Range

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

MISSING = -1  # level of a value that a candidate does not have
BINS = 5  # levels of a range
WIDE_RATIO = 30.0  # numbers that differ by more are compared by their ratio


@frozen
class Categorical:
    """Values without an order: any two differ as much as any others (Hamming distance)."""

    values: tuple[Hashable, ...]

    @property
    def width(self) -> int:
        return len(self.values)

    @property
    def levels(self) -> int:
        return len(self.values)

    @cached_property
    def _index(self) -> dict[Hashable, int]:
        return {value: at for at, value in enumerate(self.values)}

    def level(self, value: Hashable) -> int:
        return self._index.get(value, MISSING)

    def code(self, value: Hashable) -> NDArray[np.float64]:
        row = np.zeros(len(self.values))
        level = self.level(value)
        if level != MISSING:
            row[level] = math.sqrt(0.5)  # so that two different ones lie 1 apart, squared
        return row

    def missing(self) -> NDArray[np.float64]:
        return np.zeros(len(self.values))


def _ascending(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(sorted(values))


@frozen
class Ordered:
    """A few numbers: they differ by how many of the others lie between them."""

    values: tuple[float, ...] = field(converter=_ascending)

    @property
    def width(self) -> int:
        return len(self.values) - 1

    @property
    def levels(self) -> int:
        return len(self.values)

    def level(self, value: Hashable) -> int:
        return self.values.index(value) if value in self.values else MISSING

    def code(self, value: Hashable) -> NDArray[np.float64]:
        level = self.level(value)
        if level == MISSING:
            return self.missing()
        # One coordinate a step, taken or not: squared distances then grow with the index distance.
        return (np.arange(self.width) < level) / math.sqrt(self.width)

    def missing(self) -> NDArray[np.float64]:
        return np.full(self.width, 0.5 / math.sqrt(self.width))


@frozen
class Continuous:
    """Numbers of a range: they differ by their share of it, in logarithms where it is wide."""

    low: float
    high: float
    log: bool = False

    width = 1
    levels = BINS

    def share(self, value: float) -> float:
        return min(1.0, max(0.0, _share(value, self.low, self.high, self.log)))

    def level(self, value: float) -> int:
        return min(BINS - 1, int(BINS * self.share(value)))

    def code(self, value: float) -> NDArray[np.float64]:
        return np.array([self.share(value)])

    def missing(self) -> NDArray[np.float64]:
        return np.array([0.5])


Scale = Categorical | Ordered | Continuous


def scale_of(domains: Iterable[Domain]) -> Scale | None:
    """Return the scale on which the values of all these domains lie; None where none varies.

    Blocks of different classes may have a field of the same name: its values are compared.
    """
    values: dict[Hashable, None] = {}
    ranges = []
    for domain in domains:
        if isinstance(domain, Range):
            ranges.append(domain)
        else:
            values.update(dict.fromkeys(domain.values))
    numbers = [
        each for each in values if isinstance(each, (int, float)) and not isinstance(each, bool)
    ]
    if len(numbers) < len(values) and not ranges:
        return Categorical(tuple(values)) if len(values) > 1 else None
    if not ranges:
        return Ordered(tuple(numbers)) if len(numbers) > 1 else None
    low = min([each.low for each in ranges] + numbers)
    high = max([each.high for each in ranges] + numbers)
    log = low > 0 and (any(each.log for each in ranges) or high / low > WIDE_RATIO)
    return Continuous(float(low), float(high), log) if low < high else None


@frozen
class Levels:
    """The values of a domain, one level each, or a range cut into `most` parts of equal size."""

    domain: Domain
    most: int = BINS  # parts of a range
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
        return min(self.count - 1, int(_share(value, *self._ends, self.domain.log) * self.count))

    def draw(self, level: int, rng: Generator) -> Any:
        """Draw a value of a level."""
        domain = self.domain
        if isinstance(domain, Choices):
            return domain.values[level]
        share = (level + float(rng.random())) / self.count
        below, above = (math.log(end) if domain.log else end for end in self._ends)
        value = below + share * (above - below)
        value = math.exp(value) if domain.log else value
        value = min(domain.high, max(domain.low, value))
        return round(value) if domain.whole else value

    @property
    def _ends(self) -> tuple[float, float]:
        """Where the levels begin and end; whole numbers stand in the middle of their parts."""
        assert isinstance(self.domain, Range)
        half = 0.5 if self.domain.whole else 0.0
        return self.domain.low - half, self.domain.high + half


def _share(value: float, low: float, high: float, log: bool) -> float:
    """Tell where between two ends a value lies, 0 to 1; in logarithms where they say so."""
    if log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return (value - low) / (high - low)
