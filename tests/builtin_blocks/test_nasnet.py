"""The cells of NASNet-A: what they read, what they cost, and that they are those of the paper."""

from __future__ import annotations

from itertools import groupby

import keras
import numpy as np
import pytest

from archivolt.components.measuring import symbolic
from archivolt.errors import SpaceError
from archivolt.values.cells import Cells
from archivolt.values.choice import BlockChoice
from archivolt.values.features import image, vector
from archivolt.values.space import SearchSpace
from archivolt_blocks.connectors import ImageToVector
from archivolt_blocks.convolutions import Convolution
from archivolt_blocks.nasnet import NasnetNormal, NasnetReduction
from archivolt_blocks.recording import Recording


def separable(kernel: int, filters: int) -> int:
    """Count the weights of a separable convolution that is applied twice, each with its norm."""
    return 2 * (kernel**2 * filters + filters**2 + 4 * filters)


def squeeze(channels: int, filters: int) -> int:
    return channels * filters + 4 * filters


def test_a_normal_cell_costs_what_its_five_sums_do():
    filters, before = 8, image(16, 16, 6)
    cost = NasnetNormal(filters).footprint(image(16, 16, 10), (image(4, 4, 1), before))

    # Three separable convolutions with windows of 3, two with windows of 5, both inputs squeezed.
    expected = squeeze(10, filters) + squeeze(6, filters)
    expected += 3 * separable(3, filters) + 2 * separable(5, filters)
    assert cost.parameters == expected
    assert cost.features == image(16, 16, 6 * filters)


def test_a_reduction_cell_costs_what_its_five_sums_do():
    filters, before = 8, image(16, 16, 6)
    cost = NasnetReduction(filters).footprint(image(16, 16, 10), (before,))

    expected = squeeze(10, filters) + squeeze(6, filters)
    expected += separable(3, filters) + 2 * separable(5, filters) + 2 * separable(7, filters)
    assert cost.parameters == expected
    assert cost.features == image(8, 8, 4 * filters)


def test_the_first_cell_reads_its_input_twice():
    x = image(16, 16, 3)

    cost = NasnetNormal(4).footprint(x, ())

    assert cost == NasnetNormal(4).footprint(x, (x,))
    assert NasnetNormal(4).build(keras.Input(x.shape), ()).shape == (None, 16, 16, 24)


def test_an_earlier_output_twice_as_large_is_halved_without_dropping_pixels():
    even, odd = np.zeros((2, 1, 10, 10, 1), "float32")
    even[0, ::2, ::2] = 1  # all that a plain stride of two would see
    odd[0, 1::2, 1::2] = 1
    x, before = keras.Input((5, 5, 1)), keras.Input((10, 10, 1))
    model = keras.Model([x, before], NasnetNormal(4).build(x, [before]))
    new = np.zeros((1, 5, 5, 1), "float32")

    # The earlier output is the first part of what the cell gives.
    from_even, from_odd = (np.asarray(model([new, old]))[..., :4] != 0 for old in (even, odd))

    assert from_even[..., :2].all()
    assert not from_even[..., 2:].any()
    assert from_odd[..., 2:].all()
    assert not from_odd[..., :2].any()


def test_the_cells_are_made_of_the_layers_of_keras_applications():
    """One normal and one reduction cell each, beside the same network of Keras' own NASNet."""
    reference = pytest.importorskip("keras.src.applications.nasnet")
    filters = 8
    x, before = keras.Input((16, 16, 10)), keras.Input((16, 16, 6))
    for block, cell in (
        (NasnetNormal(filters), reference._normal_a_cell),
        (NasnetReduction(filters), reference._reduction_a_cell),
    ):
        theirs = keras.Model([x, before], cell(x, before, filters, "0")[0])
        ours = build_cell(block)

        assert ours.count_params() == theirs.count_params()
        assert kinds(ours) == kinds(theirs)
        assert ours.output.shape == theirs.output.shape


def build_cell(block) -> keras.Model:
    x, before = keras.Input((16, 16, 10)), keras.Input((16, 16, 6))
    return keras.Model([x, before], block.build(x, [before]))


def kinds(model: keras.Model) -> dict[str, int]:
    """Count the layers that do arithmetic, by kind; Keras' cells pad apart from the layers."""
    counted: dict[str, int] = {}
    for layer in model.layers:
        kind = type(layer).__name__
        if kind not in {"InputLayer", "ZeroPadding2D", "Cropping2D", "Activation"}:
            counted[kind] = counted.get(kind, 0) + 1
    return counted


@pytest.mark.parametrize(
    ("block", "x", "earlier", "message"),
    [
        (NasnetNormal(), image(4, 4, 8), (), "a 5x5 window"),
        (NasnetReduction(), image(6, 6, 8), (), "a 7x7 window"),
        (NasnetNormal(), image(9, 9, 8), (vector(4),), "is of the kind vector"),
    ],
)
def test_a_cell_that_cannot_stand_is_refused_with_its_reason(block, x, earlier, message):
    with pytest.raises(SpaceError, match=message):
        block.footprint(x, earlier)


def test_a_network_of_cells_stacks_with_reductions_between():
    space = SearchSpace(
        features=image(28, 28, 1),
        outputs=10,
        blocks=(
            BlockChoice(NasnetNormal, {"filters": 4}),
            BlockChoice(Convolution, {"filters": 8, "kernel": "3x3", "stride": 1, "dilation": 1}),
        ),
        connectors=(BlockChoice(ImageToVector, {"mode": "average"}),),
        depth=(5, 5),
        cells=Cells(size=2, reduction=BlockChoice(NasnetReduction, {"filters": 8})),
    )
    candidate = space.sample(np.random.default_rng(0))

    assert [each.name for each in candidate.architecture].count("nasnet_reduction") == 2
    inputs, tensor = symbolic(space.features)
    earlier: list = []
    for block in candidate.architecture:
        output = block.build(tensor, tuple(earlier))
        earlier.append(tensor)
        tensor = output
    model = keras.Model(inputs, keras.layers.Dense(10)(tensor))
    assert space.footprint(candidate.architecture).parameters == model.count_params()


def sequences(block):
    """Follow what the plan does with both inputs, a separable convolution applied twice as one."""
    make = Recording()
    new, old = make.input((16, 16, 8)), make.input((16, 16, 8))
    output = block.plan(make, new, [old])
    ways = {new: [("new",)], old: [("old",)]}
    for each in make.operations[2:]:
        step = ()
        if each.name == "separable":
            step = ("separable {}x{}".format(*each.settings["kernel"]),)
        elif each.name == "pool":
            mode = {"max": "maximum", "average": "average"}[each.settings["mode"]]
            step = ("{0} {1}x{1}".format(mode, each.settings["size"]),)
        ways[each] = [(*way, *step) for before in each.inputs for way in ways[before]]
    return sorted(" > ".join(name for name, _ in groupby(way)) for way in ways[output])


@pytest.mark.parametrize("cell", [NasnetNormal(8), NasnetReduction(8)])
def test_a_cell_tells_what_its_plan_computes(cell):
    assert sorted(cell.computes()) == sequences(cell)
