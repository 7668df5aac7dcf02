"""A registry of the classes that a block is made of, whatever is installed."""

from __future__ import annotations

from typing import Any

from attrs import fields, has

from archivolt.components.block import Block
from archivolt.plugins.hooks import Hooks
from archivolt.plugins.lookup import Registration, Registry
from archivolt.plugins.origin import Origin


def classes_of(block: Block) -> tuple[type[Block], ...]:
    """Return the class of the block, and those of blocks within it."""
    classes: dict[type[Block], None] = {}
    pending: list[Any] = [block]
    while pending:
        part = pending.pop()
        if isinstance(part, Block):
            classes[type(part)] = None
        if isinstance(part, tuple):
            pending.extend(part)
        elif has(type(part)):
            pending.extend(getattr(part, each.name) for each in fields(type(part)))
    return tuple(classes)


def registry_of(classes: tuple[type[Block], ...]) -> Registry:
    """Register these classes and no others."""
    origin = Origin("conformance")
    registrations = tuple(Registration(origin, "block", each) for each in classes)
    return Registry(Hooks(), (origin,), registrations)
