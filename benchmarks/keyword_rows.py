"""The spoken digits: unpacked as the search reads them, and as rows that a run has prepared."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], NDArray[Any]]  # features and labels
ARCHIVE = Path("free_spoken_digits") / "wav.zip"
# DIGIT_SPEAKER_TAKE.wav; a take holds each digit of each speaker once, so that rows that are split
# by takes have the same share of every speaker and digit.
NAMES = r"(?P<label>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.wav"
GROUP = "take"


@frozen(eq=False)
class Rows:
    """What a run trains on, chooses by, and looks at once."""

    train: Arrays
    validation: Arrays
    test: Arrays

    @property
    def classes(self) -> int:
        return int(self.train[1].max()) + 1


def unpack(data: Path, target: Path) -> Path:
    """Unpack the recordings into `target/train` and `target/test`, unless they are there."""
    done = target / "unpacked"
    if not done.exists():
        with ZipFile(data / ARCHIVE) as archive:
            archive.extractall(target)
        done.touch()
    return target


def prepared_rows(run: Any) -> Rows:
    """Read the rows of a run: features behind its front end, labels as numbers."""
    from archivolt_keras.prepared import Prepared

    problem = run.problem
    prepared = Prepared.open(Path(problem.folder), problem.task)
    splits = [prepared.split(name) for name in ("train", "validation", "report")]
    return Rows(*((np.array(each.parts["features"]), np.array(each.labels)) for each in splits))
