"""Conformance of schedulers: one small test for each promise.

It runs in a space of toy blocks that build nothing, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

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
from archivolt.values.trial import FAILED, FINISHED, RUNNING, Trial


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
        assert isinstance(scheduler.next(History()), New), (
            "with no trials there is nothing to promote or to stop for: answer New()."
        )

    def test_it_never_waits_for_running_trials(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        history, rng = History(), default_rng(0)
        for number in range(20):
            decision = scheduler.next(history)
            assert isinstance(decision, New | Promote | Stop), (
                "next() must answer New, Promote or Stop at once, whatever is still being trained."
            )
            if not isinstance(decision, New):
                return
            trial = proposed(number, Proposal(space.sample(rng)))
            epochs = decision.of(trial.schedule)
            history.record(evolve(trial, state=RUNNING, target_epochs=epochs))

    def test_it_promotes_only_trials_with_a_score_to_more_epochs(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        for promoted, epochs, _ in _promotions(scheduler, space, FINISHED):
            assert promoted.scored, "it promotes a trial that has no score."
            assert promoted.epochs < epochs, "it promotes a trial to epochs that it has already."

    def test_it_promotes_only_trials_that_it_said_may_be(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        for promoted, _, waiting in _promotions(scheduler, space, FINISHED):
            assert promoted.number in waiting, (
                f"trial {promoted.number} is promoted and was not among those that `waiting` "
                "numbers: its weights may have been removed. Name it there."
            )

    def test_it_promotes_no_trial_that_is_being_trained(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        for promoted, *_ in _promotions(scheduler, space, RUNNING):
            assert not promoted.active, (
                "it promotes a trial that a worker still trains: leave out what is `active`."
            )

    def test_the_same_history_gives_the_same_decision(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        rng = default_rng(0)
        trials = [ended(proposed(n, Proposal(space.sample(rng))), rng) for n in range(30)]
        once, again = (scheduler.next(History(trials=trials)) for _ in range(2))
        assert once == again, (
            "the same history gives another decision: it is a function of the history alone."
        )

    def test_a_decision_follows_from_the_trials_whatever_was_asked_before(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        rng = default_rng(0)
        grown = History()
        for number in range(80):
            decision = scheduler.next(grown)
            if isinstance(decision, Stop):
                return
            grown.record(_begun(decision, scheduler, grown, space, rng))
            if number >= 4:  # as with four workers
                grown.record(_trained(grown.active[0], rng))
            # One that was asked at every step, and one that meets these trials for the first time.
            assert scheduler.next(grown) == scheduler.next(History(trials=tuple(grown))), (
                "what it was asked before changes the decision: keep what you need in "
                "`history.derived`."
            )

    def test_a_schedule_is_no_longer_than_its_recipes(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        rng = default_rng(0)
        for candidate in (space.sample(rng) for _ in range(30)):
            assert 1 <= scheduler.schedule(candidate) <= candidate.recipe.epochs, (
                "schedule() may be shorter than the epochs of the recipe, never longer, and 1 at "
                "least."
            )

    def test_a_first_epoch_is_always_granted_to_the_only_trial(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        only = evolve(proposed(0, Proposal(space.sample(default_rng(0)))), state=RUNNING)
        assert scheduler.goes_on(History(trials=[only]), 0, 1, {"loss": 1.0}), (
            "it stops the only trial after one epoch, so nothing would ever be trained."
        )


def _promotions(
    scheduler: Scheduler, space: SearchSpace, state: str
) -> Iterator[tuple[Trial, int, Sequence[int]]]:
    """Yield each trial that is promoted in 80 decisions, its new epochs, and who was waiting.

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
            yield history[decision.number], decision.epochs, scheduler.waiting(history)
        begun = _begun(decision, scheduler, history, space, rng)
        history.record(begun)
        if isinstance(decision, New) or state == FINISHED:
            history.record(_trained(begun, rng))


def _begun(
    decision: New | Promote,
    scheduler: Scheduler,
    history: History,
    space: SearchSpace,
    rng: Generator,
) -> Trial:
    """Do as the search does with a decision: a new trial, or one that is trained further."""
    if isinstance(decision, Promote):
        return evolve(history[decision.number], state=RUNNING, target_epochs=decision.epochs)
    trial = proposed(len(history), Proposal(space.sample(rng)))
    schedule = scheduler.schedule(trial.candidate)
    return evolve(
        trial, state=RUNNING, schedule_epochs=schedule, target_epochs=decision.of(schedule)
    )


def _trained(trial: Trial, rng: Generator) -> Trial:
    """Train a trial to its goal, at random: ties happen, and a new one may fail."""
    score = round(float(rng.random()), 2)
    if trial.score is None and score < 0.1:
        return evolve(trial, state=FAILED, cause="error")
    trial = trial.reported(trial.goal, score)
    return evolve(trial, state=FINISHED, score=score, epochs=trial.goal)
