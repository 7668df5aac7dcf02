from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import ExhaustedError
from archivolt.testing import MutatorConformance, SchedulerConformance, SearcherConformance
from archivolt.testing.toy_space import ToySkip, toy_space, without_fields
from archivolt.testing.toy_trials import proposed
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices
from archivolt.values.features import vector
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt_searchers.crossover import Crossover
from archivolt_searchers.depth_scaled import DepthScaled
from archivolt_searchers.evolution import Evolution
from archivolt_searchers.field_mutators import ChangeParameter, ChangeRecipe
from archivolt_searchers.full_schedule import Full
from archivolt_searchers.gaussian_process import GaussianProcess
from archivolt_searchers.greedy import Greedy
from archivolt_searchers.grid import Grid
from archivolt_searchers.growing_mutators import InsertIdentity, Widen
from archivolt_searchers.harmonica import Harmonica
from archivolt_searchers.hyperband import Hyperband
from archivolt_searchers.linear import Linear
from archivolt_searchers.local_search import Local
from archivolt_searchers.median_stop import MedianStop
from archivolt_searchers.progressive import Progressive
from archivolt_searchers.random_search import Random
from archivolt_searchers.reinforce import Reinforce
from archivolt_searchers.rewire import Rewire
from archivolt_searchers.stack_mutators import Delete, Insert, Replace, Swap
from archivolt_searchers.successive_halving import Asha


class TestMutators(MutatorConformance):
    @pytest.fixture(
        params=[
            Insert,
            Replace,
            Delete,
            Swap,
            ChangeParameter,
            ChangeRecipe,
            Crossover,
            Widen,
            InsertIdentity,
        ]
    )
    def mutator(self, request):
        return request.param()


class TestRewire(MutatorConformance):
    @pytest.fixture
    def mutator(self):
        return Rewire()

    @pytest.fixture
    def space(self):
        space = toy_space(vector(8), depth=(1, 5))
        return evolve(space, blocks=(*space.blocks, BlockChoice(ToySkip)))


class TestSearchers(SearcherConformance):
    @pytest.fixture(
        params=[
            Random(),
            Greedy(),
            Greedy(beam=1, growth_probability=0.3, starts=3),
            GaussianProcess(),
            GaussianProcess(starts=2, acquisition="ei", exploration=0.0, most_trials=20),
            Reinforce(),
            Local(),
            Local(starts=2, patience=3),
            Evolution(),
            Evolution(population=12, sample=3, crossover=0.5),
            Linear(),
            Linear(alignment="head", trials_before_fit=5, growth_probability=0.5, window=20),
            Harmonica(),
            Harmonica(samples=8, stages=2, degree=2, monomials=3),
        ],
        ids=str,
    )
    def searcher(self, request):
        return request.param


class TestGrid(SearcherConformance):
    @pytest.fixture
    def searcher(self):
        return Grid()

    @pytest.fixture
    def space(self):
        space = toy_space(depth=(1, 3), limits=Limits(parameters=60_000))
        return evolve(space, recipe_domains={"optimizer": Choices(("sgd", "adam"))})


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
    @pytest.fixture(
        params=[
            Full(),
            Full(max_epochs=3),
            Asha(),
            Asha(reduction_factor=4, min_share=0.05, min_epochs=2),
            Asha(max_epochs=2),
            Hyperband(),
            Hyperband(reduction_factor=3, min_share=0.1),
            MedianStop(),
            MedianStop(min_share=0.01, min_trials=1),
            DepthScaled(),
            DepthScaled(full_depth=9, min_epochs=4),
        ],
        ids=str,
    )
    def scheduler(self, request):
        return request.param
