"""The real commands on the extracts that the repository ships, with small budgets."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest
from attrs import frozen

ROOT = Path(__file__).parents[2]

# One short training of a small network: what is tested is everything around it.
QUICK = (
    "--workers", "1",
    "--set", "space.recipe.epochs=1",
    "--set", "space.recipe.batch_size=128",
    "--set", "space.blocks=[{name: dense, units: [16, 32]}]",
    "--set", "space.depth=[1, 2]",
)  # fmt: skip


@frozen
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def run_here(*arguments: object, folder: Path | None = None) -> Ended:
    """Run a command as its entry point does, in this process, which has the framework loaded."""
    from archivolt.cli import main

    out, err, status = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", ["archivolt", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
        chdir(folder or os.getcwd()),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Ended(status, out.getvalue(), err.getvalue())


def run_apart(*arguments: object, folder: Path | None = None, python: bool = False) -> Ended:
    """Run a command, or a Python program, in a process of its own."""
    line = [sys.executable, *([] if python else ["-m", "archivolt"]), *map(str, arguments)]
    ended = subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=300)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture(scope="session")
def archivolt() -> Callable[..., Ended]:
    return run_here


@pytest.fixture(scope="session")
def apart() -> Callable[..., Ended]:
    return run_apart


@pytest.fixture(scope="session")
def quick() -> tuple[str, ...]:
    return QUICK


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "examples"


@pytest.fixture(scope="session")
def data() -> Path:
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def tables(data: Path) -> Path:
    return data / "tables"


@frozen
class Finished:
    """A search that was run once, for several tests to look at."""

    run: Path
    ended: Ended


@pytest.fixture(scope="session")
def adult(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`archivolt search data.csv --target income --minutes 5`, as a program would call it."""
    run = tmp_path_factory.mktemp("adult") / "run"
    data = examples / "data"
    ended = run_apart(
        "search", data / "adult.csv.gz", "--target", "target", "--minutes", 5, "--trials", 3,
        "--test", data / "adult_test.csv.gz", "--run", run, "--json", *QUICK,
    )  # fmt: skip
    return Finished(run, ended)


@pytest.fixture
def search(tmp_path: Path) -> Callable[..., Ended]:
    """Search in this process with a small budget: `search(data, *options)`, into `tmp_path/run`."""

    def begin(*arguments: object) -> Ended:
        return run_here("search", *arguments, "--run", tmp_path / "run", "--trials", 2, *QUICK)

    return begin


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Run a command that must end with a told failure; returns what it told."""

    def told(*arguments: object) -> str:
        with mock.patch.dict(os.environ, {"COLUMNS": "200"}):
            ended = run_here(*arguments, folder=tmp_path)
        assert ended.status == 1, ended
        assert "Traceback" not in ended.err
        (error,) = [line for line in ended.err.splitlines() if line.startswith("error: ")]
        return ended.err[ended.err.index("error: ") + len("error: ") :].strip()

    yield told
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())
