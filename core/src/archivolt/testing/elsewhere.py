"""The same block built here and in another process, under one seed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, frozen
from numpy.random import default_rng
from numpy.typing import NDArray

from archivolt.components.block import Block
from archivolt.plugins.codec import Codec
from archivolt.testing.built_blocks import build, draw_inputs, predict
from archivolt.testing.other_process import ask
from archivolt.testing.own_classes import classes_of, registry_of
from archivolt.values.encoding import encode
from archivolt.values.features import Features

SEED = 3

Shapes = tuple[tuple[int, ...], ...]


@define
class NotImportable(Exception):  # noqa: N818  an outcome of a test, no fault of a caller
    """A block whose class no other process can have."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} is defined in a function, so no other process can import it"


@frozen(eq=False)
class Built:
    """What came of building a block: the shapes of its weights, and its output on fixed rows."""

    structure: Shapes
    output: NDArray[Any]

    def same_structure_as(self, other: Built) -> bool:
        return self.structure == other.structure and self.output.shape == other.output.shape


def built_here(block: Block, features: Features) -> tuple[Built, Any]:
    """Build a block under the seed in this process; return what came of it, and the network."""
    import keras

    keras.utils.set_random_seed(SEED)
    model = build(block, features)
    output = predict(model, draw_inputs(block, features, default_rng(SEED)))
    shapes = tuple(tuple(map(int, each.shape)) for each in model.weights)
    return Built(shapes, output), model


def built_elsewhere(block: Block, features: Features, folder: Path) -> Built:
    """Build a block under the seed in another process.

    Args:
        block: Of a class that can be imported.
        features: What it is built on.
        folder: Where the other process may leave its output.

    Raises:
        NotImportable: its class is defined in a function.
        OtherProcessError: the other process cannot build it.
    """
    classes = classes_of(block)
    for each in classes:
        if "<locals>" in each.__qualname__:
            raise NotImportable(each.__name__)
    output = folder / "elsewhere.npy"
    structure = ask(
        "archivolt.testing.elsewhere:build_and_save",
        classes=[_whereabouts(each) for each in classes],
        block=Codec(registry_of(classes)).encode(block),
        features=encode(features),
        output=str(output),
    )
    return Built(tuple(tuple(each) for each in structure), np.load(output))


def build_and_save(
    classes: Sequence[dict[str, str]], block: Any, features: Any, output: str
) -> Shapes:
    """Do what `built_here` does with plain data, in the other process; save the output."""
    codec = Codec(registry_of(tuple(map(_class_at, classes))))
    built, _ = built_here(codec.decode(block, Block), codec.decode(features, Features))
    np.save(output, built.output)
    return built.structure


def _whereabouts(component: type) -> dict[str, str]:
    module = sys.modules[component.__module__]
    return {
        "module": component.__module__,
        "file": str(getattr(module, "__file__", None) or ""),
        "name": component.__qualname__,
    }


def _class_at(place: dict[str, str]) -> Any:
    try:
        found: Any = import_module(place["module"])
    except ImportError:
        # A test module, or the file of an inline plugin: not on the import path.
        specification = spec_from_file_location(place["module"], place["file"])
        if specification is None or specification.loader is None:
            raise
        found = module_from_spec(specification)
        sys.modules[place["module"]] = found
        specification.loader.exec_module(found)
    for name in place["name"].split("."):
        found = getattr(found, name)
    return found
