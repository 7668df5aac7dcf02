from __future__ import annotations

from attrs import evolve

from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial

TRIAL = Trial(0, Candidate((ToyDense(),), Recipe(epochs=12, learning_rate=0.1)), seed=0)


def test_a_trial_is_trained_by_its_recipe_unless_its_schedule_is_shorter():
    assert TRIAL.recipe is TRIAL.candidate.recipe
    assert (TRIAL.schedule, TRIAL.goal) == (12, 12)

    shorter = evolve(TRIAL, schedule_epochs=6)

    assert shorter.recipe == Recipe(epochs=6, learning_rate=0.1)
    assert shorter.candidate.recipe.epochs == 12
    assert (shorter.schedule, shorter.goal) == (6, 6)
    assert evolve(shorter, target_epochs=2).goal == 2


def test_fidelity_is_the_share_of_its_own_schedule():
    assert TRIAL.fidelity == 0.0
    assert evolve(TRIAL, epochs=3).fidelity == 0.25
    assert evolve(TRIAL, epochs=3, schedule_epochs=3).fidelity == 1.0


def test_a_curve_has_each_epoch_once_in_order():
    trial = TRIAL.reported(1, 0.1).reported(2, 0.2).reported(3, 0.3)

    again = trial.reported(1, 0.5).reported(2, 0.6)

    assert trial.curve == ((1, 0.1), (2, 0.2), (3, 0.3))
    assert again.curve == ((1, 0.5), (2, 0.6), (3, 0.3))
