from __future__ import annotations

from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import ToyConvolution, ToyDense, ToyFlatten, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices
from archivolt.values.features import image, vector
from archivolt_searchers.field_mutators import ChangeParameter, ChangeRecipe


def children(mutator, parent, space, count=200):
    rng = default_rng(0)
    return [mutator.mutate(parent, space, rng) for _ in range(count)]


def differences(one, other):
    return [
        (at, name)
        for at, (mine, its) in enumerate(zip(one, other, strict=True))
        for name in mine.__attrs_attrs__ and [each.name for each in mine.__attrs_attrs__]
        if getattr(mine, name) != getattr(its, name)
    ]


def test_change_parameter_moves_one_field_of_one_block_or_connector():
    space = toy_space(image(8, 8, 3))
    parent = Candidate(space.assemble((ToyConvolution(8, 3), ToyDense(16))))

    found = [
        differences(parent.architecture, child.architecture)
        for child in children(ChangeParameter(), parent, space)
    ]

    assert all(len(each) == 1 for each in found)
    assert {each[0] for each in found} == {
        (0, "filters"),
        (0, "kernel_size"),
        (1, "mean"),
        (2, "units"),
        (2, "activation"),
    }


def test_change_parameter_keeps_to_the_domains_of_the_space():
    narrow = BlockChoice(
        ToyDense, fixed={"activation": "tanh"}, narrowed={"units": Choices((16, 64))}
    )
    space = evolve(toy_space(vector(4)), blocks=(narrow,))

    found = children(ChangeParameter(), Candidate((ToyDense(16, "tanh"),)), space, 20)

    assert {child.architecture for child in found} == {(ToyDense(64, "tanh"),)}


def test_each_place_has_its_own_hyperparameters():
    space = toy_space(vector(4))
    parent = Candidate((ToyDense(8), ToyDense(8)))

    found = {child.architecture for child in children(ChangeParameter(), parent, space)}

    assert (ToyDense(8), ToyDense(64)) in found
    assert (ToyDense(64), ToyDense(8)) in found


def test_change_recipe_moves_one_searched_value_and_keeps_the_rest():
    space = toy_space(image(8, 8, 3))
    parent = Candidate(space.assemble((ToyDense(8),))).with_recipe(learning_rate=0.01, l2=0.3)

    found = children(ChangeRecipe(), parent, space)

    assert all(child.architecture == parent.architecture for child in found)
    changed = [differences([parent.recipe], [child.recipe]) for child in found]
    assert all(len(each) == 1 for each in changed)
    assert {name for ((_, name),) in changed} == {"learning_rate", "optimizer"}


def test_a_recipe_is_moved_from_the_parents_and_never_drawn_afresh():
    space = toy_space(vector(4))  # rates from 1e-4 to 1e-1
    parent = Candidate((ToyDense(8),)).with_recipe(learning_rate=2e-4)

    rates = [child.recipe.learning_rate for child in children(ChangeRecipe(), parent, space)]

    # Half of fresh draws would lie above the middle of the range; a step hardly gets there.
    moved = [rate for rate in rates if rate != 2e-4]
    assert sum(rate < 3e-3 for rate in moved) > 0.85 * len(moved)


def test_a_space_without_searched_recipe_values_gives_no_change():
    space = toy_space(vector(4), searched_recipe=False)

    assert ChangeRecipe().mutate(Candidate((ToyDense(8),)), space, default_rng(0)) is None


def test_a_connector_that_the_space_fixes_is_left_alone():
    space = toy_space(image(8, 8, 3))
    fixed = evolve(space, connectors=(BlockChoice(ToyFlatten, fixed={"mean": True}),))
    parent = Candidate(fixed.assemble((ToyDense(8),)))

    for child in children(ChangeParameter(), parent, fixed, 50):
        assert child.architecture[0] == ToyFlatten(True)
