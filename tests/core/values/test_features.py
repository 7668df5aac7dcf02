from __future__ import annotations

import pytest

from archivolt.values.features import ColumnLayout, Features, columns, image, sequence, vector


def test_size_counts_the_numbers_of_an_example():
    assert vector(7).size == 7
    assert image(4, 5, 3).size == 60
    assert sequence(None, 8).size == 8


def test_the_last_axis_holds_the_channels():
    assert image(4, 5, 3).channels == 3
    assert sequence(9, 8).channels == 8


def test_columns_are_as_many_as_numbers_and_categories_together():
    layout = ColumnLayout(numeric=("a", "b"), categorical=("c",), cardinalities=(4,))

    assert columns(layout).shape == (3,)
    assert columns(layout) != columns(ColumnLayout(numeric=("a", "b", "c")))


def test_a_shape_of_the_wrong_rank_is_refused():
    with pytest.raises(ValueError, match="image features have 3 axes"):
        Features("image", (28, 28))


def test_an_unknown_kind_is_refused_with_those_known():
    with pytest.raises(ValueError, match="no feature kind is named 'picture'; known: vector"):
        Features("picture", (1,))


def test_equal_features_are_equal_keys():
    assert {image(2, 2, 1): "x"}[Features("image", [2, 2, 1])] == "x"


def test_only_sequences_are_padded():
    assert sequence(9, 8, padded=True) != sequence(9, 8)
    with pytest.raises(ValueError, match="vector features have none"):
        Features("vector", (8,), padded=True)
