from __future__ import annotations

from numpy.random import default_rng

from archivolt.testing.toy_space import ToyConvolution, ToyDense, ToyFlatten, ToyScale, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.features import image, vector
from archivolt.values.footprint import Limits
from archivolt_searchers.crossover import Crossover


def children(first, second, space, count=200):
    rng = default_rng(0)
    found = (Crossover().cross(first, second, space, rng) for _ in range(count))
    return [child for child in found if child is not None]


def test_each_field_of_blocks_of_one_kind_comes_from_either_parent():
    space = toy_space(vector(4), searched_recipe=False)
    first, second = Candidate((ToyDense(8, "relu"),)), Candidate((ToyDense(64, "tanh"),))

    found = {child.architecture[0] for child in children(first, second, space)}

    assert found == {ToyDense(8, "tanh"), ToyDense(64, "relu")}


def test_blocks_of_different_kinds_are_taken_whole():
    space = toy_space(vector(4), searched_recipe=False)
    first = Candidate((ToyDense(8), ToyDense(8)))
    second = Candidate((ToyScale(), ToyScale()))

    found = {child.architecture for child in children(first, second, space)}

    assert found == {(ToyDense(8), ToyScale()), (ToyScale(), ToyDense(8))}


def test_the_child_is_as_deep_as_its_first_parent():
    space = toy_space(vector(4), searched_recipe=False)
    short = Candidate((ToyDense(8),))
    long = Candidate((ToyDense(64), ToyDense(32), ToyScale()))

    assert {len(child.architecture) for child in children(short, long, space)} <= {1}
    kept = {child.architecture[1:] for child in children(long, short, space)}
    assert kept == {(ToyDense(32), ToyScale())}


def test_recipes_and_connectors_are_mixed_too():
    space = toy_space(image(8, 8, 3))
    block = ToyConvolution(8, 3)
    one = Candidate(space.assemble((block,), like=(ToyFlatten(False),)))
    one = one.with_recipe(optimizer="sgd", learning_rate=1e-3, l2=0.5)
    two = Candidate(space.assemble((block,), like=(ToyFlatten(True),)))
    two = two.with_recipe(optimizer="adam", learning_rate=1e-2, l2=0.9)

    found = children(one, two, space)

    mixtures = {
        (child.architecture[-1].mean, child.recipe.optimizer, child.recipe.learning_rate)
        for child in found
    }
    assert len(mixtures) == 2**3 - 1  # all but the first parent
    assert {child.recipe.l2 for child in found} == {0.5}  # not searched


def test_equal_parents_have_no_child():
    space = toy_space(vector(4))
    only = Candidate((ToyDense(8),)).with_recipe(learning_rate=0.01)

    assert children(only, only, space, 5) == []
    assert Crossover().mutate(only, space, default_rng(0)) is None


def test_a_child_beyond_the_limits_is_not_made():
    space = toy_space(vector(4), limits=Limits(parameters=900), searched_recipe=False)
    first = Candidate((ToyDense(64), ToyScale()))
    second = Candidate((ToyScale(), ToyDense(64)))

    for child in children(first, second, space):
        assert space.footprint(child.architecture).parameters <= 900
