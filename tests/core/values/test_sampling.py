from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import SpaceError
from archivolt.testing.toy_space import ToyConvolution, ToyDense, ToyFlatten, ToyPooling, toy_space
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Range
from archivolt.values.features import image, sequence, vector
from archivolt.values.footprint import Limits

# Many widths, so that a tight limit still leaves many candidates.
WIDTHS = (
    BlockChoice(ToyDense, narrowed={"units": Range(8, 512, log=True)}),
    BlockChoice(ToyConvolution, narrowed={"filters": Range(4, 128, log=True)}),
    BlockChoice(ToyPooling),
)


@pytest.fixture(scope="module", params=["vector", "image"])
def wide(request):
    if request.param == "vector":
        return evolve(toy_space(vector(64), depth=(1, 6)), blocks=WIDTHS[:1])
    return evolve(toy_space(image(28, 28, 1), depth=(1, 6)), blocks=WIDTHS)


@pytest.fixture(scope="module")
def unlimited(wide):
    rng = default_rng(1)
    return [space.architecture for space in (wide.sample(rng) for _ in range(10_000))]


def limit_met_by(space, unlimited, share, cost):
    """Return the limit that this share of the space meets, and the draws that meet it."""
    costs = np.array([getattr(space.footprint(each), cost) for each in unlimited])
    limit = int(np.quantile(costs, share))
    return limit, [unlimited[at] for at in np.flatnonzero(costs <= limit)]


@pytest.mark.parametrize("cost", ["parameters", "flops"])
@pytest.mark.parametrize("share", [0.1, 0.01])
def test_draws_under_a_tight_limit_are_valid_and_as_varied_as_what_meets_it(
    wide, unlimited, share, cost
):
    limit, meeting = limit_met_by(wide, unlimited, share, cost)
    space, rng = evolve(wide, limits=Limits(**{cost: limit})), default_rng(0)

    drawn = [space.sample(rng) for _ in range(1000)]

    for candidate in drawn:
        space.check(candidate)
    # Throwing away what does not meet the limit is the yardstick, far too slow to be the way.
    meeting = meeting[:1000]
    assert len({each.architecture for each in drawn}) >= 0.75 * len(set(meeting))
    depths = {len(space.body(each)) for each in meeting}
    assert depths <= {len(space.body(each.architecture)) for each in drawn}


def test_without_limits_every_depth_and_every_block_has_the_same_chance():
    space, rng = toy_space(image(64, 64, 3), depth=(1, 5)), default_rng(0)

    bodies = [space.body(space.sample(rng).architecture) for _ in range(4000)]

    depths = Counter(map(len, bodies))
    assert all(700 < depths[depth] < 900 for depth in range(1, 6))
    names = Counter(block.name for body in bodies for block in body)
    assert len(names) == 4
    assert max(names.values()) < 1.15 * min(names.values())
    connectors = Counter(
        block for _ in range(1000) for block in space.sample(rng).architecture if block.connector
    )
    assert 400 < connectors[ToyFlatten(True)] < 600


def test_a_draw_depends_on_the_space_and_the_seed_alone(wide, unlimited):
    limit, _ = limit_met_by(wide, unlimited, 0.02, "parameters")
    space = evolve(wide, limits=Limits(parameters=limit))
    rng = default_rng(3)
    first = [space.sample(rng) for _ in range(20)]

    afresh, rng = evolve(space), default_rng(3)
    assert [afresh.sample(rng) for _ in range(20)] == first
    afresh.sample(default_rng(99))
    rng = default_rng(3)
    assert [afresh.sample(rng) for _ in range(20)] == first


def test_where_nothing_fits_the_error_says_how_small_the_smallest_is():
    space = toy_space(vector(64), limits=Limits(parameters=100))

    with pytest.raises(SpaceError) as caught:
        space.sample(default_rng(0))

    # The head on 8 units, and the dense layer to them.
    assert str(caught.value) == (
        "no candidate of this space meets parameters <= 100. "
        "The smallest found has 610 parameters. Raise the limit, or add smaller blocks."
    )


def test_where_no_block_fits_the_features_the_error_says_which_features():
    with pytest.raises(SpaceError, match=r"1 to 4 of these blocks fits on sequence .*\[5, 3\]"):
        toy_space(sequence(5, 3)).sample(default_rng(0))


def test_a_space_with_one_candidate_that_fits_gives_it():
    space = toy_space(vector(64), limits=Limits(parameters=610), searched_recipe=False)
    rng = default_rng(0)

    drawn = {space.sample(rng).architecture for _ in range(20)}

    assert drawn == {(ToyDense(8, "relu"),), (ToyDense(8, "tanh"),)}


def test_recipes_are_drawn_from_their_domains():
    space, rng = toy_space(vector(4)), default_rng(0)

    recipes = [space.sample(rng).recipe for _ in range(200)]

    assert {recipe.optimizer for recipe in recipes} == {"sgd", "adam"}
    assert len({recipe.learning_rate for recipe in recipes}) == 200
    assert {recipe.batch_size for recipe in recipes} == {space.recipe.batch_size}
