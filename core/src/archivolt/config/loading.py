"""Loading a configuration: defaults, presets, the user's file and `--set`, laid over each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from archivolt.components.source import Source
from archivolt.components.strategies import Mutator
from archivolt.config.annotations import with_article
from archivolt.config.choices import read_space
from archivolt.config.findings import raise_all
from archivolt.config.guessing import guess_source, near_file
from archivolt.config.merging import (
    MUTATORS,
    SOURCE,
    WEIGHT,
    Override,
    apply,
    merge,
    normal,
    overrides_of,
    python_layer,
)
from archivolt.config.nodes import Node, Origin, plain, read_file
from archivolt.config.presets import HEADER, PRESET, Presets
from archivolt.config.sections import Config, ProblemConfig
from archivolt.config.setting import Setting
from archivolt.config.structure import MISSING, Reader, absolute, join
from archivolt.errors import ArchivoltError, ConfigError, nearest
from archivolt.values.problem import METRICS

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry

Document = Path | str | Mapping[str, Any] | None
OUTPUTS = ("document", "notes")  # fields of Config that are no keys


def load_config(
    source: Document,
    registry: Registry,
    *,
    overrides: Sequence[str | Setting] = (),
    data_path: Path | None = None,
    preset: str | None = None,
    defaults: Mapping[str, Any] | None = None,
    presets: bool = True,
) -> Config:
    """Load and check a configuration.

    The layers, the lowest first: `defaults`, the default preset, the preset that is named (or the
    one for the source of the data), the user's own, `overrides`.

    Args:
        source: A YAML file, a mapping as YAML would give it, or None.
        registry: The loaded plugins, those of `plugin_files` included.
        overrides: `key=value` each, as after `--set`, with the value in YAML; or a `Setting`.
        data_path: Data given on the command line; fills the path of the section `data`.
        preset: Name of a preset; before the key `preset`.
        defaults: What is taken where nobody says anything.
        presets: Lay presets below; not so for a document that `to_document` made and a run keeps,
            which is whole: a preset may have changed since, or be gone.

    Raises:
        ConfigError: what is wrong, where; several errors are told together.
        ArchivoltError: a component or preset that is not there.
    """
    loading = _Loading(registry, uses_presets=presets)
    try:
        root = loading.merged(source, overrides, data_path, preset, defaults or {})
    except ArchivoltError as error:
        raise_all([*loading.reader.errors, error])
        raise
    config: Config = loading.config(root)
    raise_all(loading.reader.errors)
    return config


def plugin_files(source: Document, overrides: Sequence[str | Setting] = ()) -> list[Path]:
    """Read the key `plugins` alone: the files to load before the configuration is.

    Raises:
        ConfigError: the key is no list of files that are there.
    """
    errors: list[ArchivoltError] = []
    root = _own_layer(source, [])
    for override in overrides_of(overrides, []):
        if override.section == "plugins":
            root = apply(root, override)
    listed = root.get("plugins")
    if listed is None or listed.value is None:
        return []
    files = []
    for index, each in enumerate(listed.value if listed.is_list else [listed]):
        path = join("plugins", index) if listed.is_list else "plugins"
        if not isinstance(each.value, (str, Path)):
            errors.append(ConfigError(each.origin.where(path), "expected the path of a file."))
        elif not absolute(each).is_file():
            what = f"there is no file {str(each.value)!r}."
            errors.append(ConfigError(each.origin.where(path), what, near_file(absolute(each))))
        else:
            files.append(absolute(each))
    raise_all(errors)
    return files


def _own_layer(source: Document, errors: list[ArchivoltError]) -> Node:
    if source is None:
        return Node({}, Origin())
    if isinstance(source, Mapping):
        return normal(python_layer(source))
    return normal(read_file(Path(source), errors))


@define
class _Loading:
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
    ) -> Node:
        """Lay everything over each other."""
        errors = self.reader.errors
        own = _own_layer(source, errors)
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
        path = data.get("path")
        if path is not None and kind.path_field != "path":
            data = data.without("path").with_key(kind.path_field, path)
        if data_path is not None:
            given = Node(Path(data_path), Origin(str(data_path)))
            data = data.with_key(kind.path_field, given)
        place = data.get(kind.path_field)
        if place is not None and isinstance(place.value, (str, Path)):
            where = str(absolute(place)) if "://" not in str(place.value) else place.value
            data = data.with_key(kind.path_field, evolve(place, value=where))
        return root.with_key("data", data)

    # The sections

    def config(self, root: Node) -> Any:
        """Read every section; what is wrong is told, and the result is MISSING."""
        reader = self.reader
        special = {"data", "space", MUTATORS, "plugins"}
        read = {
            "data": self._read_data(root.get("data")),
            "space": read_space(reader, root.get("space") or Node({}, root.origin), "space"),
            MUTATORS: self._read_mutators(root.get(MUTATORS)),
            "plugins": self._read_plugins(root.get("plugins")),
        }
        values = reader.read_fields(
            root, Config, "", "a configuration has no key", (*special, *OUTPUTS)
        )
        for key in OUTPUTS:
            node = root.get(key)
            if node is not None:
                reader.unknown(node, key, "a configuration has no key", [])
        if values is MISSING or any(each is MISSING for each in read.values()):
            return MISSING
        self._check_metric(root, values.get("problem"))
        document = plain(root)
        return reader.make(
            Config, {**values, **read, "document": document, "notes": tuple(self.notes)}, root, ""
        )

    def _read_data(self, node: Node | None) -> Any:
        if node is None or node.value is None:
            return None
        if node.is_mapping and node.get(SOURCE) is None:
            # Told when the source was looked for.
            return MISSING
        return self.reader.read_component(node, Source, "data", SOURCE)

    def _read_mutators(self, node: Node | None) -> Any:
        if node is None or node.value is None:
            return ()
        if not node.is_mapping:
            return self.reader.tell(node, MUTATORS, "expected a mapping from mutators to weights.")
        read = []
        for name, entry in node.value.items():
            path = join(MUTATORS, name)
            before = len(self.reader.errors)
            weight = 1.0
            if entry.get(WEIGHT) is not None:
                weight = self.reader.read(entry.value[WEIGHT], float, path)
            if weight is not MISSING and weight < 0:
                self.reader.tell(entry, path, f"a weight is 0 or more, not {weight:g}.")
            named = entry.with_key("name", Node(name, entry.origin))
            mutator = self._read_mutator(named, path)
            read.append(MISSING if len(self.reader.errors) > before else (mutator, weight))
        return MISSING if any(each is MISSING for each in read) else tuple(read)

    def _read_mutator(self, node: Node, path: str) -> Any:
        cls = self.reader.find(node.value["name"], Mutator, path)
        if cls is MISSING:
            return MISSING
        values = self.reader.read_component_fields(node, cls, path, ("name", WEIGHT))
        return MISSING if values is MISSING else self.reader.make(cls, values, node, path)

    def _read_plugins(self, node: Node | None) -> Any:
        if node is None or node.value is None:
            return ()
        files = self.reader.read(node, tuple[Path, ...], "plugins")
        return MISSING if files is MISSING else tuple(str(each) for each in files)

    def _check_metric(self, root: Node, problem: ProblemConfig | None) -> None:
        if problem is None or problem.metric is None:
            return
        tasks = [problem.task] if problem.task else list(METRICS)
        known = list(dict.fromkeys(each.name for task in tasks for each in METRICS[task]))
        if problem.metric not in known:
            section = root.value["problem"]
            node = section.get("metric") or section
            of = f" of {problem.task} problems" if problem.task else ""
            self.reader.tell(
                node,
                "problem.metric",
                f"{problem.metric!r} is no metric{of}.",
                nearest(problem.metric, known),
            )
