"""The conformance tests of a whole pack: a test class for each kind of component it registers.

A test module that says `archivolt_pack = "acme_blocks"` has them; see the pytest plugin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from archivolt.components.base import Component
from archivolt.components.block import Block
from archivolt.plugins.kinds import KINDS, Kind
from archivolt.plugins.lookup import Registration, Registry
from archivolt.plugins.registry import load_plugins
from archivolt.testing import other_process
from archivolt.testing.tiny_runs import loaded
from archivolt.values.features import SEQUENCE

# What they are tested on is known to their authors alone.
_NEED_MORE = {
    "source": "the fixtures `source`, on a few rows, and `further`",
    "evaluator": "the fixtures `evaluator`, `problem` and `candidate`",
}


def conformance_of(*plugins: str) -> dict[str, type]:
    """Make the test classes of a pack.

    Args:
        plugins: Its modules, as its entry points have them.

    Returns:
        Test classes by name. Components with required fields, sources and evaluators have a test
        that is skipped, and says how to test them.
    """
    registry = load_plugins(allow=(), extra=[loaded(each) for each in plugins], warn=False)
    classes: dict[str, type] = {"TestPack": _pack_class(plugins, registry)}
    if registry.of_kind("block") and find_spec("keras"):
        other_process.start("keras")  # which takes as long there as it does here
    for kind in KINDS.values():
        able: list[Component] = []
        unable: list[tuple[str, str]] = []
        for registration in registry.of_kind(kind.name):
            reason = _why_not(registration, kind)
            if reason is None:
                able.append(registration.component())
            else:
                unable.append((registration.component.name, reason))
        for title, base, components in _groups(kind, able):
            classes[title] = _class_of(title, base, kind.name, components)
        if unable:
            title = f"Test{kind.base.__name__}sOfTheirOwn"
            classes[title] = _skipped_class(title, unable)
    return classes


def _groups(
    kind: Kind, components: Sequence[Component]
) -> Iterator[tuple[str, type, Sequence[Component]]]:
    home, _, name = kind.conformance.partition(":")
    title = f"Test{kind.base.__name__}s"
    sequences = [each for each in components if isinstance(each, Block) and each.reads == SEQUENCE]
    others = [each for each in components if each not in sequences]
    if others:
        yield title, getattr(import_module(home), name), others
    if sequences:
        yield "TestSequenceBlocks", import_module(home).SequenceBlockConformance, sequences


def _class_of(title: str, base: type, fixture: str, components: Sequence[Component]) -> type:
    def component(self: object, request: pytest.FixtureRequest) -> Any:
        return request.param

    ids = [each.name for each in components]
    made = pytest.fixture(name=fixture, params=components, ids=ids)(component)
    return type(title, (base,), {fixture: made, "__doc__": f"The promises of {', '.join(ids)}."})


def _pack_class(plugins: Sequence[str], registry: Registry) -> type:
    def test_everything_that_it_registers_is_taken(self: object) -> None:
        failures = [f"{each.step}: {each.cause}" for each in registry.failures]
        assert not failures, "\n".join(failures)

    def test_it_registers_something(self: object) -> None:
        assert registry.registrations or registry.presets(), (
            f"no hook of {', '.join(plugins)} gives anything: implement one, marked with "
            "@archivolt.hookimpl, in the module that the entry point names."
        )

    tests = (test_everything_that_it_registers_is_taken, test_it_registers_something)
    return type("TestPack", (), {each.__name__: each for each in tests})


def _skipped_class(title: str, unable: Sequence[tuple[str, str]]) -> type:
    @pytest.mark.parametrize("reason", [why for _, why in unable], ids=[name for name, _ in unable])
    def test_it_has_a_test_class_of_its_own(self: object, reason: str) -> None:
        pytest.skip(reason)

    name = test_it_has_a_test_class_of_its_own.__name__
    return type(title, (), {name: test_it_has_a_test_class_of_its_own})


def _why_not(registration: Registration, kind: Kind) -> str | None:
    """Say why a component cannot be tested as it comes, and what to do; None where it can."""
    component = registration.component
    how = f"subclass {kind.conformance.replace(':', '.')} and override "
    if kind.name in _NEED_MORE:
        return f"{component.name} is not tested here: {how}{_NEED_MORE[kind.name]}"
    try:
        component()
    except TypeError as cause:
        return f"{component.name} is not tested here ({cause}): {how}the fixture `{kind.name}`"
    return None
