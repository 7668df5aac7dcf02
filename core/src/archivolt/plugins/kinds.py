"""The kinds of component: one value each drives lookup, commands, schema, docs and tests."""

from __future__ import annotations

from attrs import frozen

from archivolt.components.augmentation import Augmentation
from archivolt.components.base import Component
from archivolt.components.block import Block
from archivolt.components.ensembler import Ensembler
from archivolt.components.evaluator import Evaluator
from archivolt.components.executor import Executor
from archivolt.components.measurement import Measurement
from archivolt.components.source import Source
from archivolt.components.strategies import Mutator, Scheduler, Searcher
from archivolt.components.transfer import Transfer


@frozen
class Kind:
    """One kind of component."""

    name: str  # as messages and commands say it
    base: type[Component]
    hook: str  # registers classes of this kind
    conformance: str  # test class of the kit, "module:class"


def _kind(base: type[Component]) -> Kind:
    word = base.__name__
    return Kind(
        word.lower(), base, f"archivolt_{word.lower()}s", f"archivolt.testing:{word}Conformance"
    )


KINDS = {
    kind.name: kind
    for kind in map(
        _kind,
        (
            Block,
            Mutator,
            Searcher,
            Scheduler,
            Transfer,
            Ensembler,
            Evaluator,
            Executor,
            Source,
            Augmentation,
            Measurement,
        ),
    )
}


def kind_of(component: type) -> Kind:
    """Return the kind of a component class.

    Raises:
        TypeError: it is of none.
    """
    for kind in KINDS.values():
        if issubclass(component, kind.base):
            return kind
    raise TypeError(f"{component.__name__} is no component")
