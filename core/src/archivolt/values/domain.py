"""Domains: which values a tunable field may take, how to draw one and how to step to another."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from numpy.random import Generator

type_of_number = (int, float)


def _as_values(values: Iterable[Hashable]) -> tuple[Hashable, ...]:
    return tuple(values)


def _at_least_one(_: object, __: object, value: tuple[object, ...]) -> None:
    if not value:
        raise ValueError("choices must hold at least one value")


@frozen
class Choices:
    """A finite set of values, in an order that means something where the values have one."""

    values: tuple[Hashable, ...] = field(converter=_as_values, validator=_at_least_one)

    def sample(self, rng: Generator) -> Hashable:
        # Three times as fast as rng.integers, and drawing is most of what a search space does.
        return self.values[int(rng.random() * len(self.values))]

    def neighbour(self, value: Hashable, rng: Generator) -> Hashable:
        """Draw another value than `value`; `value` itself where it is the only one."""
        others = [each for each in self.values if each != value]
        return others[int(rng.integers(len(others)))] if others else value

    def __contains__(self, value: object) -> bool:
        return any(value == each and type(value) is type(each) for each in self.values) or (
            isinstance(value, type_of_number)
            and not isinstance(value, bool)
            and any(value == each for each in self.values if not isinstance(each, bool))
        )

    def __len__(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        return "one of " + ", ".join(map(str, self.values))


@frozen
class Range:
    """Numbers from `low` to `high`, both included; whole ones where both ends are `int`."""

    low: float
    high: float = field()
    log: bool = False  # equal chances for equal ratios

    @high.validator
    def _check(self, _: object, high: float) -> None:
        if not self.low <= high:
            raise ValueError(f"low {self.low} is above high {high}")
        if self.log and self.low <= 0:
            raise ValueError(f"log=True needs low above 0, not {self.low}")

    @property
    def whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)

    def sample(self, rng: Generator) -> float:
        return self._at(float(rng.random()))

    def neighbour(self, value: Hashable, rng: Generator) -> float:
        """Draw a value near `value`: a normal step of a fifth of the range, folded at its ends."""
        if self.low == self.high:
            return self.low
        if not isinstance(value, type_of_number) or value not in self:
            return self.sample(rng)
        for _ in range(8):
            share = self._share(value) + 0.2 * float(rng.standard_normal())
            share = abs(share) if share < 1 else 2 - share
            other = self._at(min(1.0, max(0.0, share)))
            if other != value:
                return other
        return self.low if value != self.low else self.high

    def _at(self, share: float) -> float:
        if self.log:
            value = math.exp(
                math.log(self.low) + share * (math.log(self.high) - math.log(self.low))
            )
        else:
            value = self.low + share * (self.high - self.low)
        if self.whole:
            # Without the half a step on both sides the ends would come half as often.
            if not self.log:
                value = self.low - 0.5 + share * (self.high - self.low + 1)
            return int(min(self.high, max(self.low, round(value))))
        return min(self.high, max(self.low, value))

    def _share(self, value: float) -> float:
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def __contains__(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, type_of_number):
            return False
        if self.whole and value != int(value):
            return False
        return self.low <= value <= self.high

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low} to {self.high}"


Domain = Choices | Range
