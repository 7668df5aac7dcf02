"""What the blocks for sequences do with time: its order, its windows, its padding."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from archivolt.components.measuring import symbolic
from archivolt.errors import SpaceError
from archivolt.testing.built_blocks import build
from archivolt.values.features import image, sequence, vector
from archivolt_blocks.attention import Attention
from archivolt_blocks.connectors import SequenceToVector
from archivolt_blocks.merging import MergeEarlierSequence
from archivolt_blocks.recurrent import Gru, Lstm, SimpleRnn
from archivolt_blocks.sequences import Conv1D, StepDense, Svdf

T = 8  # steps


def draw(features: int = 3, rows: int = 2) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, T, features)).astype("float32")


def seen_by(block, at: int) -> set[int]:
    """Return the steps whose input changes what a block gives at a step."""
    model = build(block, sequence(T, 3))
    steps, seen = draw(rows=1), set()
    before = np.asarray(model([steps]))
    for step in range(T):
        other = steps.copy()
        other[:, step] += np.array([1.0, -2.0, 3.0], "float32")
        if not np.allclose(np.asarray(model([other]))[:, at], before[:, at], atol=1e-6):
            seen.add(step)
    return seen


@pytest.mark.parametrize(
    ("block", "steps"),
    [
        (StepDense(16, activation="gelu"), {4}),
        (Conv1D(16, activation="gelu"), {3, 4, 5}),
        (Conv1D(16, causal=True, activation="gelu"), {2, 3, 4}),
        (Conv1D(16, causal=True, dilation=2, activation="gelu"), {0, 2, 4}),
        (Svdf(units=16, memory=4, rank=2, activation="gelu"), {1, 2, 3, 4}),
        (Svdf(units=16, memory=1, activation="gelu"), {4}),
        (Gru(16), {0, 1, 2, 3, 4}),
        (Lstm(16, bidirectional=True), set(range(T))),
        (Attention(causal=True, activation="gelu"), {0, 1, 2, 3, 4}),
        (Attention(activation="gelu"), set(range(T))),
    ],
    ids=str,
)
def test_a_step_sees_those_it_should(block, steps):
    keras.utils.set_random_seed(0)

    assert seen_by(block, at=4) == steps


@pytest.mark.parametrize("cell", [SimpleRnn, Gru, Lstm])
def test_the_backward_output_stands_in_the_order_of_time(cell):
    steps = draw()
    model = build(cell(16, bidirectional=True), sequence(T, 3))
    backward = model.layers[-1].backward_layer

    output = np.asarray(model([steps]))[..., 16:]

    # A layer of the same weights, run over the reversed steps by hand, ends at the first step.
    alone = type(backward)(16, return_sequences=True)
    alone.build((None, T, 3))
    alone.set_weights(backward.get_weights())
    by_hand = np.asarray(alone(steps[:, ::-1]))[:, ::-1]
    np.testing.assert_allclose(output, by_hand, atol=1e-6)
    assert not np.allclose(output, by_hand[:, ::-1], atol=1e-2)


def test_a_backward_cell_begins_at_the_last_real_step():
    block, steps = Lstm(16, bidirectional=True), draw(rows=1)
    inputs, tensor = symbolic(sequence(T, 3, padded=True))
    padded = keras.Model(inputs, block.build(tensor, ()))
    short = build(block, sequence(5, 3))
    short.set_weights(padded.get_weights())
    cut = steps.copy()
    cut[:, 5:] = 0

    np.testing.assert_allclose(
        np.asarray(padded([cut]))[:, :5], np.asarray(short([steps[:, :5]])), atol=1e-6
    )


def test_svdf_weighs_features_then_its_memory():
    steps, block = draw(), Svdf(units=16, memory=3, rank=2)
    model = build(block, sequence(T, 3))
    for weight in model.weights:
        weight.assign(np.random.default_rng(len(weight.shape)).standard_normal(weight.shape))
    features = [each.numpy() for each in model.weights if each.shape == (3, 16)]
    times = [each.numpy()[..., 0] for each in model.weights if each.shape == (3, 16, 1)]
    (bias,) = (each.numpy() for each in model.weights if each.shape == (16,))

    output = np.asarray(model([steps]))

    expected = np.zeros((2, T, 16)) + bias
    for alpha, beta in zip(features, times, strict=True):
        weighed = np.concatenate([np.zeros((2, 2, 16)), steps @ alpha], axis=1)
        for back in range(3):
            expected += weighed[:, back : back + T] * beta[back]
    np.testing.assert_allclose(output, np.maximum(expected, 0), atol=1e-4)


def test_svdf_has_as_many_weights_as_the_paper_says():
    cost = Svdf(units=64, memory=8, rank=1).footprint(sequence(20, 40))

    assert cost.parameters == 64 * (40 + 8) + 64  # a rank-1 unit: features + memory, and a bias
    projected = Svdf(units=64, memory=8, rank=1, projection=32).footprint(sequence(20, 40))
    assert projected.features == sequence(20, 32)
    assert projected.parameters == cost.parameters + 64 * 32 + 32


def test_a_skip_is_projected_where_the_width_differs():
    same, other = StepDense(16, skip=True), StepDense(32, skip=True)

    assert same.footprint(sequence(T, 16)).parameters == 16 * 16 + 16
    assert other.footprint(sequence(T, 16)).parameters == 16 * 32 + 32 + 16 * 32


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (Conv1D(kernel=9), "a window of 9 steps does not fit on a sequence of 8"),
        (Conv1D(kernel=3, dilation=4), "a window of 9 steps"),
        (Svdf(memory=12), "a window of 12 steps"),
    ],
)
def test_a_window_longer_than_the_sequence_is_refused(block, message):
    with pytest.raises(SpaceError, match=message):
        block.footprint(sequence(T, 3))
    with pytest.raises(SpaceError, match=message):
        block.build(keras.Input((T, 3)), ())


def test_sequences_of_any_length_are_pooled_and_not_flattened():
    x = sequence(None, 4)

    assert Lstm(16).footprint(x).features == sequence(None, 16)
    assert Svdf(units=16, memory=12).footprint(x).features == sequence(None, 16)
    assert SequenceToVector("max").footprint(x).features == vector(4)
    with pytest.raises(SpaceError, match="cannot be flattened"):
        SequenceToVector("flatten").footprint(x)


# Padding


def pooled(mode: str, steps: np.ndarray, x=None) -> np.ndarray:
    inputs, tensor = symbolic(x or sequence(T, 3, padded=True))
    return np.asarray(keras.Model(inputs, SequenceToVector(mode).build(tensor, ()))([steps]))


def test_what_is_made_of_a_sequence_comes_from_its_real_steps():
    steps = draw() - 4  # below 0: a maximum over padding would be 0
    steps[0, 3:] = 0

    last, average, maximum, flat = (
        pooled(mode, steps) for mode in ("last", "average", "max", "flatten")
    )

    np.testing.assert_array_equal(last, [steps[0, 2], steps[1, -1]])
    np.testing.assert_allclose(average, [steps[0, :3].mean(0), steps[1].mean(0)], rtol=1e-5)
    np.testing.assert_array_equal(maximum, [steps[0, :3].max(0), steps[1].max(0)])
    np.testing.assert_array_equal(flat, steps.reshape(2, -1))


def test_the_last_step_is_the_last_real_one_wherever_the_padding_stands():
    steps = draw(rows=3)
    steps[0, :3] = 0  # before
    steps[1, 2:5] = steps[1, 7:] = 0  # in the middle and behind
    any_length = sequence(None, 3, padded=True)

    np.testing.assert_array_equal(
        pooled("last", steps, any_length), [steps[0, 7], steps[1, 6], steps[2, 7]]
    )


@pytest.mark.parametrize("mode", ["last", "average", "max", "flatten"])
def test_a_row_of_padding_alone_gives_zeros(mode):
    assert (pooled(mode, np.zeros((2, T, 3), "float32")) == 0).all()


def test_a_sequence_that_is_not_padded_may_hold_zeros():
    steps = draw()
    steps[0, 3:] = 0

    assert (pooled("last", steps, sequence(T, 3)) == steps[:, -1]).all()


# Looking back


def test_an_earlier_sequence_is_added_or_put_beside():
    steps = [np.full((1, T, 3), value, "float32") for value in (1, 10, 100, 1000)]

    added = np.asarray(build(MergeEarlierSequence(back=3), sequence(T, 3))(steps))
    beside = np.asarray(build(MergeEarlierSequence(mode="concatenate"), sequence(T, 3))(steps))

    # Given are x and then, oldest first, what came before it.
    assert (added == 11).all()
    assert beside[0, 0].tolist() == [1, 1, 1, 1000, 1000, 1000]


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        (image(T, 4, 3), "is of the kind image"),
        (vector(3), "is of the kind vector"),
        (sequence(5, 3), "has 5 steps, the newest 8"),
    ],
)
def test_what_cannot_be_merged_into_a_sequence_is_refused(earlier, message):
    with pytest.raises(SpaceError, match=message):
        MergeEarlierSequence().footprint(sequence(T, 3), (earlier,))
