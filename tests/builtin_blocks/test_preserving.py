"""What blocks tell of how they grow, without building anything."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from archivolt.components.growth import Lanes
from archivolt.values.features import image, vector
from archivolt_blocks.convolutions import Convolution
from archivolt_blocks.image_branches import Residual
from archivolt_blocks.recording import Recording
from archivolt_blocks.vectors import Bottleneck, Dense, LowRank

WIDENED = Lanes(vector(3), vector(5), np.array([0, 1, 3]))


def weight(block, before, x, name, layer=0):
    return block.preserve(before, x).layers[layer].weights[name]


def test_a_kernel_takes_the_old_one_and_zeros_from_new_features_to_old_units():
    kernel = weight(Dense(4), Dense(2), WIDENED, "kernel")

    made = kernel(np.full((3, 2), 7.0), np.full((5, 4), 1.0))

    np.testing.assert_array_equal(
        made,
        [[7, 7, 1, 1], [7, 7, 1, 1], [0, 0, 1, 1], [7, 7, 1, 1], [0, 0, 1, 1]],
    )


def test_a_bias_of_new_units_keeps_its_initial_value():
    bias = weight(Dense(4), Dense(2), WIDENED, "bias")

    assert bias(np.array([5.0, 6.0]), np.zeros(4)).tolist() == [5.0, 6.0, 0.0, 0.0]


def test_new_features_stand_behind_the_old_units():
    output = Dense(4).preserve(Dense(2), WIDENED).output

    assert (output.before, output.now) == (vector(2), vector(4))
    assert output.kept.tolist() == [0, 1]
    assert output.nonnegative


def test_what_is_put_beside_keeps_its_places():
    block = Dense(2, residual="concatenate")

    output = block.preserve(block, WIDENED).output

    assert output.kept.tolist() == [0, 1, 2, 3, 5]


def test_layers_come_in_the_order_in_which_they_are_made():
    block = Residual(shortcut="projection")
    plate = Lanes.equal(image(8, 8, 4))
    wider = Lanes(plate.before, image(8, 8, 6), np.arange(4))

    names = [layer.name for layer in block.preserve(block, wider).layers]

    assert names == ["conv2d", "batch_normalization"] * 3


def test_a_kernel_as_the_identity_hands_on_what_is_not_negative():
    plate = Lanes.equal(image(8, 8, 4), nonnegative=True)
    block = Convolution(4, kernel="4x4", normalisation="none")

    (layer,) = block.preserve(None, plate).layers
    made = layer.weights["kernel"](None, np.ones((4, 4, 4, 4)))

    np.testing.assert_array_equal(made[1, 1], np.eye(4))
    assert made.sum() == 4
    assert block.preserve(None, Lanes.equal(image(8, 8, 4))) is None


def test_a_residual_begins_with_its_last_product_at_zero():
    first, last = Bottleneck(8).preserve(None, Lanes.equal(vector(16))).layers

    assert first.weights == {}
    assert not last.weights["kernel"](None, np.ones((8, 16))).any()


@pytest.mark.parametrize(
    "block",
    [
        Dense(8),
        Dense(16, residual="pad"),
        Dense(16, activation="gelu"),
        LowRank(skip=False),
        Convolution(4),
    ],
    ids=["another width", "a dead relu", "a curved one", "no way past", "normalised"],
)
def test_what_cannot_hand_on_says_so(block):
    features = vector(16) if block.reads == "vector" else image(8, 8, 4)

    assert block.preserve(None, Lanes.equal(features, nonnegative=True)) is None


def test_another_class_or_form_computes_something_else():
    same = Lanes.equal(vector(16))

    assert Dense(16).preserve(Bottleneck(8), same) is None
    assert Dense(16).preserve(Dense(16, residual="project"), same) is None
    assert Dense(16).preserve(evolve(Dense(16), dropout=0.1), same) is None


def test_a_plan_is_recorded_with_its_settings():
    make = Recording()
    x = make.input((6,))

    Dense(8, normalisation="batch", dropout=0.2).plan(make, x, ())

    told = [(each.name, each.shape, dict(each.settings)) for each in make.operations]
    assert told == [
        ("input", (6,), {}),
        ("dense", (8,), {"units": 8, "bias": False}),
        ("normalise", (8,), {"normalisation": "batch"}),
        ("activation", (8,), {"activation": "relu"}),
        ("dropout", (8,), {"rate": 0.2}),
    ]
