"""What becomes of numbers and categories on their way into a vector."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from archivolt.components.measuring import symbolic
from archivolt.errors import SpaceError
from archivolt.values.features import ColumnLayout, columns
from archivolt_blocks.embed_columns import EmbedColumns

KNOTS = (-1.0, 0.0, 0.5, 4.0, 20.0)
NUMBERS = ColumnLayout(numeric=("x",), quantiles=(KNOTS,))
CATEGORIES = ColumnLayout(categorical=("c", "d"), cardinalities=(3, 4))


def embed(block: EmbedColumns, layout: ColumnLayout, *inputs) -> np.ndarray:
    tensors, x = symbolic(columns(layout))
    model = keras.Model(tensors, block.build(x, ()))
    return np.asarray(model([np.array(each) for each in inputs]))


def column(*values: float) -> np.ndarray:
    return np.array(values, "float32")[:, None]


def test_standard_scaling_clips_at_eight():
    plain = EmbedColumns(numbers="plain")

    assert embed(plain, NUMBERS, column(-30.0, 0.25, 30.0))[:, 0].tolist() == [-8.0, 0.25, 8.0]


def test_quantile_scaling_puts_knots_where_a_normal_distribution_has_them():
    plain = EmbedColumns(scaling="quantile", numbers="plain")

    scaled = embed(plain, NUMBERS, column(-5.0, *KNOTS, 0.25, 99.0))[:, 0]

    # The quartiles of a normal distribution, and 3.09 where 0.1 % of it lies beyond.
    expected = [-3.0902, -3.0902, -0.6745, 0.0, 0.6745, 3.0902, -0.3186, 3.0902]
    np.testing.assert_allclose(scaled, expected, atol=1e-3)


def steps_of(block: EmbedColumns, layout: ColumnLayout, *inputs) -> np.ndarray:
    """Return what the linear layer of an embedding is given."""
    tensors, x = symbolic(columns(layout))
    model = keras.Model(tensors, block.build(x, ()))
    layer = next(each for each in model.layers if isinstance(each, keras.layers.EinsumDense))
    return np.asarray(keras.Model(tensors, layer.input)([np.array(each) for each in inputs]))


def test_a_number_fills_the_bins_below_it():
    steps = steps_of(EmbedColumns(bins=8), NUMBERS, column(-2.0, 0.25, 2.25, 99.0))[:, 0]

    # Bins between -1, 0, 0.5, 4 and 8: the last knot lies beyond the clip.
    expected = [[0, 0, 0, 0], [1, 0.5, 0, 0], [1, 1, 0.5, 0], [1, 1, 1, 1]]
    np.testing.assert_allclose(steps, expected, atol=1e-6)


def test_columns_with_few_knots_have_fewer_bins_and_no_infinities():
    layout = ColumnLayout(
        numeric=("few", "many", "twin", "far"),
        quantiles=(
            (-1.0, 0.0, 1.0),
            tuple(np.linspace(-2, 2, 65).tolist()),
            (0.0, 1e-12, 2e-12),  # apart in double precision alone
            (9.0, 10.0, 11.0),  # all beyond the clip
        ),
    )
    rows = np.array([[0.5, 0.5, 0.5, 0.5], [-9, -9, -9, -9], [99, 99, 99, 99]], "float32")

    for scaling in ("standard", "quantile"):
        steps = steps_of(EmbedColumns(scaling=scaling, bins=16), layout, rows)

        assert steps.shape == (3, 4, 16)
        assert np.isfinite(steps).all()
        assert steps.min() == 0
        assert steps.max() == 1
        assert (steps[:, 0, 2:] == 0).all()


def test_columns_of_two_values_stay_as_they_are():
    layout = ColumnLayout(numeric=("flag", "x"), quantiles=((-0.5, 2.0), KNOTS))

    output = embed(
        EmbedColumns(scaling="quantile", number_width=4),
        layout,
        np.array([[-0.5, 1.0], [2.0, 1.0]], "float32"),
    )

    assert output.shape == (2, 5)
    assert output[:, -1].tolist() == [-0.5, 2.0]
    assert (output[0, :4] == output[1, :4]).all()


def test_a_table_whose_quantiles_are_unknown_is_taken_for_normal():
    layout = ColumnLayout(numeric=("x", "y"))
    plain = EmbedColumns(scaling="quantile", numbers="plain")

    scaled = embed(plain, layout, np.array([[0.0, 1.0]], "float32"))[0]

    np.testing.assert_allclose(scaled, [0.0, 1.0], atol=0.1)


def test_periodic_embeddings_begin_with_the_spread_of_sigma():
    layout = ColumnLayout(numeric=tuple("abcdefgh"))
    tensors, x = symbolic(columns(layout))
    block = EmbedColumns(numbers="periodic", sigma=0.05, frequencies=32)
    model = keras.Model(tensors, block.build(x, ()))
    layer = next(each for each in model.layers if isinstance(each, keras.layers.EinsumDense))

    assert np.std(layer.kernel.numpy()) == pytest.approx(0.05, rel=0.25)


def test_the_kernels_of_columns_do_not_shrink_with_their_number():
    def spread(count: int) -> float:
        tensors, x = symbolic(columns(ColumnLayout(numeric=tuple(map(str, range(count))))))
        model = keras.Model(tensors, EmbedColumns().build(x, ()))
        layer = next(each for each in model.layers if isinstance(each, keras.layers.EinsumDense))
        return float(np.std(layer.kernel.numpy()))

    assert spread(50) == pytest.approx(spread(5), rel=0.2)


def test_one_hot_leaves_the_unknown_at_zero():
    block = EmbedColumns(categories="one_hot")

    rows = embed(block, CATEGORIES, np.array([[0, 0], [1, 3], [2, 1]], "int32"))

    assert rows.tolist() == [[0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [0, 1, 1, 0, 0]]


def test_learned_categories_have_vectors_of_their_own_and_zeros_for_the_unknown():
    every = [[0, 0], [1, 1], [2, 2], [1, 3]]
    rows = embed(EmbedColumns(category_width=4), CATEGORIES, np.array(every, "int32"))

    assert rows.shape == (4, 8)
    assert (rows[0] == 0).all()
    assert (rows[1, :4] == rows[3, :4]).all()
    distinct = {tuple(vector) for vector in rows[1:].reshape(6, 4).tolist()}
    assert len(distinct) == 5  # two values of c, three of d


def test_a_column_of_many_values_is_learned_even_where_others_are_one_hot():
    layout = ColumnLayout(categorical=("few", "many"), cardinalities=(4, 1000))
    block = EmbedColumns(categories="one_hot", category_width=4)

    assert block.footprint(columns(layout)).features.shape == (3 + 4,)
    assert block.footprint(columns(layout)).parameters == 999 * 4


def test_a_table_without_values_is_refused():
    empty = columns(ColumnLayout(categorical=("c",), cardinalities=(1,)))

    with pytest.raises(SpaceError, match="no column of the table has values"):
        EmbedColumns().footprint(empty)


def test_fields_that_mean_nothing_are_told_and_not_shown():
    plain = EmbedColumns(numbers="plain")

    assert plain.unused() == {"bins", "frequencies", "sigma", "number_width"}
    assert str(plain) == "embed_columns(standard, plain, learned, category_width=6)"
    assert EmbedColumns(numbers="periodic").unused() == {"bins"}
    assert EmbedColumns().unused() == {"frequencies", "sigma"}
