"""What the tests of several packs begin with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TOY = Path(__file__).parent / "core" / "toy.py"


@pytest.fixture
def toy_document() -> Callable[..., dict[str, Any]]:
    """Make a configuration of the toy plugin, plain data; keyword arguments replace sections."""

    def make(**sections: Any) -> dict[str, Any]:
        return {
            "plugins": [str(TOY)],
            "data": {"source": "toy_rows"},
            "space": {"blocks": ["toy_dense"], "depth": [1, 3]},
            "searcher": "toy_search",
            "mutators": {"toy_change": 1},
            "scheduler": "toy_schedule",
            "evaluator": "toy",
            "executor": "inline",
            "budget": {"trials": 10},
            **sections,
        }

    return make
