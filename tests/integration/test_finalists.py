"""Finalists by the commands of a user, on Adult and on a run that inherits weights."""

from __future__ import annotations

import json
import shutil

import pytest

import archivolt as library


@pytest.fixture(scope="module")
def refitted(adult, archivolt, tmp_path_factory):
    """The finished search with an ensemble, its finalists trained on all rows."""
    run = shutil.copytree(adult.run, tmp_path_factory.mktemp("refitted") / "run")
    assert archivolt("ensemble", run, "--ensembler", "average", "--json").status == 0
    ended = archivolt("finish", run, "--train", "all_rows", "--json")
    assert ended.status == 0, ended
    return run, [json.loads(line) for line in ended.lines]


def test_the_refitted_ensemble_is_told_and_delivered(refitted):
    run, events = refitted

    assert [each["event"] for each in events if each["event"] != "finalist_epoch"] == [
        "finalists_started", "finalist", "finalist", "finalist", "finalists"
    ]  # fmt: skip
    made = events[-1]
    assert 0.7 < made["ensemble"]["report"]["accuracy"] <= 1
    folder = run / "finalists" / "all_rows"
    assert (folder / "best" / "best.keras").exists()
    assert (folder / "ensemble" / "ensemble.keras").exists()
    assert json.loads((folder / "finalists.json").read_text())["ensemble"] == made["ensemble"]
    assert json.loads((folder / "ensemble" / "model.json").read_text())["validation"] is None
    assert (run / "ensemble" / "ensemble.keras").exists()
    assert not list(run.glob("finalists/.*"))


def test_predictions_are_those_of_the_refitted(refitted, archivolt, examples):
    run, events = refitted
    rows = examples / "data" / "adult_test.csv.gz"

    both = json.loads(archivolt("evaluate", run, rows, "--json").out)
    single = json.loads(archivolt("evaluate", run, rows, "--json", "--single").out)

    assert both["score"] == pytest.approx(events[-1]["ensemble"]["report"]["accuracy"])
    assert single["score"] == pytest.approx(events[-1]["report"]["accuracy"])
    opened = library.open(run)
    searched = json.loads((run / "ensemble" / "model.json").read_text())
    assert opened.report["loss"] != searched["report"]["metrics"]["loss"]


def test_the_models_of_the_search_come_back(refitted, archivolt, tmp_path):
    run = shutil.copytree(refitted[0], tmp_path / "run")

    ended = archivolt("finish", run, "--train", "none")

    assert ended.status == 0, ended
    searched = json.loads((run / "ensemble" / "model.json").read_text())
    assert library.open(run).report == searched["report"]["metrics"]


def test_how_it_went_is_told_in_lines(refitted, archivolt, tmp_path):
    run = shutil.copytree(refitted[0], tmp_path / "run")

    ended = archivolt("finish", run, "--train", "fresh")

    assert ended.status == 0, ended
    assert "training the finalists again, fresh: trials" in ended.lines[0]
    assert sum(" finalist " in line and "1 of 1 epochs in" in line for line in ended.lines) == 3
    assert any("rows that took part in no choice" in line for line in ended.lines)
    assert any("finalists/fresh/ensemble/ensemble.keras" in line for line in ended.lines)


def test_nothing_said_is_told(refitted, refused):
    assert "Give --train" in refused("finish", refitted[0])


def test_finalists_that_inherited_begin_as_they_began(archivolt, examples, tmp_path):
    run = tmp_path / "run"
    ended = archivolt(
        "search", examples / "weight_sharing.yaml", "--run", run, "--json",
        "--trials", "6", "--set", "budget.minutes=null", "--set", "executor=inline",
        "--set", "space.recipe.epochs=2", "--set", "space.recipe.batch_size=256",
        "--set", "space.blocks=[{name: dense, units: [16, 32, 48]}]",
        "--set", "searcher.population=2", "--set", "ensembler={name: average, members: 6}",
    )  # fmt: skip
    assert ended.status == 0, ended
    opened = library.open(run)
    assert any(trial.sources for trial in opened.history)

    opened.finish("all_rows")
    opened.finish("fresh")

    told = json.loads((run / "finalists/all_rows/finalists.json").read_text())
    inherited = [each for each in told["trials"] if each["parent"] is not None]
    assert any(each["transfer"][0]["sources"] for each in inherited)
    assert told["ensemble"]["report"]["accuracy"] > 0.7
    fresh = json.loads((run / "finalists/fresh/finalists.json").read_text())
    assert [each["transfer"] for each in fresh["trials"]] == [[]] * len(fresh["trials"])
    assert fresh["ensemble"]["metrics"]["accuracy"] > 0.7
