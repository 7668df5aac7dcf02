"""Mistakes, as the command line tells them: what, where, and what would be right."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import archivolt as library

Refused = Callable[..., str]


def table(path: Path, rows: int = 40, **columns: Sequence[object]) -> Path:
    """Write a CSV with a column `x` of numbers and a column `y` of two classes."""
    filled = {"x": range(rows), "y": ["ab"[row % 2] for row in range(rows)], **columns}
    cells = zip(*filled.values(), strict=True)
    lines = [",".join(filled), *(",".join(map(str, row)) for row in cells)]
    path.write_text("\n".join(lines) + "\n")
    return path


def pictures(folder: Path, data: Path, **classes: int) -> Path:
    """Make a folder of real jpegs, so many a class."""
    for name, count in classes.items():
        (folder / name).mkdir(parents=True)
        source = sorted((data / "sign_language" / "train" / name.strip("_")).iterdir())
        for file in source[:count]:
            shutil.copy(file, folder / name)
    return folder


# Tables


def test_a_column_that_is_not_there_is_told_with_the_nearest(refused, examples):
    adult = examples / "data" / "adult.csv.gz"
    said = refused("search", adult, "--target", "targe", "--trials", 1)
    assert said == (
        f"{adult}: there is no column 'targe' (named under `target`). "
        "Did you mean 'target' or 'age'?"
    )


def test_a_target_with_one_class_is_told(refused, tmp_path):
    path = table(tmp_path / "one.csv", y=["yes"] * 40)
    said = refused("search", path, "--target", "y", "--trials", 1)
    assert said.startswith(
        "target 'y': every row is of class 'yes': there is nothing to tell apart."
    )


def test_a_target_without_any_value_is_told(refused, tmp_path):
    path = table(tmp_path / "gap.csv", y=[""] * 40)
    said = refused("search", path, "--target", "y", "--trials", 1)
    assert said == f"{path}: the target 'y' is missing in all 40 rows."


def test_columns_without_any_value_leave_nothing_to_predict_from(refused, tmp_path):
    path = table(tmp_path / "gap.csv", x=["?"] * 40)
    said = refused("search", path, "--target", "y", "--trials", 1)
    assert said.startswith(f"{path}: no column is left to predict from.")
    assert "'x'" in said


@pytest.mark.parametrize("packed", [False, True], ids=["csv", "csv.gz"])
def test_a_ragged_line_is_told_by_its_number(refused, tmp_path, packed):
    lines = ["a,b,y", *("1,2,yes" for _ in range(20)), "1,2", *("3,4,no" for _ in range(20))]
    content = "\n".join(lines).encode()
    path = tmp_path / ("ragged.csv.gz" if packed else "ragged.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    said = refused("search", path, "--target", "y", "--trials", 1)
    assert said.startswith(f"{path}, line 22: the line has 2 cells, where the first line has 3.")


def test_a_file_that_is_not_there_is_told_with_the_nearest(refused, tmp_path):
    table(tmp_path / "train.csv")
    said = refused("search", tmp_path / "trian.csv", "--target", "y", "--trials", 1)
    assert said == (
        f"{tmp_path / 'trian.csv'}: there is no such file. Did you mean '{tmp_path / 'train.csv'}'?"
    )


def test_a_mistake_leaves_no_run_folder_in_the_way(refused, tmp_path):
    path = table(tmp_path / "train.csv")
    line = ("search", path, "--target", "z", "--run", tmp_path / "a", "--trials", 1)
    for _ in range(2):  # the second time the folder must not be told to hold a run
        assert "no column 'z'" in refused(*line)
    assert not (tmp_path / "a").exists()


def test_too_few_rows_are_told(refused, tmp_path):
    path = table(tmp_path / "few.csv", rows=6)
    assert "only 6 rows" in refused("search", path, "--target", "y", "--trials", 1)


# Pictures


def test_an_empty_folder_is_told(refused, tmp_path):
    (tmp_path / "pictures").mkdir()
    said = refused("search", tmp_path / "pictures", "--trials", 1)
    assert str(tmp_path / "pictures") in said
    assert "empty" in said


def test_a_folder_with_one_class_is_told(refused, tmp_path, data):
    folder = pictures(tmp_path / "pictures", data, **{"0": 3})
    said = refused("search", folder, "--trials", 1)
    assert said.startswith(f"{folder}: there is one class alone, '0' (3 pictures).")
    assert "at least two classes" in said


def test_corrupt_pictures_past_a_share_are_told_by_name(refused, tmp_path, data):
    folder = pictures(tmp_path / "pictures", data, **{"0": 6, "1": 6})
    bad = sorted((folder / "1").iterdir())[0]
    bad.write_bytes(bad.read_bytes()[:400])
    said = refused("search", folder, "--trials", 1)
    assert said.startswith(f"{folder}: 1 of 12 pictures cannot be read: {bad}")
    assert "corrupt_share=0.05" in said


# Arrays


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_arrays_with_what_is_no_number_are_told_by_row(refused, tmp_path, value):
    x = np.ones((40, 3), np.float32)
    x[7, 2] = value
    path = saved(tmp_path / "a.npz", x=x, y=np.arange(40) % 2)
    said = refused("search", path, "--trials", 1)
    assert "row 7" in said
    assert str(value) in said


def test_arrays_whose_shapes_disagree_are_told(refused, tmp_path):
    path = saved(tmp_path / "a.npz", x=np.ones((40, 3), np.float32), y=np.arange(39) % 2)
    assert "x has 40 rows and y has 39" in refused("search", path, "--trials", 1)


def test_the_same_mistakes_are_told_in_python(tmp_path):
    x, y = np.ones((40, 3), np.float32), np.arange(39) % 2
    with pytest.raises(library.ArchivoltError, match="x has 40 rows and y has 39"):
        library.search(x, y, trials=1, run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


# Configurations


@pytest.mark.parametrize(
    ("text", "line", "key", "expected"),
    [
        ("searcher: {name: greedy, beem: 5}", 1, "searcher.beem", "'beam'"),
        ("seed: 0\nspace:\n  dept: [1, 2]", 3, "space.dept", "'depth'"),
        ("budget:\n  trials: many", 2, "budget.trials", "a whole number"),
        ("seed: 0\nbudget: {minutes: -1}", 2, "budget.minutes", "above 0"),
        ("problem:\n  split: {validation: 1.5}", 2, "problem.split.validation", "below 1"),
        ("searcher: greedi", 1, "searcher", "'greedy'"),
        ("space: {blocks: [dense, desne]}", 1, "space.blocks[1]", "'dense'"),
        ("problem: {metric: acuracy}", 1, "problem.metric", "'accuracy'"),
    ],
)
def test_a_wrong_key_type_value_or_name_is_told_with_its_place(
    refused, tmp_path, text, line, key, expected
):
    path = tmp_path / "search.yaml"
    path.write_text(text + "\n")
    table(tmp_path / "train.csv")
    for command in (("config", "check", path), ("search", path)):
        said = refused(*command)
        assert said.startswith(f"{path}:{line}, {key}: ")
        assert expected in said


def test_yaml_that_cannot_be_parsed_is_told_by_its_line(refused, tmp_path):
    path = tmp_path / "search.yaml"
    path.write_text("seed: 0\nspace: {blocks: [dense\n")
    assert refused("search", path).startswith(f"{path}:")


CLASH = '''
from attrs import frozen
from archivolt import Block, hookimpl

@frozen
class Dense(Block):
    """Another dense block."""
    name = "dense"
    reads = writes = "vector"

    def build(self, x, earlier):
        return x

@hookimpl
def archivolt_blocks():
    return [Dense]
'''


def test_a_name_that_two_plugins_register_must_be_qualified(refused, archivolt, tmp_path):
    (tmp_path / "mine.py").write_text(CLASH)
    path = tmp_path / "search.yaml"
    path.write_text("plugins: [./mine.py]\nspace:\n  blocks: [dense]\n")
    said = refused("config", "check", path)
    assert said.startswith(f"{path}:3, space.blocks[0]: ")
    assert "'blocks:dense'" in said
    assert "'mine:dense'" in said

    path.write_text("plugins: [./mine.py]\nspace:\n  blocks: ['mine:dense']\n")
    assert archivolt("config", "check", path).status == 0


def test_a_pack_that_is_not_loaded_is_named(refused, tmp_path, monkeypatch):
    path = table(tmp_path / "train.csv")
    config = tmp_path / "search.yaml"
    config.write_text(f"data: {{source: image_folder, path: {path.parent}}}\n")
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "blocks,searchers,keras,tables")
    said = refused("search", config)
    assert said.startswith(f"{config}:1, data.source: no source is named 'image_folder'.")
    assert "vision" in said


def test_a_pack_that_is_not_installed_is_named(refused, tmp_path):
    config = tmp_path / "search.yaml"
    config.write_text("space: {blocks: ['audio:spectrogram_convolution']}\n")
    said = refused("config", "check", config)
    assert "archivolt-audio" in said


# All of this is told before anything heavy is loaded


def test_mistakes_are_told_before_the_framework_is_loaded(tmp_path):
    arrays = saved(tmp_path / "a.npz", x=np.ones((40, 3)), y=np.ones(39))
    cases = [
        ["search", str(tmp_path / "none.csv"), "--trials", "1"],
        ["search", str(table(tmp_path / "one.csv", y=["yes"] * 40)), "--trials", "1"],
        ["search", str(table(tmp_path / "good.csv")), "--target", "z", "--trials", "1"],
        ["search", str(arrays), "--trials", "1"],
        ["leaderboard", str(tmp_path / "no_run")],
        ["predict", str(tmp_path / "no_run"), "new.csv"],
    ]
    program = (
        "import json, sys\n"
        "from archivolt.cli import main\n"
        "for case in json.loads(sys.argv[1]):\n"
        "    sys.argv = ['archivolt', *case]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as end:\n"
        "        print('status', end.code)\n"
        "from multiprocessing import forkserver\n"
        "print('server', forkserver._forkserver._forkserver_pid)\n"
        "print('heavy', sorted({'tensorflow', 'keras'} & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, json.dumps(cases)],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    said = [line for line in ended.stdout.splitlines() if not line.startswith("note")]
    assert said == ["status 1"] * len(cases) + ["server None", "heavy []"], ended
