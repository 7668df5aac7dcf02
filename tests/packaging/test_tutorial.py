"""The tutorial for authors of packs does what it shows."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest
from attrs import frozen

TUTORIAL = Path(__file__).parents[2] / "docs" / "plugins" / "tutorial.md"
FENCE = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
INSTALL = "pip install ./"


@frozen
class Step:
    """A command of a transcript, and what it prints."""

    command: str
    expected: str


def steps_of(transcript: str) -> list[Step]:
    parts = re.split(r"^\$ (.+)\n", transcript, flags=re.MULTILINE)
    assert parts[0] == "", "a transcript begins with a command"
    return [Step(*each) for each in zip(parts[1::2], parts[2::2], strict=True)]


def matches(expected: str, printed: str) -> bool:
    """Compare, a `…` standing for any text; spaces at the ends of lines have no part in it."""
    pattern = re.escape("\n".join(each.rstrip() for each in expected.strip().splitlines()))
    text = "\n".join(each.rstrip() for each in printed.strip().splitlines())
    return re.fullmatch(pattern.replace(re.escape("…"), "(?s:.*)"), text) is not None


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a b\n", "a b  \n", True),
        ("a … c\n", "a 17 ms c\n", True),
        ("…\n", "", True),
        ("a\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_a_transcript_is_compared_line_by_line(expected, printed, same):
    assert matches(expected, printed) is same


@pytest.mark.slow
def test_the_tutorial_shows_what_its_reader_will_see(tmp_path, environment, wheel_of, build):
    environment.install(wheel_of("archivolt-core"))
    environment.link([*(requires("archivolt-core") or ()), "keras", "tensorflow", "pytest"])
    scripts = environment.scripts
    (scripts / "pytest").write_text('#!/bin/sh\nexec python -m pytest "$@"\n')
    (scripts / "pytest").chmod(0o755)
    surroundings = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    surroundings |= {"COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    surroundings.pop("ARCHIVOLT_PLUGINS", None)

    def run(command: str) -> str:
        if command.startswith(INSTALL):  # without an index: built here, what it needs is linked
            folder = tmp_path / command.removeprefix(INSTALL)
            environment.install(build(folder, tmp_path / "wheels" / folder.name))
            return ""
        done = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout

    replayed = 0
    for block in FENCE.finditer(TUTORIAL.read_text(encoding="utf-8")):
        if block["file"]:
            path = tmp_path / block["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")
        elif block["language"] == "console":
            for step in steps_of(block["text"]):
                printed = run(step.command)
                assert matches(step.expected, printed), f"$ {step.command}\n{printed}"
                replayed += 1
    assert replayed >= 8
