"""The commands of a user on Adult: searched once by a fresh process, then read again and again."""

from __future__ import annotations

import csv
import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import archivolt as library

Command = Callable[..., Any]
FIELDS = {
    "number", "state", "score", "parameters", "epochs", "seconds", "parent", "mutator",
    "fingerprint", "architecture", "recipe",
}  # fmt: skip


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


# search --json


def test_a_search_prints_one_event_a_line_and_finished_last(adult):
    assert adult.ended.status == 0, adult.ended
    assert adult.ended.err == ""
    events = [json.loads(line) for line in adult.ended.lines]
    assert all({"event", "time"} <= each.keys() for each in events)
    assert [each["time"] for each in events] == sorted(each["time"] for each in events)

    last = events[-1]
    assert last["event"] == "finished"
    assert last["run"] == str(adult.run)
    assert last["trials"] == 3
    scores = [e["trial"]["score"] for e in events if e["event"] == "trial_finished"]
    assert len(scores) == 3
    assert last["best"]["score"] == max(scores)
    assert [each["event"] for each in events].count("finished") == 1


def test_a_run_folder_holds_what_can_be_mailed(adult):
    names = {path.name for path in adult.run.iterdir()}
    assert {"best", "config.yaml", "history.sqlite", "leaderboard.csv"} <= names
    assert not [name for name in names if name.endswith((".new", "-wal"))]
    assert {path.name for path in (adult.run / "best").iterdir()} == {
        "best.keras", "model.json", "README.md"
    }  # fmt: skip


# leaderboard


def test_the_leaderboard_is_an_array_best_first(adult, archivolt):
    rows = json.loads(archivolt("leaderboard", adult.run, "--json").out)
    assert len(rows) == 3
    assert all(row.keys() >= FIELDS for row in rows)
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert {row["state"] for row in rows} == {"finished"}
    assert rows[0]["architecture"][0]["name"] == "blocks:embed_columns"
    assert rows[0]["recipe"]["epochs"] == 1


def test_the_leaderboard_is_a_table_for_people(adult, archivolt):
    lines = archivolt("leaderboard", adult.run, "--top", 1).lines
    assert lines[0].split()[:3] == ["trial", "accuracy", "parameters"]
    best = json.loads(archivolt("leaderboard", adult.run, "--json").out)[0]
    mark = "*" if best["selected"] else ""
    assert lines[1].split()[:2] == [f"{mark}{best['number']}", f"{best['score']:.4f}"]
    assert "dense" in "".join(lines[1:])


# predict


@pytest.fixture(scope="session")
def predicted(adult, archivolt, examples, tmp_path_factory) -> list[dict[str, str]]:
    """`archivolt predict runs/a new.csv --output predictions.csv`"""
    output = tmp_path_factory.mktemp("predicted") / "predictions.csv"
    ended = archivolt(
        "predict", adult.run, examples / "data" / "adult_test.csv.gz", "--output", output
    )
    assert ended.status == 0, ended
    assert ended.out.strip() == f"3,000 predictions in {output}"
    return read(output)


def test_predictions_have_a_column_for_the_class_and_one_for_each_probability(predicted):
    assert list(predicted[0]) == ["prediction", "probability_<=50K", "probability_>50K"]
    for row in predicted:
        low, high = (float(row[f"probability_{name}"]) for name in ("<=50K", ">50K"))
        assert low + high == pytest.approx(1, abs=1e-5)
        assert row["prediction"] == (">50K" if high > 0.5 else "<=50K")


def rows_of(path: Path) -> tuple[list[str], list[list[str]]]:
    with gzip.open(path, "rt", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def write(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def predict(archivolt: Command, run: Path, table: Path) -> list[dict[str, str]]:
    output = table.with_name("out.csv")
    ended = archivolt("predict", run, table, "-o", output)
    assert ended.status == 0, ended
    return read(output)


def near(row: dict[str, str], other: dict[str, str]) -> bool:
    # The size of a batch changes the order of additions, and with it the last digits.
    return float(row["probability_>50K"]) == pytest.approx(
        float(other["probability_>50K"]), abs=2e-5
    )


def test_rows_are_predicted_in_their_order_and_columns_in_any(
    adult, archivolt, examples, predicted, tmp_path
):
    header, rows = rows_of(examples / "data" / "adult_test.csv.gz")
    chosen = [rows[number] for number in (500, 3, 2999)]
    at = header.index("target")
    order = [index for index in reversed(range(len(header))) if index != at]
    table = write(
        tmp_path / "new.csv",
        ["comment", *(header[index] for index in order)],
        [["-", *(row[index] for index in order)] for row in chosen],
    )
    found = predict(archivolt, adult.run, table)
    assert len(found) == 3
    assert all(near(a, predicted[number]) for a, number in zip(found, (500, 3, 2999), strict=True))


def test_an_unseen_category_and_gaps_are_predicted(adult, archivolt, examples, tmp_path):
    header, rows = rows_of(examples / "data" / "adult_test.csv.gz")
    names = [name for name in header if name != "target"]
    strange = ["Atlantis" if not cell.lstrip("-").isdigit() else cell for cell in rows[0]]
    gaps = ["?" for _ in rows[0]]
    found = predict(
        archivolt, adult.run, write(tmp_path / "n.csv", names, [strange[:-1], gaps[:-1]])
    )
    assert len(found) == 2
    assert all(0 <= float(row["probability_>50K"]) <= 1 for row in found)


def test_a_missing_column_is_told_with_the_nearest(adult, refused, examples, tmp_path):
    header, rows = rows_of(examples / "data" / "adult_test.csv.gz")
    header[header.index("age")] = "agee"
    table = write(tmp_path / "new.csv", header, rows[:3])
    said = refused("predict", adult.run, table)
    assert said.startswith(f"{table}: the column 'age', which the model reads, is missing.")
    assert "'agee'" in said


# evaluate


def test_an_evaluation_is_an_object_with_every_metric(adult, archivolt, examples, predicted):
    path = examples / "data" / "adult_test.csv.gz"
    found = json.loads(archivolt("evaluate", adult.run, path, "--json").out)
    assert found.keys() == {"task", "metric", "score", "metrics", "rows"}
    assert (found["task"], found["metric"], found["rows"]) == ("binary", "accuracy", 3000)
    assert found["score"] == found["metrics"]["accuracy"]
    assert {"auc", "f1", "balanced_accuracy", "loss"} <= found["metrics"].keys()

    header, rows = rows_of(path)
    truth = [row[header.index("target")] for row in rows]
    right = sum(a == b["prediction"] for a, b in zip(truth, predicted, strict=True))
    assert found["score"] == pytest.approx(right / 3000, abs=1e-9)

    finished = json.loads(adult.ended.lines[-1])
    assert finished["report"]["rows"] == 3000
    assert finished["report"]["accuracy"] == pytest.approx(found["score"], abs=1e-6)


def test_evaluating_without_labels_is_told(adult, refused, examples, tmp_path):
    header, rows = rows_of(examples / "data" / "adult_test.csv.gz")
    table = write(tmp_path / "new.csv", header[:-1], [row[:-1] for row in rows[:3]])
    said = refused("evaluate", adult.run, table)
    assert said.startswith(f"{table}: there is no column target.")
    assert "archivolt predict" in said


# replay, resume


def test_a_replayed_trial_has_the_same_score_bit_for_bit(adult, archivolt):
    found = json.loads(archivolt("replay", adult.run, 1, "--json").out)
    assert found["replayed"] == found["recorded"]
    assert found["same"] is True
    assert not list(adult.run.glob(".replay-*"))


def test_a_trial_that_is_not_there_is_told(adult, refused):
    assert "there is no trial 99" in refused("replay", adult.run, 99)


# A configuration, with --set, --workers and --run; then resume


def test_a_configuration_is_searched_with_changes_and_continued(
    archivolt, examples, quick, tmp_path
):
    run = tmp_path / "a"
    ended = archivolt(
        "search", examples / "adult.yaml", *quick, "--workers", 2, "--run", run,
        "--set", "searcher.beam=3", "--trials", 2,
    )  # fmt: skip
    assert ended.status == 0, ended
    kept = yaml.safe_load((run / "config.yaml").read_text())
    assert kept["searcher"]["beam"] == 3
    assert kept["executor"]["workers"] == 2
    assert "with 2 workers" in ended.out

    scores = {trial.number: trial.score for trial in library.open(run).history}
    again = archivolt("resume", run, "--trials", 2)
    assert again.status == 0, again
    after = {trial.number: trial.score for trial in library.open(run).history}
    assert list(after) == [0, 1, 2, 3]
    assert after.items() >= scores.items()
    assert "done: 4 trials are done" in again.out


# config


def test_a_configuration_is_checked_shown_whole_and_described(archivolt, examples, tmp_path):
    path = examples / "adult.yaml"
    assert archivolt("config", "check", path).lines[-1] == f"{path}: ok"

    shown = yaml.safe_load(archivolt("config", "show", path, "--set", "searcher.beam=3").out)
    assert shown["searcher"]["beam"] == 3
    assert shown["problem"]["split"]["validation"] == 0.2  # a default that nobody wrote
    assert shown["space"]["limits"]["parameters"] == 4_000_000  # from the preset

    schema = json.loads(archivolt("config", "schema").out)
    validator = Draft202012Validator(schema)
    validator.validate(shown)
    assert not validator.is_valid({**shown, "seed": "many"})


# plugins


def test_plugins_are_listed_and_shown(archivolt):
    plugins = json.loads(archivolt("plugins", "list", "--json").out)
    wanted = {"distribution", "version", "entry_point", "status", "cause", "components"}
    assert all(each.keys() >= wanted for each in plugins)
    by_name = {each["entry_point"]: each for each in plugins}
    assert {"blocks", "searchers", "keras", "tables", "vision"} <= by_name.keys()
    assert by_name["blocks"]["status"] == "loaded"
    assert "blocks:dense" in by_name["blocks"]["components"]

    (dense,) = json.loads(archivolt("plugins", "show", "dense", "--json").out)["components"]
    assert dense["qualified_name"] == "blocks:dense"
    assert "units" in {field["name"] for field in dense["fields"]}
    assert "blocks:dense (block)" in archivolt("plugins", "show", "dense").out


# Exit status


@pytest.mark.parametrize("line", [("serch",), ("search",), ("search", "a.csv", "--trials", "no")])
def test_wrong_usage_ends_with_2(archivolt, line):
    assert archivolt(*line).status == 2


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts with a POSIX signal")
def test_an_interrupted_search_ends_with_130_and_delivers_the_best(tables, quick, tmp_path):
    run = tmp_path / "run"
    line = ["search", str(tables / "wine_quality.csv.gz"), "--minutes", "5", "--run", str(run)]
    process = subprocess.Popen(
        [sys.executable, "-m", "archivolt", *line, "--json", *quick],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for text in process.stdout:
            if json.loads(text)["event"] == "trial_finished":
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    last = json.loads(out.splitlines()[-1])
    assert (last["event"], last["interrupted"]) == ("finished", True)
    assert last["best"]["score"] > 0
    assert last["report"]["rows"] > 0
    assert (run / "best" / "best.keras").exists()
