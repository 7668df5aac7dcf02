"""The kinds of component, and the kit of each."""

from __future__ import annotations

from importlib import import_module

import pytest

from archivolt.hookspecs import archivolt_blocks
from archivolt.plugins.kinds import KINDS, kind_of


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_has_the_kit_that_it_names(kind):
    module, _, name = kind.conformance.partition(":")

    kit = getattr(import_module(module), name)

    assert isinstance(kit, type)
    promises = [each for each in vars(kit) if each.startswith("test_")]
    assert "test_the_class_can_be_registered" in promises
    assert len(promises) >= 5
    assert hasattr(kit, kind.name)  # the fixture that its user overrides


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_has_its_hook(kind):
    hookspecs = import_module(archivolt_blocks.__module__)

    assert callable(getattr(hookspecs, kind.hook))


def test_a_class_that_is_no_component_is_of_no_kind():
    with pytest.raises(TypeError, match="dict is no component"):
        kind_of(dict)
