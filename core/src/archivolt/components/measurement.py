"""Measurements: what a trained network is or does beyond its score, told among its metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.components.base import Component
from archivolt.values.objectives import SIZES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.values.problem import Problem

    KerasModel = Any
    Parts = Mapping[str, NDArray[Any]]  # prepared features by part name, `(rows, …)` each


@frozen(eq=False)
class TrainedNetwork:
    """A network whose trial has ended, as it would be delivered, preprocessing apart."""

    model: KerasModel  # takes a mapping of feature parts by name, gives logits `(rows, outputs)`
    problem: Problem
    training: Parts  # the rows that it was trained on
    validation: Parts  # the rows that score trials
    score: Callable[[NDArray[Any]], Mapping[str, float]]  # logits on these: every metric of them


class Measurement(Component):
    """Measures trained networks, each when its trial ends, in the process that trained it."""

    __slots__ = ()

    def tells(self, problem: Problem) -> tuple[str, ...]:
        """Name what `measure` tells; no two measurements of a search tell the same."""
        raise NotImplementedError

    def measure(self, network: TrainedNetwork) -> Mapping[str, float]:
        """Return a number by each name of `tells`, and leave the network as it was.

        An exception is told with the trial: its numbers are NaN, which breaks every limit.
        """
        raise NotImplementedError


def measured(
    measurements: Iterable[Measurement], network: TrainedNetwork, taken: Iterable[str]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Measure a network by each, one by one; what fails is told and takes nothing with it.

    Args:
        measurements: In their order.
        network: As it would be delivered.
        taken: Names that the trial tells already.

    Returns:
        Numbers by name, and what a person should know, each a sentence.
    """
    found: dict[str, float] = {}
    notes = []
    for each in measurements:
        names: tuple[str, ...] = ()
        try:
            names = tuple(each.tells(network.problem))
            _check_free(names, {*taken, *SIZES, *found})
            numbers = each.measure(network)
            _check_told(names, numbers)
        except Exception as cause:  # a trial is worth more than what a pack measures of it
            what = str(cause) or type(cause).__name__
            notes.append(f"{each.name} could not be measured: {what}")
            found |= {name: nan for name in names if name not in {*taken, *SIZES, *found}}
        else:
            found |= {name: float(numbers[name]) for name in names}
    return found, tuple(notes)


def _check_free(names: Iterable[str], taken: set[str]) -> None:
    twice = sorted(taken.intersection(names))
    if twice:
        raise ValueError(f"trials tell {', '.join(twice)} already.")


def _check_told(names: Iterable[str], numbers: Mapping[str, float]) -> None:
    if set(names) != set(numbers):
        odd = ", ".join(sorted(set(names) ^ set(numbers)))
        raise ValueError(f"it tells other names than it says: {odd}.")
    for name, number in numbers.items():
        if not isfinite(number):
            raise ValueError(f"{name} is {number}.")
