"""The blocks from picture to picture: what is in them, what they cost, how they begin."""

from __future__ import annotations

import numpy as np
import pytest

from archivolt.components.block import Block
from archivolt.components.growth import Lanes
from archivolt.components.measuring import symbolic
from archivolt.errors import SpaceError
from archivolt.values.features import image
from archivolt_vision.convnext import ConvNext, Patchify
from archivolt_vision.inverted_residuals import FusedInvertedResidual, InvertedResidual
from archivolt_vision.preactivation import PreactivationResidual

PLATE = image(8, 8, 12)


def built(block: Block, features=PLATE):
    import keras

    keras.utils.set_random_seed(0)
    (inputs,), tensor = symbolic(features)
    return keras.Model(inputs, block.build(tensor, ()))


def layers_of(model, kind: str) -> list:
    return [each for each in model.layers if type(each).__name__ == kind]


@pytest.mark.parametrize(
    ("block", "parameters", "flops"),
    [
        # Expansion and projection 2 * 12 * 48, depthwise 9 * 48; statistics of 48, 48 and 12.
        (
            InvertedResidual(expansion=4),
            2 * 12 * 48 + 9 * 48 + 4 * (48 + 48 + 12),
            2 * 64 * (2 * 12 * 48 + 9 * 48),
        ),
        # Attention by 12 units, with biases; it sees one position.
        (
            InvertedResidual(expansion=4, squeeze=4),
            2 * 12 * 48 + 9 * 48 + 4 * (48 + 48 + 12) + 2 * 48 * 12 + 12 + 48,
            2 * 64 * (2 * 12 * 48 + 9 * 48) + 2 * 2 * 48 * 12,
        ),
        # The stride leaves a quarter of the positions to what stands behind it.
        (
            InvertedResidual(expansion=2, stride=2, growth=2.0),
            12 * 24 + 9 * 24 + 24 * 24 + 4 * (24 + 24 + 24),
            2 * 64 * 12 * 24 + 2 * 16 * (9 * 24 + 24 * 24),
        ),
        (
            FusedInvertedResidual(expansion=2),
            9 * 12 * 24 + 24 * 12 + 4 * (24 + 12),
            2 * 64 * (9 * 12 * 24 + 24 * 12),
        ),
        # Depthwise 7x7 with biases, layer normalisation, two products with biases, the factors.
        (
            ConvNext(expansion=4),
            (49 + 1) * 12 + 2 * 12 + 2 * 12 * 48 + 48 + 12 + 12,
            2 * 64 * (49 * 12 + 2 * 12 * 48 + 12),
        ),
        (Patchify(2, filters=16), 4 * 12 * 16 + 2 * 16, 2 * 16 * 4 * 12 * 16),
        (
            PreactivationResidual(),
            2 * 9 * 12 * 12 + 2 * 4 * 12,
            2 * 64 * 2 * 9 * 12 * 12,
        ),
    ],
    ids=str,
)
def test_it_costs_what_the_paper_says_of_it(block: Block, parameters: int, flops: int):
    cost = block.footprint(PLATE)

    assert (cost.parameters, cost.flops) == (parameters, flops)


def test_the_footprint_needs_no_keras():
    import subprocess
    import sys

    program = (
        "import sys\n"
        "from archivolt.values.features import image\n"
        "import archivolt_vision as pack\n"
        "plate = image(32, 32, 12)\n"
        "whole = ('application', 'lenet', 'small_resnet')\n"
        "blocks = [each() for each in pack.archivolt_blocks() if each.name not in whole]\n"
        "assert all(each.footprint(plate).flops for each in blocks) and len(blocks) == 5\n"
        "print('keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("block", "shape"),
    [
        (InvertedResidual(growth=1.5), (8, 8, 18)),
        (InvertedResidual(stride=2), (4, 4, 12)),
        (InvertedResidual(growth=2.0, most=20), (8, 8, 20)),
        (InvertedResidual(least=16), (8, 8, 16)),
        (FusedInvertedResidual(growth=2.0, stride=2), (4, 4, 24)),
        (FusedInvertedResidual(least=16), (8, 8, 16)),
        (ConvNext(), (8, 8, 12)),
        (Patchify(4, filters=16), (2, 2, 16)),
        (PreactivationResidual(growth=2.0, stride=2), (4, 4, 24)),
        (PreactivationResidual(least=16), (8, 8, 16)),
    ],
    ids=str,
)
def test_growth_and_stride_change_channels_and_plate(block: Block, shape: tuple[int, ...]):
    assert block.footprint(PLATE).features.shape == shape


@pytest.mark.parametrize(
    ("block", "added"),
    [
        (InvertedResidual(), 1),
        (InvertedResidual(stride=2), 0),
        (InvertedResidual(growth=2.0), 0),
        (FusedInvertedResidual(), 1),
        (FusedInvertedResidual(expansion=1), 1),
        (FusedInvertedResidual(stride=2), 0),
        (ConvNext(), 1),
        (PreactivationResidual(), 1),
        (PreactivationResidual(stride=2), 1),  # of a projection
    ],
    ids=str,
)
def test_the_input_is_added_where_the_shape_stays(block: Block, added: int):
    assert len(layers_of(built(block), "Add")) == added


def test_the_projection_of_an_inverted_residual_is_linear():
    model = built(InvertedResidual(stride=2, activation="hard_silu"))

    kinds = [type(each).__name__ for each in model.layers]
    assert kinds[-2:] == ["Conv2D", "BatchNormalization"]
    activations = [each.activation.__name__ for each in layers_of(model, "Activation")]
    assert activations == ["hard_silu", "hard_silu"]


def test_the_attention_of_an_inverted_residual_stands_behind_the_depthwise_convolution():
    kinds = [type(each).__name__ for each in built(InvertedResidual(squeeze=4)).layers]

    assert kinds.index("DepthwiseConv2D") < kinds.index("Multiply")
    assert kinds.index("Multiply") < len(kinds) - 1 - kinds[::-1].index("Conv2D")


def test_without_expansion_an_inverted_residual_begins_with_the_depthwise_convolution():
    kinds = [type(each).__name__ for each in built(InvertedResidual(expansion=1)).layers]

    assert kinds[1] == "DepthwiseConv2D"
    assert kinds.count("Conv2D") == 1


def test_a_convnext_begins_nearly_as_the_identity():
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 12)).astype("float32")

    assert np.abs(built(ConvNext())(x) - x).max() < 1e-4
    assert np.abs(built(ConvNext(scale=1.0))(x) - x).max() > 0.1


def test_patches_do_not_overlap():
    model = built(Patchify(4, filters=16, normalisation="batch"))
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 12)).astype("float32")
    other = x.copy()
    other[0, :4, :4] += 1.0

    changed = np.abs(model(x) - model(other)).max(axis=-1)[0] > 1e-6

    assert changed.tolist() == [[True, False], [False, False]]


def test_nothing_stands_on_the_shortcut_of_a_preactivation_residual():
    model = built(PreactivationResidual())
    x = np.full((1, 8, 8, 12), -3.0, "float32")
    for layer in layers_of(model, "Conv2D"):
        layer.kernel.assign(np.zeros(layer.kernel.shape))

    np.testing.assert_array_equal(model(x), x)  # a relu would have made zeros of it


@pytest.mark.parametrize(
    "block",
    [
        InvertedResidual(squeeze=4),
        FusedInvertedResidual(),
        FusedInvertedResidual(expansion=1),
        ConvNext(scale=0.5),
        PreactivationResidual(),
    ],
    ids=str,
)
def test_put_in_anew_it_hands_on_what_it_is_given_and_can_learn(block: Block):
    import tensorflow as tf

    model = built(block)
    weighted = [each for each in model.layers if each.weights]
    preserved = block.preserve(None, Lanes.equal(PLATE))
    assert preserved is not None
    assert preserved.layers is not None
    for layer, told in zip(weighted, preserved.layers, strict=True):
        assert layer.name.rpartition("_")[0] == told.name or layer.name == told.name
        for weight in layer.weights:
            rewrite = told.weights.get(weight.name)
            if rewrite is not None:
                weight.assign(rewrite(None, weight.numpy()))
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 12)).astype("float32")

    np.testing.assert_allclose(model(x), x, atol=1e-6)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, training=True) - 1.0) ** 2)
    slopes = tape.gradient(loss, model.trainable_variables)
    assert any(np.abs(each).max() > 1e-6 for each in slopes)


@pytest.mark.parametrize(
    "block",
    [
        InvertedResidual(growth=2.0),
        FusedInvertedResidual(expansion=1, activation="relu"),  # it could not learn
        Patchify(filters=12),
    ],
    ids=str,
)
def test_what_cannot_hand_on_says_so(block: Block):
    assert block.preserve(None, Lanes.equal(PLATE)) is None


@pytest.mark.parametrize("block", [ConvNext("9x9"), Patchify(4), InvertedResidual("7x7")], ids=str)
def test_a_window_larger_than_the_plate_is_refused(block: Block):
    size = 8 if isinstance(block, ConvNext) else 3

    with pytest.raises(SpaceError, match="window with stride . does not fit on a plate of"):
        block.footprint(image(size, size, 12))


def test_a_window_that_is_none_is_refused_with_how_to_write_it():
    with pytest.raises(SpaceError, match="'3' is no window. Write height x width, such as '3x3'"):
        InvertedResidual("3").footprint(PLATE)
