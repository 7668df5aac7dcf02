"""What the blocks for spectra do with time: what a step sees, what a stride keeps."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from archivolt.components.measuring import symbolic
from archivolt.errors import SpaceError
from archivolt.testing.blocks import build
from archivolt.values.features import sequence, vector
from archivolt_audio.attention_over_time import AttentionQuery, KeywordTransformer
from archivolt_audio.conv_recurrent import ConvRecurrent
from archivolt_audio.svdf import ResidualSvdf
from archivolt_audio.temporal_convolutions import SeparableConv1D, TcResnet

T, BINS = 12, 5


def draw(rows: int = 1, steps: int = T) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, steps, BINS)).astype("float32")


def seen_by(block, at: int) -> set[int]:
    """Return the steps whose input changes what a block gives at a step of its output."""
    model = build(block, sequence(T, BINS))
    steps, seen = draw(), set()
    before = np.asarray(model([steps]))
    for step in range(T):
        other = steps.copy()
        other[:, step] += np.linspace(-2.0, 3.0, BINS, dtype="float32")
        if not np.allclose(np.asarray(model([other]))[:, at], before[:, at], atol=1e-6):
            seen.add(step)
    return seen


@pytest.mark.parametrize(
    ("block", "at", "steps"),
    [
        (ResidualSvdf(nodes=16, memory=4, activation="gelu"), 6, {3, 4, 5, 6}),
        (TcResnet(8, kernel=3, activation="gelu"), 6, {4, 5, 6, 7, 8}),
        (TcResnet(8, kernel=3, causal=True, activation="gelu"), 6, {2, 3, 4, 5, 6}),
        (TcResnet(8, kernel=3, stride=2, causal=True, activation="gelu"), 3, {0, 1, 2, 3, 4, 5, 6}),
        (SeparableConv1D(8, kernel=3, activation="gelu"), 6, {5, 6, 7}),
        (SeparableConv1D(8, kernel=3, causal=True, activation="gelu"), 6, {4, 5, 6}),
        (
            SeparableConv1D(8, kernel=3, dilation=2, causal=True, activation="gelu"),
            6,
            {2, 4, 6},
        ),
        (
            SeparableConv1D(8, kernel=3, repeats=2, causal=True, between=True, activation="gelu"),
            6,
            {2, 3, 4, 5, 6},
        ),
        (SeparableConv1D(8, kernel=3, stride=2, causal=True, activation="gelu"), 3, {4, 5, 6}),
        (
            ConvRecurrent(4, kernel=3, bins=3, stride=2, units=8, causal=True, activation="gelu"),
            3,
            {0, 1, 2, 3, 4, 5, 6},
        ),
        (KeywordTransformer(), 6, set(range(T))),
    ],
    ids=str,
)
def test_a_step_sees_those_it_should(block, at, steps):
    keras.utils.set_random_seed(0)

    assert seen_by(block, at) == steps


@pytest.mark.parametrize(
    "block",
    [
        TcResnet(8, kernel=3, stride=2),
        TcResnet(8, kernel=3, stride=2, causal=True),
        SeparableConv1D(8, kernel=3, stride=2, skip=True),
        ConvRecurrent(4, kernel=3, bins=3, stride=2, units=8),
    ],
    ids=str,
)
def test_a_stride_keeps_the_steps_of_a_padded_clip_that_begin_in_it(block):
    inputs, tensor = symbolic(sequence(T, BINS, padded=True))
    output = block.build(tensor, ())
    steps = draw(rows=3)
    steps[1, 7:] = steps[2, 1:] = 0

    real = np.asarray(keras.Model(inputs, output._keras_mask)([steps]))

    assert real.sum(axis=1).tolist() == [6, 4, 1]
    assert all(row[: row.sum()].all() for row in real)


def test_a_causal_clip_with_padding_is_as_without():
    for block in (
        TcResnet(8, kernel=3, stride=2, causal=True),
        SeparableConv1D(8, kernel=3, stride=2, causal=True, skip=True),
        ConvRecurrent(4, kernel=3, bins=3, stride=2, units=8, causal=True),
    ):
        padded, short = (
            keras.Model(inputs, block.build(tensor, ()))
            for inputs, tensor in (symbolic(sequence(each, BINS, padded=True)) for each in (T, 7))
        )
        short.set_weights(padded.get_weights())
        steps = draw()
        steps[:, 7:] = 0

        np.testing.assert_allclose(
            np.asarray(padded([steps]))[:, :4], np.asarray(short([steps[:, :7]])), atol=1e-5
        )


def test_the_published_sizes_come_out():
    # Choi et al. (2019): kernels without biases, four numbers of batch normalisation a channel.
    x = sequence(98, 40)
    block = TcResnet(24, kernel=9, stride=2).footprint(x)
    assert block.parameters == 9 * 40 * 24 + 9 * 24 * 24 + 40 * 24 + 3 * 4 * 24
    assert block.features == sequence(49, 24)
    # Majumdar and Ginsburg (2020): a depthwise kernel, a pointwise one, a projected residual.
    separable = SeparableConv1D(64, kernel=13, skip=True).footprint(sequence(98, 128))
    assert separable.parameters == 13 * 128 + 128 * 64 + 128 * 64 + 2 * 4 * 64
    svdf = ResidualSvdf(64, memory=8, bottleneck=32, normalisation="none", skip=False).footprint(x)
    assert svdf.parameters == 64 * (40 + 8) + 64 + 64 * 32 + 32


def test_a_transformer_knows_the_order_of_its_steps_by_their_places():
    steps = draw()
    turned = steps[:, ::-1].copy()

    def told_apart(places: bool) -> bool:
        keras.utils.set_random_seed(1)
        model = build(KeywordTransformer(places=places), sequence(T, BINS))
        one, other = (np.asarray(model([each])) for each in (steps, turned))
        return not np.allclose(one, other[:, ::-1], atol=1e-4)

    assert told_apart(True)
    assert not told_apart(False)


def test_a_query_weighs_all_steps():
    assert AttentionQuery(2, 8).footprint(sequence(T, BINS)).features == vector(BINS)
    keras.utils.set_random_seed(0)
    model = build(AttentionQuery(2, 8), sequence(T, BINS))
    steps = draw()
    other = steps.copy()
    other[:, 2] += 1.0

    assert not np.allclose(np.asarray(model([steps])), np.asarray(model([other])), atol=1e-6)


def test_a_causal_recurrence_has_one_way_whatever_else_is_said():
    block = ConvRecurrent(4, kernel=3, bins=3, units=8, causal=True, bidirectional=True)

    assert block.footprint(sequence(T, BINS)).features == sequence(6, 8)
    assert block.unused() == {"bidirectional"}


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (ResidualSvdf(memory=13), "a window of 13 steps does not fit on a sequence of 12"),
        (TcResnet(kernel=13), "a window of 13 steps"),
        (SeparableConv1D(kernel=9, dilation=2), "a window of 17 steps"),
        (SeparableConv1D(kernel=3, dilation=2, stride=2), "stride 2 and dilation 2 exclude"),
        (ConvRecurrent(bins=8), "a window of 8 features with stride 2 does not fit on 5"),
        (ConvRecurrent(kernel=20), "a window of 20 steps"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(block, message):
    with pytest.raises(SpaceError, match=message):
        block.footprint(sequence(T, BINS))
    with pytest.raises(SpaceError, match=message):
        block.build(keras.Input((T, BINS)), ())


def test_places_are_of_clips_of_one_length():
    with pytest.raises(SpaceError, match="any length"):
        KeywordTransformer().footprint(sequence(None, BINS))
    with pytest.raises(SpaceError, match="any length"):
        KeywordTransformer().build(keras.Input((None, BINS)), ())


def test_the_other_blocks_take_clips_of_any_length():
    x = sequence(None, BINS)

    assert TcResnet(16, stride=2).footprint(x).features == sequence(None, 16)
    assert ConvRecurrent(units=8).footprint(x).features == sequence(None, 8)
    for block in (TcResnet(16, stride=2, causal=True), ConvRecurrent(units=8, stride=2)):
        model = build(block, x)
        assert model([draw(steps=30)]).shape[1] == 15
