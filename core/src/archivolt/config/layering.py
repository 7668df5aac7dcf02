"""The layers of a configuration: defaults, presets, the user's own and `--set`, in one tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from archivolt.components.source import Source
from archivolt.config.annotations import with_article
from archivolt.config.guessing import guess_source
from archivolt.config.merging import (
    MUTATORS,
    SOURCE,
    Override,
    apply,
    merge,
    normal,
    overrides_of,
    python_layer,
)
from archivolt.config.nodes import Node, Origin, read_file
from archivolt.config.presets import HEADER, PRESET, Presets
from archivolt.config.scalars import absolute
from archivolt.config.setting import Setting
from archivolt.config.structure import MISSING, Reader
from archivolt.errors import ArchivoltError, ConfigError

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry

Document = Path | str | Mapping[str, Any] | None


def own_layer(source: Document, errors: list[ArchivoltError], folder: Path | None = None) -> Node:
    """Read what the user wrote, presets apart."""
    if source is None:
        return Node({}, Origin())
    if isinstance(source, Mapping):
        return normal(python_layer(source, folder))
    return normal(read_file(Path(source), errors))


@define
class Layering:
    """Lays the layers over each other; what is wrong is put into `reader.errors`."""

    registry: Registry
    uses_presets: bool = True
    notes: list[str] = field(factory=list)
    preset: str | None = None
    reader: Reader = field(init=False)
    presets: Presets = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reader = Reader(self.registry)
        self.presets = Presets(self.registry)

    def merged(
        self,
        source: Document,
        overrides: Sequence[str | Setting],
        data_path: Path | None,
        preset: str | None,
        defaults: Mapping[str, Any],
        folder: Path | None = None,
    ) -> Node:
        """Lay everything over each other."""
        errors = self.reader.errors
        own = own_layer(source, errors, folder)
        own = own.without(*(key for key in HEADER if key in own.value))
        changes = overrides_of(overrides, errors)
        # What says which preset there is must be known before the presets are.
        own = self._apply(own, [each for each in changes if each.section in ("data", PRESET)])
        own = normal(own)
        layers = [normal(python_layer(defaults))]
        default = self.presets.default() if self.uses_presets else None
        if default is not None:
            layers.extend(each.body for each in self.presets.chain(default.name))
        kind = self._source_of(own, layers, data_path)
        layers.extend(self._named_layers(own, preset, kind, default.name if default else None))
        root = layers[0]
        for layer in (*layers[1:], own):
            root = merge(root, layer)
        if kind is not None:
            root = self._with_data(root, kind, data_path)
        root = self._apply(root, [each for each in changes if each.section not in ("data", PRESET)])
        mutators = root.get(MUTATORS)
        if mutators is not None:  # in the one form in which they are read
            empty = Node({}, mutators.origin)
            root = root.with_key(MUTATORS, merge(empty, mutators, path=MUTATORS))
        name = Node(self.preset, root.origin) if self.preset else None
        return root.with_key(PRESET, name) if name else root.without(PRESET)

    def _apply(self, root: Node, changes: Sequence[Override]) -> Node:
        for change in changes:
            try:
                root = apply(root, change)
            except ConfigError as error:
                self.reader.errors.append(error)
        return root

    def _named_layers(
        self, own: Node, preset: str | None, kind: type[Source] | None, default: str | None
    ) -> list[Node]:
        named = own.get(PRESET)
        where = named.origin.where(PRESET) if named is not None and preset is None else "preset"
        name = preset
        if name is None and named is not None and named.value is not None:
            name = str(named.value)
        if not self.uses_presets:
            self.preset = name
            return []
        if name is None and kind is not None:
            fitting = self.presets.of_source(kind)
            if fitting is not None:
                name = fitting.name
                self.notes.append(f"The preset {name!r} was taken, as it is for such data.")
        if name is None:
            return []
        chain = self.presets.chain(name, where)
        self.preset = name
        for layer in chain:
            self.reader.errors.extend(layer.errors)
        return [each.body for each in chain if each.name != default]

    # The data

    def _source_of(
        self, own: Node, layers: Sequence[Node], data_path: Path | None
    ) -> type[Source] | None:
        """Find the source of the data: the one that is named, or the one that recognises them."""
        data = own.get("data")
        if data is None or not data.is_mapping:
            data = Node({}, own.origin)
        for layer in reversed(layers):
            below = layer.get("data")
            if data.get(SOURCE) is None and below is not None and below.get(SOURCE) is not None:
                data = data.with_key(SOURCE, below.value[SOURCE])
        if data.get(SOURCE) is not None:
            cls = self.reader.find(data, Source, "data", SOURCE)
            return None if cls is MISSING else cls
        if data_path is not None:
            path, where = Path(data_path).absolute(), str(data_path)
        else:
            node = data.get("path")
            if node is None or not isinstance(node.value, (str, Path)):
                if data.value:
                    known = sorted(self.registry.names("source"))
                    self.reader.tell(
                        data,
                        "data",
                        "it says neither 'source' nor 'path'.",
                        f"Sources: {', '.join(known)}.",
                    )
                return None
            path, where = absolute(node), node.origin.where("data.path")
        cls = guess_source(path, where, self.registry)
        self.notes.append(f"{path.name} is read as {with_article(cls.name)}.")
        return cls

    def _with_data(self, root: Node, kind: type[Source], data_path: Path | None) -> Node:
        data = root.get("data") or Node({}, root.origin)
        if data.get(SOURCE) is None:
            data = data.with_key(SOURCE, Node(self.registry.short_name(kind), data.origin))
        into = kind.path_field or "path"  # a source that has none tells so
        path = data.get("path")
        if path is not None and into != "path":
            data = data.without("path").with_key(into, path)
        if data_path is not None:
            given = Node(Path(data_path), Origin(str(data_path)))
            data = data.with_key(into, given)
        place = data.get(into)
        if place is not None and isinstance(place.value, (str, Path)):
            where = str(absolute(place)) if "://" not in str(place.value) else place.value
            data = data.with_key(into, evolve(place, value=where))
        return root.with_key("data", data)
