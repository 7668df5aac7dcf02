"""Two finished runs: arrays of numbers in a file, and a table with a column of text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archivolt

pytest.importorskip("ai_edge_litert")

SETTINGS = (
    "executor=inline",
    "space.blocks=[{name: dense, units: [16, 64], activation: relu, normalisation: none,"
    " dropout: 0.0, residual: none}]",
    "space.depth=[1, 2]",
    "space.recipe.epochs=4",
    "space.recipe.batch_size=32",
    "space.recipe.learning_rate=0.02",
    "searcher=random",
    "ensembler=average",
    "phases={schedule: after_pool, pool: 2, candidates: 2}",
)


@pytest.fixture(scope="session")
def numbers(tmp_path_factory) -> Path:
    """A file of rows of six numbers in three classes that lie apart."""
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=300)
    x = rng.normal(size=(300, 6)) + np.eye(3, 6)[labels] * 3
    path = tmp_path_factory.mktemp("numbers") / "numbers.npz"
    np.savez(path, x=x.astype(np.float32), y=labels)
    return path


@pytest.fixture(scope="session")
def run(numbers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "run"
    return archivolt.search(numbers, run=folder, trials=3, overrides=SETTINGS)


@pytest.fixture
def search(numbers, tmp_path):
    """Search anew with other settings: `search("key=value", data=...)`."""

    def make(*settings, data=numbers, **options):
        overrides = (*SETTINGS[:-2], "ensembler=null", *settings)
        return archivolt.search(
            data, run=tmp_path / "run", trials=1, overrides=overrides, **options
        )

    return make


@pytest.fixture(scope="session")
def table(tmp_path_factory) -> Path:
    """A table of a number and a word that tell the target together."""
    rng = np.random.default_rng(1)
    words, size = rng.choice(["red", "green", "blue"], 300), rng.normal(size=300)
    target = (size + (words == "red") * 2 > 1).astype(int)
    lines = ["hue,size-cm,target"]
    rows = zip(words, size, target, strict=True)
    lines += [f"{word},{number:.4f},{label}" for word, number, label in rows]
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def table_run(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "table"
    settings = (*SETTINGS[:1], *SETTINGS[3:], "ensembler=null")
    return archivolt.search(table, "target", run=folder, trials=2, overrides=settings)
