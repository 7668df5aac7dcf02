"""Histories for tests of schedulers: trials of toy candidates with curves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from attrs import evolve

from archivolt.components.strategies import New, Promote
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, RUNNING, Trial


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
