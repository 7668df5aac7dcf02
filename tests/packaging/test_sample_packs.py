"""Packs from outside the workspace, in fresh environments: installed from wheels alone, and tested.

The sample packs of `examples/packs`, and new ones as `archivolt plugins new` writes them.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

SAMPLES = Path(__file__).parents[2] / "examples" / "packs"
PACKS = sorted(each.parent.name for each in SAMPLES.glob("*/pyproject.toml"))
SLOW = pytest.mark.slow  # with TensorFlow, and with what the kit does for blocks
# One that begins with a block is written, tested and checked by the tutorial.
KINDS = [
    "mutator",
    "searcher",
    "scheduler",
    "ensembler",
    pytest.param("augmentation", marks=SLOW),
]


class Installed:
    """A pack that is installed from its wheel beside core, with what it and its tests declare."""

    def __init__(self, folder, environment, wheel_of, build, target):
        self.folder, self.environment = folder, environment
        self.project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        self.wheel = build(folder, target)
        environment.install(wheel_of("archivolt-core"), self.wheel)
        tests = self.project["optional-dependencies"]["test"]
        environment.link([*(requires("archivolt-core") or ()), *self.project["dependencies"]])
        environment.link(tests)

    @property
    def name(self):
        return self.project["name"]

    def test(self):
        """Run the pack's own tests, out of sight of its source."""
        away = self.environment.scripts.parent / "away"
        shutil.copytree(self.folder / "tests", away / "tests")
        shutil.copy(self.folder / "pyproject.toml", away)
        options = ("-q", "-rs", "-p", "no:cacheprovider", "-c", away / "pyproject.toml")
        return self.environment.run("python", "-m", "pytest", *options, away / "tests")

    def check(self, target):
        """Return the verdicts of `archivolt plugins check` by level."""
        report = json.loads(self.environment.run("archivolt", "plugins", "check", target, "--json"))
        levels: dict[str, list[str]] = {"PASS": [], "WARN": [], "FAIL": []}
        for each in report["verdicts"]:
            levels[each["level"]].append(f"{each['check']}: {each['what']}")
        return levels


@pytest.fixture
def install(environment, wheel_of, build, tmp_path):
    def install_from(folder):
        return Installed(folder, environment, wheel_of, build, tmp_path / "wheel")

    return install_from


def names(pack):
    return [pytest.param(each, marks=SLOW) if "blocks" in each else each for each in pack]


@pytest.mark.parametrize("name", names(PACKS))
def test_a_sample_pack_works_and_passes_its_tests_where_its_wheel_is_installed(
    name, install, tmp_path
):
    folder = tmp_path / name
    shutil.copytree(SAMPLES / name, folder)

    pack = install(folder)

    plugin = pack.environment.plugins()[name]
    assert (plugin["status"], plugin["cause"]) == ("loaded", None)
    assert plugin["components"]
    summary = pack.test()
    assert " passed" in summary
    assert "skipped" not in summary
    levels = pack.check(name)
    assert levels["FAIL"] == levels["WARN"] == []
    assert any(each.startswith("conformance:") for each in levels["PASS"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_pack_passes_its_tests_as_generated(kind, install, tmp_path, environment, wheel_of):
    from archivolt.plugins.new_pack import write_pack

    write_pack(tmp_path / f"acme-of-{kind}", kind)

    pack = install(tmp_path / f"acme-of-{kind}")

    assert " passed" in pack.test()
    # What a check does is the same for all: each way to name a pack is tried on one.
    forms = {"mutator": pack.folder, "searcher": pack.wheel}
    levels = pack.check(forms.get(kind, pack.name))
    assert levels["FAIL"] == levels["WARN"] == []


@pytest.mark.parametrize("name", PACKS)
def test_a_sample_pack_is_what_a_stranger_may_write(name):
    project = tomllib.loads((SAMPLES / name / "pyproject.toml").read_text())["project"]

    needed = {Requirement(each).name for each in project["dependencies"]}
    assert {each for each in needed if each.startswith("archivolt")} == {"archivolt-core"}
    source = SAMPLES / name / "src"
    (package,) = source.iterdir()
    assert (package / "py.typed").is_file()
    inner = ("cli", "search", "execution", "storage", "config", "plugins")
    for each in package.rglob("*.py"):
        text = each.read_text()
        assert not [room for room in inner if f"from archivolt.{room}" in text]
