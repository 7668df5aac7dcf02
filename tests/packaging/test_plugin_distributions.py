"""Distributions of strangers: built, installed into a fresh environment, and asked about there."""

from __future__ import annotations

from importlib.metadata import requires
from pathlib import Path

import pytest

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "1.2"
dependencies = ["archivolt-core{core}"]

[project.entry-points.archivolt]
{entry_point} = "{module}"
"""

BLOCK = '''
from attrs import frozen
from archivolt import Block, hookimpl, tunable

@frozen
class GeluDense(Block):
    """A dense block."""
    name = "{name}"
    reads = writes = "vector"
    units: int = tunable(8, choices=(4, 8))

@hookimpl
def archivolt_blocks():
    return [GeluDense]
'''

RAISES = """
from archivolt import hookimpl

@hookimpl
def archivolt_blocks():
    yield from ()
    raise OSError("the licence server is away")
"""

# Distribution: entry point, range of core, source.
CASES = {
    "acme-good": ("good", ">=0.1,<0.2", BLOCK.format(name="gelu_dense")),
    "acme-import": ("broken", ">=0.1,<0.2", "import a_module_that_is_not_there"),
    "acme-raises": ("raises", ">=0.1,<0.2", RAISES),
    "acme-future": ("future", ">=7.0,<8", "raise SystemExit('imported')"),
    "acme-left": ("left", ">=0.1,<0.2", BLOCK.format(name="twin")),
    "acme-right": ("right", ">=0.1,<0.2", BLOCK.format(name="twin")),
}


def write_project(folder: Path, name: str) -> Path:
    entry_point, core, source = CASES[name]
    module = name.replace("-", "_")
    project = folder / name
    (project / module).mkdir(parents=True)
    (project / module / "__init__.py").write_text(source)
    text = PROJECT.format(name=name, core=core, entry_point=entry_point, module=module)
    (project / "pyproject.toml").write_text(text)
    return project


@pytest.fixture(scope="module")
def world(tmp_path_factory, wheel_of, build, environment_in):
    """An environment with core and all the cases, and no other pack."""
    folder = tmp_path_factory.mktemp("strangers")
    environment = environment_in(folder / "environment")
    projects = [write_project(folder, name) for name in CASES]
    wheels = [build(project, project / "dist") for project in projects]
    environment.install(wheel_of("archivolt-core"), *wheels)
    environment.link(requires("archivolt-core") or ())
    return environment


@pytest.fixture(scope="module")
def plugins(world):
    return world.plugins()


def test_every_installed_distribution_is_listed(plugins):
    assert set(plugins) == {"archivolt-core", *CASES}
    for name, (entry_point, _, _) in CASES.items():
        assert plugins[name]["version"] == "1.2"
        assert plugins[name]["entry_point"] == entry_point


def test_the_good_one_works_beside_all_the_others(plugins):
    good = plugins["acme-good"]

    assert (good["status"], good["cause"]) == ("loaded", None)
    assert good["components"] == ["good:gelu_dense"]
    assert plugins["archivolt-core"]["status"] == "loaded"


@pytest.mark.parametrize(
    ("name", "causes"),
    [
        ("acme-import", ("import: ModuleNotFoundError", "a_module_that_is_not_there")),
        ("acme-raises", ("archivolt_blocks: OSError", "the licence server is away")),
        ("acme-future", ("version: it needs archivolt-core<8,>=7.0", "this is archivolt-core 0.1")),
    ],
)
def test_a_broken_one_is_listed_with_the_step_and_the_cause(plugins, name, causes):
    assert plugins[name]["status"] == "failed"
    assert plugins[name]["components"] == []
    for cause in causes:
        assert cause in plugins[name]["cause"]


def test_two_that_clash_are_both_there_under_qualified_names(plugins):
    assert plugins["acme-left"]["components"] == ["left:twin"]
    assert plugins["acme-right"]["components"] == ["right:twin"]
    assert plugins["acme-left"]["status"] == plugins["acme-right"]["status"] == "loaded"


ASK = """
from archivolt.errors import ArchivoltError
from archivolt.plugins.registry import load_plugins
registry = load_plugins(warn=False)
for name in {names}:
    try:
        print(registry.find("block", name, "search.yaml:3, space.blocks[0]"))
    except ArchivoltError as error:
        print(type(error).__name__, error)
"""


def test_asking_for_what_is_broken_or_clashes_is_an_error_that_helps(world):
    names = ["twin", "left:twin", "broken:x", "future:x", "gelu_dense"]

    answers = world.run("python", "-c", ASK.format(names=names)).splitlines()

    assert answers[0].startswith("AmbiguousComponentError search.yaml:3, space.blocks[0]: ")
    assert "Write 'left:twin' or 'right:twin'." in answers[0]
    assert answers[1] == "<class 'acme_left.GeluDense'>"
    assert "acme-import 1.2 (entry point 'broken') would have it" in answers[2]
    assert "acme-future 1.2 (entry point 'future') would have it" in answers[3]
    assert answers[4] == "<class 'acme_good.GeluDense'>"
