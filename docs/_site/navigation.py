"""The navigation, `docs/SUMMARY.md`: patterns may wait for pages, and it is no page itself."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any

FILE = "SUMMARY.md"


def trimmed(text: str, pages: Sequence[str]) -> str:
    """Leave out the patterns that match no page: a page may come with another distribution."""
    kept = (
        line
        for line in text.splitlines(keepends=True)
        if "*" not in line or fnmatch.filter(pages, line.strip("- \n"))
    )
    return "".join(kept)


def on_nav(nav: Any, files: Any, **_: Any) -> Any:
    """Take the file away once it is read; called by MkDocs."""
    file = files.get_file_from_path(FILE)
    if file is not None:
        files.remove(file)
    return nav
