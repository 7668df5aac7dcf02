from __future__ import annotations

import pytest

from archivolt.components.strategies import New
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.recipe import Recipe
from archivolt_searchers.full_schedule import Full


def test_every_trial_gets_its_whole_schedule():
    assert Full().next(History()) == Full(max_epochs=7).next(History()) == New()


def test_a_schedule_is_its_recipes_or_the_cap():
    short, long = (Candidate((ToyDense(),), Recipe(epochs=epochs)) for epochs in (4, 40))

    assert [Full().schedule(each) for each in (short, long)] == [4, 40]
    assert [Full(max_epochs=7).schedule(each) for each in (short, long)] == [4, 7]


def test_no_running_trial_is_stopped():
    assert Full().goes_on(History(), 0, 100, {"loss": 9.0})


def test_a_cap_is_an_epoch_at_least():
    with pytest.raises(ValueError, match="max_epochs"):
        Full(max_epochs=0)
