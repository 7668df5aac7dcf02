"""Regularised evolution: the oldest dies, whatever its score."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import and_, ge, le

from archivolt.components.strategies import Proposal, Searcher
from archivolt_searchers.crossover import Crossover
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

ATTEMPTS = 16  # changes of one parent before another tournament
TOURNAMENTS = 8  # before a fresh candidate is drawn


@frozen
class Evolution(Searcher):
    """Change the winner of a tournament among the newest trials (Real et al., 2019).

    The population is the newest `population` trials that have a score, by number, so the oldest
    leaves with each one that ends. `sample` of them are drawn, with replacement; the best is the
    parent. As published it is `{population: 100, sample: 25, repeats: true}`; a smaller
    population that never proposes a candidate twice needs fewer trials, and is the default.
    The second parent of a crossover is the winner of another tournament. A search never trains
    a candidate twice, so `repeats` is for whoever evaluates proposals by other means.
    """

    name = "evolution"
    population: int = field(default=50, validator=ge(1))  # random at the beginning
    sample: int = field(default=10, validator=ge(1))  # trials in a tournament
    repeats: bool = False  # may propose what is in the history already
    # Share of children that two parents make, besides what mutators that cross make by weight.
    crossover: float = field(default=0.0, validator=and_(ge(0.0), le(1.0)))

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        if len(history) < self.population or not history.scored:
            return self._fresh(history, space, rng)

        def may_be(child: Candidate) -> bool:
            return self.repeats or not history.holds(child)

        newest = list(
            islice((trial for trial in reversed(history) if trial.scored), self.population)
        )
        for _ in range(TOURNAMENTS):
            parent = self._winner(newest, history, rng)
            mate = self._winner(newest, history, rng).candidate
            if rng.random() < self.crossover:
                child = Crossover().cross(parent.candidate, mate, space, rng)
                if child is not None and may_be(child):
                    return Proposal(child, parent.number, Crossover.name)
            found = space.mutate(parent.candidate, rng, None, may_be, ATTEMPTS, [mate])
            if found is not None:
                return Proposal(found.candidate, parent.number, found.mutator)
        return self._fresh(history, space, rng)

    def _winner(self, newest: list[Trial], history: History, rng: Generator) -> Trial:
        drawn = [newest[int(at)] for at in rng.integers(len(newest), size=self.sample)]
        return min(drawn, key=history.rank)

    def _fresh(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        return Proposal(space.sample(rng)) if self.repeats else draw_new(history, space, rng)
