"""Links from the pages to files beside `docs/`: to the pages that the site makes of them."""

from __future__ import annotations

import re
from typing import Any

# `README.md` is the start page; a configuration stands on the page of examples.
_TO_README = re.compile(r"\]\((?:\.\./)+README\.md(#[\w-]*)?\)")
_TO_EXAMPLE = re.compile(r"\]\(((?:\.\./)+)examples/([\w.-]+)\.yaml\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite the links of a page; called by MkDocs for every page."""
    up = "../" * page.file.src_uri.count("/")
    markdown = _TO_README.sub(lambda found: f"]({up}index.md{found[1] or ''})", markdown)
    return _TO_EXAMPLE.sub(lambda found: f"]({up}examples.md#{found[2]})", markdown)
