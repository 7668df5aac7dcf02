"""Histories with curves for tests of schedulers, and a space with a known optimum for searchers."""

from __future__ import annotations

from statistics import median
from types import SimpleNamespace

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.strategies import New, Promote
from archivolt.testing.toy_space import ToyDense, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, RUNNING, Trial
from archivolt_searchers import archivolt_mutators
from archivolt_searchers.random_search import Random

LIMIT = 1000  # trials

BEST = (
    ToyDense(16, "tanh"),
    ToyDense(64, "relu"),
    ToyDense(8, "tanh"),
    ToyDense(32, "relu"),
)


@pytest.fixture(scope="session")
def known_space():
    """Four blocks of two fields, 4,096 candidates, of which `BEST` is the one with score 0."""
    space = toy_space(vector(16), depth=(4, 4), searched_recipe=False)
    mutators = tuple((mutator(), 1.0) for mutator in archivolt_mutators())
    return evolve(space, blocks=(BlockChoice(ToyDense),), mutators=mutators)


def score_of(candidate):
    """Count the fields that differ from the best candidate's, each with a weight of its own."""
    return -sum(
        (2 + at) * (block.units != best.units) + (1.5 + at) * (block.activation != best.activation)
        for at, (block, best) in enumerate(zip(candidate.architecture, BEST, strict=True))
    )


def trials_until_best(searcher, space, seed, maximize=True):
    """Count the trials of a search, each ended at once, until it has found the best candidate."""
    history = History(maximize)
    rng = default_rng(seed)
    for number in range(LIMIT):
        proposal = searcher.propose(history, space, rng)
        score = score_of(proposal.candidate)
        if score == 0:
            return number + 1
        history.record(
            Trial(
                number,
                proposal.candidate,
                seed=0,
                state=FINISHED,
                parent=proposal.parent,
                mutator=proposal.mutator,
                memo=proposal.memo,
                score=score if maximize else -score,
            )
        )
    return LIMIT


@pytest.fixture
def trials_needed(known_space):
    """Return a function from a searcher to the median of its trials until the best candidate."""

    def needed(searcher, maximize=True):
        return median(trials_until_best(searcher, known_space, s, maximize) for s in range(7))

    return needed


@pytest.fixture(scope="session")
def random_trials(known_space):
    """Return what random search needs, 1,000 trials where it found nothing in as many."""
    return median(trials_until_best(Random(), known_space, seed) for seed in range(7))


def running(number, epochs=8, **more):
    """Return a running trial whose recipe has so many epochs."""
    candidate = Candidate((ToyDense(number % 60 + 1),), Recipe(epochs=epochs))
    return Trial(number, candidate, seed=number, state=RUNNING, **more)


def trained(trial, score, state=FINISHED):
    """Train a trial to its goal, with this score after every epoch."""
    for epoch in range(trial.epochs + 1, trial.goal + 1):
        trial = trial.reported(epoch, score)
    return evolve(trial, state=state, score=score, epochs=trial.goal)


def obeyed(decision, scheduler, history, epochs=8):
    """Begin what a scheduler decides, as the search does."""
    if isinstance(decision, Promote):
        trial = evolve(history[decision.number], state=RUNNING, target_epochs=decision.epochs)
    else:
        assert isinstance(decision, New)
        trial = running(len(history), epochs)
        schedule = scheduler.schedule(trial.candidate)
        trial = evolve(trial, schedule_epochs=schedule, target_epochs=decision.of(schedule))
    history.record(trial)
    return trial


def searched(scheduler, score_of, decisions, epochs=lambda number: 8, maximize=True):
    """Obey so many decisions, one after the other; returns the history."""
    history = History(maximize)
    for _ in range(decisions):
        number = len(history)
        trial = obeyed(scheduler.next(history), scheduler, history, epochs(number))
        history.record(trained(trial, score_of(trial)))
    return history


@pytest.fixture(scope="session")
def schedules():
    """What tests of schedulers make histories with."""
    return SimpleNamespace(running=running, trained=trained, obeyed=obeyed, searched=searched)
