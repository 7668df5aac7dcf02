"""What the pages say that are made of the code."""

from __future__ import annotations

import re

import pytest

from archivolt.plugins.registry import load_plugins


def test_the_page_of_commands_has_every_command_with_its_options(script):
    page = script("commands").page()

    for command in ("search", "resume", "leaderboard", "plugins list", "config schema", "distill"):
        assert re.search(rf"^#+ archivolt {command}$", page, re.M), command
    assert "`--limit NAME=NUMBER`" in page


@pytest.mark.slow
def test_the_gallery_shows_every_block_and_draws_what_builds_a_network(script):
    found = dict(script("gallery").pages())

    text = "\n".join(found.values())
    blocks = [each.component for each in load_plugins().of_kind("block")]
    assert len(blocks) > 30
    for block in blocks:
        assert f"\n## {block.name}\n" in found[f"{block.reads}.md"]
    assert text.count("<svg") > 0.7 * len(blocks)  # cells are too large, rows of tables none


def test_a_picture_has_a_box_for_each_operation_and_a_line_for_each_tensor(script):
    from keras import Input, Model, layers

    x = Input((8,))
    hidden = layers.Dense(4, activation="relu")(x)
    more = layers.Dense(4)(hidden)
    model = Model(x, layers.Add()([hidden, more]))

    picture = script("drawing").draw(model)

    assert picture.count("<rect") == 4
    assert picture.count("<path") == 4  # the sum reads two
    assert ">Dense 4, relu<" in picture
    assert picture == script("drawing").draw(model)


def test_a_network_of_many_operations_is_not_drawn(script):
    from keras import Input, Model, layers

    x = y = Input((2,))
    for _ in range(60):
        y = layers.Dense(2)(y)

    assert script("drawing").draw(Model(x, y)) is None
