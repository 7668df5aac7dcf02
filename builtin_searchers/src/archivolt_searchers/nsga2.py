"""NSGA-II: evolution towards the whole front of score and further objectives."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, field, frozen
from attrs.validators import and_, ge, le

from archivolt.components.strategies import Proposal, Searcher
from archivolt.values.domination import crowding, ranks
from archivolt.values.objectives import Objectives, costs, excess, front
from archivolt_searchers.crossover import Crossover
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

LOOKED_AT = 8  # populations of newest trials; of earlier ones the front alone
ATTEMPTS = 16  # changes of one parent before another tournament
TOURNAMENTS = 8  # before a fresh candidate is drawn


@frozen
class Nsga2(Searcher):
    """Change winners of tournaments by front and crowding, for several objectives (Deb, 2002).

    The population is the best `population` trials: first those of the first front, which no other
    trial beats in the score and in every objective, then those of the second once the first is
    taken away, and so on; of a front that has no room for all, those far from their neighbours.
    What breaks a limit comes after all that keep it, the less the earlier (section VI). A parent
    wins a tournament of two by front, then by distance. It is asynchronous: a child may become a
    parent as soon as it has a score. Without objectives it goes by the score alone.
    """

    name = "nsga2"
    population: int = field(default=50, validator=ge(4))  # random at the beginning
    # Share of children that two parents make, besides what mutators that cross make by weight.
    crossover: float = field(default=0.5, validator=and_(ge(0.0), le(1.0)))

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        if len(history) < self.population or not history.scored:
            return draw_new(history, space, rng)
        living = self._living(history)
        for _ in range(TOURNAMENTS):
            parent, mate = (_winner(living, rng) for _ in range(2))
            if rng.random() < self.crossover:
                child = Crossover().cross(parent.candidate, mate.candidate, space, rng)
                if child is not None and not history.holds(child):
                    return Proposal(child, parent.number, Crossover.name)
            found = space.mutate(
                parent.candidate,
                rng,
                accept=lambda child: not history.holds(child),
                attempts=ATTEMPTS,
                mates=[mate.candidate],
            )
            if found is not None:
                return Proposal(found.candidate, parent.number, found.mutator)
        return draw_new(history, space, rng)

    def _living(self, history: History) -> list[Trial]:
        """Return the population, those first that win tournaments."""
        objectives, maximize = history.objectives, history.maximize
        elite = history.derived(
            (Front, objectives, maximize), lambda: Front(objectives, maximize)
        ).members()
        newest = islice(
            (trial for trial in reversed(history) if trial.scored), LOOKED_AT * self.population
        )
        looked_at = {trial.number: trial for trial in (*elite, *newest)}
        trials = [looked_at[number] for number in sorted(looked_at)]
        order = _order(trials, objectives, maximize)
        return [trials[at] for at in order[: self.population]]


def _order(trials: Sequence[Trial], objectives: Objectives, maximize: bool) -> list[int]:
    """Order trials by how far they are beyond limits, by front, and by distance within it."""
    beyond = np.array([excess(objectives, trial) for trial in trials])
    found = costs(trials, objectives, maximize)
    fronts = np.zeros(len(trials), dtype=np.int64)
    distance = np.zeros(len(trials))
    within = np.flatnonzero(beyond == 0.0)
    fronts[within] = ranks(found[within])
    for rank in range(int(fronts.max(initial=-1)) + 1):
        members = within[fronts[within] == rank]
        distance[members] = crowding(found[members])
    return [int(at) for at in np.lexsort((-distance, fronts, beyond))]


def _winner(living: Sequence[Trial], rng: Generator) -> Trial:
    return living[int(rng.integers(len(living), size=2).min())]


@define
class Front:
    """The front of a history, kept in step with it without looking at all trials again."""

    objectives: Objectives
    maximize: bool
    _members: dict[int, Trial] = field(factory=dict)
    _others: dict[int, Trial] = field(factory=dict)  # with a score, beaten or beyond a limit

    def change(self, before: Trial | None, after: Trial) -> None:
        number = after.number
        left = self._members.pop(number, None)
        self._others.pop(number, None)
        if left is not None:  # what it beat may be of the front now
            self._members |= self._others
            self._others = {}
        if after.scored:
            self._members[number] = after
        elif left is None:
            return
        kept = {each.number: each for each in front(self._members.values(), *self._terms)}
        for each in self._members.values():
            if each.number not in kept:
                self._others[each.number] = each
        self._members = kept

    @property
    def _terms(self) -> tuple[Objectives, bool]:
        return self.objectives, self.maximize

    def members(self) -> tuple[Trial, ...]:
        """Return the trials of the front, by number."""
        return tuple(self._members[number] for number in sorted(self._members))
