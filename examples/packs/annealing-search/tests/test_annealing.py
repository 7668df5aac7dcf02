from __future__ import annotations

import pytest
from annealing_search.annealing import NOTE, Annealing

from archivolt.testing import SearcherConformance
from archivolt.testing.toy_space import toy_space
from archivolt.testing.toy_trials import searched


class TestCold(SearcherConformance):
    @pytest.fixture
    def searcher(self):
        return Annealing(temperature=1e-9, attempts=3)


def units(candidate):
    return sum(getattr(block, "units", 0) for block in candidate.architecture)


def places(history):
    """Where the walk stood when each trial was proposed."""
    return [trial.memo[NOTE][0] for trial in history]


def test_a_cold_walk_never_goes_down():
    history = searched(Annealing(temperature=1e-9), toy_space(), units, 80)

    scores = [history[place].score for place in places(history) if place is not None]
    assert scores == sorted(scores)


def test_a_hot_walk_goes_down_too():
    hot = Annealing(temperature=1e9, cooling=1.0)
    history = searched(hot, toy_space(), units, 80)

    scores = [history[place].score for place in places(history) if place is not None]
    assert scores != sorted(scores)


def test_a_whole_run_walks_from_parents_to_children(tiny_run):
    run = tiny_run("annealing_search", searcher="annealing", trials=12)

    assert len(run.history) == 12
    # A few are drawn afresh, where everything near was tried.
    assert sum(trial.parent is not None for trial in run.history) >= 6
