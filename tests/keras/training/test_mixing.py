"""Training on mixed examples: the loss is the sum of those on all of their labels."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from attrs import evolve

from archivolt.values.problem import BINARY, MULTICLASS, MULTILABEL, REGRESSION, Part, Task
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData
from archivolt_keras.training.distilling import Lesson, teacher_loss
from archivolt_keras.training.feeding import Mixing
from archivolt_keras.training.initial import recorded
from archivolt_keras.training.losses import example_loss
from archivolt_keras.training.trainer import Trainer

ROWS = 83
RNG = np.random.default_rng(0)
SHARES = RNG.dirichlet(np.full(ROWS, 0.1), ROWS).astype(np.float32)  # of a few rows each
PRIOR = RNG.standard_normal((ROWS, 3)).astype(np.float32)
TEACHER = 3 * RNG.standard_normal((ROWS, 3)).astype(np.float32)
WEIGHTS = np.linspace(0.0, 2.0, ROWS, dtype=np.float32)
WHOLE = Recipe(optimizer="sgd", learning_rate=0.1, batch_size=ROWS, epochs=1, schedule="constant")
SEVERAL = Task(
    "several",
    outputs=5,
    parts=(
        Part("a", MULTICLASS, outputs=3, weight=0.5),
        Part("b", BINARY),
        Part("c", REGRESSION, weight=2.0),
    ),
)
TASKS = {
    "multiclass": Task(MULTICLASS, outputs=3),
    "binary": Task(BINARY),
    "multilabel": Task(MULTILABEL, outputs=3),
    "regression": Task(REGRESSION, outputs=2),
    "several": SEVERAL,
}


class GivenShares(keras.layers.Layer):
    """Mixes the examples of a batch by shares that are known beforehand."""

    def call(self, data, training=False):
        return {
            "images": tf.matmul(SHARES, data["images"]),
            "labels": tf.matmul(SHARES, data["labels"]),
        }


def labels_of(name):
    kinds = {
        "multiclass": RNG.integers(0, 3, ROWS).astype(np.int32),
        "binary": RNG.integers(0, 2, ROWS).astype(np.float32),
        "multilabel": RNG.integers(0, 2, (ROWS, 3)).astype(np.float32),
        "regression": RNG.standard_normal((ROWS, 2)).astype(np.float32),
    }
    if name != "several":
        return kinds[name]
    columns = (kinds["multiclass"], kinds["binary"], kinds["regression"][:, 0])
    return np.stack(columns, axis=1).astype(np.float32)


def in_order(data):
    """Let an epoch take the rows as they lie, so that the shares are those of known rows."""
    from archivolt_keras.training.data import Piece

    class InOrder(TrainingData):
        def pieces(self, seed, epoch, batch):
            order = np.arange(self.examples, dtype=np.int32)
            yield Piece(
                self.parts, self.labels, self.weights, order, self.teacher, self.prior, self.known
            )

    return InOrder(data.parts, data.labels, data.weights, known=data.known)


def trainer_of(x, y, task, recipe=WHOLE, weights=None, augment=None):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((5,))
    hidden = keras.layers.Dense(6, activation="tanh")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(task.outputs)(hidden))
    data = in_order(TrainingData.on_device({"x": x}, y, task, weights))
    layers = [Mixing(GivenShares())] if augment is None else augment
    return Trainer(model, task, recipe, data, 0, augment=layers)


def every_pair(of_labels, logits, smoothing=None):
    """Return the loss of each mixed example on the labels of each row, `(mixed, rows)`."""
    columns = []
    for row in range(ROWS):
        repeated = tf.repeat(of_labels.labels[row : row + 1], ROWS, axis=0)
        columns.append(of_labels.loss(repeated, logits, smoothing)[0])
    return tf.stack(columns, axis=1)


class Against:
    def __init__(self, labels, loss):
        self.labels, self.loss = tf.convert_to_tensor(labels), loss


def step_by_gradient(trainer, x, loss_of_logits):
    variables = trainer.model.trainable_variables
    with tf.GradientTape() as tape:
        loss = loss_of_logits(trainer.model(tf.matmul(SHARES, x), training=True))
    gradients = tape.gradient(loss, [each.value for each in variables])
    return loss, [
        each.numpy() - 0.1 * gradient for each, gradient in zip(variables, gradients, strict=True)
    ]


def assert_weights(trainer, wanted):
    for variable, value in zip(trainer.model.trainable_variables, wanted, strict=True):
        np.testing.assert_allclose(variable.numpy(), value, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", TASKS)
def test_the_loss_of_a_mixed_example_is_the_sum_of_its_losses_by_shares_and_weights(
    name, smoothing, weights, table
):
    x, task, y = table[0], TASKS[name], labels_of(name)
    ours = trainer_of(x, y, task, evolve(WHOLE, label_smoothing=smoothing), weights)
    counts = np.ones(ROWS, np.float32) if weights is None else weights

    def loss(logits):
        smooth = tf.constant(smoothing) if smoothing else None
        pairs = every_pair(Against(y, example_loss(task)), logits, smooth)
        return tf.reduce_sum(pairs * SHARES * counts) / np.sum(SHARES * counts)

    total, wanted = step_by_gradient(ours, x, loss)
    told = ours.run_epoch()

    assert_weights(ours, wanted)
    if name in ("multiclass", "binary", "multilabel"):
        assert told == pytest.approx(float(total), rel=1e-5)
    else:  # without the spread of the labels about their mixture, which no network can change
        assert told < float(total)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
def test_labels_that_are_not_there_take_no_part_in_a_mixture(weights, table):
    x, y = table[0], labels_of("several")
    there = np.arange(ROWS)[:, None] % np.array([2, 3, 4]) > 0
    ours = trainer_of(x, np.where(there, y, np.nan), SEVERAL, weights=weights)
    counts = SHARES * (np.ones(ROWS, np.float32) if weights is None else weights)

    def loss(logits):
        total = 0.0
        for number, (part, at) in enumerate(SEVERAL.columns):
            labels = y[:, number].astype(np.int32 if part.kind == MULTICLASS else np.float32)
            if part.kind == REGRESSION:
                labels = labels[:, None]
            pairs = every_pair(Against(labels, example_loss(part.task)), logits[:, at])
            known = counts * there[:, number]
            total += part.weight * tf.reduce_sum(pairs * known) / np.sum(known)
        return total

    total, wanted = step_by_gradient(ours, x, loss)
    told = ours.run_epoch()

    assert_weights(ours, wanted)
    assert told < float(total)  # without the spread of the numbers about their mixture


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
def test_what_a_teacher_says_of_the_examples_is_mixed_as_their_labels_are(table, task, weights):
    x, y = table
    ours = trainer_of(x, y, task, weights=weights)
    counts = np.ones(ROWS, np.float32) if weights is None else weights
    softened = teacher_loss(task, "cross_entropy")
    temperature = tf.constant(2.0)
    numbers = softened.numbers(tf.constant(0.7), temperature, 3)
    said = softened.wanted(tf.convert_to_tensor(TEACHER), temperature)

    def loss(logits):
        pairs = every_pair(Against(y, example_loss(task)), logits)
        taught = Against(said, lambda wanted, given, _: softened.compare(wanted, given, numbers))
        pairs += every_pair(taught, logits)
        return tf.reduce_sum(pairs * SHARES * counts) / np.sum(SHARES * counts)

    total, wanted = step_by_gradient(ours, x, loss)
    ours.learn(Lesson("cross_entropy", 0.7, 2.0), TEACHER)

    assert ours.run_epoch() == pytest.approx(float(total), rel=1e-5)
    assert_weights(ours, wanted)


def test_the_logits_of_a_prior_are_mixed_by_the_shares(table, task):
    x, y = table
    ours = trainer_of(x, y, task, weights=WEIGHTS)

    def loss(logits):
        pairs = every_pair(Against(y, example_loss(task)), logits + SHARES @ PRIOR)
        return tf.reduce_sum(pairs * SHARES * WEIGHTS) / np.sum(SHARES * WEIGHTS)

    total, wanted = step_by_gradient(ours, x, loss)
    ours.stand_beside(PRIOR)

    assert ours.run_epoch() == pytest.approx(float(total), rel=1e-5)
    assert_weights(ours, wanted)


def test_labels_per_step_are_mixed_step_by_step():
    task = Task(MULTICLASS, outputs=3, per_step=True)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((ROWS, 4, 5)).astype(np.float32)
    y = rng.integers(0, 3, (ROWS, 4)).astype(np.int32)
    weights = rng.integers(0, 2, (ROWS, 4)).astype(np.float32)
    weights[:, 0] = 1.0

    class Steps(keras.layers.Layer):
        def call(self, data, training=False):
            return {
                "images": tf.einsum("ij,jtk->itk", SHARES, data["images"]),
                "labels": tf.matmul(SHARES, data["labels"]),
            }

    keras.utils.set_random_seed(0)
    inputs = keras.Input((4, 5))
    model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    data = in_order(TrainingData.on_device({"x": x}, y, task, weights))
    ours = Trainer(model, task, WHOLE, data, 0, augment=[Mixing(Steps())])
    logits = model(tf.einsum("ij,jtk->itk", SHARES, x))
    likely = tf.nn.log_softmax(logits).numpy()  # (mixed, time, classes)
    on_rows = -np.einsum("itk,jtk->ijt", likely, np.eye(3)[y])
    counted = SHARES[..., None] * weights

    assert ours.run_epoch() == pytest.approx((on_rows * counted).sum() / counted.sum(), rel=1e-5)


def test_where_each_example_is_its_own_nothing_changes(table, task):
    class Alone(keras.layers.Layer):
        def call(self, data, training=False):
            return data

    recipe = evolve(WHOLE, batch_size=16, epochs=2, label_smoothing=0.1)
    plain = trainer_of(*table, task, recipe, WEIGHTS, augment=[])
    mixed = trainer_of(*table, task, recipe, WEIGHTS, augment=[Mixing(Alone())])

    for _ in range(2):
        assert mixed.run_epoch() == pytest.approx(plain.run_epoch(), rel=1e-5)
    for one, other in zip(mixed.model.weights, plain.model.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-4, atol=1e-6)


def test_mixtures_of_mixtures_are_told_by_the_product_of_their_shares(table, task):
    x, y = table
    twice = trainer_of(x, y, task, augment=[Mixing(GivenShares()), Mixing(GivenShares())])
    logits = twice.model(SHARES @ (SHARES @ x))
    labels = SHARES @ SHARES @ np.eye(3, dtype=np.float32)[y]
    wanted = keras.losses.categorical_crossentropy(labels, logits, from_logits=True)

    assert twice.run_epoch() == pytest.approx(float(tf.reduce_mean(wanted)), rel=1e-5)


def test_what_mixes_draws_anew_at_each_step_and_is_resumed(mlp, task, data):
    class Random(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.generator = keras.random.SeedGenerator(1)

        def call(self, data, training=False):
            share = keras.random.uniform(
                (keras.ops.shape(data["images"])[0], 1), seed=self.generator
            )
            return {
                name: share * each + (1 - share) * keras.ops.roll(each, 1, axis=0)
                for name, each in data.items()
            }

    def make():
        with recorded(0) as initial:
            built = mlp()
        layers = [Mixing(Random())]
        return Trainer(
            built.model, task, Recipe(batch_size=16), data, 0, augment=layers, initial=initial
        )

    ours, again = make(), make()
    first, second = ours.run_epoch(), ours.run_epoch()

    assert again.run_epoch() == first
    state, weights = again.state(), again.model.get_weights()
    again.reset(3, Recipe(batch_size=16))
    again.model.set_weights(weights)
    again.load_state(state)
    assert again.run_epoch() == second
