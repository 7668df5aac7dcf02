"""The gallery: a page for the blocks of each feature kind, from the registry."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from attrs import fields
from drawing import draw

from archivolt import Block
from archivolt.errors import SpaceError
from archivolt.plugins.lookup import Registration
from archivolt.plugins.registry import load_plugins
from archivolt.testing.blocks import SIZES, build
from archivolt.values.features import KINDS
from archivolt.values.tunable import tunables

TITLES = {
    "columns": "Blocks that read columns of a table",
    "vector": "Blocks that read vectors",
    "sequence": "Blocks that read sequences",
    "image": "Blocks that read pictures",
}


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page."""
    registry = load_plugins()
    for kind in KINDS:
        blocks = sorted(
            (each for each in registry.of_kind("block") if each.component.reads == kind),
            key=lambda each: (each.component.connector, each.component.name),
        )
        if blocks:
            entries = [_entry(each) for each in blocks]
            yield f"{kind}.md", f"# {TITLES[kind]}\n\n" + "\n".join(entries)


def _entry(registration: Registration) -> str:
    cls = registration.component
    joins = "Connector, from" if cls.connector else "Reads"
    lines = [
        f"## {cls.name}",
        "",
        inspect.getdoc(cls) or "",
        "",
        f"{joins} `{cls.reads}`, {'to' if cls.connector else 'writes'} `{cls.writes}`; "
        f"from `{registration.origin.distribution}`.",
    ]
    rows = [_row(cls, attribute) for attribute in fields(cls)]
    if rows:
        lines += ["", "| field | default | searched |", "| --- | --- | --- |", *rows]
    picture = _picture(cls)
    if picture is not None:
        lines += ["", f'<figure markdown="0">{picture}</figure>']
    return "\n".join([*lines, ""])


def _row(cls: type[Block], attribute: Any) -> str:
    domain = tunables(cls).get(attribute.name)
    default = attribute.default
    shown = "" if default is None or repr(default) == "NOTHING" else f"`{default!r}`"
    return f"| `{attribute.name}` | {shown} | {domain if domain is not None else 'no'} |"


def _picture(cls: type[Block]) -> str | None:
    """Draw a block with its defaults, on a small input."""
    try:
        block = cls()
        x = SIZES[block.reads][1]
        return draw(build(block, x))
    except (TypeError, SpaceError):  # a field has no default, or it builds no network
        return None
