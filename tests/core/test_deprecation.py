from __future__ import annotations

import warnings

import pytest
from attrs import evolve, frozen

from archivolt import Block, deprecated, hookimpl
from archivolt.deprecation import message_of
from archivolt.plugins.registry import load_plugins


@deprecated(since="0.3", removed_in="0.5", use="gated_dense")
@frozen
class OldDense(Block):
    """A dense block."""

    name = "old_dense"
    reads = writes = "vector"
    units: int = 8


@frozen
class Derived(OldDense):
    """Another dense block."""

    name = "derived"


class Acme:
    @hookimpl
    def archivolt_blocks(self):
        return [OldDense, Derived]


MESSAGE = "old_dense is deprecated since 0.3 and will be removed in 0.5: use gated_dense instead."


def test_a_function_works_and_names_what_replaces_it():
    @deprecated(since="1.2", removed_in="2.0", use="add()")
    def plus(x, y=1):
        """Add."""
        return x + y

    with pytest.warns(DeprecationWarning, match=r"plus is deprecated .* 2.0: use add\(\) instead"):
        assert plus(2, y=3) == 5
    assert plus.__doc__ == "Add."


def test_the_warning_points_at_the_caller():
    with pytest.warns(DeprecationWarning, match=MESSAGE) as told:
        OldDense()
    assert told[0].filename == __file__


def test_a_component_stays_what_it_was():
    with pytest.warns(DeprecationWarning, match=MESSAGE):
        block = OldDense(units=3)

    assert block.units == 3
    assert hash(block) == hash(evolve(block))
    assert message_of(OldDense) == MESSAGE


def test_a_class_that_is_derived_from_it_is_not_deprecated():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Derived(4).units == 4
    assert message_of(Derived) is None


def test_whoever_asks_for_it_by_name_is_told_once(caplog):
    registry = load_plugins(allow=(), extra=[("acme", Acme())], warn=False)

    for _ in range(2):
        assert registry.find("block", "old_dense", "search.yaml:3, space.blocks[0]") is OldDense
    registry.find("block", "derived")

    assert registry.failures == ()
    assert [each.getMessage() for each in caplog.records] == [
        f"search.yaml:3, space.blocks[0]: {MESSAGE}"
    ]


@pytest.mark.parametrize(
    ("since", "removed_in", "hint"),
    [("0.3", "0.4", "removed_in='0.5'"), ("1.1", "1.1", "'1.3'"), ("2.0", "1.9", "before it is")],
)
def test_less_notice_than_two_minor_releases_is_refused(since, removed_in, hint):
    with pytest.raises(ValueError, match=hint):
        deprecated(since=since, removed_in=removed_in, use="something")


def test_a_new_major_release_is_notice_enough():
    deprecated(since="0.9", removed_in="1.0", use="something")
