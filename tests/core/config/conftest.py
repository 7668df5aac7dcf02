"""A pack of small components, registered as any pack's are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
from attrs import field, frozen
from attrs.validators import ge

from archivolt.components.augmentation import Augmentation
from archivolt.components.block import Block
from archivolt.components.evaluator import Evaluator
from archivolt.components.executor import Executor
from archivolt.components.preset import Preset
from archivolt.components.source import Source
from archivolt.components.strategies import Mutator, Scheduler, Searcher
from archivolt.hookspecs import hookimpl
from archivolt.plugins.registry import load_plugins
from archivolt.values.quantities import duration_field, size_field
from archivolt.values.tunable import tunable


@frozen
class Wide(Block):
    """A wide block."""

    name = "wide"
    reads = writes = "vector"
    units: int = tunable(32, choices=(16, 32, 64))  # outputs
    rate: float = tunable(0.1, low=0.0, high=0.5)
    activation: str = tunable("relu", choices=("relu", "gelu"))
    taps: tuple[int, ...] = tunable((), choices=((), (1,), (1, 2)))
    bias: bool = True


@frozen
class Stacked(Block):
    """A block made of blocks."""

    name = "stacked"
    reads = writes = "vector"
    parts: tuple[Block, ...] = ()


@frozen
class Flat(Block):
    """A connector."""

    name = "flat"
    reads = "image"
    writes = "vector"
    connector = True


@frozen
class Climb(Searcher):
    """A searcher with fields."""

    name = "climb"
    beam: int = field(default=5, validator=ge(1))  # parents
    start: Block | None = None
    mode: Literal["best", "first"] = "best"


@frozen
class Wander(Searcher):
    """A searcher without fields."""

    name = "wander"


@frozen
class Grow(Mutator):
    """A mutator."""

    name = "grow"


@frozen
class Shift(Mutator):
    """A mutator with a field."""

    name = "shift"
    at: str | None = None


@frozen
class Whole(Scheduler):
    """A scheduler."""

    name = "whole"


@frozen
class Trainer(Evaluator):
    """An evaluator."""

    name = "trainer"


@frozen
class Pool(Executor):
    """An executor with units."""

    name = "pool"
    workers: int | None = field(default=None)
    time_limit: float | None = duration_field(None)
    memory_limit: int | None = size_field("1GiB")


@frozen
class Sheet(Source):
    """A table."""

    name = "sheet"
    path: Path
    target: str | None = None
    test: Path | None = None

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return path.suffix == ".csv"


@frozen
class Album(Source):
    """A folder of pictures."""

    name = "album"
    path_field = "folder"
    folder: str = "."

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return path.is_dir()


@frozen
class Held(Source):
    """Data that Python holds: no path leads there."""

    name = "held"
    path_field = ""


@frozen
class Mirror(Augmentation):
    """An augmentation."""

    name = "mirror"
    reads = "image"


BASE = """
default: true
searcher: {name: climb, beam: 7}
mutators: {grow: 1, shift: {weight: 2, at: end}}
scheduler: whole
evaluator: trainer
executor: pool
"""
SHEET = """
for: sheet
space: {blocks: [wide], depth: [1, 3], recipe: {batch_size: [32, 64]}}
"""
SMALL = """
preset: sheets
space: {depth: [1, 2]}
"""


class Pack:
    """Components as a plugin returns them."""

    def __init__(self, presets=()):
        self._listed = presets

    @hookimpl
    def archivolt_blocks(self):
        return [Wide, Stacked, Flat]

    @hookimpl
    def archivolt_searchers(self):
        return [Climb, Wander]

    @hookimpl
    def archivolt_mutators(self):
        return [Grow, Shift]

    @hookimpl
    def archivolt_schedulers(self):
        return [Whole]

    @hookimpl
    def archivolt_evaluators(self):
        return [Trainer]

    @hookimpl
    def archivolt_executors(self):
        return [Pool]

    @hookimpl
    def archivolt_sources(self):
        return [Sheet, Album, Held]

    @hookimpl
    def archivolt_augmentations(self):
        return [Mirror]

    @hookimpl
    def archivolt_presets(self):
        return self._listed


@pytest.fixture(scope="session")
def pack():
    classes = (Wide, Stacked, Flat, Climb, Wander, Grow, Shift, Whole, Trainer, Pool, Sheet, Album)
    return SimpleNamespace(**{cls.__name__: cls for cls in classes})


@pytest.fixture
def registry_with(tmp_path):
    def make(**texts):
        presets = []
        for name, text in texts.items():
            path = tmp_path / "presets" / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            presets.append(Preset(name, path, "For tests."))
        registry = load_plugins(allow=(), extra=[("acme", Pack(presets))], warn=False)
        assert registry.failures == ()
        return registry

    return make


@pytest.fixture
def registry(registry_with):
    return registry_with(base=BASE, sheets=SHEET, small=SMALL)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write_file(text, name="search.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path.relative_to(tmp_path)

    return write_file
