from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

TOY = Path(__file__).parent / "toy.py"


@pytest.fixture
def toy_config(tmp_path: Path) -> Callable[..., Path]:
    """Write a configuration of the toy plugin; keyword arguments replace sections."""

    def write(**sections: Any) -> Path:
        document = {
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
        path = tmp_path / "search.yaml"
        path.write_text(yaml.safe_dump(document))
        return path

    return write
