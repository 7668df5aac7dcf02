"""A search that goes on with another space: trials of the old one are no obstacle."""

from __future__ import annotations

import pytest
from attrs import evolve

from archivolt.testing.toy_space import ToyDense, toy_space
from archivolt.testing.toy_trials import advance
from archivolt.values.domain import Choices, Range
from archivolt.values.history import History
from archivolt_searchers import archivolt_mutators, archivolt_searchers

SPACE = evolve(toy_space(), mutators=tuple((each(), 1.0) for each in archivolt_mutators()))
FIELDS = {"linear": {"trials_before_fit": 10}, "harmonica": {"samples": 20}}


def with_units(*units):
    return tuple(
        evolve(each, narrowed={"units": Choices(units)}) if each.block is ToyDense else each
        for each in SPACE.blocks
    )


CHANGES = {
    "a block less": {"blocks": SPACE.blocks[1:]},
    "less depth": {"depth": (1, 2)},
    "more depth": {"depth": (1, 6)},
    "other optimizers": {
        "recipe_domains": {**SPACE.recipe_domains, "optimizer": Choices(("sgd", "rmsprop"))}
    },
    "narrower rates": {
        "recipe_domains": {**SPACE.recipe_domains, "learning_rate": Range(1e-3, 1e-2, log=True)}
    },
    "fewer units": {"blocks": with_units(8)},
    "other units": {"blocks": with_units(8, 128)},
}


@pytest.mark.parametrize("searcher", archivolt_searchers(), ids=lambda each: each.name)
def test_every_searcher_goes_on(searcher):
    if searcher.name == "grid":
        pytest.skip("it goes through a fixed list, and the space has numbers of a range")
    asked = searcher(**FIELDS.get(searcher.name, {}))
    before = History()
    for _ in range(40):
        advance(asked, SPACE, before, 2)

    for changes in CHANGES.values():
        space, history = evolve(SPACE, **changes), History(trials=tuple(before))
        begun = len(history)
        for _ in range(8):
            advance(asked, space, history, 2)
        assert all(trial.candidate in space for trial in history[begun:])
