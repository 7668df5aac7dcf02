from __future__ import annotations

import numpy as np
import pytest

from archivolt.components.growth import Lanes, grow, head_kernel
from archivolt.testing.toy_space import ToyConvolution, ToyDense, ToyFlatten, ToyScale
from archivolt.values.features import image, vector

FEATURES = vector(6)


def test_a_wider_child_keeps_the_features_of_its_parent() -> None:
    growth = grow((ToyDense(8),), (ToyDense(16),), FEATURES)

    assert growth is not None
    assert growth.parents == (0,)
    assert (growth.output.before, growth.output.now) == (vector(8), vector(16))
    assert list(growth.output.kept) == list(range(8))


def test_a_deeper_child_has_one_block_that_the_parent_has_not() -> None:
    parent = (ToyDense(8), ToyDense(16))

    growth = grow(parent, (ToyDense(8), ToyScale(), ToyDense(16)), FEATURES)

    assert growth is not None
    assert growth.parents == (0, None, 1)
    assert growth.output.same


def test_of_a_run_of_equal_blocks_the_last_is_the_new_one() -> None:
    growth = grow((ToyScale(), ToyDense(8)), (ToyScale(), ToyScale(), ToyDense(8)), FEATURES)

    assert growth is not None
    assert growth.parents == (0, None, 1)


@pytest.mark.parametrize(
    "child",
    [
        (ToyDense(4),),
        (ToyDense(8, "tanh"),),
        (ToyDense(8), ToyDense(8)),
        (),
        (ToyDense(8), ToyScale(), ToyScale()),
    ],
    ids=["narrower", "another activation", "no identity", "shallower", "two blocks more"],
)
def test_other_changes_are_no_growth(child: tuple[ToyDense, ...]) -> None:
    assert grow((ToyDense(8),), child, FEATURES) is None


def test_a_block_that_says_nothing_goes_on_only_where_all_is_as_it_was() -> None:
    stack = (ToyConvolution(8), ToyFlatten(), ToyDense(8))
    wider = (ToyConvolution(16), ToyFlatten(), ToyDense(8))
    on_top = (ToyConvolution(8), ToyFlatten(), ToyDense(16))

    assert grow(stack, wider, image(8, 8, 3)) is None
    assert grow(stack, on_top, image(8, 8, 3)) is not None


def test_new_features_count_nothing_in_the_head() -> None:
    lanes = Lanes(vector(2), vector(4), np.array([0, 2]))
    old, fresh = np.array([[1.0], [2.0]]), np.full((4, 1), 9.0)

    made = head_kernel(lanes)(old, fresh)

    assert made.ravel().tolist() == [1.0, 0.0, 2.0, 0.0]
    assert fresh.ravel().tolist() == [9.0] * 4
