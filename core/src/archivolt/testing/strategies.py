"""Conformance of strategies: one small test for each promise of mutators, searchers, schedulers.

They run in a space of toy blocks that build nothing, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

from archivolt.components.strategies import (
    Mutator,
    New,
    Promote,
    Proposal,
    Scheduler,
    Searcher,
    Stop,
)
from archivolt.errors import ExhaustedError
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.testing.toy_space import toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.encoding import canonical_json
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt.values.space import SearchSpace
from archivolt.values.trial import FAILED, FINISHED, PENDING, RUNNING, Trial

DRAWS = 50


class MutatorConformance:
    """The promises of a mutator. Override `mutator`; where yours needs another space, `space`."""

    @pytest.fixture
    def mutator(self) -> Mutator:
        raise NotImplementedError("override the fixture `mutator`: return one of yours")

    def test_the_class_can_be_registered(self, mutator: Mutator) -> None:
        assert list(faults(type(mutator), KINDS["mutator"])) == []

    @pytest.fixture
    def space(self) -> SearchSpace:
        """Return a space in which the mutator has something to change."""
        return toy_space(depth=(1, 5), limits=Limits(parameters=60_000))

    @pytest.fixture
    def parents(self, space: SearchSpace) -> Sequence[Candidate]:
        rng = default_rng(0)
        return [space.sample(rng) for _ in range(DRAWS)]

    @pytest.fixture
    def rng(self) -> Generator:
        return default_rng(1)

    def test_it_applies_to_some_candidate(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        assert any(mutator.mutate(parent, space, rng) is not None for parent in parents)

    def test_every_child_is_valid_in_the_space(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        for parent in parents:
            child = mutator.mutate(parent, space, rng)
            if child is not None:
                space.check(child)

    def test_a_child_differs_from_its_parent(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        assert all(mutator.mutate(parent, space, rng) != parent for parent in parents)

    def test_the_parent_stays_as_it_is(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        before = [canonical_json(parent) for parent in parents]
        for parent in parents:
            mutator.mutate(parent, space, rng)
        assert [canonical_json(parent) for parent in parents] == before

    def test_the_same_seed_gives_the_same_child(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace
    ) -> None:
        for parent in parents:
            once, again = (mutator.mutate(parent, space, default_rng(7)) for _ in range(2))
            assert once == again

    def test_only_a_mutator_that_says_so_makes_the_network_deeper(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        for parent in parents:
            child = mutator.mutate(parent, space, rng)
            if child is None:
                continue
            added = len(space.body(child.architecture)) - len(space.body(parent.architecture))
            assert added == 1 if mutator.grows else added <= 0

    def test_a_space_of_one_candidate_gives_no_child(
        self, mutator: Mutator, space: SearchSpace, rng: Generator
    ) -> None:
        fixed = toy_space(depth=(1, 1), searched_recipe=False)
        scale = next(
            choice for choice in fixed.blocks if not choice.domains and _on_vectors(choice)
        )
        connectors = tuple(evolve(choice, fixed={"mean": True}) for choice in fixed.connectors)
        alone = evolve(fixed, blocks=(scale,), connectors=connectors)
        assert mutator.mutate(alone.sample(default_rng(0)), alone, rng) is None


class SearcherConformance:
    """The promises of a searcher. Override `searcher`; where yours needs another space, `space`."""

    @pytest.fixture
    def searcher(self) -> Searcher:
        raise NotImplementedError("override the fixture `searcher`: return one of yours")

    def test_the_class_can_be_registered(self, searcher: Searcher) -> None:
        assert list(faults(type(searcher), KINDS["searcher"])) == []

    @pytest.fixture
    def space(self) -> SearchSpace:
        return toy_space(limits=Limits(parameters=60_000))

    @pytest.fixture
    def trials(self, searcher: Searcher, space: SearchSpace) -> Sequence[Trial]:
        """Return the trials of a search: some failed, the last of them pending or running."""
        history = History()
        rng = default_rng(0)
        for number in range(60):
            proposal = searcher.propose(history, space, rng)
            history.record(_trial(number, proposal))
            done = number - 8  # as with eight workers
            if done >= 0:
                history.record(_ended(history[done], rng))
        return tuple(history)

    def test_it_proposes_from_an_empty_history(
        self, searcher: Searcher, space: SearchSpace
    ) -> None:
        proposal = searcher.propose(History(), space, default_rng(0))
        space.check(proposal.candidate)
        assert proposal.parent is None

    def test_every_proposal_is_valid_in_the_space(
        self, trials: Sequence[Trial], space: SearchSpace
    ) -> None:
        for trial in trials:
            space.check(trial.candidate)

    def test_no_candidate_is_proposed_twice(self, trials: Sequence[Trial]) -> None:
        assert len({trial.candidate.fingerprint for trial in trials}) == len(trials)

    def test_a_proposal_is_a_function_of_its_arguments(
        self, searcher: Searcher, space: SearchSpace, trials: Sequence[Trial]
    ) -> None:
        other = evolve(searcher)  # type: ignore[misc]  # attrs, all
        for length in (0, 1, 17, len(trials)):
            stored = trials[:length]
            once = searcher.propose(History(trials=stored), space, default_rng(5))
            # In between it sees another history: nothing of it may be kept.
            searcher.propose(History(trials=trials[: length // 2]), space, default_rng(6))
            again = searcher.propose(History(trials=stored), space, default_rng(5))
            afresh = other.propose(History(trials=stored), evolve(space), default_rng(5))
            assert once == again == afresh

    def test_the_history_stays_as_it_is(
        self, searcher: Searcher, space: SearchSpace, trials: Sequence[Trial]
    ) -> None:
        history = History(trials=trials)
        searcher.propose(history, space, default_rng(5))
        assert tuple(history) == tuple(trials)

    def test_a_proposal_names_an_earlier_trial_as_its_parent(self, trials: Sequence[Trial]) -> None:
        assert all(trial.parent is None or trial.parent < trial.number for trial in trials)
        assert all((trial.mutator is None) == (trial.parent is None) for trial in trials)

    def test_a_memo_is_plain_data(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            assert json.loads(json.dumps(dict(trial.memo))) == trial.memo

    def test_workers_that_ask_before_a_trial_ends_get_different_candidates(
        self, searcher: Searcher, space: SearchSpace, trials: Sequence[Trial]
    ) -> None:
        history = History(trials=trials)
        for number in range(len(trials), len(trials) + 20):
            proposal = searcher.propose(history, space, default_rng(3))  # the same seed each time
            assert history.find(proposal.candidate.fingerprint) is None
            history.record(_trial(number, proposal))

    def test_it_copes_with_a_history_in_which_everything_failed(
        self, searcher: Searcher, space: SearchSpace, trials: Sequence[Trial]
    ) -> None:
        failed = [trial.fail("error", "", 0.0) for trial in trials]
        space.check(searcher.propose(History(trials=failed), space, default_rng(0)).candidate)

    def test_it_says_when_a_space_is_exhausted(
        self, searcher: Searcher, space: SearchSpace
    ) -> None:
        small = toy_space(depth=(1, 1), searched_recipe=False)
        scale = next(
            choice for choice in small.blocks if not choice.domains and _on_vectors(choice)
        )
        small = evolve(small, blocks=(scale,))
        history, rng = History(), default_rng(0)
        for number in range(2):  # one block, and a connector of two values
            history.record(_trial(number, searcher.propose(history, small, rng)))
        with pytest.raises(ExhaustedError):
            searcher.propose(history, small, rng)


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
            trial = _trial(number, Proposal(space.sample(rng)))
            history.record(evolve(trial, state=RUNNING, target_epochs=decision.epochs))

    def test_it_promotes_only_trials_with_a_score_to_more_epochs(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        history, rng = History(), default_rng(0)
        for _ in range(80):
            decision = scheduler.next(history)
            if isinstance(decision, New):
                asked = _trial(len(history), Proposal(space.sample(rng)))
                history.record(evolve(asked, target_epochs=decision.epochs))
                ended = _ended(history[-1], rng)
                epochs = decision.epochs or ended.candidate.recipe.epochs
                history.record(evolve(ended, epochs=epochs))
            elif isinstance(decision, Promote):
                promoted = history[decision.number]
                assert promoted.scored
                assert promoted.epochs < decision.epochs
                history.record(evolve(promoted, epochs=decision.epochs))
            else:
                return

    def test_it_promotes_no_trial_that_is_being_trained(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        history, rng = History(), default_rng(0)
        for _ in range(80):
            decision = scheduler.next(history)
            if isinstance(decision, New):
                asked = _trial(len(history), Proposal(space.sample(rng)))
                history.record(asked)
                history.record(evolve(_ended(asked, rng), epochs=decision.epochs or 10))
            elif isinstance(decision, Promote):
                promoted = history[decision.number]
                assert not promoted.active
                history.record(evolve(promoted, state=RUNNING, target_epochs=decision.epochs))
            else:
                return

    def test_the_same_history_gives_the_same_decision(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        rng = default_rng(0)
        trials = [_ended(_trial(n, Proposal(space.sample(rng))), rng) for n in range(30)]
        once, again = (scheduler.next(History(trials=trials)) for _ in range(2))
        assert once == again

    def test_a_first_epoch_is_always_granted_to_the_only_trial(
        self, scheduler: Scheduler, space: SearchSpace
    ) -> None:
        only = evolve(_trial(0, Proposal(space.sample(default_rng(0)))), state=RUNNING)
        assert scheduler.goes_on(History(trials=[only]), 0, 1, {"loss": 1.0})


def _on_vectors(choice: BlockChoice) -> bool:
    return choice.block.reads == "vector"


def _trial(number: int, proposal: Proposal) -> Trial:
    return Trial(
        number=number,
        candidate=proposal.candidate,
        seed=number,
        state=PENDING,
        parent=proposal.parent,
        mutator=proposal.mutator,
        memo=proposal.memo,
    )


def _ended(trial: Trial, rng: Generator) -> Trial:
    if rng.random() < 0.1:
        return evolve(trial, state=FAILED, cause="error")
    score = round(float(rng.random()), 2)  # two digits: ties happen
    return evolve(trial, state=FINISHED, score=score, metrics={"loss": 1 - score}, epochs=10)
