"""The gallery: a page for the blocks of each feature kind, from the registry."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from attributes import attributes
from drawing import draw

from archivolt import Block
from archivolt.errors import SpaceError
from archivolt.plugins.lookup import Registration
from archivolt.plugins.registry import load_plugins
from archivolt.testing.blocks import SIZES, build
from archivolt.values.features import KINDS

TITLES = {
    "columns": "Blocks for tables",
    "vector": "Blocks for vectors",
    "sequence": "Blocks for sequences",
    "image": "Blocks for pictures",
}
_SOURCE = re.compile(r"\(([^()]*\b(?:19|20)\d\d\b[^()]*)\)")


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page: the overview, then one a feature kind."""
    blocks = {kind: _reading(kind) for kind in KINDS}
    yield "index.md", _overview(blocks)
    for kind, found in blocks.items():
        if found:
            text = "\n".join(_entry(each) for each in found)
            yield f"{kind}.md", f"# {TITLES.get(kind, kind)}\n\n{text}"


def source(cls: type) -> str:
    """Return the papers that a docstring names in brackets, as it names them."""
    found = _SOURCE.findall(" ".join((inspect.getdoc(cls) or "").split()))
    return "; ".join(dict.fromkeys(found))


def _reading(kind: str) -> list[Registration]:
    blocks = (each for each in load_plugins().of_kind("block") if each.component.reads == kind)
    return sorted(blocks, key=lambda each: (each.component.connector, each.component.name))


def _overview(blocks: dict[str, list[Registration]]) -> str:
    lines = [
        "# Blocks",
        "",
        "Networks are stacked of these blocks. Each has a name for the configuration "
        "(`space: {blocks: [...]}`), fields that a search chooses, and a picture of the network "
        "that it builds with its defaults. A connector is put by the space where the kind of "
        "features changes. Yours will stand here as well: "
        "[how to add a block](../hooks/archivolt_blocks.md).",
        "",
    ]
    for kind, found in blocks.items():
        if not found:
            continue
        lines += [f"## {TITLES.get(kind, kind)}", "", "| block | | gives | source |"]
        lines += ["| --- | --- | --- | --- |"]
        for each in found:
            cls = each.component
            summary = (inspect.getdoc(cls) or "").partition("\n")[0]
            cited = source(cls).replace("|", "\\|")
            summary = _SOURCE.sub("", summary).replace(" .", ".").replace("|", "\\|")
            lines.append(
                f"| [`{cls.name}`]({kind}.md#{cls.name}) | {summary} | {cls.writes} | {cited} |"
            )
        lines.append("")
    return "\n".join(lines)


def _entry(registration: Registration) -> str:
    cls = registration.component
    joins = "A connector from" if cls.connector else "Reads"
    lines = [
        f"## {cls.name} {{ #{cls.name} }}",
        "",
        inspect.getdoc(cls) or "",
        "",
        f"{joins} `{cls.reads}`{' to' if cls.connector else ', writes'} `{cls.writes}`; "
        f"from `{registration.origin.distribution}`.",
        "",
    ]
    fields = _fields(cls)
    picture = _picture(cls)
    if picture is None:
        return "\n".join([*lines, *fields, ""])
    figure = f'<figure class="block" markdown="0">{picture}</figure>'
    if not fields:
        return "\n".join([*lines, figure, ""])
    open_, close = '<div class="fields" markdown="1">', "</div>"
    lines += ['<div class="block" markdown="1">', open_, "", *fields, "", close, figure, close]
    return "\n".join([*lines, ""])


def _fields(cls: type[Block]) -> list[str]:
    """Return the lines of the table of a block's hyperparameters."""
    rows = []
    promised = {each.name for each in attributes(Block)}  # told above the table
    for each in attributes(cls):
        if each.name in promised:
            continue
        searched = (each.searched or "fixed").replace("|", "\\|")
        default = f"`{each.default}`" if each.default else "required"
        said = f"; {each.comment}" if each.comment else ""
        rows.append(f"| `{each.name}` | {default} | {searched}{said} |")
    return ["| field | default | searched |", "| --- | --- | --- |", *rows] if rows else []


def _picture(cls: type[Block]) -> str | None:
    """Draw a block with its defaults, on a small input."""
    try:
        block = cls()
        x = SIZES[block.reads][1]
        return draw(build(block, x))
    except (TypeError, SpaceError):  # a field has no default, or it builds no network
        return None
