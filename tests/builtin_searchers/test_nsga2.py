"""NSGA-II: evolution towards a front."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.values.history import History
from archivolt.values.objectives import Objective, costs
from archivolt.values.trial import FAILED, FINISHED, Trial
from archivolt_searchers.nsga2 import Front, Nsga2
from archivolt_searchers.random_search import Random

COST = (Objective("cost"),)


def score_of(candidate):
    return float(np.mean([block.activation == "relu" for block in candidate.architecture]))


def cost_of(candidate):
    """A cost that every relu raises, the more the wider its block: the front is a real choice."""
    return float(
        sum(
            block.units * (3.0 if block.activation == "relu" else 1.0)
            for block in candidate.architecture
        )
    )


def trial_of(number, candidate, **changes):
    told = {"score": score_of(candidate), "metrics": {"cost": cost_of(candidate)}}
    return Trial(number, candidate, seed=0, state=FINISHED, **{**told, **changes})


def searched(searcher, space, seed, trials=150):
    history, rng = History(objectives=COST), default_rng(seed)
    for number in range(trials):
        history.record(trial_of(number, searcher.propose(history, space, rng).candidate))
    return history


def hypervolume(history, worst=800.0):
    """Return the area that the front dominates, of score 0 and the worst cost."""
    area = 0.0
    points = sorted((cost, -score) for score, cost in costs(history.front(), COST, True))
    for at, (cost, score) in enumerate(points):
        following = points[at + 1][0] if at + 1 < len(points) else worst
        area += (following - cost) * score
    return area


def test_its_front_dominates_more_than_that_of_chance(known_space):
    made = [hypervolume(searched(Nsga2(population=20), known_space, s)) for s in range(3)]
    chance = [hypervolume(searched(Random(), known_space, s)) for s in range(3)]

    assert min(made) > max(chance)


def test_it_finds_both_ends_of_the_front(known_space):
    history = searched(Nsga2(population=20), known_space, seed=1, trials=300)

    found = {(-score, cost) for score, cost in costs(history.front(), COST, True)}
    assert {(0.0, 32.0), (1.0, 96.0)} <= found  # eight units each, all or none of them relu


def test_parents_are_of_the_population_alone(known_space):
    history = searched(Random(), known_space, seed=0, trials=60)
    searcher = Nsga2(population=10)

    living = {trial.number for trial in searcher._living(history)}
    parents = {searcher.propose(history, known_space, default_rng(s)).parent for s in range(40)}

    assert parents <= living
    assert {trial.number for trial in history.front()} <= living


def test_what_breaks_a_limit_is_a_parent_only_where_there_is_nothing_else(known_space):
    limited = (Objective("cost", limit=300.0),)
    history = History(True, tuple(searched(Random(), known_space, 0, 60)), limited)
    within = {trial.number for trial in history if trial.metrics["cost"] <= 300.0}
    assert 10 < len(within) < 60

    living = Nsga2(population=10)._living(history)

    assert {trial.number for trial in living} <= within


@pytest.mark.parametrize("seed", range(5))
def test_the_front_is_kept_in_step_with_trials_that_change(known_space, seed):
    rng = default_rng(seed)
    history = History(objectives=COST)
    for number in range(40):
        history.record(trial_of(number, known_space.sample(rng)))
        kept = history.derived("front", lambda: Front(COST, True)).members()
        assert {each.number for each in kept} == {each.number for each in history.front()}
        if rng.random() < 0.5:
            changed = history[int(rng.integers(len(history)))]
            again = (
                evolve(changed, state=FAILED, score=None)
                if rng.random() < 0.3
                else evolve(changed, score=float(rng.random()))
            )
            history.record(again)
