from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from archivolt.cli.plugins_command import app
from archivolt.errors import UnknownComponentError

PLUGIN = '''
print("a plugin that talks on import")
from attrs import frozen
from archivolt import Block, hookimpl, tunable

@frozen
class GeluDense(Block):
    """A dense block with GELU.

    Maps `(batch, features)` to `(batch, units)`.
    """
    name = "gelu_dense"
    reads = writes = "vector"
    units: int = tunable(8, choices=(4, 8))
    rate: float = tunable(0.1, low=0.01, high=1.0, log=True)
    mode: str = "same"

@hookimpl
def archivolt_blocks():
    return [GeluDense]

@hookimpl
def archivolt_searchers():
    raise OSError("no licence")

@hookimpl
def archivolt_notes():
    yield "mp3 is not read [yet]."
'''


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `archivolt plugins …` with one more distribution installed."""
    (tmp_path / "acme_blocks.py").write_text(PLUGIN)
    metadata = tmp_path / "acme_blocks-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-blocks\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[archivolt]\nacme = acme_blocks\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "acme")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delitem(sys.modules, "acme_blocks", raising=False)

    def invoke(*arguments: str):
        return CliRunner().invoke(app, arguments)

    yield invoke
    sys.modules.pop("acme_blocks", None)


def test_the_list_says_of_each_plugin_what_it_has_and_what_is_wrong(run):
    output = run("list").stdout

    (line,) = [each for each in output.splitlines() if "acme-blocks 1.0" in each]
    assert line.split() == ["acme", "acme-blocks", "1.0", "partial", "gelu_dense"]
    assert "archivolt_searchers: OSError: no licence" in output


def test_the_list_is_json_whatever_a_plugin_prints(run):
    plugins = json.loads(run("list", "--json").stdout)

    (acme,) = [each for each in plugins if each["entry_point"] == "acme"]
    cause = acme.pop("cause")
    assert cause.startswith("archivolt_searchers: OSError: no licence")
    assert acme == {
        "distribution": "acme-blocks",
        "version": "1.0",
        "entry_point": "acme",
        "module": "acme_blocks",
        "file": None,
        "status": "partial",
        "components": ["acme:gelu_dense"],
        "presets": [],
    }
    others = {each["entry_point"]: each["status"] for each in plugins if each is not acme}
    assert others.pop("core") == "loaded"
    assert set(others.values()) <= {"blocked"}


def test_one_plugin_can_be_left_out(run):
    plugins = json.loads(run("list", "--json", "--no-plugin", "acme").stdout)

    (acme,) = [each for each in plugins if each["entry_point"] == "acme"]
    assert (acme["status"], acme["components"]) == ("blocked", [])


@pytest.mark.parametrize("name", ["gelu_dense", "acme:gelu_dense"])
def test_a_component_is_shown_with_its_help_and_its_fields(run, name):
    (component,) = json.loads(run("show", name, "--json").stdout)["components"]

    assert component["kind"] == "block"
    assert component["summary"] == "A dense block with GELU."
    units, rate, mode = component["fields"]
    assert units == {
        "name": "units",
        "type": "int",
        "required": False,
        "default": 8,
        "domain": {"values": [4, 8]},
    }
    assert rate["domain"] == {"low": 0.01, "high": 1.0, "log": True}
    assert mode["domain"] is None

    output = run("show", name).stdout
    assert "acme:gelu_dense (block)" in output
    assert "Maps `(batch, features)` to `(batch, units)`." in output
    assert "0.01 to 1.0, log" in output


def test_a_plugin_is_shown_with_the_traceback_of_its_failure(run):
    output = run("show", "acme").stdout

    assert "acme (plugin, acme-blocks 1.0, partial)" in output
    assert 'raise OSError("no licence")' in output


def test_a_plugin_is_shown_with_its_notes(run):
    (plugin,) = json.loads(run("show", "acme", "--json").stdout)["plugins"]

    assert plugin["notes"] == ["mp3 is not read [yet]."]
    assert "note: mp3 is not read [yet]." in run("show", "acme").stdout


def test_a_name_that_nothing_has_is_told_with_the_nearest(run):
    result = run("show", "gelu_dens")

    assert isinstance(result.exception, UnknownComponentError)
    assert "Did you mean 'gelu_dense'" in str(result.exception)
