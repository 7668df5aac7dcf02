from __future__ import annotations

from numpy.random import default_rng

from archivolt.testing.toy_space import toy_space
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.trial import Trial
from archivolt_searchers.random_search import Random


def test_a_small_space_is_searched_to_its_last_candidate():
    space = toy_space(vector(4), depth=(1, 1), searched_recipe=False)
    history, rng = History(), default_rng(0)

    for number in range(9):  # 4 widths x 2 activations, and scale
        proposal = Random().propose(history, space, rng)
        assert (proposal.parent, proposal.mutator) == (None, None)
        history.record(Trial(number, proposal.candidate, seed=0))

    assert len({trial.candidate for trial in history}) == 9
