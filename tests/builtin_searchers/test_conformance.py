from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import ExhaustedError
from archivolt.testing import MutatorConformance, SchedulerConformance, SearcherConformance
from archivolt.testing.toy_space import toy_space, without_fields
from archivolt.testing.toy_trials import proposed
from archivolt.values.history import History
from archivolt_searchers.field_mutators import ChangeParameter, ChangeRecipe
from archivolt_searchers.full_schedule import Full
from archivolt_searchers.gaussian_process import GaussianProcess
from archivolt_searchers.greedy import Greedy
from archivolt_searchers.progressive import Progressive
from archivolt_searchers.random_search import Random
from archivolt_searchers.reinforce import Reinforce
from archivolt_searchers.stack_mutators import Delete, Insert, Replace, Swap


class TestMutators(MutatorConformance):
    @pytest.fixture(params=[Insert, Replace, Delete, Swap, ChangeParameter, ChangeRecipe])
    def mutator(self, request):
        return request.param()


class TestSearchers(SearcherConformance):
    @pytest.fixture(
        params=[
            Random(),
            Greedy(),
            Greedy(beam=1, growth_probability=0.3, starts=3),
            GaussianProcess(),
            GaussianProcess(starts=2, acquisition="ei", exploration=0.0, most_trials=20),
            Reinforce(),
        ],
        ids=[
            "random",
            "greedy",
            "greedy of one",
            "gaussian process",
            "gaussian process, expected improvement",
            "reinforce",
        ],
    )
    def searcher(self, request):
        return request.param


class TestProgressive(SearcherConformance):
    @pytest.fixture(
        params=[Progressive(), Progressive(beam=2, trees=5)],
        ids=["progressive", "progressive of two"],
    )
    def searcher(self, request):
        return request.param

    def test_it_says_when_a_space_is_exhausted(self, searcher, space):
        # That of the kit has one depth alone, and is refused.
        small = toy_space(depth=(1, 2), searched_recipe=False)
        small = evolve(small, blocks=(without_fields(small),))
        history, rng = History(), default_rng(0)
        for number in range(4):  # two depths, and a connector of two values
            history.record(proposed(number, searcher.propose(history, small, rng)))
        with pytest.raises(ExhaustedError):
            searcher.propose(history, small, rng)


class TestSchedulers(SchedulerConformance):
    @pytest.fixture(params=[Full(), Full(max_epochs=3)], ids=["full", "full to 3 epochs"])
    def scheduler(self, request):
        return request.param
