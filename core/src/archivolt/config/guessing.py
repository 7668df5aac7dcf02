"""Guessing the source of data from their path, and the file that was meant by a misspelt one."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archivolt.components.source import Source
from archivolt.errors import ConfigError

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry


def guess_source(path: Path, where: str, registry: Registry) -> type[Source]:
    """Return the one source that recognises a path.

    Raises:
        ConfigError: none does, or several do.
    """
    fitting = []
    for registration in registry.of_kind("source"):
        component: Any = registration.component
        try:
            if component.recognises(path):
                fitting.append(component)
        except Exception:  # a broken source must not keep others from their data
            continue
    names = sorted(registry.short_name(each) for each in fitting)
    if len(fitting) > 1:
        hint = f"Write data: {{source: {names[0]}, path: ...}}."
        raise ConfigError(where, f"{path.name} may be read by {' or '.join(names)}.", hint)
    if not fitting and not path.exists():
        raise ConfigError(where, f"there is no {path.name} in {path.parent}.", near_file(path))
    if not fitting:
        known = ", ".join(sorted(registry.names("source"))) or "none is installed"
        hint = f"Name it with data: {{source: ..., path: ...}}. Sources: {known}."
        raise ConfigError(where, f"no source recognises {path.name}.", hint)
    return fitting[0]  # type: ignore[no-any-return]


def near_file(path: Path) -> str:
    try:
        names = [each.name for each in path.parent.iterdir()]
    except OSError:
        return ""
    near = get_close_matches(path.name, names, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""
