"""A component that was renamed between releases is found by its former names, and told."""

from __future__ import annotations

import json

import pytest
from attrs import frozen

from archivolt import Block, Candidate, Searcher, hookimpl, tunable
from archivolt.errors import UnknownComponentError
from archivolt.plugins.description import describe_name
from archivolt.plugins.registry import load_plugins


def plugin(*blocks, searchers=()):
    class Acme:
        @hookimpl
        def archivolt_blocks(self):
            return blocks

        @hookimpl
        def archivolt_searchers(self):
            return searchers

    return load_plugins(allow=(), extra=[("acme", Acme())], warn=False)


@frozen
class GeluDense(Block):
    """A dense block, as the first release had it."""

    name = "gelu_dense"
    reads = writes = "vector"
    units: int = tunable(8, choices=(4, 8))


@frozen
class GatedDense(Block):
    """The same block, as a later release has it."""

    name = "gated_dense"
    formerly = ("gelu_dense", "gate")
    reads = writes = "vector"
    units: int = tunable(8, choices=(4, 8))


@frozen
class Derived(GatedDense):
    """Built on the other."""

    name = "derived"


@frozen
class Squatter(Block):
    """Takes a name that another block had."""

    name = "gate"
    reads = writes = "vector"


@frozen
class Listed(Block):
    """Has its former names as a list."""

    name = "listed"
    formerly = ["list"]
    reads = writes = "vector"


def test_what_an_earlier_release_stored_is_read_and_told(caplog):
    stored = plugin(GeluDense).codec.encode(Candidate((GeluDense(4),)))
    now = plugin(GatedDense)

    again = now.codec.decode_candidate(json.loads(json.dumps(stored)))

    assert again.architecture == (GatedDense(4),)
    assert [each.getMessage() for each in caplog.records] == [
        "the block 'acme:gelu_dense' is called 'acme:gated_dense' now (the plugin 'acme')."
    ]


def test_what_is_stored_without_its_kind_is_read_too():
    stored = plugin(GeluDense).codec.encode(GeluDense(4))

    assert plugin(GatedDense).codec.decode_component(None, stored) == GatedDense(4)


def test_a_renamed_class_keeps_its_digest():
    assert Candidate((GatedDense(4),)).fingerprint == Candidate((GeluDense(4),)).fingerprint
    assert Candidate((Derived(4),)).fingerprint != Candidate((GatedDense(4),)).fingerprint


@pytest.mark.parametrize("name", ["gelu_dense", "gate", "acme:gate", "gated_dense"])
def test_every_name_that_it_had_means_it(name):
    assert plugin(GatedDense).find("block", name) is GatedDense


def test_a_class_that_is_derived_from_it_has_none_of_its_former_names():
    with pytest.raises(UnknownComponentError):
        plugin(Derived).find("block", "gate")


def test_a_resumed_run_is_told_the_name_that_replaces_it():
    changes = plugin(GatedDense).compare(plugin(GeluDense).snapshot())

    assert changes == ("acme: acme:gelu_dense is called acme:gated_dense now.",)


def test_one_that_is_gone_without_a_new_name_is_told_as_gone():
    changes = plugin(Derived).compare(plugin(GeluDense).snapshot())

    assert changes == ("acme does not register acme:gelu_dense any more.",)


@pytest.mark.parametrize("blocks", [(GatedDense, Squatter), (Squatter, GatedDense)])
def test_a_former_name_is_never_given_again(blocks):
    registry = plugin(*blocks)

    (failure,) = registry.failures
    assert "GatedDense is left out: it was formerly 'gate', and Squatter has that name" in str(
        failure
    )
    assert registry.names("block") == ("gate",)


def test_former_names_that_are_no_tuple_are_told():
    (failure,) = plugin(Listed).failures

    assert "`formerly` is ['list'], and must be a tuple" in failure.cause


def test_another_kind_may_use_a_former_name():
    @frozen
    class Gate(Searcher):
        """Proposes something."""

        name = "gate"

    registry = plugin(GatedDense, searchers=[Gate])

    assert registry.find("searcher", "gate") is Gate
    assert registry.find("block", "gate") is GatedDense


def test_the_former_names_are_shown():
    (shown,) = describe_name(plugin(GatedDense), "gated_dense")["components"]

    assert shown["formerly"] == ["gelu_dense", "gate"]
    assert shown["deprecated"] is None
