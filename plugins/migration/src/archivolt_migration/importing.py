"""The import: from a file of Model Search to a configuration of ours, and the account of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from archivolt.config.writing import to_yaml
from archivolt_migration.account import Account, Remark
from archivolt_migration.checks import check_values
from archivolt_migration.draft import Draft
from archivolt_migration.ensembles import write_ensembles
from archivolt_migration.errors import ImportSpecError
from archivolt_migration.knowledge import write_transfer
from archivolt_migration.leftovers import tell_data_format, tell_leftovers, tell_replay
from archivolt_migration.reading import Message, read_spec
from archivolt_migration.space import write_space
from archivolt_migration.strategy import tell_probabilities, write_scheduler, write_searcher
from archivolt_migration.suggestions import write_suggestions

if TYPE_CHECKING:
    from archivolt import Registry


@frozen
class Imported:
    """A configuration, and a remark for everything that is not carried over as it was."""

    file: str  # that it was read from
    document: dict[str, Any] = field(hash=False)
    remarks: tuple[Remark, ...] = ()

    def to_yaml(self) -> str:
        """Write the configuration, its account in comments above."""
        head = [f"# From {self.file} of Model Search, by `archivolt import-spec`."]
        head += [f"# - {remark}" for remark in self.remarks]
        return "\n".join([*head, "", to_yaml(self.document)])


def import_file(path: Path, registry: Registry) -> Imported:
    """Read a Model Search configuration and write it as one of ours.

    Args:
        path: A `PhoenixSpec` in the protobuf text format.
        registry: What is installed: nothing else is written.

    Raises:
        SpecSyntaxError: the file is not in this format.
        SpecError: a field, a block or a value is not one of Model Search's.
        ImportSpecError: what is installed does not suffice for any configuration of the kind.
    """
    spec = read_spec(path)
    check_values(spec, path.name)
    return import_spec(spec, path.name, registry)


def import_spec(spec: Message, file: str, registry: Registry) -> Imported:
    """Write a message that was read and checked.

    Raises:
        ImportSpecError: what is installed does not suffice.
    """
    draft = Draft(registry, Account())
    write_space(spec, draft)
    write_searcher(spec, draft)
    write_scheduler(spec, draft)
    write_transfer(spec, draft)
    write_ensembles(spec, draft)
    write_suggestions(spec, draft)
    tell_probabilities(spec, draft)
    tell_leftovers(spec, draft.account)
    tell_data_format(spec, draft.account)
    tell_replay(spec, draft.account)
    for path, line in spec.not_asked():
        what = "it means nothing beside the other fields, in Model Search neither"
        draft.account.tell(path, what, "nothing", line)
    why = draft.refused(draft.document)
    if why is not None:
        raise ImportSpecError(f"the configuration that came of {file} does not load: {why}")
    return Imported(file, draft.document, draft.account.in_order())
