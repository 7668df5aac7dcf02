"""Looking up: every component that the loaded plugins register, found by name."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from archivolt.components.base import Component
from archivolt.components.preset import Preset
from archivolt.errors import AmbiguousComponentError, UnknownComponentError, nearest
from archivolt.plugins.failures import PluginFailure
from archivolt.plugins.hints import BLOCKED, FAILED, hint_on_component, hint_on_plugin
from archivolt.plugins.kinds import KINDS, kind_of
from archivolt.plugins.origin import Origin
from archivolt.plugins.renaming import once_called, tell

if TYPE_CHECKING:
    from archivolt.plugins.codec import Codec
    from archivolt.plugins.hooks import Hooks

log = logging.getLogger("archivolt.plugins")

LOADED = "loaded"
PARTIAL = "partial"  # something of it failed, and something works

PRESET = "preset"


@frozen
class Registration:
    """A component class and the plugin that registered it."""

    origin: Origin
    kind: str
    component: type[Component]

    @property
    def qualified_name(self) -> str:
        return f"{self.origin.label}:{self.component.name}"


@frozen
class Plugin:
    """One plugin as a person sees it."""

    origin: Origin
    status: str  # loaded, partial, failed, blocked
    cause: str | None = None
    components: tuple[Registration, ...] = ()
    presets: tuple[str, ...] = ()


@define(eq=False)
class Registry:
    """Components by kind and name, and what became of every plugin."""

    hooks: Hooks
    origins: tuple[Origin, ...] = ()  # blocked and failed ones included
    registrations: tuple[Registration, ...] = ()
    unwanted: Mapping[str, str] = field(factory=dict)  # label of a blocked plugin: why
    _presets: tuple[tuple[Origin, Preset], ...] = field(default=(), alias="presets")
    _failures: list[PluginFailure] = field(factory=list, alias="failures")
    _specification: dict[str, Any] = field(factory=dict, alias="specification")
    _named: dict[tuple[str, str], type[Component]] = field(factory=dict, init=False)
    _names: dict[type, str] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for each in reversed(self.registrations):
            self._names[each.component] = each.qualified_name

    # Components

    def find(self, kind: str, name: str, where: str = "") -> type[Component]:
        """Return the component class of a bare or qualified name.

        Args:
            kind: Name of a kind, see `archivolt.plugins.kinds`.
            name: `dense` or `blocks:dense`.
            where: File, line and key path of the name, for the error.

        Raises:
            UnknownComponentError: no loaded plugin registers it.
            AmbiguousComponentError: a bare name that several do.
        """
        found = self._named.get((kind, name))
        if found is None:
            found = self._look_up(kind, name, where)
            self._named[kind, name] = found
        return found

    def _look_up(self, kind: str, name: str, where: str) -> type[Component]:
        plugin, _, bare = name.rpartition(":")
        able = [each for each in self.of_kind(kind) if not plugin or each.origin.answers_to(plugin)]
        # What has the name today goes before what had it in an earlier release.
        matches = [each for each in able if each.component.name == bare] or once_called(able, bare)
        exact = [each for each in matches if each.origin.label == plugin]
        classes = {each.component for each in exact or matches}
        if len(classes) > 1:
            names = tuple(each.qualified_name for each in matches)
            raise AmbiguousComponentError(kind, name, names, where)
        if not classes:
            known = tuple(sorted(self.names(kind)))
            hint = hint_on_component(self, kind, plugin, bare)
            raise UnknownComponentError(kind, name, known, where, hint)
        tell((exact or matches)[0], name, where)
        return classes.pop()

    def of_kind(self, kind: str) -> tuple[Registration, ...]:
        """List the components of a kind, by plugin and name."""
        if kind not in KINDS:
            raise ValueError(f"no kind of component is named {kind!r}. {nearest(kind, [*KINDS])}")
        return tuple(each for each in self.registrations if each.kind == kind)

    def names(self, kind: str) -> tuple[str, ...]:
        """List the names of a kind, bare where they are unique."""
        return tuple(self.short_name(each.component) for each in self.of_kind(kind))

    def qualified_name(self, component: type) -> str:
        """Return the name that means this class whatever else is installed, `blocks:dense`.

        Raises:
            UnknownComponentError: no loaded plugin registers the class.
        """
        try:
            return self._names[component]
        except KeyError:
            hint = "Its class is not registered: return it from the hook of a plugin."
            raise UnknownComponentError(
                kind_of(component).name, component.__name__, (), hint=hint
            ) from None

    def short_name(self, component: type) -> str:
        """Return the bare name while it is unique, the qualified one otherwise."""
        qualified = self.qualified_name(component)
        bare = qualified.partition(":")[2]
        kind = kind_of(component).name
        same = {
            each.component
            for each in self.registrations
            if each.kind == kind and each.component.name == bare
        }
        return bare if len(same) == 1 else qualified

    @property
    def codec(self) -> Codec:
        """Turns values with components of these plugins into plain data, and back."""
        from archivolt.plugins.codec import Codec

        return Codec(self)

    # Presets

    def presets(self) -> Mapping[str, Preset]:
        """Return the presets by name; by qualified name where two plugins use one."""
        bare = [preset.name for _, preset in self._presets]
        return {
            preset.name if bare.count(preset.name) == 1 else f"{origin.label}:{preset.name}": preset
            for origin, preset in self._presets
        }

    def find_preset(self, name: str, where: str = "") -> Preset:
        """Return a preset by its bare or qualified name.

        Raises:
            UnknownComponentError: no loaded plugin ships it.
            AmbiguousComponentError: a bare name that several do.
        """
        plugin, _, bare = name.rpartition(":")
        matches = [
            (origin, preset)
            for origin, preset in self._presets
            if preset.name == bare and (not plugin or origin.answers_to(plugin))
        ]
        if len(matches) > 1:
            names = tuple(f"{origin.label}:{preset.name}" for origin, preset in matches)
            raise AmbiguousComponentError(PRESET, name, names, where)
        if not matches:
            known = tuple(self.presets())
            hint = f"{nearest(name, known)} See `archivolt plugins list`."
            if plugin and not any(each.answers_to(plugin) for each in self.origins):
                hint = hint_on_plugin(self, PRESET, plugin, bare)
            raise UnknownComponentError(PRESET, name, known, where, hint)
        return matches[0][1]

    # Plugins

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        return tuple(self._failures)

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """Every plugin with its status, in the order of distributions and names."""
        return tuple(self._plugins())

    def _plugins(self) -> Iterator[Plugin]:
        for origin in self.origins:
            components = tuple(each for each in self.registrations if each.origin == origin)
            presets = tuple(preset.name for owner, preset in self._presets if owner == origin)
            failures = [each for each in self._failures if each.origin == origin]
            if origin.label in self.unwanted:
                yield Plugin(origin, BLOCKED, self.unwanted[origin.label])
                continue
            cause = "; ".join(f"{each.step}: {each.cause}" for each in failures) or None
            works = PARTIAL if components or presets else FAILED
            yield Plugin(origin, works if failures else LOADED, cause, components, presets)

    # Events

    def register_observer(self, observer: object, name: str | None = None) -> None:
        """Add an object whose methods implement event hooks.

        Raises:
            TypeError: one of them implements no hook, or asks for the wrong arguments.
        """
        origin = Origin(name or f"{type(observer).__name__}-{id(observer):x}")
        failures = self.hooks.register(origin, observer)
        if failures:
            raise TypeError("; ".join(each.cause for each in failures))

    def notify(self, hook: str, /, **arguments: object) -> None:
        """Call an event hook on every observer; one that raises is told once, called no more."""
        for failure in self.hooks.notify(hook, arguments):
            self._failures.append(failure)
            log.warning("%s. It observes no more.", failure, extra={"traceback": failure.log})

    # What a run records, and a worker process loads

    def snapshot(self) -> dict[str, Any]:
        """Describe the loaded plugins and their components as plain data, to be recorded."""
        from archivolt.plugins.record import snapshot

        return snapshot(self)

    def compare(self, recorded: Mapping[str, Any]) -> tuple[str, ...]:
        """Tell, a sentence each, what changed since a snapshot was recorded."""
        from archivolt.plugins.record import changes

        return changes(recorded, self.snapshot())

    def keep_files(self, folder: Path) -> tuple[Path, ...]:
        """Copy the inline files into a run folder; other processes load the copies from then on.

        Returns:
            The copies, in the order of the files.
        """
        copies = []
        for each in map(Path, self._specification["files"]):
            target = folder / each.name
            if target.absolute() != each:
                folder.mkdir(parents=True, exist_ok=True)
                target.write_bytes(each.read_bytes())
            copies.append(target)
        self._specification["files"] = [str(each.absolute()) for each in copies]
        return tuple(copies)

    def specification(self) -> dict[str, Any]:
        """Return plain data from which `load_from` loads the same plugins in another process."""
        return {**self._specification, "snapshot": self.snapshot()}
