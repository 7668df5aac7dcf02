from __future__ import annotations

import pytest

from archivolt.testing import MutatorConformance, SchedulerConformance, SearcherConformance
from archivolt_searchers.field_mutators import ChangeParameter, ChangeRecipe
from archivolt_searchers.full_schedule import Full
from archivolt_searchers.greedy import Greedy
from archivolt_searchers.growing_mutators import InsertIdentity, Widen
from archivolt_searchers.random_search import Random
from archivolt_searchers.stack_mutators import Delete, Insert, Replace, Swap


class TestMutators(MutatorConformance):
    @pytest.fixture(
        params=[Insert, Replace, Delete, Swap, ChangeParameter, ChangeRecipe, Widen, InsertIdentity]
    )
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
    @pytest.fixture(params=[Full(), Full(max_epochs=3)], ids=["full", "full to 3 epochs"])
    def scheduler(self, request):
        return request.param
