"""What single blocks do, beyond the promises that all keep."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from archivolt.components.measuring import symbolic
from archivolt.errors import SpaceError
from archivolt.testing.built_blocks import SIZES, build
from archivolt.values.features import ColumnLayout, columns, image, sequence, vector
from archivolt_blocks.batch_ensemble import BatchEnsemble
from archivolt_blocks.catalogue import BLOCKS
from archivolt_blocks.connectors import ImageToVector, SequenceToVector
from archivolt_blocks.convolutions import Convolution, DownsampleConvolution, PyramidConvolution
from archivolt_blocks.image_branches import DualResidual, Inception, Residual
from archivolt_blocks.image_channels import Pooling, SqueezeExcite
from archivolt_blocks.merging import MergeEarlier, MergeEarlierImage
from archivolt_blocks.vectors import Bottleneck, Dense, LowRank, PyramidDense


def run(block, x, *inputs):
    return np.asarray(build(block, x)([np.asarray(each, "float32") for each in inputs]))


# Vectors


def test_pyramid_dense_halves_and_stays_between_its_bounds():
    assert PyramidDense().footprint(vector(100)).features == vector(50)
    assert PyramidDense().footprint(vector(1)).features == vector(2)
    assert PyramidDense(ratio=1.0, most=100).footprint(vector(300)).features == vector(100)
    limited = PyramidDense(ratio=1.0, kernel_limit=2_000).footprint(vector(300))
    assert limited.features == vector(6)


def test_the_kernel_of_low_rank_has_that_rank():
    model = build(LowRank(rank=3, skip=False), vector(20))
    thin, wide = (each.numpy() for each in model.weights if each.name == "kernel")

    assert np.linalg.matrix_rank(thin @ wide) == 3


def test_a_bottleneck_with_skip_costs_two_thin_products():
    cost = Bottleneck(width=32).footprint(vector(100))

    assert cost.features == vector(100)
    assert cost.parameters == 100 * 32 + 32 + 32 * 100 + 100


@pytest.mark.parametrize(("units", "features"), [(16, 24), (16, 8)])
def test_a_padded_residual_adds_what_there_is_of_the_input(units, features):
    rows = np.random.default_rng(0).standard_normal((4, features))
    model = build(Dense(units, residual="pad"), vector(features))
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))

    output = np.asarray(model([rows.astype("float32")]))

    shared = min(units, features)
    np.testing.assert_allclose(output[:, :shared], rows[:, :shared], rtol=1e-6)
    assert (output[:, shared:] == 0).all()


def test_a_concatenated_residual_ends_with_the_input():
    rows = np.random.default_rng(0).standard_normal((4, 6)).astype("float32")

    assert (run(Dense(16, residual="concatenate"), vector(6), rows)[:, 16:] == rows).all()


def test_members_of_a_batch_ensemble_differ():
    block = BatchEnsemble(units=32, depth=1, members=4)
    model = build(block, vector(6))
    members = keras.Model(model.inputs, model.operations[-2].output)

    output = np.asarray(members([np.ones((1, 6), "float32")]))

    assert output.shape == (1, 4, 32)
    assert len({tuple(row) for row in output[0].tolist()}) == 4


# Images


def test_windows_keep_their_sides():
    tall = build(Convolution(8, kernel="7x1", normalisation="none"), image(9, 9, 3))

    assert tall.weights[0].shape == (7, 1, 3, 8)


@pytest.mark.parametrize(
    ("block", "plate", "message"),
    [
        (Convolution(kernel="5x5"), (4, 9), "a 5x5 window .* plate of 4x9 pixels"),
        (Convolution(dilation=4), (8, 8), "a 9x9 window"),
        (Convolution(stride=2, dilation=2), (28, 28), "exclude each other"),
        (Convolution(kernel="1x1", stride=2), (1, 1), "stride 2 does not fit"),
        (Pooling(size=5), (4, 4), "a 5x5 window"),
        (Pooling(size=2, stride=3), (28, 28), "stride of 3 is beyond a window of 2"),
        (DownsampleConvolution(), (2, 2), "a 3x3 window"),
        (Inception(share=0.2), (9, 9), "none is left"),
    ],
)
def test_what_cannot_stand_on_a_plate_is_refused_with_its_reason(block, plate, message):
    x = image(*plate, 4)

    with pytest.raises(SpaceError, match=message):
        block.footprint(x)
    with pytest.raises(SpaceError, match=message):
        block.build(keras.Input(x.shape), ())


def test_dual_residual_needs_two_channels():
    with pytest.raises(SpaceError, match="the image has one"):
        DualResidual().footprint(image(9, 9, 1))


def test_a_window_that_is_none_is_told():
    with pytest.raises(SpaceError, match="'3 by 3' is no window"):
        Convolution(kernel="3 by 3").footprint(image(9, 9, 1))


def test_pyramid_convolution_keeps_and_doubles_the_channels():
    assert PyramidConvolution().footprint(image(9, 9, 12)).features == image(9, 9, 12)
    doubled = PyramidConvolution(growth=2.0, stride=2).footprint(image(9, 9, 12))
    assert doubled.features == image(5, 5, 24)


@pytest.mark.parametrize("block", [Residual(least=16), DownsampleConvolution(least=16)], ids=str)
def test_in_front_of_a_network_channels_can_be_more_than_a_picture_has(block):
    assert block.footprint(image(8, 8, 3)).features.shape[-1] == 16
    assert block.footprint(image(8, 8, 40)).features.shape[-1] >= 40


def test_fifty_steps_are_enough_for_the_statistics_of_images():
    model = build(Convolution(8), image(8, 8, 3))
    x = np.random.default_rng(0).normal(3.0, 5.0, (64, 8, 8, 3)).astype("float32")

    for _ in range(50):
        training = np.asarray(model([x], training=True))

    np.testing.assert_allclose(np.asarray(model([x], training=False)), training, atol=0.1)


def test_an_identity_shortcut_has_no_weights_and_takes_every_second_pixel():
    x = image(6, 6, 2)
    identity = Residual(growth=2.0, stride=2, normalisation="none")
    projection = Residual(growth=2.0, stride=2, normalisation="none", shortcut="projection")
    assert projection.footprint(x).parameters - identity.footprint(x).parameters == 2 * 4 + 4

    model = build(identity, x)
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    picture = np.random.default_rng(0).random((1, 6, 6, 2)).astype("float32")
    output = np.asarray(model([picture]))

    assert (output[..., :2] == picture[:, ::2, ::2]).all()
    assert (output[..., 2:] == 0).all()


def test_squeeze_excite_scales_whole_channels():
    keras.utils.set_random_seed(0)
    picture = np.random.default_rng(0).random((2, 5, 4, 32)).astype("float32") + 0.5

    gates = run(SqueezeExcite(ratio=4), image(5, 4, 32), picture) / picture

    assert np.ptp(gates, axis=(1, 2)).max() < 1e-5
    assert 0 < gates.min() < gates.max() < 1


def test_images_of_any_size_are_pooled_and_not_flattened():
    any_size = image(None, None, 7)

    assert ImageToVector("max").footprint(any_size).features == vector(7)
    assert Convolution(8).footprint(any_size).features == image(None, None, 8)
    with pytest.raises(SpaceError, match="cannot be flattened"):
        ImageToVector("flatten").footprint(any_size)


def test_downsampling_ends_at_one_pixel_or_enough_channels():
    small = ImageToVector("downsample")

    assert small.footprint(image(28, 28, 1)).features == vector(32)  # 28, 14, 7, 4, 2, 1
    assert small.footprint(image(28, 28, 200)).features == vector(14 * 14 * 400)


# Sequences


def test_the_last_step_of_a_sequence_is_its_last():
    steps = np.random.default_rng(0).random((2, 5, 3)).astype("float32")

    assert (run(SequenceToVector("last"), sequence(5, 3), steps) == steps[:, -1]).all()
    assert (run(SequenceToVector("max"), sequence(5, 3), steps) == steps.max(axis=1)).all()


# Blocks that look back


def test_an_earlier_output_is_added():
    inputs = [np.full((1, 4), value, "float32") for value in (1, 10, 100, 1000)]

    # Given are x and then, oldest first, what came before it.
    assert run(MergeEarlier(back=1), vector(4), *inputs)[0, 0] == 1001
    assert run(MergeEarlier(back=3), vector(4), *inputs)[0, 0] == 11


def test_earlier_outputs_of_other_shapes_are_brought_onto_the_newest():
    merge, beside = MergeEarlierImage(), MergeEarlierImage(mode="concatenate")
    x = image(7, 7, 8)

    for earlier in (image(28, 28, 3), image(14, 13, 8), image(15, 8, 2), image(7, 7, 8)):
        assert merge.footprint(x, (earlier,)).features == x
        assert beside.footprint(x, (earlier,)).features.shape == (7, 7, 8 + earlier.channels)
        _, tensor = symbolic(x)
        _, other = symbolic(earlier)
        assert merge.build(tensor, [other]).shape == (None, 7, 7, 8)


def test_a_vector_takes_up_an_earlier_image_by_its_averages():
    beside = MergeEarlier(mode="concatenate").footprint(vector(5), (image(9, 9, 4),))

    assert beside.features == vector(9)


@pytest.mark.parametrize(
    ("block", "x", "earlier", "message"),
    [
        (MergeEarlier(back=2), vector(4), (vector(4),), "1 earlier outputs are there, and 2 back"),
        (
            MergeEarlier(),
            vector(4),
            (columns(ColumnLayout(numeric=("x",))),),
            "the table itself, not embedded",
        ),
        (MergeEarlierImage(), image(9, 9, 3), (vector(4),), "is a vector"),
    ],
)
def test_what_cannot_be_merged_is_refused(block, x, earlier, message):
    with pytest.raises(SpaceError, match=message):
        block.footprint(x, earlier)
    with pytest.raises(SpaceError, match=message):
        block.build(symbolic(x)[1], [symbolic(each)[1] for each in earlier])


# The pack


def test_the_pack_registers_its_blocks_and_imports_no_framework():
    code = (
        "import sys, archivolt_blocks; names = [each.name for each in "
        "archivolt_blocks.archivolt_blocks()]; "
        "assert not {'keras', 'tensorflow', 'pandas'} & set(sys.modules); print(*names)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert output.stdout.split() == [each.name for each in BLOCKS]


@pytest.mark.slow
def test_models_of_every_kind_load_where_archivolt_is_not(tmp_path: Path):
    for block in BLOCKS:
        build(block(), SIZES[block.reads][1]).save(tmp_path / f"{block.name}.keras")
    code = (
        "import sys; sys.modules['archivolt'] = sys.modules['archivolt_blocks'] = None\n"
        "import keras, pathlib\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    keras.saving.load_model(path, safe_mode=True); print(path.stem)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert output.stdout.split() == sorted(each.name for each in BLOCKS)
