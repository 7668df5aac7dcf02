"""Files of arrays: .npz and .npy."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from archivolt.errors import DataError

MAGIC = (b"PK", b"\x93NUMPY")  # how an .npz and an .npy begin


def load(path: Path) -> dict[str, Any]:
    """Load an .npz by its keys; an .npy as `x`, from disk as it is needed.

    Raises:
        DataError: there is no such file, it is damaged, or it holds Python objects.
    """
    try:
        with path.open("rb") as file:
            # numpy takes anything else for a pickle, and says so.
            if not file.read(6).startswith(MAGIC):
                raise DataError("the file is damaged, or no .npz or .npy.", str(path))
        if path.suffix.lower() == ".npy":
            return {"x": np.load(path, mmap_mode="r", allow_pickle=False)}
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except FileNotFoundError as cause:
        raise DataError("there is no such file.", str(path)) from cause
    except ValueError as cause:
        if "allow_pickle" in str(cause) or "pickled" in str(cause):
            raise DataError(
                "the file holds Python objects, which are not read from files.",
                str(path),
                "Save arrays of numbers or of text: np.savez(path, x=x, y=y.astype(str)).",
            ) from cause
        raise DataError(f"the file cannot be read: {cause}.", str(path)) from cause
    except (OSError, EOFError, BadZipFile) as cause:
        raise DataError(f"the file cannot be read: {cause}.", str(path)) from cause
