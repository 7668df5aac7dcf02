"""The scripts that make the pages of the site."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "docs" / "_site"


@pytest.fixture
def script(monkeypatch):
    """Return a function from a script's name to its module."""

    def load(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(SCRIPTS)
        spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load
