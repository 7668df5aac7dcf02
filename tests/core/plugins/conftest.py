"""Distributions made on the spot: a metadata folder and a module on the import path."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Install = Callable[..., None]

BLOCK = '''
from attrs import frozen
from archivolt import Block, hookimpl, tunable

@frozen
class {title}(Block):
    """A block for tests."""
    name = "{name}"
    reads = writes = "vector"
    units: int = tunable(8, choices=(4, 8, 16))

@hookimpl
def archivolt_blocks():
    return [{title}]
'''


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("ARCHIVOLT_PLUGINS", raising=False)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("acme", "archivolt_inline_")):
            del sys.modules[name]


@pytest.fixture
def block_source() -> Callable[[str], str]:
    """Source text of a plugin that registers one block of a name."""

    def write(name: str) -> str:
        return BLOCK.format(name=name, title="".join(map(str.title, name.split("_"))))

    return write


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution of one module: `install("acme-blocks", "acme", source)`."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))

    def add(
        distribution: str,
        entry_point: str,
        source: str,
        requires: str = "archivolt-core>=0.1",
        version: str = "1.0",
    ) -> None:
        module = distribution.replace("-", "_")
        (place / f"{module}.py").write_text(textwrap.dedent(source))
        metadata = place / f"{module}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
            f"Requires-Dist: {requires}\n"
        )
        (metadata / "entry_points.txt").write_text(f"[archivolt]\n{entry_point} = {module}\n")

    return add
