"""Presets as layers: which ones lie below a configuration, by what they say of themselves.

A preset's file may begin with `default: true` (it lies below everything) or `for: table` (it is
taken for data of that source when no preset is named); `preset:` names one that it builds on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from archivolt.config.merging import normal
from archivolt.config.nodes import Node, read_file
from archivolt.errors import ArchivoltError, ConfigError

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry

DEFAULT = "default"
FOR = "for"
PRESET = "preset"
HEADER = (DEFAULT, FOR)  # keys of a preset that are no section


@frozen
class Layer:
    """A preset, read."""

    name: str
    node: Node
    errors: tuple[ArchivoltError, ...] = ()

    @property
    def is_default(self) -> bool:
        flag = self.node.get(DEFAULT)
        return flag is not None and flag.value is True

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the sources that it is for."""
        named = self.node.get(FOR)
        if named is None:
            return ()
        entries = named.value if named.is_list else [named]
        return tuple(str(each.value) for each in entries)

    @property
    def body(self) -> Node:
        return self.node.without(*HEADER, PRESET)


@frozen
class Presets:
    """Every preset of the installed packs, read when it is asked for."""

    registry: Registry
    broken: list[str] = field(factory=list)  # names of those that cannot be read
    _read: dict[str, Layer] = field(factory=dict)

    def find(self, name: str, where: str = "") -> Layer:
        """Read a preset by its name.

        Raises:
            UnknownComponentError: no pack ships it.
            ConfigError: its file cannot be read.
        """
        preset = self.registry.find_preset(name, where)
        key = str(preset.path)
        if key not in self._read:
            errors: list[ArchivoltError] = []
            shown = f"preset {preset.name!r}, {preset.path.name}"
            node = normal(read_file(preset.path, errors, shown))
            self._read[key] = Layer(name, node, tuple(errors))
        return self._read[key]

    def every(self) -> list[Layer]:
        """Read all presets; one that cannot be read takes no other with it."""
        layers = []
        for name in sorted(self.registry.presets()):
            try:
                layers.append(self.find(name))
            except ArchivoltError:
                self.broken.append(name)
        return layers

    def default(self) -> Layer | None:
        """Return the preset below everything.

        Raises:
            ConfigError: several say that they are.
        """
        return self._one([each for each in self.every() if each.is_default], "of all runs")

    def of_source(self, source: type) -> Layer | None:
        """Return the preset for data of a source.

        Raises:
            ConfigError: several say that they are.
        """
        fitting = []
        for layer in self.every():
            for name in layer.sources:
                try:
                    if self.registry.find("source", name) is source:
                        fitting.append(layer)
                except ArchivoltError:
                    continue  # for a source of a pack that is not installed
        return self._one(fitting, f"for data of the source {getattr(source, 'name', '')!r}")

    def chain(self, name: str, where: str = "") -> list[Layer]:
        """Return a preset and those that it builds on, the lowest first.

        Raises:
            ConfigError: they build on each other in a ring.
        """
        layers: list[Layer] = []
        while True:
            layer = self.find(name, where)
            if layer in layers:
                raise ConfigError(where, f"the preset {name!r} builds on itself.")
            layers.insert(0, layer)
            following = layer.node.get(PRESET)
            if following is None or following.value is None:
                return layers
            name, where = str(following.value), following.origin.where(PRESET)

    def _one(self, layers: list[Layer], of_what: str) -> Layer | None:
        if len(layers) > 1:
            names = " and ".join(repr(each.name) for each in layers)
            raise ConfigError(
                "presets",
                f"{names} both say that they are the preset {of_what}.",
                "Name one with `preset:`, or block a pack with --no-plugin.",
            )
        return layers[0] if layers else None
