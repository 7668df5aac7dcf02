"""Links between files of the repository, as links between pages of the site."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}

_FENCE = re.compile(r"(^ *```.*?^ *```)", re.M | re.S)
_TITLE = re.compile(r"^# (.+)", re.M)
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def to_site(markdown: str, source: str, page: str) -> str:
    """Rewrite the links of a file of the repository that becomes a page of the site.

    A link to a file that becomes a page leads to the page; of what else there is in the repository,
    the text of the link is left. A link to nothing stays as it is: the strict build tells it.

    Args:
        markdown: The text.
        source: The file, from the root of the repository.
        page: The page, from the root of the site.
    """

    def rewrite(found: re.Match[str]) -> str:
        text, link, anchor = found[1], found[2], found[3] or ""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
        where = _page_of(target)
        if where is None:
            return text if (ROOT / target).exists() else found[0]
        if "#" in where:
            anchor = ""
        if text.endswith(".md") and (title := _TITLE.search((ROOT / target).read_text("utf-8"))):
            text = title[1]  # a reader of the site knows pages, not files
        return f"[{text}]({posixpath.relpath(where, posixpath.dirname(page) or '.')}{anchor})"

    # A table right below a block of code is a table on other renderers; here, after an empty line.
    parts = _FENCE.split(re.sub(r"(?m)^(```)\n(?=\|)", r"\1\n\n", markdown))
    return "".join(part if at % 2 else _LINK.sub(rewrite, part) for at, part in enumerate(parts))


def _page_of(target: str) -> str | None:
    """Tell which page a file of the repository becomes; None where it becomes none."""
    path = ROOT / target
    if path.is_dir():
        if target == "examples":
            return "examples.md"
        target = posixpath.join(target, "README.md")
        path = ROOT / target
    if not path.is_file():
        return None
    if target in PAGES:
        return PAGES[target]
    folder, name = posixpath.split(target)
    if folder == "examples" and name.endswith(".yaml"):
        return f"examples.md#{name.removesuffix('.yaml')}"
    if name == "README.md" and distribution(path):
        return f"distributions/{posixpath.basename(folder)}.md"
    return target.removeprefix("docs/") if target.startswith("docs/") else None


def distribution(readme: Path) -> bool:
    """Tell whether a README is that of a distribution of the workspace."""
    return readme in {*ROOT.glob("*/README.md"), *ROOT.glob("plugins/*/README.md")} and (
        (readme.parent / "pyproject.toml").exists()
    )


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite the links of a page; called by MkDocs for every page."""
    return to_site(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)
