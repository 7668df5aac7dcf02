from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archivolt.cli.config_command import app
from archivolt.errors import ConfigError

PLUGIN = '''
from attrs import frozen
from archivolt.components.evaluator import Evaluator
from archivolt.components.executor import Executor
from archivolt.components.strategies import Scheduler, Searcher
from archivolt.hookspecs import hookimpl


@frozen
class Dice(Searcher):
    """Rolls dice."""

    name = "dice"
    sides: int = 6  # of one die


@frozen
class Once(Scheduler):
    """Trains once."""

    name = "once"


@frozen
class Oracle(Evaluator):
    """Knows."""

    name = "oracle"


@frozen
class Here(Executor):
    """Runs here."""

    name = "here"


@hookimpl
def archivolt_searchers():
    return [Dice]


@hookimpl
def archivolt_schedulers():
    return [Once]


@hookimpl
def archivolt_evaluators():
    return [Oracle]


@hookimpl
def archivolt_executors():
    return [Here]
'''
SEARCH = """
plugins: [parts.py]
searcher: dice
scheduler: once
evaluator: oracle
executor: here
"""


@pytest.fixture
def run(write, monkeypatch):
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "")
    write(PLUGIN, "parts.py")
    write(SEARCH)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_check_says_ok(run):
    ended = run("check", "search.yaml")
    assert (ended.exit_code, ended.output) == (0, "search.yaml: ok\n")


def test_check_tells_what_is_wrong(run):
    ended = run("check", "search.yaml", "--set", "searcher.sids=3")
    assert isinstance(ended.exception, ConfigError)  # the command line prints it and exits 1
    assert "searcher 'dice' has no field 'sids'. Did you mean 'sides'?" in str(ended.exception)


def test_what_show_prints_is_a_configuration(run):
    shown = run("show", "search.yaml", "--set", "searcher.sides=20").stdout
    assert "sides: 20" in shown
    Path("shown.yaml").write_text(shown)
    assert run("show", "shown.yaml").stdout == shown


def test_schema_prints_json(run):
    schema = json.loads(run("schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
