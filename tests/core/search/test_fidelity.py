"""What a scheduler may decide, and what it is held to."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from archivolt.components.strategies import New, Promote, Scheduler
from archivolt.errors import SearchError
from archivolt.search.fidelity import Fidelity
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, PENDING, RUNNING, SEARCH_ENDED, STOPPED, Trial

CANDIDATE = Candidate((ToyDense(),), Recipe(epochs=10))


class Lays(Scheduler):
    """Lays every schedule over so many epochs."""

    name = "lays"

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def schedule(self, candidate: Candidate) -> int:
        return self.epochs


def trained(epochs: int, **changes: Any) -> History:
    trial = Trial(0, CANDIDATE, 0, state=FINISHED, score=0.5, epochs=epochs, target_epochs=epochs)
    return History(trials=[evolve(trial, **changes)])


@pytest.mark.parametrize(
    ("new", "epochs"),
    [
        (New(), 10),
        (New(4), 4),
        (New(40), 10),
        (New(share=0.25), 3),
        (New(share=0.1, least=2), 2),
        (New(2, share=0.5), 2),
        (New(share=0.3), 3),  # of 10, and not 4 for the rounding of 0.3
        (New(share=1e-9), 1),
        (New(least=90), 10),
    ],
)
def test_a_new_trial_gets_whole_epochs_of_its_schedule(new: New, epochs: int) -> None:
    assert new.of(10) == epochs


def test_without_a_scheduler_every_trial_is_trained_as_its_recipe_says() -> None:
    fidelity = Fidelity(None)

    assert fidelity.begin(New(), CANDIDATE) == (None, None)
    assert fidelity.next(History()) == New()
    assert fidelity.goes_on(History(), 0, 1, {})


def test_a_share_is_one_of_the_schedule_that_the_scheduler_lays() -> None:
    assert Fidelity(Lays(10)).begin(New(share=0.5), CANDIDATE) == (5, None)
    assert Fidelity(Lays(4)).begin(New(share=0.5), CANDIDATE) == (2, 4)
    assert Fidelity(Lays(4)).begin(New(), CANDIDATE) == (None, 4)


@pytest.mark.parametrize("epochs", [0, 11])
def test_no_schedule_is_longer_than_its_recipes(epochs: int) -> None:
    with pytest.raises(SearchError, match=f"over {epochs} epochs.* allows 1 to 10"):
        Fidelity(Lays(epochs)).begin(New(), CANDIDATE)


def test_a_promotion_goes_to_the_end_of_the_schedule_at_most() -> None:
    promoted = Fidelity(None).promote(Promote(0, 99), trained(3))
    shortened = Fidelity(None).promote(Promote(0, 99), trained(3, schedule_epochs=6))

    assert (promoted.state, promoted.target_epochs, promoted.epochs) == (PENDING, 10, 3)
    assert shortened.target_epochs == 6


def test_a_promoted_trial_is_no_longer_one_that_was_cut_short() -> None:
    past = trained(3, state=STOPPED, cause=SEARCH_ENDED)

    assert Fidelity(None).promote(Promote(0, 9), past).cause is None


@pytest.mark.parametrize(
    ("past", "told"),
    [
        (trained(3, state=RUNNING), "running, 3 of 10 epochs"),
        (trained(10), "finished, 10 of 10 epochs"),
        (trained(9), "finished, 9 of 10 epochs"),
        (History(), "there is none"),
    ],
)
def test_what_cannot_be_promoted_is_told(past: History, told: str) -> None:
    with pytest.raises(SearchError, match=f"trial 0 trained to 9 epochs, .*: {told}"):
        Fidelity(None).promote(Promote(0, 9), past)
