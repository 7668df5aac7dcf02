from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Paint = Callable[..., Path]


@pytest.fixture
def signs() -> Path:
    """Real photographs, 5 classes in train (12 each) and test (4 each)."""
    return Path(__file__).parent.parent / "data" / "sign_language"


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """Save a picture of one colour below the folder `pictures`."""

    def save(
        name: str,
        colour: object = 100,
        size: tuple[int, int] = (12, 16),
        mode: str = "L",
        **options: object,
    ) -> Path:
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, (size[1], size[0]), colour).save(path, **options)
        return path

    return save


@pytest.fixture
def two_classes(paint: Paint, tmp_path: Path) -> Path:
    """Four pictures in two classes."""
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        paint(name, int(np.frombuffer(name.encode(), np.uint8).sum() % 200))
    return tmp_path / "pictures"
