"""The GPUs of this machine, without loading a framework."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache


@cache
def devices() -> tuple[str, ...]:
    """Return the GPUs that a worker may be pinned to, as CUDA_VISIBLE_DEVICES names them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return tuple(each.strip() for each in chosen.split(",") if each.strip() not in ("", "-1"))
    command = shutil.which("nvidia-smi")
    if command is None:
        return ()
    try:
        listing = subprocess.run(
            [command, "-L"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(
        line.split()[1].rstrip(":") for line in listing.splitlines() if line.startswith("GPU ")
    )
