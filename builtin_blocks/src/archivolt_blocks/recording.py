"""Recording a plan: its operations one by one, with the shapes that they give."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from archivolt_blocks.counting import Counting
from archivolt_blocks.maker import Shape

INPUT = "input"


@frozen(eq=False)
class Operation:
    """One step of a plan; what the block is given is a step as well."""

    name: str  # of the maker's method, or INPUT
    shape: Shape  # of one example
    inputs: tuple[Operation, ...] = ()
    settings: Mapping[str, Any] = field(factory=dict)  # what it was asked for, by name


class Recording:
    """A maker whose tensors are operations."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []  # as they were made

    def input(self, shape: Shape) -> Operation:
        return self._note(Operation(INPUT, shape))

    def shape(self, x: Operation) -> Shape:
        return x.shape

    def __getattr__(self, name: str) -> Callable[..., Operation]:
        # Whatever a plan can be made of can be counted, so no list of operations is kept here.
        if name.startswith("_") or not hasattr(Counting, name):
            raise AttributeError(name)

        def make(*arguments: Any, **options: Any) -> Operation:
            given = _signature(name).bind(None, *arguments, **options)
            given.apply_defaults()
            values = dict(list(given.arguments.items())[1:])
            shape = getattr(Counting(), name)(**{key: _counted(v) for key, v in values.items()})
            inputs: list[Operation] = []
            for each in values.values():
                inputs.extend(_operations(each))
            settings = {key: v for key, v in values.items() if not _operations(v)}
            return self._note(Operation(name, shape, tuple(inputs), settings))

        return make

    def _note(self, operation: Operation) -> Operation:
        self.operations.append(operation)
        return operation


@lru_cache(maxsize=64)
def _signature(name: str) -> inspect.Signature:
    return inspect.signature(getattr(Counting, name))


def _counted(value: Any) -> Any:
    if isinstance(value, list):
        return [_counted(each) for each in value]
    return value.shape if isinstance(value, Operation) else value


def _operations(value: Any) -> list[Operation]:
    if isinstance(value, Operation):
        return [value]
    if isinstance(value, list):
        return [each for each in value if isinstance(each, Operation)]
    return []
