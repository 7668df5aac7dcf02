"""Suggested candidates in a configuration: what may be left out, and what is told."""

from __future__ import annotations

import pytest

from archivolt.config.loading import load_config
from archivolt.errors import ArchivoltError, ConfigError
from archivolt.values.recipe import Recipe

SPACE = """\
space:
  blocks:
    - {name: wide, units: [16, 32], activation: gelu}
    - {name: wide, units: 64, bias: false}
  connectors: [flat]
  recipe: {epochs: 5, learning_rate: {low: 1.0e-4, high: 1.0e-2, log: true}, batch_size: [32, 64]}
suggestions:
"""


def suggestions(write, registry, text):
    return load_config(write(SPACE + text), registry).suggestions


def refused(write, registry, text):
    with pytest.raises(ArchivoltError) as told:
        suggestions(write, registry, text)
    return str(told.value)


def test_what_is_left_out_is_as_the_space_has_it(registry, pack, write):
    (one,) = suggestions(write, registry, "  - architecture: [wide, {name: wide, units: 32}]\n")

    assert one.architecture == (
        pack.Wide(32, activation="gelu"),
        pack.Wide(32, activation="gelu"),
    )
    assert one.recipe == Recipe(epochs=5, learning_rate=1e-3, batch_size=64)


def test_a_block_is_one_of_the_first_entry_of_the_space_that_holds_it(registry, pack, write):
    text = "  - architecture: [flat, {name: wide, units: 64}, {name: 'acme:wide', rate: 0.2}]\n"

    (one,) = suggestions(write, registry, text)

    assert one.architecture == (
        pack.Flat(),
        pack.Wide(64, bias=False),
        pack.Wide(32, rate=0.2, activation="gelu"),
    )


def test_a_recipe_is_laid_over_that_of_the_space(registry, write):
    text = "  - architecture: [wide]\n    recipe: {batch_size: 32, augmentation: [mirror]}\n"

    (one,) = suggestions(write, registry, text)

    assert one.recipe == Recipe(
        epochs=5, learning_rate=1e-3, batch_size=32, augmentation=("mirror",)
    )


def test_none_are_there_unless_they_are_given(registry, write):
    assert load_config(write(""), registry).suggestions == ()
    assert load_config(write("suggestions:\n"), registry).suggestions == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "  - architecture: [wdie]\n",
            "search.yaml:8, suggestions[0].architecture[0]: no block is named 'wdie'. "
            "Did you mean 'wide'?",
        ),
        (
            "  - architecture: [stacked]\n",
            "search.yaml:8, suggestions[0].architecture[0]: 'stacked' is no block of this space. "
            "Known: flat, wide.",
        ),
        (
            "  - architecture:\n    - wide\n    - {name: wide, unitz: 16}\n",
            "search.yaml:10, suggestions[0].architecture[1].unitz: block 'wide' has no field "
            "'unitz'. Did you mean 'units'?",
        ),
        (
            "  - architecture: [{name: wide, units: 48}]\n",
            "search.yaml:8, suggestions[0].architecture[0].units: "
            "the space has one of 16, 32, not 48.",
        ),
        (
            "  - architecture: [{name: wide, units: 16, activation: relu}]\n",
            "search.yaml:8, suggestions[0].architecture[0].activation: "
            "the space fixes it at 'gelu', so not 'relu'.",
        ),
        (
            "  - architecture: [{name: wide, units: [16, 32]}]\n",
            "search.yaml:8, suggestions[0].architecture[0].units: "
            "a suggestion gives each field one value, not several.",
        ),
        (
            "  - architecture: [wide]\n    recipe: {learning_rate: 0.5}\n",
            "search.yaml:9, suggestions[0].recipe.learning_rate: "
            "the space has a number from 0.0001 to 0.01, not 0.5.",
        ),
        (
            "  - architecture: [wide]\n    recipe: {augmentation: [miror]}\n",
            "search.yaml:9, suggestions[0].recipe.augmentation[0]: no augmentation is named "
            "'miror'. Did you mean 'mirror'?",
        ),
        (
            "  - {architecture: [wide], recipes: {}}\n",
            "search.yaml:8, suggestions[0].recipes: a suggestion has no key 'recipes'. "
            "Did you mean 'recipe'?",
        ),
        (
            "  - recipe: {}\n",
            "search.yaml:8, suggestions[0].architecture: is missing; expected a list of blocks.",
        ),
        (
            "  - wide\n",
            "search.yaml:8, suggestions[0]: expected a mapping with an architecture, "
            "got the text 'wide'.",
        ),
        (
            "  wide\n",
            "search.yaml:8, suggestions: expected a list of candidates, got the text 'wide'. "
            "Write `- architecture: [...]` for each.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_key(registry, write, text, told):
    assert refused(write, registry, text).startswith(told)


def test_all_that_is_wrong_is_told_at_once(registry, write):
    said = refused(write, registry, "  - architecture: [wdie]\n  - architecture: [stacked]\n")

    assert "suggestions[0]" in said
    assert "suggestions[1]" in said


def test_an_option_may_give_them(registry, pack, write):
    path = write(SPACE.replace("suggestions:\n", ""))

    config = load_config(path, registry, overrides=["suggestions=[{architecture: [wide]}]"])

    assert (
        config.suggestions[0].where == "--set suggestions=[{architecture: [wide]}], suggestions[0]"
    )
    with pytest.raises(ConfigError, match="suggestions"):
        load_config(path, registry, overrides=["suggestions=3"])
