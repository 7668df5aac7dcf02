"""Names that components had in earlier releases, and deprecated ones: found, and told."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from archivolt.deprecation import message_of

if TYPE_CHECKING:
    from archivolt.plugins.lookup import Registration

log = logging.getLogger("archivolt.plugins")


def once_called(registrations: Iterable[Registration], bare: str) -> list[Registration]:
    """Return the components that had a name in an earlier release of their pack."""
    return [each for each in registrations if bare in each.component.former_names()]


def clash(registration: Registration, others: Iterable[Registration]) -> str | None:
    """Tell which former name of a component another one of the same plugin has; None: none."""
    for other in others:
        taken = {other.component.name, *other.component.former_names()}
        for name in registration.component.former_names():
            if other.component is not registration.component and name in taken:
                return (
                    f"it was formerly {name!r}, and {other.component.__name__} has that name: "
                    "a former name is never given again."
                )
    return None


def tell(registration: Registration, asked: str, where: str) -> None:
    """Tell, where a name is looked up, that the component is renamed or will be removed."""
    place = f"{where}: " if where else ""
    component = registration.component
    if asked.rpartition(":")[2] in component.former_names():
        log.warning(
            "%sthe %s %r is called %r now (%s).",
            place,
            registration.kind,
            asked,
            registration.qualified_name,
            registration.origin,
        )
    message = message_of(component)
    if message is not None:
        log.warning("%s%s", place, message)


def renamed(registrations: Iterable[Registration]) -> Mapping[str, str]:
    """Map the qualified former names to those of today."""
    return {
        f"{each.origin.label}:{name}": each.qualified_name
        for each in registrations
        for name in each.component.former_names()
    }
