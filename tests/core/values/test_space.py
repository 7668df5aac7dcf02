from __future__ import annotations

import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.components.block import Block
from archivolt.components.strategies import Mutator
from archivolt.errors import SpaceError
from archivolt.testing.toy_space import (
    ToyConvolution,
    ToyDense,
    ToyFlatten,
    ToyPooling,
    ToyReplace,
    ToyScale,
    toy_space,
)
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices
from archivolt.values.features import image, sequence, vector
from archivolt.values.footprint import Footprint, Limits
from archivolt.values.space import SearchSpace

CONVOLUTION, POOLING, DENSE, FLATTEN = (
    ToyConvolution(8, 3),
    ToyPooling(),
    ToyDense(16),
    ToyFlatten(),
)


@pytest.fixture
def space():
    return toy_space(image(8, 8, 3))


def test_connectors_stand_where_the_feature_kind_changes(space):
    assert space.assemble((CONVOLUTION, DENSE)) == (CONVOLUTION, FLATTEN, DENSE)
    assert space.assemble((CONVOLUTION,)) == (CONVOLUTION, FLATTEN)
    assert space.assemble((DENSE,)) == (FLATTEN, DENSE)


def test_connectors_of_the_parent_are_kept(space):
    parent = space.assemble((CONVOLUTION,), like=(ToyFlatten(mean=True),))

    assert space.assemble((POOLING, CONVOLUTION), like=parent)[-1] == ToyFlatten(mean=True)


def test_the_body_is_what_was_assembled(space):
    body = (CONVOLUTION, POOLING, DENSE)

    assert space.body(space.assemble(body)) == body


def test_blocks_that_no_connector_joins_are_refused(space):
    with pytest.raises(SpaceError, match="no connector leads from vector to image"):
        space.assemble((DENSE, CONVOLUTION))


def test_the_footprint_counts_the_head_and_every_block(space):
    cost = space.footprint(space.assemble((CONVOLUTION, DENSE)))

    convolution = 9 * 3 * 8 + 8
    dense = 8 * 8 * 8 * 16 + 16
    assert cost.parameters == convolution + dense + 17 * 10
    assert cost.flops == 2 * (64 * 9 * 3 * 8 + 8 * 8 * 8 * 16 + 16 * 10)
    assert cost.features == vector(10)


def test_a_block_that_looks_back_is_told_what_stands_before():
    seen = []

    @frozen
    class Back(Block):
        """Notes what it is given."""

        name = "back"
        reads = writes = "vector"
        looks_back = True

        def footprint(self, x, earlier=()):
            seen.append((x, earlier))
            return Footprint(x)

    space = toy_space(vector(3))
    space.stack((ToyDense(8), ToyDense(16), Back()))
    space.stack((Back(),))

    assert seen == [(vector(16), (vector(3), vector(8))), (vector(3), ())]


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        ((CONVOLUTION, FLATTEN, *[DENSE] * 4), "5 blocks deep, not 1 to 4"),
        ((ToyConvolution(9, 3), FLATTEN), "out of its domain"),
        ((CONVOLUTION,), "connectors or reductions are not the space's"),
        ((FLATTEN, DENSE, CONVOLUTION), "no connector leads"),
        ((POOLING, POOLING, POOLING, POOLING, FLATTEN), "needs 2 pixels a side"),
    ],
)
def test_a_candidate_outside_the_space_is_told_why(space, candidate, message):
    with pytest.raises(SpaceError, match=message):
        space.check(Candidate(candidate))
    assert Candidate(candidate) not in space


def test_a_recipe_outside_its_domains_is_told_by_its_key(space):
    candidate = Candidate((CONVOLUTION, FLATTEN)).with_recipe(optimizer="adagrad")

    with pytest.raises(SpaceError, match=r"recipe.optimizer: 'adagrad' is not one of sgd, adam"):
        space.check(candidate)


def test_a_candidate_above_a_limit_is_told_its_cost(space):
    small = evolve(space, limits=Limits(parameters=1000))

    with pytest.raises(SpaceError, match=r"5,354 parameters.*limits are parameters <= 1,000"):
        small.check(Candidate((CONVOLUTION, FLATTEN)))


def test_fixed_and_narrowed_fields_bound_a_choice():
    choice = BlockChoice(ToyDense, fixed={"activation": "tanh"}, narrowed={"units": Choices((64,))})

    assert choice.default() == ToyDense(64, "tanh")
    assert choice.sample(default_rng(0)) == ToyDense(64, "tanh")
    assert ToyDense(64, "tanh") in choice
    assert ToyDense(32, "tanh") not in choice
    assert ToyDense(64, "relu") not in choice


def test_blocks_are_drawn_by_weight():
    space = evolve(
        toy_space(vector(8)), blocks=(BlockChoice(ToyDense, weight=3.0), BlockChoice(ToyScale))
    )
    rng = default_rng(0)

    drawn = [space.draw_block("vector", "vector", rng).name for _ in range(2000)]

    assert 1400 < drawn.count("toy_dense") < 1600


def test_a_block_drawn_between_two_kinds_fits_there(space):
    rng = default_rng(0)

    names = {space.draw_block("image", "image", rng).name for _ in range(50)}

    assert names == {"toy_convolution", "toy_pooling"}
    assert space.draw_block("vector", "image", rng) is None


def test_a_space_limited_to_a_depth_proposes_nothing_deeper(space):
    shallow, rng = space.limited_to_depth(2), default_rng(0)

    assert shallow.depths == (1, 2)
    assert max(len(shallow.body(shallow.sample(rng).architecture)) for _ in range(50)) == 2
    assert space.limited_to_depth(9) is space


@pytest.mark.parametrize("depth", [(3, 2), (-1, 2), (0, 0)])
def test_a_depth_that_is_no_range_is_refused(depth):
    with pytest.raises(ValueError, match="depth"):
        SearchSpace(vector(2), 1, (BlockChoice(ToyDense),), depth=depth)


@frozen
class Leave(Mutator):
    """Proposes what the space does not hold."""

    name = "leave"

    def mutate(self, candidate, space, rng):
        return evolve(candidate, architecture=(*candidate.architecture, ToyDense(7)))


def test_mutating_never_leaves_the_space(space):
    rng = default_rng(0)
    mixed = evolve(
        space,
        mutators=((Leave(), 1.0), *space.mutators),
        limits=Limits(parameters=20_000),
    )
    child = mixed.sample(rng)
    for _ in range(100):
        found = mixed.mutate(child, rng)
        assert found is not None
        assert found.mutator in ("toy_append", "toy_replace")
        assert found.candidate != child
        mixed.check(found.candidate)
        child = found.candidate
    assert evolve(mixed, mutators=((Leave(), 1.0),)).mutate(child, rng) is None


def test_mutating_takes_only_growing_mutators_where_asked(space):
    rng = default_rng(0)
    parent = Candidate((CONVOLUTION, FLATTEN))

    assert {space.mutate(parent, rng, growing=True).mutator for _ in range(20)} == {"toy_append"}
    assert {space.mutate(parent, rng, growing=False).mutator for _ in range(20)} == {"toy_replace"}


def test_a_mutator_without_weight_is_off_and_a_child_may_be_refused(space):
    rng = default_rng(0)
    parent = Candidate((CONVOLUTION, FLATTEN))

    assert evolve(space, mutators=((ToyReplace(), 0.0),)).mutate(parent, rng) is None
    assert space.mutate(parent, rng, accept=lambda child: False) is None


@frozen
class StepScale(Block):
    """A learnt factor a feature of each step."""

    name = "step_scale"
    reads = writes = "sequence"

    def footprint(self, x, earlier=()):
        return Footprint(x, x.channels, x.size)


@frozen
class EverySecond(Block):
    """Every second step of a sequence."""

    name = "every_second"
    reads = writes = "sequence"

    def footprint(self, x, earlier=()):
        return Footprint(sequence(x.shape[0] // 2, x.shape[1]))


@frozen
class LastStep(Block):
    """The last step of a sequence."""

    name = "last_step"
    reads = "sequence"
    writes = "vector"
    connector = True

    def footprint(self, x, earlier=()):
        return Footprint(vector(x.channels))


@pytest.fixture
def per_step():
    """A space for labels per step, in which only blocks that keep the steps can stand."""
    return SearchSpace(
        sequence(8, 4),
        outputs=3,
        blocks=(BlockChoice(StepScale), BlockChoice(EverySecond), BlockChoice(ToyDense)),
        connectors=(BlockChoice(LastStep),),
        depth=(1, 3),
        mutators=((ToyReplace(), 1.0),),
        per_step=True,
    )


def test_where_each_step_has_a_label_the_sequence_reaches_the_head(per_step):
    for seed in range(20):
        candidate = per_step.sample(default_rng(seed))
        assert set(map(type, candidate.architecture)) == {StepScale}
        assert candidate in per_step

    assert per_step.assemble((StepScale(),)) == (StepScale(),)
    assert per_step.footprint((StepScale(),)).features == sequence(8, 3)


def test_a_block_that_loses_steps_is_not_in_a_space_of_labels_per_step(per_step):
    assert Candidate((StepScale(), EverySecond())) not in per_step
    assert Candidate((StepScale(), LastStep(), ToyDense(8))) not in per_step
