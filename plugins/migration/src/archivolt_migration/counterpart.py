"""What stands for a thing of Model Search in Archivolt."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

BLOCKS = "archivolt-blocks"  # the pack that they come from


@frozen
class Counterpart:
    """A block of ours in the place of a named one: the same parameters, written as fields."""

    block: str
    fields: Mapping[str, object] = field(factory=dict, hash=False)  # a value, or what is searched
    differs: str = ""  # how it differs from the original; empty: it computes the same
    connector: bool = False  # the space puts it where the feature kind changes
