from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from archivolt import __version__
from archivolt.errors import PackError, PackNameError
from archivolt.plugins.new_pack import SAMPLES, core_range, write_pack
from archivolt.plugins.registry import load_plugins


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_new_pack_is_a_whole_distribution(tmp_path, kind):
    folder = tmp_path / "acme-things"

    files = write_pack(folder, kind)

    assert {str(each.relative_to(folder)) for each in files} == {
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "src/acme_things/__init__.py",
        f"src/acme_things/{SAMPLES[kind].component}.py",
        "tests/test_pack.py",
    }
    assert not [each for each in files if "$" in each.read_text().replace("${{", "")]
    for each in folder.rglob("*.py"):
        ast.parse(each.read_text())
    yaml.safe_load((folder / ".github/workflows/test.yml").read_text())


@pytest.mark.parametrize("kind", SAMPLES)
def test_it_registers_the_component_that_its_readme_names(tmp_path, kind, monkeypatch):
    folder = tmp_path / f"acme-of-{kind}"
    write_pack(folder, kind)
    monkeypatch.syspath_prepend(str(folder / "src"))

    module = __import__(f"acme_of_{kind}")
    registry = load_plugins(allow=(), extra=[("acme", module)], warn=False)

    assert registry.failures == ()
    assert registry.names(kind) == (SAMPLES[kind].component,)
    readme = (folder / "README.md").read_text()
    assert f"`{SAMPLES[kind].component}`" in readme
    assert SAMPLES[kind].component in str(yaml.safe_load(SAMPLES[kind].usage))


def test_it_states_what_it_was_written_for(tmp_path):
    write_pack(tmp_path / "acme-blocks")

    project = tomllib.loads((tmp_path / "acme-blocks/pyproject.toml").read_text())["project"]

    core = next(each for each in map(Requirement, project["dependencies"]) if "core" in each.name)
    assert core.specifier.contains(__version__)
    assert project["entry-points"] == {"archivolt": {"acme": "acme_blocks"}}
    assert project["requires-python"] == ">=3.11"


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.1.0", ">=0.1,<0.2"), ("0.12.3", ">=0.12,<0.13"), ("2.3.1", ">=2.3,<3")],
)
def test_the_range_of_core_ends_where_things_may_change(version, expected):
    assert core_range(version) == expected


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    folder = tmp_path / "acme-blocks"
    folder.mkdir()

    with pytest.raises(PackError, match="is there already"):
        write_pack(folder)
    assert list(folder.iterdir()) == []


def test_a_bad_name_makes_no_folder(tmp_path):
    with pytest.raises(PackNameError, match="Call it 'acme-blocks'"):
        write_pack(tmp_path / "Acme Blocks")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("sercher", "Did you mean 'searcher'"),
        ("source", "no new pack begins with a source. Begin with one of block"),
        ("evaluator", "add it by archivolt_evaluators()"),
    ],
)
def test_another_kind_is_told_with_those_there_are(tmp_path, kind, hint):
    with pytest.raises(PackError) as caught:
        write_pack(Path(tmp_path) / "acme-blocks", kind)

    assert hint in str(caught.value)
