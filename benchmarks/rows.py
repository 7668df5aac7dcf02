"""The prepared rows that the contestants of `peers.py` share, and the record of what each did."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from arithmetic import Product, products
from attrs import define, field

if TYPE_CHECKING:
    from archivolt.values.problem import Problem


@define
class Record:
    """What a contestant did; times are Unix times."""

    began: float = 0.0
    ends: list[float] = field(factory=list)  # of its trials
    products: list[tuple[Product, ...]] = field(factory=list)  # of all its trials, or of some
    best: float = 0.0  # accuracy on the validation rows
    test: float = 0.0  # of the best one, on the test rows
    ensemble: float | None = None  # of several together, on the test rows


class Rows:
    """The prepared rows of a run, and who is the best so far."""

    def __init__(self, run: Path, record: Record, seconds: float) -> None:
        from archivolt_keras.prepared import Prepared

        self.problem: Problem = opened(run).problem
        prepared = Prepared.open(Path(self.problem.folder), self.problem.task)
        self.train, self.validation, self.test = (
            self._arrays(prepared, name) for name in ("train", "validation", "report")
        )
        self._record = record
        self._model: Any = None
        record.began = time.time()
        self._end = record.began + seconds

    @staticmethod
    def _arrays(prepared: Any, name: str) -> tuple[Any, Any]:
        split = prepared.split(name)
        (features,) = split.parts.values()
        return np.array(features), np.array(split.labels)

    @property
    def time_is_up(self) -> bool:
        return time.time() >= self._end

    def take(self, model: Any, score: float) -> None:
        """Count a trial, and keep its model where it is the best; a late one does not count."""
        if self.time_is_up:
            return
        record = self._record
        record.ends.append(time.time())
        record.products.append(products(model))
        if self._model is None or score > record.best:
            record.best, self._model = score, model

    def finish(self) -> None:
        if self._model is not None:
            guesses = np.asarray(self._model(self.test[0], training=False)).argmax(axis=1)
            self._record.test = float((guesses == self.test[1]).mean())


def opened(run: Path) -> Any:
    import archivolt

    return archivolt.open(run)
