from __future__ import annotations

import pytest

from archivolt.components.strategies import New
from archivolt.testing.toy_space import ToyDense, ToyFlatten
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.recipe import Recipe
from archivolt_searchers.depth_scaled import DepthScaled


def of_depth(depth, epochs=12):
    return Candidate((*[ToyDense()] * depth, ToyFlatten()), Recipe(epochs=epochs))


def test_epochs_are_in_proportion_to_the_blocks_up_to_the_recipes():
    lengths = [DepthScaled().schedule(of_depth(depth)) for depth in range(7)]

    assert lengths == [1, 3, 6, 9, 12, 12, 12]


def test_the_whole_of_the_shorter_schedule_is_trained():
    assert DepthScaled().next(History()) == New()


def test_there_is_a_least_number_of_epochs_unless_the_recipe_has_fewer():
    scheduler = DepthScaled(full_depth=10, min_epochs=5)

    assert [scheduler.schedule(of_depth(depth)) for depth in (1, 4, 5, 10)] == [5, 5, 6, 12]
    assert scheduler.schedule(of_depth(1, epochs=2)) == 2


def test_a_cap_is_for_the_deepest():
    scheduler = DepthScaled(max_epochs=8)

    assert [scheduler.schedule(of_depth(depth)) for depth in (1, 2, 4)] == [2, 4, 8]


def test_a_depth_is_a_block_at_least():
    with pytest.raises(ValueError, match="full_depth"):
        DepthScaled(full_depth=0)
