from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archivolt.plugins.registry import Registry, load_plugins
from archivolt_migration.importing import Imported, import_file

# What Archivolt began with: what further packs bring is not there, whoever installs them.
FIRST = ("archivolt-core", "archivolt-blocks", "archivolt-searchers", "archivolt-keras")


@pytest.fixture(scope="session")
def installed() -> Registry:
    """Everything that is installed."""
    return load_plugins(warn=False)


@pytest.fixture(scope="session")
def bare() -> Registry:
    """Blocks, searchers and the trainer alone."""
    return load_plugins(allow=FIRST, warn=False)


@pytest.fixture
def import_text(tmp_path: Path, installed: Registry) -> Callable[..., Imported]:
    """Import a text: `import_text("beam_size: 3")`."""

    def imported(text: str, registry: Registry = installed) -> Imported:
        path = tmp_path / "spec.pbtxt"
        path.write_text(text)
        return import_file(path, registry)

    return imported
