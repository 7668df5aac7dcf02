from __future__ import annotations

import pytest

from archivolt.values.recipe import Recipe
from archivolt.values.tunable import tunables


def test_a_larger_batch_scales_the_learning_rate():
    recipe = Recipe(learning_rate=0.01, batch_size=32).for_batch_size(128)

    assert recipe.batch_size == 128
    assert recipe.learning_rate == pytest.approx(0.04)


def test_every_field_of_a_recipe_may_be_searched():
    from attrs import fields

    assert set(tunables(Recipe)) == {each.name for each in fields(Recipe)}
