from __future__ import annotations

import pytest

from archivolt.errors import SpaceError
from archivolt.testing.toy_space import ToyConvolution, ToyDense
from archivolt.values.features import sequence, vector
from archivolt.values.footprint import Footprint, Limits, head_footprint
from archivolt.values.problem import Part


def test_footprints_add_up_and_keep_the_upper_output():
    total = Footprint(vector(4), 10, 100).then(Footprint(vector(2), 5, 50))

    assert total == Footprint(vector(2), 15, 150)
    assert total.bytes == 60


@pytest.mark.parametrize("limits", [Limits(parameters=50), Limits(bytes=200), Limits(flops=500)])
def test_excess_is_0_within_a_limit_and_1_at_twice_of_it(limits):
    assert limits.excess(Footprint(vector(1), 50, 500)) == 0
    assert limits.excess(Footprint(vector(1), 100, 1000)) == pytest.approx(1.0)


def test_the_worst_of_several_limits_counts():
    limits = Limits(parameters=100, flops=10)

    assert limits.excess(Footprint(vector(1), 110, 40)) == pytest.approx(3.0)


def test_broken_by_agrees_with_excess():
    for limits in (Limits(), Limits(parameters=10), Limits(flops=9, bytes=44), Limits(bytes=40)):
        for parameters in (9, 10, 11, 12):
            for flops in (8, 9, 10):
                cost = Footprint(vector(1), parameters, flops)
                assert limits.broken_by(parameters, flops) == (limits.excess(cost) > 0)


def test_limits_describe_themselves():
    assert Limits(parameters=200_000, bytes=10).describe() == "parameters <= 200,000, bytes <= 10"


def test_a_head_on_each_step_has_the_parameters_of_one_and_the_arithmetic_of_all():
    once = head_footprint(vector(8), 3)
    cost = head_footprint(sequence(10, 8), 3, given=sequence(10, 2))

    assert cost == Footprint(sequence(10, 3), once.parameters, 10 * once.flops)


def test_blocks_that_lose_steps_leave_labels_over():
    with pytest.raises(SpaceError, match="each of 10 steps has a label, and the blocks leave 5"):
        head_footprint(sequence(5, 8), 3, given=sequence(10, 2))


def test_heads_with_blocks_of_their_own_add_up():
    x = vector(10)
    parts = (
        Part("p", "multiclass", ("a", "b", "c"), 3, blocks=(ToyDense(8),)),
        Part("q", "regression"),
    )

    cost = head_footprint(x, 4, parts=parts)

    assert cost.features == vector(4)
    assert cost.parameters == (10 * 8 + 8) + (8 + 1) * 3 + (10 + 1)
    assert head_footprint(x, 4, parts=(Part("q", "regression"),)) == head_footprint(x, 4)


def test_a_block_of_a_head_that_cannot_stand_there_is_told():
    parts = (Part("p", "regression", blocks=(ToyConvolution(),)),)

    with pytest.raises(SpaceError, match="of the head for p, reads image, and is given vector"):
        head_footprint(vector(10), 1, parts=parts)
