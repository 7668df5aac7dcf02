from __future__ import annotations

import keras
import numpy as np

from archivolt.values.recipe import Recipe
from archivolt_keras.training.schedule import learning_rates


def rates(recipe, steps=5):
    return np.concatenate([learning_rates(recipe, epoch, steps) for epoch in range(recipe.epochs)])


def test_constant_stays():
    np.testing.assert_allclose(
        rates(Recipe(schedule="constant", learning_rate=0.3, epochs=2)), np.full(10, 0.3), rtol=1e-6
    )


def test_cosine_falls_by_step_to_zero_over_the_epochs():
    schedule = keras.optimizers.schedules.CosineDecay(0.3, decay_steps=20)

    found = rates(Recipe(schedule="cosine", learning_rate=0.3, epochs=4))

    expected = [float(schedule(step)) for step in range(20)]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_exponential_goes_down_equal_stairs():
    recipe = Recipe(
        schedule="exponential", learning_rate=1.0, decay_rate=0.5, decay_times=4, epochs=4
    )

    np.testing.assert_allclose(rates(recipe), np.repeat([1.0, 0.5, 0.25, 0.125], 5))


def test_warm_up_rises_by_equal_steps_and_then_the_schedule_begins():
    recipe = Recipe(schedule="cosine", learning_rate=1.0, warmup_epochs=0.8, epochs=2)

    found = rates(recipe)

    np.testing.assert_allclose(found[:4], [0.25, 0.5, 0.75, 1.0])
    assert found[4] == 1.0
    assert (np.diff(found[4:]) < 0).all()


def test_a_warm_up_longer_than_the_schedule_never_ends():
    recipe = Recipe(schedule="cosine", learning_rate=1.0, warmup_epochs=9.0, epochs=1)

    np.testing.assert_allclose(rates(recipe), [0.2, 0.4, 0.6, 0.8, 1.0])


def test_past_its_end_a_schedule_stays():
    recipe = Recipe(
        schedule="exponential", learning_rate=1.0, decay_rate=0.5, decay_times=2, epochs=2
    )

    np.testing.assert_allclose(learning_rates(recipe, 7, 3), [0.5, 0.5, 0.5])
