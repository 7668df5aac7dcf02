"""What is encoded again and again, once each: rows of numbers, looked up by what they encode."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Part = tuple[NDArray[np.floating], NDArray[np.int64]]  # coordinates, and the columns' levels

Key = TypeVar("Key", bound=Hashable)

KEPT = 1 << 14  # keys remembered of a table; everything is forgotten before they become more


class CodeTable(Generic[Key]):
    """Codes of single things, such as blocks, so that those of many are gathered at once.

    Args:
        make: Encodes one of them.
        width: Of its coordinates.
        levels: How many columns they have.
    """

    def __init__(self, make: Callable[[Key], Part], width: int, levels: int) -> None:
        self._make = make
        self._at: dict[Key, int] = {}
        self._codes = np.empty((64, width), dtype=np.float32)
        self._levels = np.empty((64, levels), dtype=np.int64)

    def gather(self, keys: Sequence[Key]) -> Part:
        """Return coordinates, `(keys, width)`, and levels, `(keys, levels)`."""
        if len(self._at) + len(keys) > KEPT:
            self._at.clear()
        # Looked up one by one, so that a key that comes twice is made once.
        at = [
            self._new(key) if place is None else place
            for key, place in zip(keys, map(self._at.get, keys), strict=True)
        ]
        return self._codes[at], self._levels[at]

    def _new(self, key: Key) -> int:
        codes, levels = self._make(key)
        place = len(self._at)
        if place == len(self._codes):
            self._codes = np.concatenate([self._codes, np.empty_like(self._codes)])
            self._levels = np.concatenate([self._levels, np.empty_like(self._levels)])
        self._codes[place], self._levels[place] = codes, levels
        self._at[key] = place  # last: a key that cannot be encoded has no place
        return place


def joined(parts: Sequence[Part]) -> Part:
    """Put the codes of several columns side by side."""
    if not parts:
        return np.empty(0), np.empty(0, dtype=np.int64)
    return np.concatenate([each for each, _ in parts]), np.concatenate([each for _, each in parts])
