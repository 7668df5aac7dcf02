"""Ensembles by the commands of a user, on Adult."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

import archivolt as library


@pytest.fixture
def run(adult, tmp_path):
    """A copy of the finished search, to work on."""
    return shutil.copytree(adult.run, tmp_path / "run")


@pytest.fixture(scope="module")
def combined(adult, archivolt, tmp_path_factory):
    """The finished search with an ensemble, to look at."""
    run = shutil.copytree(adult.run, tmp_path_factory.mktemp("combined") / "run")
    ended = archivolt("ensemble", run, "--ensembler", "average", "--json")
    assert ended.status == 0, ended
    return run, json.loads(ended.out)


def test_an_ensemble_of_a_finished_run_is_told_and_delivered(combined):
    run, told = combined

    assert sorted(member["trial"] for member in told["members"]) == [0, 1, 2]
    assert sum(member["weight"] for member in told["members"]) == pytest.approx(1)
    assert 0.7 < told["report"]["accuracy"] <= 1
    assert {path.name for path in (run / "ensemble").iterdir()} == {
        "ensemble.keras", "ensemble.json", "model.json", "README.md"
    }  # fmt: skip


def test_a_finished_run_shows_what_it_would_have_combined_on_the_way(run, archivolt):
    ended = archivolt(
        *("ensemble", run, "--ensembler", "average", "--schedule", "intermixed"),
        *("--set", "phases.pool=1", "--set", "phases.every=1"),
    )

    assert ended.status == 0, ended
    assert "validation rows" in ended.out
    assert [each.trials for each in library.open(run).ensembles()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [("residual", "--set phases=residual"), ("intermixt", "intermixed"), ("none", "after_pool")],
)
def test_a_schedule_that_combines_no_finished_trials_is_told(run, refused, schedule, said):
    assert said in refused("ensemble", run, "--schedule", schedule)


def test_predictions_come_from_the_ensemble_unless_the_single_network_is_asked_for(
    combined, archivolt, examples, tmp_path
):
    run, _ = combined
    rows = examples / "data" / "adult_test.csv.gz"

    assert archivolt("predict", run, rows, "-o", tmp_path / "all.csv").status == 0
    assert archivolt("predict", run, rows, "-o", tmp_path / "one.csv", "--single").status == 0

    opened = library.open(run)
    for name, model in (("all", opened.ensemble), ("one", opened.single)):
        with (tmp_path / f"{name}.csv").open() as stream:
            read = [float(row["probability_>50K"]) for row in csv.DictReader(stream)]
        assert read == pytest.approx(model.predict_probabilities(rows)[:, 1].tolist(), abs=1e-5)
    assert (tmp_path / "all.csv").read_text() != (tmp_path / "one.csv").read_text()


def test_evaluate_gives_the_score_that_the_ensemble_was_reported_with(
    combined, archivolt, examples
):
    run, told = combined
    rows = examples / "data" / "adult_test.csv.gz"

    found = json.loads(archivolt("evaluate", run, rows, "--json").out)

    assert found["score"] == pytest.approx(told["report"]["accuracy"])
    assert library.open(run).report["accuracy"] == found["score"]


def test_the_table_names_the_members_and_what_each_adds(run, archivolt):
    ended = archivolt("ensemble", run, "--ensembler", "greedy_selection")

    assert ended.status == 0, ended
    assert ended.lines[0].split() == ["trial", "weight", "adds", "architecture"]
    assert any("took part in no choice" in line or "the same" in line for line in ended.lines)
    assert ended.lines[-1].startswith("model: ")


@pytest.mark.parametrize("ensembler", ["weighted", "stacking", "greedy_selection"])
def test_every_ensembler_works_by_a_word(run, archivolt, ensembler):
    ended = archivolt("ensemble", run, "--ensembler", ensembler, "--json")

    assert ended.status == 0, ended
    assert json.loads(ended.out)["members"]


def test_a_misspelt_ensembler_is_told_with_the_nearest(run, refused):
    told = refused("ensemble", run, "--ensembler", "stackin")

    assert "no ensembler is named 'stackin'. Did you mean 'stacking'?" in told
    assert not (run / "ensemble").exists()


def test_trials_that_left_no_predictions_are_told(run, refused):
    for path in Path(run).glob("trials/*/validation.npy"):
        path.unlink()

    told = refused("ensemble", run, "--ensembler", "average")

    assert "no trial left predictions on the validation rows" in told


def test_a_run_without_an_ensemble_says_how_to_make_one(run):
    with pytest.raises(library.ArchivoltError, match="archivolt ensemble"):
        _ = library.open(run).ensemble
