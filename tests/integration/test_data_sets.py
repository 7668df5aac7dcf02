"""The same search on data of each kind: tables of several tasks, pictures, arrays."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import archivolt as library

PICTURES = (
    "--workers", 1,
    "--trials", 2,
    "--set", "space.recipe.epochs=1",
    "--set", "space.recipe.batch_size=32",
    "--set", "space.blocks=[{name: convolution, filters: 8, kernel: 3x3, stride: 2}]",
    "--set", "space.depth=[1, 2]",
    "--set", "space.cells=null",
    "--set", "data.size=[16, 16]",
)  # fmt: skip


def predictions(archivolt, run: Path, data: Path, output: Path) -> list[dict[str, str]]:
    ended = archivolt("predict", run, data, "--output", output)
    assert ended.status == 0, ended
    with output.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_letter_has_26_classes(archivolt, search, tables, tmp_path):
    data = tables / "letter.csv.gz"
    ended = search(data, "--target", "target")
    assert ended.status == 0, ended
    assert "26 classes" in ended.out
    assert "a multi-class task (guessed)" in ended.out
    found = json.loads(archivolt("evaluate", tmp_path / "run", data, "--json").out)
    assert (found["task"], found["rows"]) == ("multiclass", 1501)
    assert found["score"] > 1 / 26

    rows = predictions(archivolt, tmp_path / "run", data, tmp_path / "out.csv")
    letters = [chr(ord("A") + index) for index in range(26)]
    assert list(rows[0]) == ["prediction", *(f"probability_{letter}" for letter in letters)]
    for row in rows[:50]:
        likely = max(letters, key=lambda letter: float(row[f"probability_{letter}"]))
        assert row["prediction"] == likely


def test_wine_as_classes(archivolt, search, tables, tmp_path):
    data = tables / "wine_quality.csv.gz"
    ended = search(data, "--task", "multiclass", "--metric", "balanced_accuracy")
    assert ended.status == 0, ended
    found = json.loads(archivolt("evaluate", tmp_path / "run", data, "--json").out)
    assert (found["task"], found["metric"]) == ("multiclass", "balanced_accuracy")
    rows = predictions(archivolt, tmp_path / "run", data, tmp_path / "out.csv")
    assert {row["prediction"] for row in rows} <= set("3456789")
    assert list(rows[0])[1:] == [f"probability_{number}" for number in range(3, 10)]


def test_wine_as_a_number(archivolt, search, tables, tmp_path):
    data = tables / "wine_quality.csv.gz"
    ended = search(data, "--task", "regression", "--set", "space.recipe.epochs=3")
    assert ended.status == 0, ended
    found = json.loads(archivolt("evaluate", tmp_path / "run", data, "--json").out)
    assert found["task"] == "regression"
    assert {"rmse", "mae", "r2"} <= found["metrics"].keys()

    rows = predictions(archivolt, tmp_path / "run", data, tmp_path / "out.csv")
    assert list(rows[0]) == ["prediction"]
    values = [float(row["prediction"]) for row in rows]
    assert 4 < sum(values) / len(values) < 8  # in the unit of the column, not standardised
    best = json.loads(archivolt("leaderboard", tmp_path / "run", "--json").out)
    assert len(best) == 2


@pytest.fixture(scope="session")
def signs(archivolt, data, tmp_path_factory):
    """`archivolt search pictures/`, with a corrupt jpeg among them."""
    import shutil

    folder = tmp_path_factory.mktemp("signs")
    shutil.copytree(data / "sign_language", folder / "pictures")
    bad = sorted((folder / "pictures" / "train" / "3").iterdir())[0]
    bad.write_bytes(bad.read_bytes()[:300])
    ended = archivolt("search", folder / "pictures", "--run", folder / "run", *PICTURES)
    assert ended.status == 0, ended
    return folder, bad, ended


def test_a_folder_of_jpegs_is_searched(archivolt, data, signs, tmp_path):
    folder, _, ended = signs
    assert "5 classes" in ended.out
    assert "20 rows that took part in no choice" in ended.out
    found = json.loads(
        archivolt("evaluate", folder / "run", data / "sign_language" / "test", "--json").out
    )
    assert (found["task"], found["rows"]) == ("multiclass", 20)
    rows = predictions(
        archivolt, folder / "run", data / "sign_language" / "test" / "9", tmp_path / "out.csv"
    )
    assert len(rows) == 4
    assert list(rows[0]) == ["name", "prediction", *(f"probability_{name}" for name in "01359")]
    files = sorted(each.name for each in (data / "sign_language" / "test" / "9").iterdir())
    assert [row["name"] for row in rows] == files


def test_a_corrupt_picture_is_no_row_of_the_predictions_and_told(archivolt, data, signs, tmp_path):
    import shutil

    folder, _, _ = signs
    new = tmp_path / "new"
    new.mkdir()
    for each in (data / "sign_language" / "test").glob("*/*"):
        shutil.copy(each, new / each.name)
    first, bad, *others = sorted(new.iterdir())
    bad.write_bytes(bad.read_bytes()[:300])
    output = tmp_path / "out.csv"
    ended = archivolt("predict", folder / "run", new, "-o", output)
    assert ended.status == 0, ended
    assert f"note: 1 of 20 pictures cannot be read and are left out: {bad}" in ended.err
    with output.open(newline="") as stream:
        names = [row["name"] for row in csv.DictReader(stream)]
    assert names == [each.name for each in (first, *others)]


def test_a_corrupt_jpeg_is_left_out_by_name_and_counted(signs):
    _, bad, ended = signs
    (note,) = [line for line in ended.lines if "cannot be read" in line]
    assert note.startswith(f"note: 1 of 60 pictures cannot be read and are left out: {bad}")


def test_a_table_with_a_lonely_class_is_searched_and_told(search, tables, tmp_path):
    import gzip

    lines = gzip.decompress((tables / "letter.csv.gz").read_bytes()).decode().splitlines()
    path = tmp_path / "lonely.csv"
    once = next(line for line in lines if line.endswith(",Z"))
    path.write_text("\n".join([*(each for each in lines[:400] if not each.endswith(",Z")), once]))
    ended = search(path, "--target", "target")
    assert ended.status == 0, ended
    assert "note: Class 'Z' has a single row, which goes to training" in ended.out
    assert library.open(tmp_path / "run").best.classes[-1] == "Z"


def test_mixed_pictures_train_networks_of_the_blocks_for_pictures(archivolt, data, tmp_path):
    blocks = (
        "[{name: inverted_residual, stride: 2, squeeze: 4}, {name: convnext, expansion: 2}, "
        "{name: fused_inverted_residual, growth: 2.0}, {name: preactivation_residual, growth: 2.0}]"
    )
    ended = archivolt(
        "search", data / "sign_language", "--run", tmp_path / "run", *PICTURES,
        "--set", f"space.blocks={blocks}",
        "--set", "space.recipe.augmentation=[[flip, rand_augment, mixup], [cutmix]]",
        "--trials", 4,
    )  # fmt: skip
    assert ended.status == 0, ended
    trials = json.loads(archivolt("leaderboard", tmp_path / "run", "--json").out)
    assert [each["state"] for each in trials] == ["finished"] * 4
    mixed = {tuple(each["recipe"]["augmentation"]) for each in trials}
    assert mixed <= {("flip", "rand_augment", "mixup"), ("cutmix",)}
    found = json.loads(
        archivolt("evaluate", tmp_path / "run", data / "sign_language" / "test", "--json").out
    )
    assert found["rows"] == 20
