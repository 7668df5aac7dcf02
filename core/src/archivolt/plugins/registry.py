"""The registry, loaded from installed distributions, files and objects."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import define, evolve, field

from archivolt.components.preset import Preset
from archivolt.errors import PluginSetError, nearest
from archivolt.plugins import discovery, inline
from archivolt.plugins.checks import faults
from archivolt.plugins.failures import BROKEN, DISCOVERY, IMPORT, PluginFailure
from archivolt.plugins.hooks import Hooks
from archivolt.plugins.kinds import KINDS, Kind
from archivolt.plugins.lookup import Registration, Registry
from archivolt.plugins.origin import Origin
from archivolt.plugins.renaming import clash

__all__ = ["Registration", "Registry", "load_from", "load_plugins"]

log = logging.getLogger("archivolt.plugins")


def load_plugins(
    *,
    allow: Collection[str] | None = None,
    blocked: Collection[str] = (),
    files: Sequence[Path] = (),
    extra: Sequence[tuple[str, object]] = (),
    warn: bool = True,
) -> Registry:
    """Load every plugin that is installed and wanted; a broken one never takes others with it.

    Args:
        allow: Names of entry points or distributions to load. None: what the environment
            variable `ARCHIVOLT_PLUGINS` lists beside what core brings, and everything where it
            is not set.
        blocked: Names of entry points or distributions not to load.
        files: Inline plugins, Python files; neither list touches them.
        extra: Further plugins by name, modules or objects.
        warn: Log each failure; they are in `Registry.failures` in any case.
    """
    allow_list = "allow"
    if allow is None:
        allow = discovery.allowed_by_environment()
        allow_list = discovery.ALLOW_LIST
    loading = _Loading()
    loading.add_installed(allow, blocked, allow_list)
    for path in files:
        loading.add_file(Path(path))
    for name, plugin in extra:
        loading.add(Origin(name, module=_module_name(plugin)), partial(_same, plugin))
    registry = loading.registry()
    if warn:
        for failure in registry.failures:
            log.warning("%s", failure)
    return registry


def load_from(specification: Mapping[str, Any], *, strict: bool = True) -> Registry:
    """Load the plugins that `Registry.specification` describes.

    Args:
        specification: What the other process has.
        strict: Refuse a set that differs; otherwise ask `Registry.compare` oneself.

    Raises:
        PluginSetError: the set differs: a plugin is missing, of another version, or is an object
            that no other process can import.
    """
    lost = [each["name"] for each in specification.get("extra", ()) if not each["module"]]
    if lost:
        raise PluginSetError(
            (
                f"{', '.join(lost)}: passed as an object, which another process cannot import; "
                "put it into a module or a file.",
            )
        )
    registry = load_plugins(
        allow=specification["allow"],
        files=[Path(each) for each in specification["files"]],
        extra=[(each["name"], import_module(each["module"])) for each in specification["extra"]],
        warn=False,
    )
    changes = registry.compare(specification["snapshot"]) if strict else ()
    if changes:
        raise PluginSetError((*changes, *map(str, registry.failures)))
    return registry


@define(eq=False)
class _Loading:
    """A registry in the making."""

    hooks: Hooks = field(factory=Hooks)
    origins: list[Origin] = field(factory=list)
    failures: list[PluginFailure] = field(factory=list)
    unwanted: dict[str, str] = field(factory=dict)

    def add_installed(
        self, allow: Collection[str] | None, blocked: Collection[str], allow_list: str
    ) -> None:
        plugins = discovery.installed()
        for name in (*(allow or ()), *blocked):
            if not any(each.origin.answers_to(name) for each in plugins):
                near = nearest(name, discovery.labels(each.origin for each in plugins))
                cause = f"no installed distribution has an entry point of this name. {near}"
                missing = Origin(name)
                self.origins.append(missing)
                self.failures.append(PluginFailure(missing, DISCOVERY, cause))
        for plugin in plugins:
            why = discovery.why_unwanted(plugin.origin, allow, blocked, allow_list)
            if why is not None:
                self.origins.append(plugin.origin)
                self.unwanted[plugin.origin.label] = why
            elif failure := discovery.wrong_version(plugin):
                self.origins.append(plugin.origin)
                self.failures.append(failure)
            else:
                self.add(plugin.origin, plugin.load)

    def add_file(self, path: Path) -> None:
        origin = inline.origin_of(path)
        if any(each.file and each.name == origin.name for each in self.origins):
            cause = f"another inline plugin is called {path.name}; rename one of them."
            self.failures.append(PluginFailure(origin, DISCOVERY, cause))
            return
        if any(each.label == origin.name for each in self.origins):
            origin = evolve(origin, label=path.name)  # a pack is called like the file's stem
        self.add(origin, lambda: inline.import_file(origin))

    def add(self, origin: Origin, load: Callable[[], object]) -> None:
        self.origins.append(origin)
        try:
            plugin = load()
        except BROKEN as error:
            self.failures.append(PluginFailure.of(origin, IMPORT, error))
        else:
            self.failures.extend(self.hooks.register(origin, plugin))

    def registry(self) -> Registry:
        registrations = [each for kind in KINDS.values() for each in self._components(kind)]
        return Registry(
            hooks=self.hooks,
            origins=tuple(self.origins),
            registrations=tuple(registrations),
            unwanted=self.unwanted,
            presets=tuple(self._presets()),
            failures=self.failures,
            specification=self._specification(),
        )

    def _components(self, kind: Kind) -> list[Registration]:
        found: dict[tuple[Origin, str], Registration] = {}
        for result in self.hooks.collect(kind.hook):
            if isinstance(result, PluginFailure):
                self.failures.append(result)
                continue
            origin, component = result
            fault = next(faults(component, kind), None)
            title = getattr(component, "__name__", repr(component))
            name = getattr(component, "name", None) or title
            if fault is not None:
                cause = f"{title} is left out: {fault[1]}"
                self._leave_out(origin, fault[0], cause, name)
                continue
            registration = Registration(origin, kind.name, component)  # type: ignore[arg-type]
            other = found.setdefault((origin, name), registration)
            if other.component is not component:
                cause = f"{title} is left out: {other.component.__name__} has the name {name!r}."
                self._leave_out(origin, "unique name", cause, title)
        return [each for each in found.values() if self._may_have_had_its_names(each, found)]

    def _may_have_had_its_names(
        self, registration: Registration, found: Mapping[tuple[Origin, str], Registration]
    ) -> bool:
        others = [each for each in found.values() if each.origin == registration.origin]
        cause = clash(registration, others)
        if cause is not None:
            title = registration.component.__name__
            cause = f"{title} is left out: {cause}"
            self._leave_out(registration.origin, "unique name", cause, registration.component.name)
        return cause is None

    def _leave_out(self, origin: Origin, check: str, cause: str, component: object) -> None:
        failure = PluginFailure(origin, f"check: {check}", cause, component=str(component))
        self.failures.append(failure)

    def _presets(self) -> list[tuple[Origin, Preset]]:
        found: list[tuple[Origin, Preset]] = []
        for result in self.hooks.collect("archivolt_presets"):
            if isinstance(result, PluginFailure):
                self.failures.append(result)
                continue
            origin, preset = result
            if not isinstance(preset, Preset):
                self._leave_out(origin, "preset", f"{preset!r} is no archivolt.Preset.", preset)
            elif not Path(preset.path).is_file():
                cause = f"the preset {preset.name!r} names a file that is not there: {preset.path}"
                self._leave_out(origin, "preset", cause, preset.name)
            else:
                found.append((origin, preset))
        return found

    def _specification(self) -> dict[str, Any]:
        absent = {each.origin for each in self.failures if each.step == DISCOVERY}
        present = [
            each for each in self.origins if each.label not in self.unwanted and each not in absent
        ]
        return {
            "allow": [each.label for each in present if each.distribution],
            "files": [str(Path(each.file).absolute()) for each in present if each.file],
            "extra": [
                {"name": each.name, "module": each.module}
                for each in present
                if not each.distribution and not each.file
            ],
        }


def _same(plugin: object) -> object:
    return plugin


def _module_name(plugin: object) -> str:
    return plugin.__name__ if isinstance(plugin, ModuleType) else ""
