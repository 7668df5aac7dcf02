"""What may be built: `blocks_to_use`, the depths, the cells, and what stands where kinds change."""

from __future__ import annotations

from collections import Counter
from typing import Any

from archivolt_migration.blocks import KNOWN, NAMED, SUITED, counterpart, is_reduction
from archivolt_migration.counterpart import BLOCKS, Counterpart
from archivolt_migration.draft import SECTIONS, Draft, Wanted
from archivolt_migration.errors import ImportSpecError
from archivolt_migration.image_blocks import CELLS
from archivolt_migration.reading import Message
from archivolt_migration.recipe import recipe_of
from archivolt_migration.strategy import CONSTRAINED, FIXED_DEPTH

# Model Search has no limits, and those of a preset would shut out its wider blocks.
MOST_PARAMETERS = 100_000_000
ANY_TYPE = "UNKNOWN_PROBLEM_TYPE"
PER_STEP = "RNN_ALL_ACTIVATIONS"


def write_space(spec: Message, draft: Draft) -> None:
    """Write the section `space`.

    Raises:
        ImportSpecError: none of the blocks is installed.
    """
    names = Counter(spec.texts("blocks_to_use"))
    kind = spec.text("problem_type")
    if not names:
        names = Counter(list(SUITED.get(kind, NAMED)))
        what = "no block is named, which means all of them"
        instead = f"the {len(names)} that suit the problem"
        draft.account.tell("blocks_to_use", what, instead)
    blocks = _blocks(spec, draft, names, kind)
    if not blocks:
        raise ImportSpecError(
            "none of the blocks that the file names is installed.", f"Install {BLOCKS}."
        )
    space: dict[str, Any] = {"blocks": blocks}
    connectors = _connectors(spec, draft, names, kind)
    if connectors:
        space["connectors"] = connectors
    space |= {
        "depth": _depth(spec, draft),
        "cells": _cells(spec, draft),
        "recipe": _recipe(spec, draft),
        "limits": {"parameters": MOST_PARAMETERS, "flops": None, "bytes": None},
    }
    draft.account.tell(
        "limits",
        "Model Search has none, and trials that are too large fail",
        f"at most {MOST_PARAMETERS:,} parameters; set `space.limits` to what you can train",
    )
    draft.document["space"] = space


def _blocks(spec: Message, draft: Draft, names: Counter[str], kind: str) -> list[dict[str, Any]]:
    lines = {str(each.value): each.line for each in spec.all("blocks_to_use")}
    constrained = spec.text("search_type") == CONSTRAINED
    written = []
    for name, times in names.items():
        block = counterpart(name, kind)
        if block.connector:
            continue
        if constrained and is_reduction(name):
            what = "a search of cells places reductions itself, and Model Search stops at one here"
            draft.account.tell(f"block {name}", what, "it is left out", lines.get(name))
            continue
        entry = _fitted(draft, "block", name, block, lines.get(name))
        if entry is not None:
            written.append({**entry, **({"weight": times} if times > 1 else {})})
    return written


def _fitted(
    draft: Draft, kind: str, name: str, block: Counterpart, line: int | None
) -> dict[str, Any] | None:
    wanted = Wanted(kind, block.block, block.fields, BLOCKS)
    entry: dict[str, Any] | None = draft.fit(wanted, f"block {name}", "it is left out", line)
    if entry is None:
        return None
    if name in CELLS:
        what = "it is named in shipped files and was never released; its width is not known"
        draft.account.tell(f"block {name}", what, f"{block.block}, its filters searched", line)
    elif block.differs:
        draft.account.tell(f"block {name}", block.differs, block.block, line)
    return entry


def _connectors(
    spec: Message, draft: Draft, names: Counter[str], kind: str
) -> list[dict[str, Any]]:
    lines = {str(each.value): each.line for each in spec.all("blocks_to_use")}
    written: list[dict[str, Any]] = []
    if kind in ("CNN", ANY_TYPE):
        asked = [name for name in names if KNOWN[name].connector and spec.gives("blocks_to_use")]
        modes: list[Any] = []
        for name in asked or ["PLATE_REDUCTION_FLATTEN"]:  # what is put where none is named
            entry = _fitted(draft, "connector", name, KNOWN[name], lines.get(name))
            modes += [entry["mode"]] if entry is not None and "mode" in entry else []
        if modes:
            mode = modes if len(modes) > 1 else modes[0]
            written.append({"name": "image_to_vector", "mode": mode})
    if kind.startswith("RNN") or kind == ANY_TYPE:
        last = {"name": "sequence_to_vector", "mode": "last"}
        if draft.refused(SECTIONS["connector"](last)) is None:
            written.append(last)
    if kind == PER_STEP:
        what = "a label for every step is a matter of the data here"
        draft.account.tell_field(spec, "problem_type", what, "labels `y` of the shape (rows, time)")
    if kind == ANY_TYPE:
        what = "it is not said what the input looks like"
        draft.account.tell_field(spec, "problem_type", what, "the data say it, blocks that fit")
    return written


def _depth(spec: Message, draft: Draft) -> list[int]:
    fewest = spec.whole("minimum_depth")
    if spec.text("search_type") in FIXED_DEPTH:
        if fewest == 0:
            what = "a search of networks without blocks has one candidate"
            draft.account.tell_field(spec, "minimum_depth", what, "a depth of 1")
        return [max(1, fewest), max(1, fewest)]
    if spec.text("search_type") == CONSTRAINED:
        size = spec.whole("num_blocks_in_cell")
        if spec.truth("replicate_cell"):
            return [size, size]
        return [min(fewest, _searched(spec)), _searched(spec)]
    return [min(fewest, spec.whole("maximum_depth")), spec.whole("maximum_depth")]


def _searched(spec: Message) -> int:
    """Return the deepest network without its reductions, which count there and not here."""
    deepest = spec.whole("maximum_depth")
    return max(1, deepest - deepest // spec.whole("num_blocks_in_cell"))


def _cells(spec: Message, draft: Draft) -> dict[str, Any] | None:
    if spec.text("search_type") != CONSTRAINED:
        return None
    size, name = spec.whole("num_blocks_in_cell"), spec.text("reduction_block_type")
    replicate = spec.truth("replicate_cell")
    cells: dict[str, Any] = {"size": size, "replicate": replicate}
    if replicate:
        cells["repeats"] = max(1, _searched(spec) // size)
    block = counterpart(name, spec.text("problem_type"))
    line = spec.line_of("reduction_block_type")
    if block.connector:
        what = f"{name} makes a vector of a picture, after which no cell follows"
        draft.account.tell_field(spec, "reduction_block_type", what, "no reduction")
        return cells
    reduction = _fitted(draft, "block", name, block, line)
    if reduction is not None:
        cells["reduction"] = reduction
    what = "a reduction stands between two cells, in Model Search behind the last one too"
    draft.account.tell("num_blocks_in_cell", what, "cells", spec.line_of("num_blocks_in_cell"))
    return cells


def _recipe(spec: Message, draft: Draft) -> dict[str, Any]:
    recipe = recipe_of(spec, draft.account)
    for key in list(recipe):
        why = draft.refused({"space": {"recipe": {"schedule": "exponential", key: recipe[key]}}})
        if why is not None:
            what = f"{recipe[key]} is not taken ({why.rstrip('.')})"
            draft.account.tell(f"space.recipe.{key}", what, "its default")
            del recipe[key]
    return recipe
