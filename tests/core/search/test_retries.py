"""The loop with a worker that dies, and a scheduler that had stopped its trial."""

from __future__ import annotations

import time
from collections.abc import Iterator

from attrs import frozen
from numpy.random import Generator

from archivolt.components.evaluator import Result
from archivolt.components.executor import Done, Execution, Failed, Outcome, Progress, Started
from archivolt.components.strategies import New, Proposal, Scheduler, Searcher
from archivolt.config.sections import Budget
from archivolt.search.budget import Clock
from archivolt.search.loop import Loop
from archivolt.search.study import Study
from archivolt.testing.toy_space import ToyDense
from archivolt.values.choice import BlockChoice
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.space import SearchSpace
from archivolt.values.trial import Trial


class DiesOnce(Execution):
    """One trial, whose worker dies after two epochs and is at work again at once."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bool]] = []
        self.submitted = 0
        self._epoch = 0

    @property
    def free(self) -> int:
        return int(self.submitted == 0)

    def submit(self, trial: Trial) -> None:
        self.submitted += 1

    def results(self, timeout: float) -> Iterator[Outcome]:
        yield Started(0, "w")
        for self._epoch in (1, 2):
            yield Progress(0, self._epoch, {"accuracy": 0.5})
        if self.submitted == 1:
            yield Failed(0, "worker_died", "killed", 1.0)
        else:
            yield Done(0, Result(0.5, {"accuracy": 0.5}, 2, stopped=True), 1.0)

    def answer(self, number: int, go_on: bool) -> None:
        self.answers.append((self._epoch, go_on))


@frozen
class Draws(Searcher):
    """Draws every candidate afresh."""

    name = "draws"

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        return Proposal(space.sample(rng))


@frozen
class StopsAtTwo(Scheduler):
    """Stops every trial at its second epoch."""

    name = "stops_at_two"

    def next(self, history: History) -> New:
        return New()

    def goes_on(self, history: History, number: int, epoch: int, metrics: object) -> bool:
        return epoch < 2


def test_a_trial_that_is_tried_again_is_judged_again_from_its_first_epoch() -> None:
    space = SearchSpace(vector(4), 2, (BlockChoice(ToyDense),))
    study = Study(space, Draws(), scheduler=StopsAtTwo())
    execution = DiesOnce()
    loop = Loop(study, execution, Clock(Budget(trials=1), 0.0, time.monotonic()))

    list(loop.events())

    assert execution.submitted == 2
    assert execution.answers == [(2, False), (2, False)]
