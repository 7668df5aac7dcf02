from __future__ import annotations

import pytest

from archivolt.components.strategies import New
from archivolt.values.history import History
from archivolt_searchers.full_schedule import Full


def test_every_trial_gets_its_recipes_whole_schedule_or_the_cap():
    assert Full().next(History()) == New()
    assert Full(max_epochs=7).next(History()) == New()


def test_no_running_trial_is_stopped():
    assert Full().goes_on(History(), 0, 100, {"loss": 9.0})


def test_a_cap_is_an_epoch_at_least():
    with pytest.raises(ValueError, match="max_epochs"):
        Full(max_epochs=0)
