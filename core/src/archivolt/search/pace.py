"""How often something may happen that keeps the search waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define


@define
class Pace:
    """Lets something happen again and again, for a small share of the time.

    Args:
        every: Seconds between two times, at least.
        share: Of the time that it may take, at most.
        began: When the first pause began, on the clock; None: it is due at once.
        clock: Seconds.
    """

    every: float
    share: float = 0.02
    began: float | None = None
    clock: Callable[[], float] = time.monotonic
    _pause: float = 0.0

    def __attrs_post_init__(self) -> None:
        self._pause = self.every

    def is_due(self) -> bool:
        return self.began is None or self.clock() - self.began >= self._pause

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Measure what happens now; the next pause follows from how long it takes."""
        began = self.clock()
        try:
            yield
        finally:
            self.began = self.clock()
            self._pause = max(self.every, (self.began - began) / self.share)
