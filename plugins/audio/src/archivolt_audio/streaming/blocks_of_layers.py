"""Which block a layer of a delivered network came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archivolt.components.block import Block


def block_of(layer: str, network: Any, built: Any, architecture: Sequence[Block]) -> str | None:
    """Name the block that a layer is of; None where it cannot be told.

    A saved network has lost which block made a layer. The same network, built again, has its
    layers in the same order, and knows.

    Args:
        layer: As a `NotStreamableError` says it, class and name.
        network: The network of a delivered model.
        built: The same, built again.
        architecture: What it was built of.
    """
    kinds = [[type(each).__name__ for each in model.operations] for model in (network, built)]
    names = [f"{type(each).__name__} {each.name!r}" for each in network.operations]
    if kinds[0] != kinds[1] or layer not in names:
        return None
    at = names.index(layer)
    # An operation that is no layer knows no path: those of its block stand around it.
    for other in sorted(range(len(names)), key=lambda each: abs(each - at)):
        path = getattr(built.operations[other], "path", None) or ""
        if found := re.match(r"block_(\d+)/", path):
            number = int(found[1])
            return f"block {number}, {architecture[number]}"
    return None
