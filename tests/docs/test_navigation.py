"""The navigation of the site."""

from __future__ import annotations


def test_a_pattern_waits_for_a_page_and_everything_else_stays(script):
    text = "- Guides\n    - [Runs](runs.md)\n    - audio*.md\n    - plugins/*.md\n"

    kept = script("navigation").trimmed(text, ["runs.md", "audio-streaming.md"])

    assert kept == "- Guides\n    - [Runs](runs.md)\n    - audio*.md\n"
