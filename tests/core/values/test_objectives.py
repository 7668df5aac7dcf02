"""Objectives: what a search minds beside its metric."""

from __future__ import annotations

from math import inf

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import toy_space
from archivolt.values.history import History
from archivolt.values.objectives import Objective, costs, excess, front
from archivolt.values.selection import STANDARD_ERROR, select
from archivolt.values.trial import FAILED, FINISHED, Trial


def trials(*told, state=FINISHED):
    """Make trials of scores, parameters and further metrics."""
    space, rng = toy_space(), default_rng(0)
    return [
        evolve(
            Trial(number, space.sample(rng), seed=number),
            state=state,
            score=score,
            parameters=parameters,
            metrics={"loss": 1.0 - score, STANDARD_ERROR: 0.05, **metrics},
        )
        for number, (score, parameters, metrics) in enumerate(told)
    ]


def test_the_front_holds_what_no_other_beats_in_everything():
    told = trials((0.9, 100, {}), (0.8, 10, {}), (0.85, 100, {}), (0.7, 20, {}), (0.9, 200, {}))

    found = front(told, (Objective("parameters"),), maximize=True)

    assert [trial.number for trial in found] == [0, 1]


def test_failed_trials_and_those_beyond_a_limit_take_no_part():
    told = trials((0.9, 100, {}), (0.8, 10, {}))
    told[1] = evolve(told[1], state=FAILED)

    assert front(told, (Objective("parameters", limit=50),), maximize=True) == []


@pytest.mark.parametrize(
    ("objective", "value", "beyond"),
    [
        (Objective("parameters", limit=100), 100, 0.0),
        (Objective("parameters", limit=100), 150, 0.5),
        (Objective("auc", limit=0.8), 0.9, 0.0),
        (Objective("auc", limit=0.8), 0.6, 0.25),
        (Objective("auc", maximize=False, limit=0.8), 0.6, 0.0),
        (Objective("latency", limit=5), None, inf),
        (Objective("latency", limit=5), float("nan"), inf),
        (Objective("latency"), None, 0.0),
        (Objective("gap", limit=0), 0.1, inf),
    ],
)
def test_a_limit_is_the_most_of_a_cost_and_the_least_of_what_should_be_much(
    objective, value, beyond
):
    assert objective.excess(value) == pytest.approx(beyond)


def test_a_part_of_several_tasks_is_known_by_its_metric():
    assert Objective("colour.f1_macro").grows
    assert not Objective("colour.brier").grows


def test_what_a_trial_does_not_tell_costs_without_bound():
    found = costs(trials((0.9, 3, {})), (Objective("bytes"), Objective("latency")), maximize=True)

    assert found.tolist() == [[-0.9, 12.0, inf]]


def test_a_history_ranks_what_breaks_a_limit_behind_all_others():
    limit = Objective("parameters", limit=50)
    told = trials((0.9, 100, {}), (0.95, 60, {}), (0.5, 40, {}), (0.6, 50, {}))

    history = History(True, told, (limit,))

    assert [trial.number for trial in history.ranked()] == [3, 2, 1, 0]
    assert [excess((limit,), trial) for trial in history.best(4)] == [0.0, 0.0, 0.2, 1.0]
    assert [trial.number for trial in history.front()] == [3, 2]


def test_what_is_as_good_as_the_best_and_breaks_a_limit_is_not_chosen():
    told = trials((0.6, 50, {"loss": 0.9}), (0.61, 60, {"loss": 0.1}))

    chosen = select(History(True, told, (Objective("parameters", limit=50),)))

    assert chosen is not None
    assert chosen.trial.number == 0


def test_where_nothing_keeps_the_limits_the_nearest_is_chosen():
    told = trials((0.9, 100, {"loss": 0.9}), (0.5, 60, {"loss": 0.1}))

    chosen = select(History(True, told, (Objective("parameters", limit=50),)))

    assert chosen is not None
    assert chosen.trial.number == 1
