"""Loading a configuration: its layers are merged, and its sections read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.components.source import Source
from archivolt.components.strategies import Mutator
from archivolt.config.choices import read_space
from archivolt.config.findings import raise_all
from archivolt.config.guessing import near_file
from archivolt.config.layering import Document, Layering, own_layer
from archivolt.config.merging import MUTATORS, SOURCE, WEIGHT, apply, overrides_of
from archivolt.config.nodes import Node, plain
from archivolt.config.scalars import absolute
from archivolt.config.sections import Config, ProblemConfig
from archivolt.config.setting import Setting
from archivolt.config.structure import MISSING, Reader, join
from archivolt.config.suggestions import read_suggestions
from archivolt.errors import ArchivoltError, ConfigError, nearest
from archivolt.values.problem import METRICS, SEVERAL

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry

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
    folder: Path | None = None,
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
        folder: Where relative paths of a mapping begin. Default: the working directory.

    Raises:
        ConfigError: what is wrong, where; several errors are told together.
        ArchivoltError: a component or preset that is not there.
    """
    layering = Layering(registry, uses_presets=presets)
    errors = layering.reader.errors
    try:
        root = layering.merged(source, overrides, data_path, preset, defaults or {}, folder)
    except ArchivoltError as error:
        raise_all([*errors, error])
        raise
    config: Config = _Sections(layering.reader, layering.notes).config(root)
    raise_all(errors)
    return config


def plugin_files(source: Document, overrides: Sequence[str | Setting] = ()) -> list[Path]:
    """Read the key `plugins` alone: the files to load before the configuration is.

    Raises:
        ConfigError: the key is no list of files that are there.
    """
    errors: list[ArchivoltError] = []
    root = own_layer(source, [])
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


@frozen
class _Sections:
    reader: Reader
    notes: Sequence[str]

    def config(self, root: Node) -> Any:
        """Read every section; what is wrong is told, and the result is MISSING."""
        reader = self.reader
        special = {"data", "space", "suggestions", MUTATORS, "plugins"}
        space = read_space(reader, root.get("space") or Node({}, root.origin), "space")
        read = {
            "data": self._read_data(root.get("data")),
            "space": space,
            "suggestions": read_suggestions(reader, root.get("suggestions"), space, "suggestions"),
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
        return self.reader.read(node, tuple[Path, ...], "plugins")

    def _check_metric(self, root: Node, problem: ProblemConfig | None) -> None:
        if problem is None or problem.metric is None:
            return
        tasks = [problem.task] if problem.task else list(METRICS)
        known = list(dict.fromkeys(each.name for task in tasks for each in METRICS[task]))
        # Those of several tasks are known when the data are read: `target.metric`.
        several = bool(problem.tasks) or problem.task in (None, SEVERAL)
        if problem.metric not in known and not (several and "." in problem.metric):
            section = root.value["problem"]
            node = section.get("metric") or section
            of = f" of {problem.task} problems" if problem.task else ""
            self.reader.tell(
                node,
                "problem.metric",
                f"{problem.metric!r} is no metric{of}.",
                nearest(problem.metric, known),
            )
