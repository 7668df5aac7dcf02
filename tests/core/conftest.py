from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def toy_config(tmp_path: Path, toy_document: Callable[..., dict[str, Any]]) -> Callable[..., Path]:
    """Write a configuration of the toy plugin; keyword arguments replace sections."""

    def write(**sections: Any) -> Path:
        document = toy_document(**sections)
        path = tmp_path / "search.yaml"
        path.write_text(yaml.safe_dump(document))
        return path

    return write


@pytest.fixture
def install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """Install a pack of one command: `install_command("acme-bench", "bench", source)`.

    The source defines `command`; the pack has a plugin too, of the name "acme".
    """
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delenv("ARCHIVOLT_PLUGINS", raising=False)
    modules: list[str] = []

    def add(
        distribution: str, word: str, source: str, requires: str = "archivolt-core>=0.1"
    ) -> None:
        module = distribution.replace("-", "_")
        modules.append(module)
        (place / f"{module}.py").write_text(textwrap.dedent(source))
        metadata = place / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
            f"Requires-Dist: {requires}\n"
        )
        (metadata / "entry_points.txt").write_text(
            f"[archivolt]\nacme = {module}\n[archivolt.commands]\n{word} = {module}:command\n"
        )

    yield add
    for each in modules:
        sys.modules.pop(each, None)
