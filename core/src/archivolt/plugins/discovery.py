"""Discovery: which plugins are installed, and which of them are wanted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from archivolt import __version__
from archivolt.plugins.failures import VERSION, PluginFailure
from archivolt.plugins.origin import Origin

if TYPE_CHECKING:
    from packaging.requirements import Requirement

GROUP = "archivolt"
CORE = "archivolt-core"
ALLOW_LIST = "ARCHIVOLT_PLUGINS"


@frozen(eq=False)
class Installed:
    """An entry point of an installed distribution."""

    origin: Origin
    entry_point: EntryPoint

    def load(self) -> object:
        return self.entry_point.load()


def allowed_by_environment() -> tuple[str, ...] | None:
    """Read the allow-list `ARCHIVOLT_PLUGINS=a,b`; empty allows none, and None allows all.

    What core brings is not subject to it.
    """
    listed = os.environ.get(ALLOW_LIST)
    if listed is None:
        return None
    return tuple(name for name in (each.strip() for each in listed.split(",")) if name)


def installed(group: str = GROUP) -> tuple[Installed, ...]:
    """List the installed plugins by distribution and name, importing none.

    Where two distributions use one name for their entry points, each is qualified by its
    distribution's name instead.
    """
    found = []
    for entry_point in entry_points(group=group):
        distribution = entry_point.dist
        name = distribution.metadata["Name"] if distribution is not None else ""
        version = distribution.version if distribution is not None else ""
        origin = Origin(entry_point.name, name or "", version or "", module=entry_point.value)
        found.append(Installed(origin, entry_point))
    found.sort(key=lambda each: (each.origin.distribution, each.origin.name))
    counts = Counter(each.origin.name for each in found)
    return tuple(
        each
        if counts[each.origin.name] == 1
        else evolve(each, origin=evolve(each.origin, label=each.origin.distribution))
        for each in found
    )


def wrong_version(plugin: Installed) -> PluginFailure | None:
    """Check the range of archivolt-core that a plugin states, before importing any of it."""
    for requirement in _requirements_on_core(plugin.entry_point):
        if not requirement.specifier.contains(__version__, prereleases=True):
            cause = f"it needs {CORE}{requirement.specifier}, and this is {CORE} {__version__}."
            return PluginFailure(plugin.origin, VERSION, cause)
    return None


def _requirements_on_core(entry_point: EntryPoint) -> Iterator[Requirement]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        stated = (entry_point.dist and entry_point.dist.requires) or ()
    except PackageNotFoundError:
        stated = ()
    for text in stated:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # about another distribution, for all that can be told
        if canonicalize_name(requirement.name) != CORE:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def why_unwanted(
    origin: Origin, allow: Collection[str] | None, blocked: Collection[str], allow_list: str
) -> str | None:
    """Say why a plugin is not to be loaded; None where it is."""
    if any(origin.answers_to(name) for name in blocked):
        return "it is blocked (--no-plugin)."
    # The list of the environment is about what is added to core: without the executors that core
    # brings nothing could run, whatever is on it.
    if allow_list == ALLOW_LIST and origin.distribution == CORE:
        return None
    if allow is not None and not any(origin.answers_to(name) for name in allow):
        return f"it is not on the allow-list {allow_list}={','.join(sorted(allow))}."
    return None


def labels(origins: Iterable[Origin]) -> tuple[str, ...]:
    """Return the names by which plugins may be asked for."""
    return tuple(dict.fromkeys(name for each in origins for name in (each.label, each.name)))
