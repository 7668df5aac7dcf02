"""Arrays that lie on disk while a process uses them, for what does not fit into memory."""

from __future__ import annotations

import errno
import shutil
import weakref
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError

SMALL = 1 << 26  # bytes: a selection of rows up to here is an ordinary array


class SpilledArray(np.memmap):
    """An array in a temporary file that goes when nothing uses the array any more.

    Choosing many rows of it gives another one, chunk by chunk, so that splitting a dataset takes
    no more memory than reading it.
    """

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray) and key.ndim == 1 and key.dtype.kind in "iu":
            size = self.nbytes // max(1, len(self))  # of one row
            if len(key) * size > SMALL:
                rows = max(1, SMALL // (4 * size))
                folder = Path(str(self.filename)).parent.parent
                parts = (key[start : start + rows] for start in range(0, len(key), rows))
                return spill((np.asarray(self)[part] for part in parts), folder)
        return np.asarray(super().__getitem__(key))


class SpillWriter:
    """Appends chunks of rows to a file, and hands them back as one array."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make a temporary folder, below `folder` where one is given."""
        self._folder = Path(mkdtemp(prefix="archivolt-", dir=folder))
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._path = self._folder / "rows.bin"
        self._file = self._path.open("wb")
        self._dtype = np.dtype(np.uint8)  # of the first chunk
        self.shape: tuple[int, ...] = ()  # of one row
        self.rows = 0

    def append(self, chunk: NDArray[Any]) -> None:
        """Write rows `(rows, …)` behind those that are there.

        Raises:
            DataError: the rows have another shape or type, or the disk is full.
        """
        if not self.rows:
            self._dtype, self.shape = chunk.dtype, chunk.shape[1:]
        if chunk.shape[1:] != self.shape or chunk.dtype != self._dtype:
            raise DataError(
                f"from row {self.rows} on, examples have the shape {list(chunk.shape[1:])} "
                f"({chunk.dtype}); those before had {list(self.shape)} ({self._dtype}).",
                hint="Resize or pad them to one shape.",
            )
        try:
            self._file.write(np.ascontiguousarray(chunk).data)
        except OSError as cause:
            if cause.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise DataError(
                f"the disk is full after {self.rows} rows.",
                str(self._folder),
                "Name a folder with more room: data.folder, or the variable TMPDIR.",
            ) from cause
        self.rows += len(chunk)

    def finish(self) -> SpilledArray:
        """Close the file and return what was written, `(rows, …)`; at least one row."""
        self._file.close()
        self._remove.detach()
        shape = (self.rows, *self.shape)
        array: SpilledArray = SpilledArray(self._path, dtype=self._dtype, mode="r", shape=shape)
        weakref.finalize(array, shutil.rmtree, self._folder, ignore_errors=True)
        return array


def spill(chunks: Iterable[NDArray[Any]], folder: Path | None = None) -> SpilledArray:
    """Write chunks of rows into a temporary file; at least one chunk."""
    writer = SpillWriter(folder)
    for chunk in chunks:
        writer.append(chunk)
    return writer.finish()
