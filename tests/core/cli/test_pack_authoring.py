from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from archivolt.cli.plugins_command import app
from archivolt.errors import PackError, PackNameError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `archivolt plugins …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "")
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_new_pack_is_written_and_checked(run):
    written = run("new", "acme-search", "--kind", "searcher")

    assert written.exit_code == 0, written.output
    assert "acme-search/src/acme_search/hill_climb.py" in written.output
    assert "archivolt plugins check ." in written.output

    checked = run("check", "acme-search")

    assert checked.exit_code == 0, checked.output
    first, *lines = checked.output.splitlines()
    assert first.startswith("acme-search 0.1.0 (a folder: its source is imported as it lies there")
    assert {line.partition(" ")[0] for line in lines} == {"PASS"}


def test_a_failed_check_ends_with_status_1(run, tmp_path):
    run("new", "acme-search", "--kind", "searcher")
    place = tmp_path / "acme-search" / "pyproject.toml"
    place.write_text(place.read_text().replace("entry-points.archivolt", "entry-points.other"))

    checked = run("check", "acme-search", "--json")

    assert checked.exit_code == 1
    report = json.loads(checked.stdout)
    assert (report["name"], report["form"], report["passed"]) == ("acme-search", "folder", False)
    assert set(report["verdicts"][0]) == {"level", "check", "what", "where", "advice"}
    assert report["verdicts"][0]["level"] == "FAIL"


def test_mistakes_are_told_as_such(run):
    assert isinstance(run("new", "Acme").exception, PackNameError)
    assert isinstance(run("new", "acme", "--kind", "blok").exception, PackError)
    assert isinstance(run("check", "acme-nothing").exception, PackError)
