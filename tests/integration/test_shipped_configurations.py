"""Every YAML file that is shipped: the packs' presets and the examples."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from archivolt.config.loading import load_config, plugin_files
from archivolt.config.schema import json_schema
from archivolt.config.writing import to_document, to_yaml
from archivolt.plugins.registry import load_plugins

ROOT = Path(__file__).parents[2]
PRESETS = sorted(
    path
    for folder in (*ROOT.glob("builtin_*"), *ROOT.glob("plugins/*"), ROOT / "core")
    for path in folder.glob("src/*/presets/*.yaml")
)
SHIPPED = [*PRESETS, *sorted((ROOT / "examples").glob("**/*.yaml"))]


@cache
def registry(*files):
    return load_plugins(files=files, warn=False)


def named(path):
    return str(path.relative_to(ROOT))


def test_there_are_presets_to_look_at():
    assert "plugins/keras/src/archivolt_keras/presets/base.yaml" in map(named, PRESETS)


@pytest.mark.parametrize("path", SHIPPED, ids=named)
def test_a_shipped_file_loads_and_is_read_back_as_the_same(path, tmp_path):
    packs = registry(*plugin_files(path))
    config = load_config(path, packs)
    shown = tmp_path / "shown.yaml"
    shown.write_text(to_yaml(to_document(config, packs)))
    assert load_config(shown, packs) == config


@pytest.mark.parametrize("path", SHIPPED, ids=named)
def test_a_shipped_file_is_valid_by_the_schema(path):
    document = yaml.safe_load(path.read_text())
    Draft202012Validator(json_schema(registry(*plugin_files(path)))).validate(document)


@pytest.mark.parametrize("path", PRESETS, ids=named)
def test_a_preset_is_registered(path):
    assert path in {Path(preset.path) for preset in registry().presets().values()}


def test_the_default_presets_and_those_of_sources_are_unambiguous():
    from archivolt.config.presets import Presets

    presets = Presets(registry())
    assert presets.default().name == "base"
    for source in registry().of_kind("source"):
        presets.of_source(source.component)  # raises where two say that they are it


def test_checking_imports_nothing_heavy(tmp_path):
    path = tmp_path / "search.yaml"
    path.write_text("data: train.csv\n")
    program = (
        "import sys, json\n"
        "from archivolt.cli.app import app\n"
        "app(['config', 'check', sys.argv[1]], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'sqlalchemy', 'ray', 'sklearn', 'matplotlib'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    *said, heavy = ended.stdout.splitlines()
    assert said[-1].endswith("search.yaml: ok")
    assert json.loads(heavy) == []


EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```", (ROOT / "docs/configuration.md").read_text(), re.M | re.S
)


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_of_the_documentation_loads_and_is_valid(text, tmp_path):
    path = tmp_path / "search.yaml"
    path.write_text(text)
    config = load_config(path, registry())
    assert load_config(to_document(config, registry()), registry()) == config
    Draft202012Validator(json_schema(registry())).validate(yaml.safe_load(text))
