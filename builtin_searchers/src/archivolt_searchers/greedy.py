"""Greedy search: change one of the best trials, and grow the networks as trials finish."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import and_, ge, le

from archivolt.components.strategies import Proposal, Searcher
from archivolt.errors import ExhaustedError, SpaceError
from archivolt.values.selection import in_order
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

ATTEMPTS = 32  # changes of one parent before the next one takes its turn
WIDER = 4  # how many beams are looked through for a parent with children left
DRAWS_AT_DEPTH = 50  # fresh draws at the allowed depth before deeper ones count as well


@frozen
class Greedy(Searcher):
    """Change one of the best trials at random, and grow it as trials finish.

    The adaptive coordinate descent of Model Search (Mazzawi and Gonzalvo, 2021): the allowed
    depth is the number of thresholds that the count of scored trials has passed. A shallower
    parent grows with `growth_probability`; any other change keeps to the mutators that do not
    grow. Parents are the trials that would be delivered first (`archivolt.values.selection`), so
    that noise in the score does not choose them. Unlike its model it never proposes a candidate
    twice, pending ones included, which is what keeps it from circling around the same few networks.
    """

    name = "greedy"
    beam: int = field(default=5, validator=ge(1))  # parents are drawn from so many of the best
    growth_probability: float = field(default=0.9, validator=and_(ge(0.0), le(1.0)))
    starts: int = field(default=10, validator=ge(1))  # random trials at the beginning
    trials_a_level: int = field(default=5, validator=ge(0))  # until one block more; 0: no schedule
    depth_schedule: tuple[int, ...] = field(default=(), converter=tuple)  # thresholds instead

    @depth_schedule.validator
    def _check_schedule(self, _: object, thresholds: tuple[int, ...]) -> None:
        if list(thresholds) != sorted(thresholds) or any(each < 0 for each in thresholds):
            raise ValueError(f"depth_schedule {list(thresholds)} must ascend from 0 or more trials")

    def allowed_depth(self, scored: int, space: SearchSpace) -> int:
        """Return the most blocks that a network may have after so many scored trials."""
        fewest, most = space.depths
        if self.depth_schedule:
            passed = bisect_right(self.depth_schedule, scored)
        elif self.trials_a_level:
            passed = scored // self.trials_a_level
        else:
            passed = most
        return max(fewest, 1, min(passed, most))

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        depth = self.allowed_depth(history.scored, space)
        if len(history) < self.starts or not history.scored:
            return self._fresh(history, space, depth, rng)

        def is_new(child: Candidate) -> bool:
            return not history.holds(child)

        parents = self._parents(history, rng)
        beam = [each.candidate for each in parents[: self.beam]]
        for parent in parents:
            mates = [each for each in beam if each != parent.candidate]
            for growing in self._directions(parent, space, depth, rng):
                found = space.mutate(parent.candidate, rng, growing, is_new, ATTEMPTS, mates)
                if found is not None:
                    return Proposal(found.candidate, parent.number, found.mutator)
        return self._fresh(history, space, depth, rng)

    def _fresh(self, history: History, space: SearchSpace, depth: int, rng: Generator) -> Proposal:
        try:
            return draw_new(history, space.limited_to_depth(depth), rng, DRAWS_AT_DEPTH)
        except (ExhaustedError, SpaceError):
            # Nothing new so shallow, or nothing that fits: pooling may need a block more.
            return draw_new(history, space, rng)

    def _parents(self, history: History, rng: Generator) -> list[Trial]:
        """Order the best trials: the beam shuffled, then those that follow while it gives none."""
        best = in_order(history, WIDER * self.beam)
        beam = best[: self.beam]
        return [beam[at] for at in rng.permutation(len(beam))] + best[self.beam :]

    def _directions(
        self, parent: Trial, space: SearchSpace, depth: int, rng: Generator
    ) -> tuple[bool, ...]:
        grow = float(rng.random()) < self.growth_probability
        if len(space.body(parent.candidate.architecture)) >= depth:
            return (False,)
        return (True, False) if grow else (False, True)
