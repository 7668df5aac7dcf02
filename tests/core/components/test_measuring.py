"""Arithmetic is counted as multiply-adds of kernels, whatever layer holds the kernel."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from archivolt.components.measuring import count_flops, measure, symbolic  # noqa: E402
from archivolt.values.features import image, sequence, vector  # noqa: E402

layers = keras.layers


def flops(layer, *shape):
    x = keras.Input(shape)
    return count_flops(keras.Model(x, layer(x)))


@pytest.mark.parametrize(
    ("layer", "shape", "products"),
    [
        (lambda: layers.Dense(5), (7,), 7 * 5),
        (lambda: layers.Dense(5), (4, 7), 4 * 7 * 5),
        (lambda: layers.Conv2D(6, 3, strides=2, padding="same"), (9, 8, 4), 5 * 4 * 9 * 4 * 6),
        (lambda: layers.Conv2D(6, 3, groups=2, padding="same"), (9, 8, 4), 9 * 8 * 9 * 2 * 6),
        (lambda: layers.SeparableConv2D(6, 3, padding="same"), (9, 8, 4), 72 * (9 * 4 + 4 * 6)),
        (lambda: layers.SeparableConv1D(6, 3, padding="same"), (9, 4), 9 * (3 * 4 + 4 * 6)),
        (lambda: layers.DepthwiseConv2D(3, padding="same"), (9, 8, 4), 72 * 9 * 4),
        (lambda: layers.Conv2DTranspose(6, 2, strides=2), (9, 8, 4), 72 * 4 * 4 * 6),
        (lambda: layers.EinsumDense("bnf,nfd->bnd", (3, 5)), (3, 7), 3 * 7 * 5),
        (lambda: layers.EinsumDense("bn,nk->bnk", (3, 5)), (3,), 3 * 5),
        (lambda: layers.EinsumDense("...x,xy->...y", 5), (2, 3, 7), 2 * 3 * 7 * 5),
        (lambda: layers.EinsumDense("ab...,bc->ac...", (5, 3)), (7, 3), 7 * 5 * 3),
        (lambda: layers.LSTM(4), (6, 3), 6 * (3 * 16 + 4 * 16)),
        (lambda: layers.GRU(4), (6, 3), 6 * (3 * 12 + 4 * 12)),
        (lambda: layers.Bidirectional(layers.SimpleRNN(4)), (6, 3), 2 * 6 * (3 * 4 + 4 * 4)),
        (lambda: layers.Embedding(10, 4), (6,), 0),
        (lambda: layers.BatchNormalization(), (9, 8, 4), 0),
    ],
)
def test_a_multiply_add_counts_as_two(layer, shape, products):
    assert flops(layer(), *shape) == 2 * products


def test_attention_counts_its_projections_and_both_products_of_positions():
    x = keras.Input((7, 3))
    model = keras.Model(x, layers.MultiHeadAttention(2, 4, value_dim=5)(x, x))

    projections = 7 * (3 * 8 + 3 * 8 + 3 * 10 + 10 * 3)
    assert count_flops(model) == 2 * (projections + 7 * 7 * 2 * (4 + 5))


def test_a_mask_among_the_inputs_of_a_layer_costs_nothing():
    for layer in (layers.LSTM(4), layers.Bidirectional(layers.GRU(4))):
        (plain,), x = symbolic(sequence(6, 3))
        (masked,), y = symbolic(sequence(6, 3, padded=True))

        cost = count_flops(keras.Model(masked, layer(y)))

        assert cost == count_flops(
            keras.Model(plain, type(layer).from_config(layer.get_config())(x))
        )
        assert cost > 0


def test_zeros_are_padding_where_the_features_say_so():
    for padded in (False, True):
        inputs, x = symbolic(sequence(2, 1, padded=padded))
        model = keras.Model(inputs, layers.GlobalAveragePooling1D()(x))

        assert float(model([np.array([[[3.0], [0.0]]])])[0, 0]) == (3.0 if padded else 1.5)


def test_layers_of_a_nested_model_are_counted():
    inner = keras.Sequential([keras.Input((7,)), layers.Dense(5), layers.Dense(2)])

    assert flops(inner, 7) == 2 * (7 * 5 + 5 * 2)


def test_a_block_that_does_not_build_is_told_with_its_cause():
    from attrs import frozen

    from archivolt.components.block import Block
    from archivolt.errors import SpaceError

    @frozen
    class Valid(Block):
        """A window without a filled border."""

        name = "valid"
        reads = writes = "image"

        def build(self, x, earlier):
            return layers.Conv2D(4, 5)(x)

    assert measure(Valid(), image(8, 8, 3)).features == image(4, 4, 4)
    with pytest.raises(SpaceError, match=r"valid does not build on image \[4, 4, 3\]"):
        measure(Valid(), image(4, 4, 3))


def test_a_vector_that_is_none_is_refused():
    from attrs import frozen

    from archivolt.components.block import Block
    from archivolt.errors import SpaceError

    @frozen
    class Rows(Block):
        """Says vector, gives a sequence."""

        name = "rows"
        reads = writes = "vector"

        def build(self, x, earlier):
            return layers.Reshape((2, 3))(x)

    with pytest.raises(SpaceError, match="says that it writes a vector"):
        measure(Rows(), vector(6))
