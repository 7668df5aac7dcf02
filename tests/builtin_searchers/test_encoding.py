from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.errors import SpaceError
from archivolt.testing.toy_space import ToyDense, ToyScale, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices
from archivolt.values.features import vector
from archivolt_searchers.encoding import Encoder


@pytest.fixture
def space():
    return toy_space(vector(16), depth=(1, 3))


def distances(encoder, one, other):
    """Return the squared distance of two candidates in each column."""
    rows = encoder.rows([one, other])
    squares = (rows[0] - rows[1]) ** 2
    each = np.bincount(encoder.owner, squares)
    return {name: value for name, value in zip(encoder.columns, each, strict=True) if value > 1e-12}


def test_a_changed_field_moves_its_column_and_the_total_of_its_kind(space):
    one = Candidate((ToyScale(), ToyDense(8)))
    other = Candidate((ToyScale(), ToyDense(16)))

    moved = distances(Encoder(space), one, other)

    assert moved.pop("block 1 from the head: units") == pytest.approx(1 / 3)  # a step of three
    assert [name.startswith("total of ") for name in moved] == [True]


def test_a_new_block_at_the_input_leaves_those_at_the_head_in_their_places(space):
    one = Candidate((ToyDense(8),))
    other = Candidate((ToyScale(), ToyDense(8)))

    moved = distances(Encoder(space), one, other)

    assert "block 2 from the head" in moved
    assert not any(name.startswith("block 1 ") for name in moved)
    assert "depth" in moved


def test_a_missing_field_lies_between_all_its_values(space):
    dense = [Candidate((ToyDense(units),)) for units in (8, 64)]
    without = Candidate((ToyScale(),))
    column = "block 1 from the head: units"

    low, high = (distances(Encoder(space), each, without)[column] for each in dense)

    assert low == high == pytest.approx(0.25)


def test_a_rate_is_compared_by_its_ratio(space):
    rates = [
        Candidate((ToyScale(),)).with_recipe(learning_rate=rate) for rate in (1e-4, 1e-3, 1e-2)
    ]
    encoder, column = Encoder(space), "recipe: learning_rate"

    first = distances(encoder, rates[0], rates[1])[column]
    second = distances(encoder, rates[1], rates[2])[column]

    assert first == pytest.approx(second) == pytest.approx(1 / 9)


def test_different_candidates_have_different_rows():
    space = toy_space()
    rng = default_rng(0)
    candidates = list({space.sample(rng): None for _ in range(200)})

    rows = Encoder(space).rows(candidates)

    assert len(np.unique(rows, axis=0)) == len(candidates)


def test_levels_are_within_their_counts():
    space, rng = toy_space(), default_rng(0)
    encoder = Encoder(space)

    rows = encoder.level_rows(space.sample(rng) for _ in range(200))

    assert ((rows >= -1) & (rows < encoder.levels)).all()
    rate = rows[:, encoder.columns.index("recipe: learning_rate")]
    assert set(rate) == {0, 1, 2, 3, 4}


def test_a_space_that_is_too_wide_is_refused(space):
    @frozen
    class Wide(ToyScale):
        """A block with a name out of very many."""

        name = "wide"
        label: str = "0"

    names = Choices(tuple(map(str, range(5000))))
    wide = evolve(space, blocks=(BlockChoice(Wide, narrowed={"label": names}),))

    with pytest.raises(SpaceError, match=r"block 1 from the head: label' with 5,000"):
        Encoder(wide)


@frozen
class Told(ToyDense):
    """Tells by its units what it computes."""

    name = "told"

    def computes(self):
        return {8: ("a", "b"), 16: ("b", "a"), 32: ("c", "c"), 64: ()}[self.units]


def test_what_is_computed_is_a_column_of_its_own():
    space = evolve(toy_space(vector(16), depth=(1, 1)), blocks=(BlockChoice(Told),))
    encoder = Encoder(space, computing=True)
    one, same, other, nothing = (Candidate((Told(units),)) for units in (8, 16, 32, 64))

    assert encoder.columns[-1] == "what is computed"
    assert "what is computed" not in distances(encoder, one, same)
    assert distances(encoder, one, other)["what is computed"] == pytest.approx(1.0)
    assert distances(encoder, one, nothing)["what is computed"] == pytest.approx(0.5)


def test_where_no_block_tells_what_it_computes_there_is_no_column_for_it(space):
    assert Encoder(space, computing=True).columns == Encoder(space).columns
