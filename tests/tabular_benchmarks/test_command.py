from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archivolt.cli.app import app
from archivolt.errors import DataError

pytest.importorskip("archivolt_searchers")

PAGE = Path(__file__).parents[2] / "docs" / "tabular-benchmarks.md"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("ARCHIVOLT_PLUGINS", raising=False)

    def invoke(*arguments: object):
        return CliRunner().invoke(app, ["benchmark", *map(str, arguments)])

    return invoke


SMALL = ("--table", "macro_extract", "--searchers", "random,greedy", "--seeds", 3)


def test_the_command_is_there(run):
    assert "trials-to-threshold" in run("--help").output


def test_searchers_are_measured_side_by_side(run):
    output = run("trials-to-threshold", *SMALL, "--quantile", 0.9).stdout

    for searcher in ("random", "greedy"):
        assert re.search(rf"^best 10 % +{searcher} +\d+ +\d+ to \d+ +\d+ +0 of 3$", output, re.M)


def test_the_results_are_written_with_every_search_and_a_picture(run, tmp_path):
    pytest.importorskip("matplotlib")
    run("trials-to-threshold", *SMALL, "--output", tmp_path / "out")

    written = tmp_path / "out" / "trials_to_threshold_macro_extract"
    document = json.loads(written.with_suffix(".json").read_text())
    assert [each["label"] for each in document["searchers"]] == ["random", "greedy"]
    assert [each["seed"] for each in document["searchers"][0]["searches"]] == [0, 1, 2]
    assert written.with_suffix(".png").is_file()


def test_json_is_all_that_is_printed(run):
    output = run("trials-to-threshold", *SMALL, "--json").stdout

    assert json.loads(output)["table"] == "macro_extract"


def test_a_table_without_its_file_is_told_before_the_first_search(run):
    arguments = ("--table", "macro_extract", "--table", "nb201_cifar10")
    error = run("trials-to-threshold", *arguments).exception

    assert isinstance(error, DataError)
    assert "Name the folder of data with --data" in str(error)


def test_the_tables_are_listed_and_shown(run):
    assert re.search(r"^nb201_extract +6 +nb201_extract.csv +yes", run("tables").stdout, re.M)
    shown = run("tables", "nb201_extract").stdout
    assert "Apache-2.0" in shown
    assert "edge_0_1: skip_connect, nor_conv_1x1, nor_conv_3x3" in shown


def test_the_table_of_the_page_works(run, tmp_path):
    text = PAGE.read_text()
    (tmp_path / "my_table.yaml").write_text(re.search(r"```yaml\n(name.*?)```", text, re.S)[1])
    (tmp_path / "my_table.csv").write_text(re.search(r"```\n(operation.*?)```", text, re.S)[1])

    document = json.loads(
        run("trials-to-threshold", "--table", tmp_path / "my_table.yaml", "--seeds", 2,
            "--searchers", "random", "--json").stdout
    )  # fmt: skip

    assert document["rows"] == 6
    assert document["searchers"][0]["summaries"][0]["lost"] == 0
