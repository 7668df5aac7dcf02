"""Links between files of the repository, on the site."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("source", "page", "link", "expected"),
    [
        ("README.md", "index.md", "docs/runs.md#resume", "runs.md#resume"),
        ("README.md", "index.md", "core/README.md", "distributions/core.md"),
        ("README.md", "index.md", "plugins/vision", "distributions/vision.md"),
        ("README.md", "index.md", "CONTRIBUTING.md", "contributing.md"),
        ("README.md", "index.md", "examples", "examples.md"),
        ("docs/tasks.md", "tasks.md", "../examples/adult.yaml", "examples.md#adult"),
        ("docs/tasks.md", "tasks.md", "runs.md", "runs.md"),
        (
            "docs/hooks/archivolt_blocks.md",
            "hooks/archivolt_blocks.md",
            "../../README.md#your-data",
            "../index.md#your-data",
        ),
        (
            "plugins/vision/README.md",
            "distributions/vision.md",
            "../../docs/tasks.md",
            "../tasks.md",
        ),
    ],
)
def test_a_link_to_a_file_leads_to_the_page_that_is_made_of_it(
    script, source, page, link, expected
):
    text = script("links").to_site(f"See [this]({link}), please.", source, page)

    assert text == f"See [this]({expected}), please."


def test_a_file_that_becomes_no_page_is_named_and_not_linked(script):
    to_site = script("links").to_site

    assert to_site("The [Makefile](Makefile).", "README.md", "index.md") == "The Makefile."


@pytest.mark.parametrize(
    "text",
    [
        "[gone](docs/none.md)",  # stays, so that the strict build tells it
        "[elsewhere](https://keras.io)",
        "[below](#honest-figures)",
        "![picture](docs/pictures/none.svg)",
        "```\nfound[0](core/README.md)\n```",
    ],
)
def test_other_text_is_left_as_it_is(script, text):
    assert script("links").to_site(text, "README.md", "index.md") == text


def test_a_link_that_is_named_by_its_file_is_named_by_the_title_of_the_page(script):
    text = script("links").to_site("See [docs/runs.md](docs/runs.md).", "README.md", "index.md")

    assert text == "See [Run folders](runs.md)."


def test_a_table_right_below_a_block_of_code_is_a_table(script):
    text = script("links").to_site("```\ncode\n```\n| a |\n| - |\n", "README.md", "index.md")

    assert text == "```\ncode\n```\n\n| a |\n| - |\n"
