"""Packs made on the spot: a folder each, sound unless a test breaks it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archivolt.plugins.new_pack import write_pack
from archivolt.plugins.pack_check.checking import Checked, check_pack
from archivolt.plugins.pack_check.verdict import Verdict


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A new pack with a searcher: it needs no framework."""
    folder = tmp_path / "acme-search"
    write_pack(folder, "searcher")
    return folder


@pytest.fixture
def edit(pack: Path) -> Callable[[str, str, str], None]:
    """Replace text in a file of the pack: `edit("pyproject.toml", ">=0.1,<0.2", "")`."""

    def replace(file: str, old: str, new: str) -> None:
        path = pack / file
        text = path.read_text()
        assert old in text, text
        path.write_text(text.replace(old, new))

    return replace


@pytest.fixture
def verdicts() -> Callable[..., list[Verdict]]:
    """Check a pack; return the verdicts of a level, or all."""

    def check(target: Path | str, level: str | None = None) -> list[Verdict]:
        found = [each for each in check_pack(str(target)) if not isinstance(each, Checked)]
        return [each for each in found if level in (None, each.level)]

    return check


@pytest.fixture
def wheel(pack: Path) -> Callable[[], Path]:
    """Build the wheel of the pack as it is by now."""

    def build() -> Path:
        pytest.importorskip("hatchling")
        command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel")
        subprocess.run(command, cwd=pack, check=True, capture_output=True)
        (built,) = (pack / "dist").glob("*.whl")
        return built

    return build
