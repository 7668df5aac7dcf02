"""Everything that is wrong with a configuration, told together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define

from archivolt.errors import ArchivoltError, ConfigError

SHOWN = 10  # errors told at once


@define
class ConfigErrors(ConfigError):  # noqa: N818  several of them
    """Several errors of one configuration; `where`, `what` and `hint` are of the first."""

    errors: tuple[ArchivoltError, ...] = ()

    def __str__(self) -> str:
        lines = [str(each) for each in self.errors[:SHOWN]]
        if len(self.errors) > SHOWN:
            lines.append(f"... and {len(self.errors) - SHOWN} more.")
        return "\n".join(lines)


def raise_all(errors: Sequence[ArchivoltError]) -> None:
    """Raise the errors, if there are any: one as it is, several as one.

    Raises:
        ConfigErrors: there are several.
        ArchivoltError: there is one.
    """
    if not errors:
        return
    distinct = {str(each): each for each in errors}  # one mistake under an anchor shows once
    kept = tuple(sorted(distinct.values(), key=_line))
    head = kept[0]
    if len(kept) == 1:
        raise head
    where, what, hint = (getattr(head, name, "") for name in ("where", "what", "hint"))
    raise ConfigErrors(where, what or str(head), hint, kept)


def _line(error: ArchivoltError) -> int:
    """Order errors as their lines are; those that name none come first."""
    found = re.search(r":(\d+)(?:, |$)", getattr(error, "where", ""))
    return int(found.group(1)) if found else 0
