"""The score that is shown is of rows that took part in no choice."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest

import archivolt as library


def permuted(source: Path, target: Path) -> Path:
    """Write a table with its labels in another order."""
    with gzip.open(source, "rt", newline="") as stream:
        header, *rows = csv.reader(stream)
    at = header.index("target")
    order = np.random.default_rng(3).permutation(len(rows))
    labels = [rows[index][at] for index in order]
    for row, label in zip(rows, labels, strict=True):
        row[at] = label
    with gzip.open(target, "wt", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return target


@pytest.fixture(scope="session")
def misled(adult, archivolt, examples, quick, tmp_path_factory):
    """The search of `adult` again, with the labels of the test file permuted."""
    folder = tmp_path_factory.mktemp("misled")
    data = examples / "data"
    test = permuted(data / "adult_test.csv.gz", folder / "test.csv.gz")
    ended = archivolt(
        "search", data / "adult.csv.gz", "--target", "target", "--minutes", 5, "--trials", 3,
        "--test", test, "--run", folder / "run", *quick,
    )  # fmt: skip
    assert ended.status == 0, ended
    return folder / "run", ended


def test_labels_of_the_test_file_change_the_report_and_no_trial(adult, misled):
    run, _ = misled
    honest, other = library.open(adult.run), library.open(run)
    told = [
        [(t.number, t.candidate, t.seed, t.score, dict(t.metrics)) for t in each.history]
        for each in (honest, other)
    ]
    assert told[0] == told[1]
    assert honest.report["auc"] > 0.75
    assert 0.4 < other.report["auc"] < 0.6


def test_the_summary_shows_the_report_score_and_tells_the_selection_score_apart(misled):
    run, ended = misled
    opened = library.open(run)
    shown = re.search(
        r"^accuracy ([\d.]+) ± [\d.]+ on 3,000 rows that took part in no choice", ended.out, re.M
    )
    selected = re.search(r"it was selected by ([\d.]+) on the validation rows", ended.out)
    assert shown
    assert selected
    assert shown[1] == f"{opened.report['accuracy']:.4f}"
    (delivered,) = (row for row in opened.leaderboard() if row["selected"])
    assert selected[1] == f"{delivered['score']:.4f}"
    assert shown[1] != selected[1]


def test_what_is_delivered_tells_both_scores_apart(misled):
    run, _ = misled
    about = json.loads((run / "best" / "model.json").read_text())
    opened = library.open(run)
    assert about["report"]["score"] == opened.report["accuracy"]
    assert about["report"]["rows"] == 3000
    (delivered,) = (row for row in opened.leaderboard() if row["selected"])
    assert about["trial"] == delivered["number"]
    assert about["validation"]["score"] == delivered["score"]
    assert "chosen by" in about["validation"]["note"]


def test_without_report_rows_the_summary_says_that_the_score_flatters(search, tables):
    ended = search(
        tables / "wine_quality.csv.gz", "--task", "multiclass", "--set", "problem.split.report=0"
    )
    assert ended.status == 0, ended
    assert "note: No rows are held back for the report" in ended.out
    assert "on the validation rows that selected it: expect less on new data" in ended.out
    assert "took part in no choice" not in ended.out
