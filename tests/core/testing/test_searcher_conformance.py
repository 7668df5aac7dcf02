"""The kit for searchers tells a search that cannot be resumed from one that can."""

from __future__ import annotations

import pytest
from attrs import field, frozen

from archivolt.components.strategies import Proposal, Searcher
from archivolt.testing import SearcherConformance
from archivolt.testing.toy_space import toy_space
from archivolt.values.space import SearchSpace

KIT = SearcherConformance()
RESUMED = KIT.test_a_search_goes_on_from_a_stored_history_as_it_would_have_gone_on


def drawn(history, space: SearchSpace, rng):
    while history.holds(candidate := space.sample(rng)):
        pass
    return candidate


@frozen
class Plain(Searcher):
    """Draw at random."""

    name = "plain"

    def propose(self, history, space, rng):
        return Proposal(drawn(history, space, rng))


@frozen
class Counting(Searcher):
    """Keep how often it was asked, where no stored history has it."""

    name = "counting"
    asked: list[int] = field(factory=list, eq=False)

    def propose(self, history, space, rng):
        self.asked.append(len(history))
        for _ in range(len(self.asked) % 7):
            rng.random()
        return Proposal(drawn(history, space, rng))

    def __attrs_post_init__(self):
        object.__setattr__(self, "asked", [])


@frozen
class OfTuples(Searcher):
    """Note a tuple, which comes back from JSON as a list."""

    name = "of_tuples"

    def propose(self, history, space, rng):
        newest = history.newest_with("note")
        if newest is not None and isinstance(newest.memo["note"], tuple):
            rng.random()
        return Proposal(drawn(history, space, rng), memo={"note": (1, 2)})


@pytest.mark.parametrize("workers", [1, 40])
def test_a_function_of_the_history_passes(workers):
    RESUMED(Plain(), toy_space(), workers)


@pytest.mark.parametrize("searcher", [Counting(), OfTuples()], ids=str)
def test_a_searcher_that_remembers_what_the_history_does_not_is_caught(searcher):
    with pytest.raises(AssertionError):
        RESUMED(searcher, toy_space(), 8)
