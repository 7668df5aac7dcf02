from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import toy_space
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, RUNNING, Trial
from archivolt_searchers.refitting import Fits, Settled


@pytest.fixture
def history():
    """Forty trials that ended in the order of their numbers, and one that is running."""
    space, rng = toy_space(), default_rng(0)
    trials = [
        Trial(at, space.sample(rng), seed=0, state=FINISHED, score=0.5, ended=float(at))
        for at in range(40)
    ]
    return History(trials=[*trials, Trial(40, space.sample(rng), seed=0, state=RUNNING)])


def settled(history):
    rule = history.derived(Settled, Settled).rule()
    return {trial.number for trial in history if trial.scored and rule(trial)}


def test_all_but_the_newest_tenth_are_settled(history):
    assert settled(history) == set(range(40))

    for number in (40, 41, 42):
        history.record(evolve(history[0], number=number, ended=float(number)))
    assert settled(history) == set(range(40))

    history.record(evolve(history[0], number=43, ended=43.0))
    assert settled(history) == set(range(44))


def test_a_trial_that_goes_on_is_new_once_it_ends(history):
    history.record(evolve(history[3], score=0.9, ended=100.0))

    assert settled(history) == set(range(40))
    history.record(evolve(history[40], state=FINISHED, score=0.1, ended=50.0))
    assert settled(history) == set(range(41)) - {3}


def test_what_is_settled_follows_from_the_trials_alone(history):
    grown, rng = History(), default_rng(1)
    for trial in history:
        grown.record(evolve(trial, state=RUNNING, score=None, ended=None))
    for number in rng.permutation(40):
        settled(grown)
        grown.record(history[int(number)])

    assert settled(grown) == settled(history)


def test_a_fit_is_made_once_for_the_same_data(history):
    fits, made = history.derived(Fits, Fits), []

    for data in ("a", "a", "b", "a"):
        assert fits.get(data, lambda data=data: made.append(data) or data) == data

    assert made == ["a", "b"]


def test_only_the_newest_fits_are_kept(history):
    fits, made = history.derived(Fits, Fits), []

    for data in (*range(10), 0):
        fits.get(data, lambda data=data: made.append(data) or data)

    assert made == [*range(10), 0]
