"""Conformance of searchers: one small test for each promise.

It runs in a space of toy blocks that build nothing, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.strategies import (
    Searcher,
)
from archivolt.errors import ExhaustedError
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.testing.toy_space import toy_space, without_fields
from archivolt.testing.toy_trials import advance, ended, proposed, stored
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt.values.space import SearchSpace
from archivolt.values.trial import Trial


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
            history.record(proposed(number, proposal))
            done = number - 8  # as with eight workers
            if done >= 0:
                history.record(ended(history[done], rng))
        return tuple(history)

    def test_it_proposes_from_an_empty_history(
        self, searcher: Searcher, space: SearchSpace
    ) -> None:
        proposal = searcher.propose(History(), space, default_rng(0))
        space.check(proposal.candidate)
        assert proposal.parent is None, (
            "with an empty history there is no parent: leave `Proposal.parent` at None."
        )

    def test_every_proposal_is_valid_in_the_space(
        self, trials: Sequence[Trial], space: SearchSpace
    ) -> None:
        for trial in trials:
            space.check(trial.candidate)

    def test_no_candidate_is_proposed_twice(self, trials: Sequence[Trial]) -> None:
        assert len({trial.candidate.fingerprint for trial in trials}) == len(trials), (
            "a candidate is proposed twice: ask `history.holds(candidate)` first, which knows "
            "pending and failed trials too."
        )

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
            assert once == again == afresh, (
                "the same history and seed give another proposal: keep nothing on the searcher or "
                "its module, and draw from `rng` alone. What must be remembered goes into "
                "`Proposal.memo`."
            )

    @pytest.mark.parametrize("workers", [1, 8, 40])
    def test_a_search_goes_on_from_a_stored_history_as_it_would_have_gone_on(
        self, searcher: Searcher, space: SearchSpace, workers: int
    ) -> None:
        history = History()
        for _ in range(45):
            advance(searcher, space, history, workers)
        again, afresh = stored(history), evolve(searcher)  # type: ignore[misc]  # attrs, all

        went_on = [advance(searcher, space, history, workers) for _ in range(25)]

        elsewhere = evolve(space)
        assert [advance(afresh, elsewhere, again, workers) for _ in range(25)] == went_on, (
            "a search that is resumed goes another way: whatever it goes on from must stand in the "
            "history. A memo comes back from JSON, tuples as lists."
        )

    def test_the_history_stays_as_it_is(
        self, searcher: Searcher, space: SearchSpace, trials: Sequence[Trial]
    ) -> None:
        history = History(trials=trials)
        searcher.propose(history, space, default_rng(5))
        assert tuple(history) == tuple(trials), "propose() changes the history: it only reads it."

    def test_a_proposal_names_an_earlier_trial_as_its_parent(self, trials: Sequence[Trial]) -> None:
        assert all(trial.parent is None or trial.parent < trial.number for trial in trials), (
            "a proposal names a parent that is no earlier trial."
        )
        assert all((trial.mutator is None) == (trial.parent is None) for trial in trials), (
            "name a mutator where there is a parent, and none where there is not."
        )

    def test_a_memo_is_plain_data(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            assert json.loads(json.dumps(dict(trial.memo))) == trial.memo, (
                "a memo comes back from JSON as another value: use lists, strings, numbers."
            )

    def test_workers_that_ask_before_a_trial_ends_get_different_candidates(
        self, searcher: Searcher, space: SearchSpace, trials: Sequence[Trial]
    ) -> None:
        history = History(trials=trials)
        for number in range(len(trials), len(trials) + 20):
            proposal = searcher.propose(history, space, default_rng(3))  # the same seed each time
            assert history.find(proposal.candidate.fingerprint) is None, (
                "two workers that ask one after the other get the same candidate: pending trials "
                "count."
            )
            history.record(proposed(number, proposal))

    def test_it_copes_with_a_history_in_which_everything_failed(
        self, searcher: Searcher, space: SearchSpace, trials: Sequence[Trial]
    ) -> None:
        failed = [trial.fail("error", "", 0.0) for trial in trials]
        space.check(searcher.propose(History(trials=failed), space, default_rng(0)).candidate)

    def test_it_says_when_a_space_is_exhausted(
        self, searcher: Searcher, space: SearchSpace
    ) -> None:
        small = toy_space(depth=(1, 1), searched_recipe=False)
        scale = without_fields(small)
        small = evolve(small, blocks=(scale,))
        history, rng = History(), default_rng(0)
        for number in range(2):  # one block, and a connector of two values
            history.record(proposed(number, searcher.propose(history, small, rng)))
        with pytest.raises(ExhaustedError):
            searcher.propose(history, small, rng)
