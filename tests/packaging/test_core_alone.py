"""Core passes its tests where there is nothing but what it declares: no framework, no pack."""

from __future__ import annotations

import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOR_TESTS = ("pytest", "hypothesis", "jsonschema", "pexpect")


@pytest.mark.slow
def test_core_passes_its_tests_with_what_it_declares_alone(wheel_of, environment):
    wheel = wheel_of("archivolt-core")
    (metadata,) = (each for each in zipfile.Path(wheel).iterdir() if ".dist-info" in each.name)
    declared = PathDistribution(metadata).requires or []
    environment.install(wheel)
    environment.link([*declared, *FOR_TESTS])

    options = ("-q", "-m", "not slow", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml")
    summary = environment.run("python", "-m", "pytest", *options, ROOT / "tests" / "core")

    assert " passed" in summary
