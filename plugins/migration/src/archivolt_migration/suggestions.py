"""Architectures to train first: `user_suggestions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archivolt_migration.blocks import counterpart
from archivolt_migration.draft import Draft
from archivolt_migration.leftovers import architecture_of
from archivolt_migration.reading import Message

SUBJECT = "user_suggestions"


def write_suggestions(spec: Message, draft: Draft) -> None:
    """Write the section `suggestions`; what is not in the space of the draft is told."""
    kind = spec.text("problem_type")
    taken: list[dict[str, Any]] = []
    for given in spec.all(SUBJECT):
        if not isinstance(given.value, Message):
            continue
        tower = given.value
        entry = _suggestion(tower.texts("architecture"), kind)
        why = _refused(entry, draft)
        if why is not None:
            what = f"{architecture_of(tower)} is not in the space ({why})"
            draft.account.tell(SUBJECT, what, "nothing", given.line)
        else:
            taken.append(entry)
            if tower.message("hparams").messages("hparam"):
                what = f"its values are not taken over ({architecture_of(tower)})"
                draft.account.tell(SUBJECT, what, "the recipe of the space", given.line)
        tower.set_aside()
    if taken:
        draft.document["suggestions"] = taken


def _suggestion(names: Sequence[str], kind: str) -> dict[str, Any]:
    """Return a stack of blocks; connectors are for the space to put, fields to fix for it too."""
    blocks = [counterpart(name, kind) for name in names]
    return {
        "architecture": [
            {"name": each.block, **_fixed(each.fields)} for each in blocks if not each.connector
        ]
    }


def _fixed(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if not isinstance(value, (list, dict))}


def _refused(entry: dict[str, Any], draft: Draft) -> str | None:
    space = draft.document["space"]
    why = draft.refused({"space": space, "suggestions": [entry]})
    if why is not None:
        return why.rstrip(".")
    fewest, most = space["depth"]
    depth = len(entry["architecture"])
    if not fewest <= depth <= most:
        return f"{depth} blocks deep, not {fewest} to {most}"
    return None
