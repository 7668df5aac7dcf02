"""Writing so that a reader sees the old or the new, never a half: for core and for packs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def replace_file(path: Path, content: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, never a half."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(content, encoding="utf-8")
    os.replace(fresh, path)


def replace_folder(path: Path, fresh: Path) -> None:
    """Put the folder `fresh` in the place of `path`."""
    old = path.with_name(f".{path.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        os.replace(path, old)
    os.replace(fresh, path)
    shutil.rmtree(old, ignore_errors=True)


def same_file(source: Path, target: Path) -> None:
    """Have a file that nobody changes in another place, too: by a second name, or as a copy.

    A reader of `target` sees what was there, or the whole file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        os.link(source, fresh)
    except OSError:  # the file system has no second names
        shutil.copyfile(source, fresh)
    os.replace(fresh, target)
