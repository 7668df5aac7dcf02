from __future__ import annotations

import keras
import numpy as np
import pytest
from attrs import evolve
from keras import layers

from archivolt.values.recipe import Recipe
from archivolt_keras.training.cache import Built, Structure, TrainerCache
from archivolt_keras.training.initial import recorded

RECIPE = Recipe(learning_rate=0.01, batch_size=16, epochs=4)


@pytest.fixture
def obtain(data, task, mlp):
    def obtain(cache, width=8, recipe=RECIPE, seed=0, build=mlp, **options):
        structure = Structure.of(f"{build.__name__}{width}{options}", task, recipe, data)
        return cache.obtain(structure, lambda: build(width, **options), task, recipe, data, seed)[0]

    return obtain


def outcome(trainer):
    losses = [trainer.run_epoch() for _ in range(2)]
    return losses, [each.numpy() for each in trainer.model.variables]


def test_a_hit_gives_bit_for_bit_what_a_miss_gives(obtain):
    cache = TrainerCache()
    outcome(obtain(cache, seed=1, rate=0.3))

    losses, values = outcome(obtain(cache, seed=2, rate=0.3))
    fresh_losses, fresh_values = outcome(obtain(TrainerCache(), seed=2, rate=0.3))

    assert (cache.hits, cache.misses) == (1, 1)
    assert losses == fresh_losses
    for ours, theirs in zip(values, fresh_values, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_hit_draws_its_augmentation_as_a_miss_does(data, task, mlp):
    def losses(cache, seed):
        def build():
            return Built(mlp().model, augment=[layers.GaussianNoise(0.5, seed=seed)])

        structure = Structure.of("augmented", task, RECIPE, data)
        trainer, _ = cache.obtain(structure, build, task, RECIPE, data, seed)
        return [trainer.run_epoch() for _ in range(2)]

    cache = TrainerCache()
    losses(cache, seed=1)

    assert losses(cache, seed=2) == losses(TrainerCache(), seed=2)
    assert cache.hits == 1


def test_another_recipe_hits_unless_its_graph_differs(obtain):
    cache = TrainerCache()
    obtain(cache).run_epoch()

    trainer = obtain(cache, recipe=evolve(RECIPE, learning_rate=0.1, batch_size=8, epochs=2))
    trainer.run_epoch()
    assert (cache.hits, trainer.traces) == (1, 1)

    obtain(cache, recipe=evolve(RECIPE, optimizer="sgd"))
    assert (cache.hits, cache.misses) == (1, 2)


def test_the_trainer_used_longest_ago_is_let_go_first(obtain):
    cache = TrainerCache(size=2)
    for width in (4, 5, 4, 6):  # 6 takes the place of 5
        obtain(cache, width)

    obtain(cache, 4)
    obtain(cache, 6)
    assert cache.hits == 3
    obtain(cache, 5)
    assert (cache.hits, cache.misses) == (3, 4)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.Conv1D(3, 2, kernel_initializer="he_normal"),
        lambda: layers.SeparableConv1D(3, 2),
        lambda: layers.GRU(3),
        lambda: layers.LSTM(3),
        lambda: layers.Bidirectional(layers.SimpleRNN(3)),
        lambda: layers.EinsumDense("abc,cd->abd", (None, 3), kernel_initializer="orthogonal"),
        lambda: layers.BatchNormalization(),
        lambda: layers.LayerNormalization(),
        lambda: layers.Dense(3, kernel_initializer=keras.initializers.RandomNormal(seed=4)),
        lambda: layers.SpatialDropout1D(0.4),
    ],
    ids=lambda make: "",
)
def test_values_drawn_again_are_those_of_a_fresh_build(layer):
    def build(seed):
        with recorded(seed) as initial:
            inputs = keras.Input((5, 4))
            model = keras.Model(inputs, layers.Dense(2)(layer()(inputs)))
        initial.bind(model.variables)
        return model, initial

    model, initial = build(1)
    for variable in model.variables:
        variable.assign(variable + 1)
    fresh, _ = build(2)

    initial.draw(2)

    assert initial.repeatable
    for ours, theirs in zip(model.variables, fresh.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_pretrained_weights_stay_what_they_are():
    with recorded(1) as initial:
        inputs = keras.Input((4,))
        pretrained = layers.Dense(3)
        model = keras.Model(inputs, layers.Dense(2)(pretrained(inputs)))
        pretrained.set_weights([np.full((4, 3), 0.5), np.ones(3)])
    initial.bind(model.variables)
    head = model.layers[-1].get_weights()[0]
    for variable in model.variables:
        variable.assign(variable + 1)

    initial.draw(2)

    np.testing.assert_array_equal(pretrained.get_weights()[0], np.full((4, 3), 0.5))
    np.testing.assert_array_equal(pretrained.get_weights()[1], np.ones(3))
    assert not np.array_equal(model.layers[-1].get_weights()[0], head)


def test_a_model_whose_values_cannot_be_drawn_again_is_not_kept(obtain):
    def build(width):
        noise = np.random.default_rng(0)
        inputs = keras.Input((5,))
        layer = layers.Dense(
            width, kernel_initializer=lambda shape, dtype: noise.standard_normal(shape)
        )
        return Built(keras.Model(inputs, layers.Dense(3)(layer(inputs))))

    cache = TrainerCache()
    obtain(cache, build=build)
    obtain(cache, build=build)

    assert (cache.hits, cache.misses) == (0, 2)


def test_building_leaves_the_callers_random_numbers_alone():
    import random

    random.seed(3)
    expected = random.random()
    random.seed(3)
    with recorded(1):
        layers.Dense(2).build((None, 2))

    assert random.random() == expected
