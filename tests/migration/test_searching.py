"""What is imported can be searched: candidates fit the data that the file was written for."""

from __future__ import annotations

from pathlib import Path

import pytest
from numpy.random import default_rng

from archivolt.config.loading import load_config
from archivolt.search.setting_up import space_of
from archivolt.values.features import image, sequence, vector
from archivolt.values.history import History
from archivolt_migration.importing import import_file

SPECS = Path(__file__).parent / "specs"
FEATURES = {
    "dnn": vector(20),
    "small_dnn": vector(20),
    "cnn": image(32, 32, 3),
    "cnn_genetic": image(32, 32, 3),
    "cifar_nasnet": image(32, 32, 3),
    "rnn_all": sequence(50, 12),
    "rnn_last": sequence(50, 12),
}


@pytest.fixture(params=FEATURES)
def search(request, installed):
    imported = import_file(SPECS / f"{request.param}.pbtxt", installed)
    config = load_config(imported.document, installed)
    return config, space_of(config, FEATURES[request.param], 10)


def test_candidates_are_drawn_with_many_kinds_of_blocks(search):
    config, space = search
    rng = default_rng(0)

    drawn = [space.sample(rng) for _ in range(40)]

    for candidate in drawn:
        space.check(candidate)
    kinds = {type(block) for each in drawn for block in space.body(each.architecture)}
    assert len(kinds) >= min(3, len({choice.block for choice in config.space.blocks}))


def test_the_searcher_proposes_from_nothing(search):
    config, space = search

    proposal = config.searcher.propose(History(()), space, default_rng(1))

    space.check(proposal.candidate)
