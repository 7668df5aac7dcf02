"""Wheels and fresh environments, without a network.

A fresh environment holds what its distributions declare and nothing else: the dependencies are
links to those of the environment that runs the tests.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECTS = (
    ROOT,
    *(each for glob in ("core", "builtin_*", "plugins/*") for each in ROOT.glob(glob)),
)
FOLDERS = {
    tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]: folder
    for folder in PROJECTS
    if (folder / "pyproject.toml").is_file()
}


def checked(*command: object, **options: Any) -> str:
    """Run a command and return its output; show both streams where it fails."""
    done = subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build_wheel(source: Path, target: Path) -> Path:
    """Build the wheel of a project folder into an empty folder."""
    # The back end itself: `python -m build` calls the same, in three processes instead of one.
    checked(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target, cwd=source)
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Build one of our wheels, once a session: `wheel_of("archivolt-core")`."""
    built: dict[str, Path] = {}

    def wheel(name: str) -> Path:
        if name not in built:
            built[name] = build_wheel(FOLDERS[name], tmp_path_factory.mktemp(name))
        return built[name]

    return wheel


class Environment:
    """A fresh environment of its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=True)
        self.scripts = folder / "bin"
        paths = {"base": str(folder), "platbase": str(folder)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))

    def install(self, *wheels: Path) -> None:
        """Install wheels as a user does, and link what they declare to need."""
        python = self.scripts / "python"
        if uv := shutil.which("uv"):
            options = ("-q", "--offline", "--no-deps", "--python", python)
            checked(uv, "pip", "install", *options, *wheels)
        else:
            pip = (sys.executable, "-m", "pip", "--python", python)
            checked(*pip, "install", "-q", "--no-index", "--no-deps", *wheels)

    def link(self, requirements: Iterable[str]) -> None:
        """Link distributions and all that they need, but for our own."""
        for name in closure(requirements):
            found = distribution(name)
            base = Path(str(found.locate_file("")))
            tops = {path.parts[0] for path in found.files or () if path.parts[0] != ".."}
            for top in sorted(tops - {"__pycache__"}):
                target = self.packages / top
                if not target.exists():
                    target.symlink_to(base / top)

    def run(self, *command: object) -> str:
        return checked(self.scripts / str(command[0]), *command[1:], cwd=self.scripts.parent)

    def plugins(self) -> dict[str, dict[str, Any]]:
        """Return what `archivolt plugins list --json` prints, by distribution."""
        listed = json.loads(self.run("archivolt", "plugins", "list", "--json"))
        return {each["distribution"]: each for each in listed}


def closure(requirements: Iterable[str]) -> set[str]:
    """Return the names of all distributions that requirements lead to, our own apart."""
    names: set[str] = set()
    waiting = [Requirement(each) for each in requirements]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in seen or name in FOLDERS:
            continue
        seen.add(key)
        try:
            further = distribution(name).requires or ()
        except PackageNotFoundError:
            continue  # for another platform, or optional there
        names.add(name)
        for each in map(Requirement, further):
            extras = ("", *requirement.extras)
            if each.marker is None or any(each.marker.evaluate({"extra": one}) for one in extras):
                waiting.append(each)
    return names


@pytest.fixture(scope="session")
def build() -> Callable[[Path, Path], Path]:
    """Build the wheel of a project folder into an empty folder."""
    return build_wheel


@pytest.fixture(scope="session")
def environment_in() -> Callable[[Path], Environment]:
    """Make a fresh environment in a folder."""
    return Environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")
