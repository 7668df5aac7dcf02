"""Taking weights: what one trained network has for one that begins, tensor by tensor."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from archivolt.components.growth import Growth, grow, head_kernel
from archivolt.components.transfer import COPIED, GROWN, MADE, Fresh, Place, Stored
from archivolt_weight_sharing.alignment import align

_BLOCK = re.compile(r"block_\d+")
KERNEL = "kernel"


@define
class Taken:
    """Weights for a network, by their names there."""

    weights: dict[str, NDArray[Any]] = field(factory=dict)
    names: dict[str, str] = field(factory=dict)  # in the source; none for those that are made
    how: dict[str, str] = field(factory=dict)
    notes: list[str] = field(factory=list)

    def put(self, name: str, weight: NDArray[Any], how: str, source: str | None) -> None:
        self.weights[name] = weight
        self.how[name] = how
        if source is not None:
            self.names[name] = source


def take_grown(fresh: Fresh, stored: Stored) -> Taken | None:
    """Take weights with which the new network computes what the stored one does; None: it cannot.

    Only where both were built by the same versions of packs.
    """
    old, new = stored.candidate.architecture, fresh.candidate.architecture
    if fresh.features != stored.features or old == new:  # equal ones are aligned sooner
        return None
    growth = grow(old, new, fresh.features)
    if growth is None:
        return None
    for at, before in enumerate(growth.parents):
        if before is not None and fresh.versions[at] != stored.versions[before]:
            return None
    taken = Taken()
    for name, place in fresh.places.items():
        made = (
            _head(name, growth, fresh, stored, taken)
            if place.block is None
            else _block(name, place, place.block, growth, fresh, stored, taken)
        )
        if not made:
            return None
    return taken


def _head(name: str, growth: Growth, fresh: Fresh, stored: Stored, taken: Taken) -> bool:
    old, initial = stored.weights.get(name), fresh.weights[name]
    if old is None:
        return False
    # Layers further up in a head of several do not read what grew, and have the shape they had.
    if fresh.places[name].weight == KERNEL and old.shape != initial.shape:
        taken.put(name, head_kernel(growth.output)(old, initial), GROWN, name)
    else:
        taken.put(name, old, COPIED, name)
    return bool(taken.weights[name].shape == initial.shape)


def _block(
    name: str,
    place: Place,
    at: int,
    growth: Growth,
    fresh: Fresh,
    stored: Stored,
    taken: Taken,
) -> bool:
    preserved, before = growth.blocks[at], growth.parents[at]
    source = None if before is None else renamed(name, before)
    old = None if source is None else stored.weights.get(source)
    initial = fresh.weights[name]
    if before is not None and old is None:
        return False
    if preserved.layers is None:
        if old is None or old.shape != initial.shape:
            return False
        taken.put(name, old, COPIED, source)
        return True
    alike = [each for each in preserved.layers if each.name == place.layer]
    if place.ordinal >= len(alike):
        return False
    rewrite = alike[place.ordinal].weights.get(place.weight)
    if rewrite is None:
        return before is None  # a new layer that needs nothing keeps its initial values
    made = rewrite(old, initial)
    same = old is not None and made.shape == old.shape
    taken.put(name, made, MADE if before is None else COPIED if same else GROWN, source)
    return True


def take_aligned(fresh: Fresh, stored: Stored, by: str) -> Taken:
    """Take the weights of the blocks that stand for each other, as they are."""
    taken = Taken()
    old, new = stored.candidate.architecture, fresh.candidate.architecture
    found = align(new, fresh.features, old, stored.features, by)
    origins: dict[int, int] = {}
    for at, before in found.pairs:
        now, then = fresh.versions[at], stored.versions[before]
        if now == then:
            origins[at] = before
        else:
            taken.notes.append(
                f"{new[at].name} is of {now} now and was of {then} in {stored.source}: it starts "
                "afresh."
            )
    for name, place in fresh.places.items():
        if place.block is None:
            source = name if found.head else None
        else:
            source = renamed(name, origins[place.block]) if place.block in origins else None
        old_weight = None if source is None else stored.weights.get(source)
        if old_weight is not None and _fits(old_weight, fresh.weights[name]):
            taken.put(name, old_weight, COPIED, source)
    return taken


def renamed(name: str, block: int) -> str:
    """Return the name of a block's weight where the block stands at another place."""
    return _BLOCK.sub(f"block_{block}", name, count=1)


def _fits(old: NDArray[Any], initial: NDArray[Any]) -> bool:
    return old.shape == initial.shape and np.can_cast(old.dtype, initial.dtype, "same_kind")
