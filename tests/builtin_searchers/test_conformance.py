from __future__ import annotations

import pytest

from archivolt.testing import MutatorConformance, SchedulerConformance, SearcherConformance
from archivolt_searchers.depth_scaled import DepthScaled
from archivolt_searchers.field_mutators import ChangeParameter, ChangeRecipe
from archivolt_searchers.full_schedule import Full
from archivolt_searchers.greedy import Greedy
from archivolt_searchers.hyperband import Hyperband
from archivolt_searchers.median_stop import MedianStop
from archivolt_searchers.random_search import Random
from archivolt_searchers.stack_mutators import Delete, Insert, Replace, Swap
from archivolt_searchers.successive_halving import Asha


class TestMutators(MutatorConformance):
    @pytest.fixture(params=[Insert, Replace, Delete, Swap, ChangeParameter, ChangeRecipe])
    def mutator(self, request):
        return request.param()


class TestSearchers(SearcherConformance):
    @pytest.fixture(
        params=[Random(), Greedy(), Greedy(beam=1, growth_probability=0.3, starts=3)],
        ids=["random", "greedy", "greedy of one"],
    )
    def searcher(self, request):
        return request.param


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
