"""Domination: fronts and crowding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from archivolt.values.domination import crowding, non_dominated, ranks

COSTS = arrays(
    np.float64,
    st.tuples(st.integers(0, 30), st.integers(1, 3)),
    elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf]),
)


def dominated(one, other):
    return bool(np.all(other <= one) and np.any(other < one))


@given(COSTS)
def test_what_no_other_dominates_is_found(costs):
    by_definition = [not any(dominated(one, other) for other in costs) for one in costs]

    assert non_dominated(costs).tolist() == by_definition


@given(COSTS)
def test_each_front_is_what_is_left_undominated_by_those_before(costs):
    found = ranks(costs)

    for rank in range(int(found.max(initial=-1)) + 1):
        assert non_dominated(costs[found >= rank])[found[found >= rank] == rank].all()
        assert not non_dominated(costs[found >= rank])[found[found >= rank] > rank].any()


def test_the_ends_of_a_front_have_no_bound_and_others_the_share_between_their_neighbours():
    found = crowding(np.array([[0.0, 10.0], [1.0, 6.0], [4.0, 0.0]]))

    assert found == pytest.approx([np.inf, 4 / 4 + 10 / 10, np.inf])


def test_costs_without_bound_and_equal_ones_make_no_nan():
    found = crowding(np.array([[0.0, np.inf], [0.0, np.inf], [0.0, np.inf], [1.0, 3.0]]))

    assert not np.isnan(found).any()
    assert crowding(np.zeros((0, 2))).shape == (0,)
