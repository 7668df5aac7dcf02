"""A configuration in the making: each piece is tried on what is installed before it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from archivolt.config.loading import load_config
from archivolt.errors import ArchivoltError
from archivolt_migration.account import Account
from archivolt_migration.errors import ImportSpecError

if TYPE_CHECKING:
    from archivolt import Registry

Place = Callable[[Any], dict[str, Any]]  # puts a component where it stands in a configuration

SECTIONS: Mapping[str, Place] = {
    "searcher": lambda written: {"searcher": written},
    "scheduler": lambda written: {"scheduler": written},
    "ensembler": lambda written: {"ensembler": written},
    "transfer": lambda written: {"transfer": [written]},
    "mutator": lambda written: {"mutators": [written["name"]]},
    "block": lambda written: {"space": {"blocks": [written]}},
    "connector": lambda written: {"space": {"connectors": [written]}},
}


@frozen
class Wanted:
    """A component that a configuration should have."""

    kind: str  # a key of SECTIONS
    name: str
    fields: Mapping[str, Any] = field(factory=dict, hash=False)
    pack: str = "archivolt-searchers"  # where it comes from


@define
class Draft:
    """The document so far, what it was made for, and the account of what was lost on the way."""

    registry: Registry
    account: Account = field(factory=Account)
    document: dict[str, Any] = field(factory=dict)
    _base: Mapping[str, Any] = field(init=False)  # what presets fill in, read once

    def __attrs_post_init__(self) -> None:
        try:
            self._base = load_config({}, self.registry).document
        except ArchivoltError as error:
            what = f"no configuration is complete with what is installed: {error}"
            raise ImportSpecError(what) from error

    def refused(self, fragment: Mapping[str, Any]) -> str | None:
        """Say why this installation does not take a part of a configuration; None where it does."""
        try:
            load_config(fragment, self.registry, presets=False, defaults=self._base)
        except ArchivoltError as error:
            return str(error).splitlines()[0]
        return None

    def put(self, key: str, value: Any) -> bool:
        """Write a section if it is taken, and tell whether it was."""
        taken = self.refused({key: value}) is None
        if taken:
            self.document[key] = value
        return taken

    def fit(self, wanted: Wanted, subject: str, instead: str, line: int | None = None) -> Any:
        """Return a component as it may be written, or None; what is lost is told.

        Args:
            wanted: The component with all its fields.
            subject: What of the file it stands for.
            instead: What is used where the component is not there.
            line: Where the file says it.
        """
        place = SECTIONS[wanted.kind]
        whole = {"name": wanted.name, **wanted.fields}
        if self.refused(place(whole)) is None:
            return whole
        bare = {"name": wanted.name}
        if self.refused(place(bare)) is not None:
            needs = f"it needs the {wanted.kind} {wanted.name!r} of {wanted.pack}"
            self.account.tell(subject, f"{needs}, which is not installed", instead, line)
            return None
        for key, value in wanted.fields.items():
            why = self.refused(place({**bare, key: value}))
            if why is None:
                continue
            whole.pop(key)
            what = f"{wanted.kind} {wanted.name!r} as installed does not take {key}={value!r}"
            self.account.tell(subject, what, f"its default ({why.rstrip('.')})", line)
        return whole if self.refused(place(whole)) is None else bare
