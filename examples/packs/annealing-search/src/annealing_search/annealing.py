"""Simulated annealing: a walk over neighbours that grows choosier as it goes."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import and_, ge, gt, le

from archivolt import Proposal, Searcher
from archivolt.errors import ExhaustedError

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

NOTE = "annealing"  # in the memo: where the walk stands, and how many trials were judged for it
DRAWS = 1000  # of the whole space, before it counts as exhausted


@frozen
class Annealing(Searcher):
    """Walk to mutated candidates, to worse ones by chance (Kirkpatrick et al., 1983).

    A child that is better than where the walk stands is where it goes on; one that is worse by
    `d` with probability `exp(-d / T)` (Metropolis et al., 1953). `T` begins at `temperature` and
    falls by the factor `cooling` with every trial that is judged. Workers never wait: a child that
    is still trained is judged when it has ended.
    """

    name = "annealing"
    temperature: float = field(default=0.03, validator=gt(0.0))  # in units of the score
    cooling: float = field(default=0.98, validator=and_(gt(0.0), le(1.0)))  # a trial
    attempts: int = field(default=20, validator=ge(1))  # changes before a fresh draw

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        # Where the walk stands is noted with each trial, so it goes on from a stored history.
        newest = history.newest_with(NOTE)
        current, judged = (None, 0) if newest is None else newest.memo[NOTE]
        while judged < len(history) and not history[judged].active:
            if self._goes_to(history[judged], current, judged, history, rng):
                current = judged
            judged += 1
        memo = {NOTE: [current, judged]}
        if current is not None:
            for _ in range(self.attempts):
                found = space.mutate(history[current].candidate, rng)
                if found is not None and not history.holds(found.candidate):
                    return Proposal(found.candidate, current, found.mutator, memo)
        for _ in range(DRAWS):
            candidate = space.sample(rng)
            if not history.holds(candidate):
                return Proposal(candidate, memo=memo)
        raise ExhaustedError(trials=len(history), attempts=DRAWS)

    def _goes_to(
        self, trial: Trial, current: int | None, judged: int, history: History, rng: Generator
    ) -> bool:
        if not trial.scored or trial.score is None:
            return False
        score = None if current is None else history[current].score
        if score is None or history.is_better(trial.score, score):
            return True
        temperature = self.temperature * self.cooling**judged
        return bool(temperature and rng.random() < exp(-abs(score - trial.score) / temperature))
