"""Conformance of schedulers: one small test for each promise.

It runs in a space of toy blocks that build nothing, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.strategies import (
    New,
    Promote,
    Proposal,
    Scheduler,
    Stop,
)
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.testing.toy_space import toy_space
from archivolt.testing.toy_trials import ended, proposed
from archivolt.values.history import History
from archivolt.values.space import SearchSpace
from archivolt.values.trial import FINISHED, RUNNING, Trial


class SchedulerConformance:
    """The promises of a scheduler. Override `scheduler`."""

    @pytest.fixture
    def scheduler(self) -> Scheduler:
        raise NotImplementedError("override the fixture `scheduler`: return one of yours")

    def test_the_class_can_be_registered(self, scheduler: Scheduler) -> None:
        assert list(faults(type(scheduler), KINDS["scheduler"])) == []

    @pytest.fixture
    def space(self) -> SearchSpace:
        return toy_space()

    def test_it_starts_with_a_new_trial(self, scheduler: Scheduler) -> None:
        assert isinstance(scheduler.next(History()), New)

    def test_it_never_waits_for_running_trials(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        history, rng = History(), default_rng(0)
        for number in range(20):
            decision = scheduler.next(history)
            assert isinstance(decision, New | Promote | Stop)
            if not isinstance(decision, New):
                return
            trial = proposed(number, Proposal(space.sample(rng)))
            history.record(evolve(trial, state=RUNNING, target_epochs=decision.epochs))

    def test_it_promotes_only_trials_with_a_score_to_more_epochs(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        for promoted, epochs in _promotions(scheduler, space, FINISHED):
            assert promoted.scored
            assert promoted.epochs < epochs

    def test_it_promotes_no_trial_that_is_being_trained(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        for promoted, _ in _promotions(scheduler, space, RUNNING):
            assert not promoted.active

    def test_the_same_history_gives_the_same_decision(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        rng = default_rng(0)
        trials = [ended(proposed(n, Proposal(space.sample(rng))), rng) for n in range(30)]
        once, again = (scheduler.next(History(trials=trials)) for _ in range(2))
        assert once == again

    def test_a_first_epoch_is_always_granted_to_the_only_trial(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        only = evolve(proposed(0, Proposal(space.sample(default_rng(0)))), state=RUNNING)
        assert scheduler.goes_on(History(trials=[only]), 0, 1, {"loss": 1.0})


def _promotions(
    scheduler: Scheduler, space: SearchSpace, state: str
) -> Iterator[tuple[Trial, int]]:
    """Yield each trial that is promoted in 80 decisions, and its new epochs.

    Args:
        scheduler: What decides.
        space: What new trials are drawn from; they end at once.
        state: Of a promoted trial from then on, finished or running.
    """
    history, rng = History(), default_rng(0)
    for _ in range(80):
        decision = scheduler.next(history)
        if isinstance(decision, Stop):
            return
        if isinstance(decision, Promote):
            trial = history[decision.number]
            yield trial, decision.epochs
            epochs = decision.epochs if state == FINISHED else trial.epochs
            history.record(evolve(trial, state=state, epochs=epochs, target_epochs=decision.epochs))
        else:
            asked = proposed(len(history), Proposal(space.sample(rng)))
            history.record(evolve(asked, target_epochs=decision.epochs))
            epochs = decision.epochs or asked.candidate.recipe.epochs
            history.record(evolve(ended(history[-1], rng), epochs=epochs))
