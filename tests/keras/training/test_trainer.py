from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from archivolt.values.problem import BINARY, MULTICLASS, MULTILABEL, REGRESSION, Task
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData
from archivolt_keras.training.initial import recorded
from archivolt_keras.training.trainer import Trainer

RECIPE = Recipe(learning_rate=0.01, batch_size=16, epochs=4)


@pytest.fixture
def trainer(mlp, data, task):
    def make(recipe=RECIPE, data=data, seed=0, **options):
        with recorded(seed) as initial:
            built = mlp(**options)
        return Trainer(built.model, task, recipe, data, seed, initial=initial)

    return make


def all_values(trainer):
    return [each.numpy() for each in trainer.model.variables]


def assert_equal(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_another_recipe_needs_no_other_trace(trainer):
    recipe = evolve(RECIPE, l2=0.01, weight_decay=0.01, clip_norm=1.0, label_smoothing=0.2)
    ours = trainer(recipe)
    ours.run_epoch()

    for other in (
        evolve(
            recipe, learning_rate=0.1, schedule="exponential", decay_rate=0.5, warmup_epochs=1.0
        ),
        evolve(recipe, l2=0.0, weight_decay=0.2, clip_norm=0.0, label_smoothing=0.1),
        evolve(recipe, batch_size=7, epochs=9),
    ):
        ours.reset(1, other)
        ours.run_epoch()

    assert ours.traces == 1


def test_what_a_recipe_does_not_ask_for_is_not_in_its_graph_until_one_does(trainer):
    ours = trainer()
    ours.run_epoch()

    ours.reset(0, evolve(RECIPE, weight_decay=0.1))
    ours.run_epoch()
    ours.reset(0, RECIPE)
    ours.run_epoch()

    assert ours.traces == 2


def test_a_graph_that_can_do_more_gives_the_same_weights(trainer):
    plain = trainer()
    able = trainer(evolve(RECIPE, l2=0.01, weight_decay=0.01, clip_norm=0.5))
    able.run_epoch()
    able.reset(0, RECIPE)

    losses = [(plain.run_epoch(), able.run_epoch()) for _ in range(2)]

    assert able.traces == 1
    assert_equal(all_values(plain), all_values(able))
    assert losses[1][0] == losses[1][1]


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.1},
        {"schedule": "constant"},
        {"warmup_epochs": 1.0},
        {"clip_norm": 0.01},
        {"weight_decay": 0.5},
        {"l2": 0.1},
        {"label_smoothing": 0.2},
        {"batch_size": 8},
    ],
)
def test_every_field_of_a_recipe_changes_the_training(trainer, change):
    plain, other = trainer(), trainer(evolve(RECIPE, **change))
    for each in (plain, other):
        each.run_epoch()
        each.run_epoch()

    assert not np.array_equal(plain.model.get_weights()[0], other.model.get_weights()[0])


def test_a_trainer_that_takes_up_a_state_goes_on_as_if_it_had_not_stopped(trainer):
    straight = trainer(rate=0.3)
    halted = trainer(rate=0.3)
    expected = [straight.run_epoch() for _ in range(4)]
    found = [halted.run_epoch() for _ in range(2)]
    state = {name: np.array(value) for name, value in halted.state().items()}
    weights = halted.model.get_weights()

    resumed = trainer(rate=0.3, seed=5)
    resumed.run_epoch()
    resumed.model.set_weights(weights)
    resumed.load_state(state)
    found += [resumed.run_epoch() for _ in range(2)]

    assert found == expected
    assert_equal(all_values(straight), all_values(resumed))


def test_the_state_of_another_model_is_refused(trainer):
    state = trainer(width=8).state()

    with pytest.raises(ValueError, match="momentum/0"):
        trainer(width=9).load_state(state)


def test_reset_does_as_a_fresh_trainer_does(trainer):
    used = trainer(rate=0.3, seed=1)
    for _ in range(2):
        used.run_epoch()

    used.reset(2, RECIPE)
    fresh = trainer(rate=0.3, seed=2)

    assert_equal(all_values(fresh), all_values(used))
    assert [used.run_epoch() for _ in range(2)] == [fresh.run_epoch() for _ in range(2)]
    assert_equal(all_values(fresh), all_values(used))


def test_another_seed_gives_other_weights_and_another_order(trainer):
    one, other = trainer(seed=1), trainer(seed=2)

    assert not np.array_equal(one.model.get_weights()[0], other.model.get_weights()[0])
    assert one.run_epoch() != other.run_epoch()


def test_an_example_of_weight_two_counts_as_two(mlp, task, table, in_file_order):
    x, y = (each[:16] for each in table)
    twice = TrainingData.on_device({"x": np.r_[x, x[:8]]}, np.r_[y, y[:8]], task)
    weighted = TrainingData.on_device({"x": x}, y, task, np.repeat([2.0, 1.0], 8))
    recipe = Recipe(optimizer="sgd", learning_rate=0.5, schedule="constant", batch_size=24)
    import keras
    from keras import layers

    found = []
    for data in (twice, weighted):
        with recorded(0):
            inputs = keras.Input((5,))
            model = keras.Model(inputs, layers.Dense(3)(inputs))
        trainer = Trainer(model, task, recipe, in_file_order(data), 0)
        loss = trainer.run_epoch()
        found.append((loss, *model.get_weights()))

    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_a_batch_without_any_weight_changes_nothing(mlp, task, table):
    x, y = table
    data = TrainingData.on_device({"x": x}, y, task, np.zeros(len(x)))
    model = mlp().model
    before = model.get_weights()[0]

    assert Trainer(model, task, RECIPE, data, 0).run_epoch() == 0.0
    np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize(
    ("task", "labels"),
    [
        (Task(BINARY), lambda x: x[:, 0] > 0),
        (Task(MULTICLASS, outputs=3), lambda x: x[:, :3].argmax(1)),
        (Task(MULTILABEL, outputs=2), lambda x: x[:, :2] > 0),
        (Task(REGRESSION, outputs=2), lambda x: x[:, :2]),
    ],
    ids=lambda each: getattr(each, "kind", ""),
)
def test_each_task_learns(task, labels, table):
    import keras
    from keras import layers

    x, _ = table
    inputs = keras.Input((5,))
    model = keras.Model(inputs, layers.Dense(task.outputs)(inputs))
    recipe = Recipe(learning_rate=0.05, batch_size=16, epochs=10)
    trainer = Trainer(model, task, recipe, TrainingData.on_device({"x": x}, labels(x), task), 0)

    losses = [trainer.run_epoch() for _ in range(10)]

    assert losses[-1] < 0.6 * losses[0]


def test_a_model_of_several_parts_is_given_them_by_name(table, task):
    import keras
    from keras import layers

    x, y = table
    numeric = keras.Input((5,), name="numeric")
    category = keras.Input((1,), name="category", dtype="int32")
    joined = layers.Concatenate()(
        [numeric, layers.Flatten()(layers.Embedding(7, 2, name="embedding")(category))]
    )
    model = keras.Model({"numeric": numeric, "category": category}, layers.Dense(3)(joined))
    parts = {"category": np.arange(len(x), dtype=np.int32)[:, None] % 6, "numeric": x}
    trainer = Trainer(model, task, RECIPE, TrainingData.on_device(parts, y, task), 0)
    before = model.get_layer("embedding").get_weights()[0]

    losses = [trainer.run_epoch() for _ in range(3)]

    moved = np.abs(model.get_layer("embedding").get_weights()[0] - before).max(1)
    assert losses[-1] < losses[0]
    assert (moved[:6] > 0).all()
    assert moved[6] == 0  # a category that no row has


def test_augmentation_changes_what_is_trained_on_and_its_draws_are_resumed(mlp, task, data):
    from keras import layers

    def make(augment):
        with recorded(0) as initial:
            built = mlp()
            extra = [layers.GaussianNoise(0.5)] if augment else []
        return Trainer(built.model, task, RECIPE, data, 0, augment=extra, initial=initial)

    plain, ours, again = make(False), make(True), make(True)
    losses = [ours.run_epoch() for _ in range(2)]

    assert plain.run_epoch() != losses[0]
    assert again.run_epoch() == losses[0]
    state, weights = again.state(), again.model.get_weights()
    again.reset(3, RECIPE)
    again.model.set_weights(weights)
    again.load_state(state)
    assert again.run_epoch() == losses[1]


def test_training_does_not_depend_on_the_last_batch_being_whole(mlp, task, table, in_file_order):
    """The mean gradient of the last, smaller batch is that of its own examples."""
    x, y = table
    recipe = Recipe(optimizer="sgd", learning_rate=0.1, schedule="constant", batch_size=80)
    data = in_file_order(TrainingData.on_device({"x": x}, y, task))
    with recorded(0):
        whole = mlp().model
    with recorded(0):
        split = mlp().model

    Trainer(whole, task, recipe, data, 0).run_epoch()
    for rows in (slice(0, 80), slice(80, 83)):
        part = in_file_order(TrainingData.on_device({"x": x[rows]}, y[rows], task))
        Trainer(split, task, recipe, part, 0).run_epoch()

    for one, other in zip(whole.weights, split.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, atol=1e-7)


def test_parts_of_different_length_are_told():
    from archivolt.errors import DataError

    with pytest.raises(DataError, match="x 4, labels 3"):
        TrainingData.on_device({"x": np.zeros((4, 2))}, [0, 1, 2], Task(MULTICLASS, outputs=3))


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
@pytest.mark.parametrize("taught", [False, True])
def test_the_loss_of_an_auxiliary_head_is_added_with_its_weight(table, precision, taught):
    """One step of plain descent, beside the gradients that automatic differentiation gives."""
    import keras
    import tensorflow as tf
    from keras import layers

    from archivolt_keras.training.distilling import Lesson, teacher_loss
    from archivolt_keras.training.losses import example_loss

    x, y = table
    task = Task(MULTICLASS, outputs=3)
    keras.utils.set_random_seed(0)
    inputs = keras.Input((5,))
    inner = layers.Dense(6, activation="tanh")(inputs)
    outer = layers.Dense(4, activation="tanh")(inner)
    model = keras.Model(inputs, [layers.Dense(3)(outer), layers.Dense(3)(inner)])
    before = [each.numpy() for each in model.trainable_variables]
    said = np.random.default_rng(3).normal(size=(len(x), 3)).astype("float32")
    weights = np.linspace(0.5, 1.5, len(x)).astype("float32")
    with tf.GradientTape() as tape:
        main, second = model(x)
        losses, _ = example_loss(task)(y, main, None)
        further, _ = example_loss(task)(y, second, None)
        total = losses + 0.3 * further
        if taught:
            own = teacher_loss(task, "mse")
            numbers = own.numbers(tf.constant(0.5), tf.constant(1.0), 3)
            total += own.compare(own.wanted(said, tf.constant(1.0)), main, numbers)[0]
        total = tf.reduce_sum(total * weights) / weights.sum()
    gradients = tape.gradient(total, model.trainable_variables)
    recipe = Recipe(
        optimizer="sgd", learning_rate=0.1, schedule="constant", batch_size=len(x),
        precision=precision, auxiliary=0.3,
    )  # fmt: skip
    data = TrainingData.on_device({"x": x}, y, task, weights)
    trainer = Trainer(model, task, recipe, data, 0)
    if taught:
        trainer.learn(Lesson("mse", 0.5, 1.0), said)

    loss = trainer.run_epoch()

    assert loss == pytest.approx(float(total), rel=1e-5)
    for variable, old, gradient in zip(model.trainable_variables, before, gradients, strict=True):
        np.testing.assert_allclose(variable.numpy(), old - 0.1 * gradient, atol=1e-5)
