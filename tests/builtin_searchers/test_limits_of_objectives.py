"""Where the score grows with what a limit forbids, searchers stay within the limit."""

from __future__ import annotations

import math

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import toy_space
from archivolt.testing.toy_trials import proposed
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.objectives import Objective
from archivolt.values.trial import FINISHED
from archivolt_searchers import archivolt_mutators, archivolt_searchers

LIMIT = 2500  # parameters; a quarter of random candidates have more
MUTATORS = ("insert", "replace", "delete", "change_parameter", "change_recipe")
SEARCHERS = {each.name: each for each in archivolt_searchers()}


@pytest.mark.parametrize(
    ("name", "most"),
    [("gaussian_process", 8), ("linear", 8), ("progressive", 16), ("reinforce", 20), ("nsga2", 10)],
)
def test_what_breaks_a_limit_is_seldom_tried(name, most):
    mutators = tuple((each(), 1.0) for each in archivolt_mutators() if each.name in MUTATORS)
    space = evolve(toy_space(vector(32)), mutators=mutators)
    searcher, history = (
        SEARCHERS[name](),
        History(objectives=(Objective("parameters", limit=LIMIT),)),
    )
    for number in range(90):
        proposal = searcher.propose(history, space, default_rng([0, number]))
        parameters = space.footprint(proposal.candidate.architecture).parameters
        trial = evolve(
            proposed(number, proposal),
            state=FINISHED,
            score=math.log(parameters),
            parameters=parameters,
            epochs=10,
            ended=float(number),
        )
        history.record(trial)

    beyond = [trial.number for trial in history if not history.keeps_limits(trial)]
    assert sum(number >= 30 for number in beyond) <= most
