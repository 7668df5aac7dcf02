from __future__ import annotations

from typing import ClassVar

import attrs
import pytest
from attrs import define, field, frozen

from archivolt import Block, hookimpl, tunable
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.plugins.registry import load_plugins


@frozen
class Good(Block):
    """A good block."""

    name = "good"
    reads: ClassVar[str] = "vector"
    writes = "vector"
    units: int = tunable(8, choices=(4, 8))
    table: dict[str, int] = field(factory=dict, hash=False)


class Plain(Block):
    """No attrs."""

    name = "plain"
    reads = writes = "vector"


class Undecorated(Good):
    """Attrs, but only its base class."""

    name = "undecorated"


@define
class Changeable(Block):
    """Not frozen."""

    name = "changeable"
    reads = writes = "vector"
    units: int = 3


@frozen
class Bare(Block):
    """One bare field: the plain default beside it is dropped."""

    name = "bare"
    reads = writes = "vector"
    units = tunable(8, choices=(4, 8))
    rate: float = 0.5


@frozen(auto_attribs=False)
class Dropped(Block):
    """An annotation that is no field."""

    name = "dropped"
    reads = writes = "vector"
    rate: float = 0.5


@frozen
class NameIsField(Block):
    """Annotated name."""

    name: str = "name_is_field"
    reads = writes = "vector"


@frozen
class Inherited(Good):
    """No name of its own."""


@frozen
class Qualified(Block):
    """A qualified name."""

    name = "acme:qualified"
    reads = writes = "vector"


@frozen
class Unhashable(Block):
    """A list as a default."""

    name = "unhashable"
    reads = writes = "vector"
    units: list[int] = field(factory=list)


@frozen
class Outside(Block):
    """A default outside its domain, as a subclass or a hand-made field may have."""

    name = "outside"
    reads = writes = "vector"
    units: int = attrs.field(default=5, metadata=dict(attrs.fields(Good).units.metadata))


@frozen
class Silent(Block):
    name = "silent"
    reads = writes = "vector"


@frozen
class Unreadable(Block):
    """Says not what it reads."""

    name = "unreadable"
    writes = "vector"


@frozen
class Misread(Block):
    """A misspelt feature kind."""

    name = "misread"
    reads = writes = "vektor"


@frozen
class Unresolved(Block):
    """An annotation that is not there at run time."""

    name = "unresolved"
    reads = writes = "vector"
    units: NotThere = 3  # type: ignore[name-defined]  # noqa: F821


CASES = [
    (int, "base class", "subclasses of archivolt.components.block.Block"),
    (Good(), "base class", "subclasses"),
    (Plain, "attrs", "@attrs.frozen"),
    (Undecorated, "attrs", "@attrs.frozen"),
    (Changeable, "frozen", "@attrs.frozen"),
    (Bare, "annotations", "`units: <type> = …`"),
    (Dropped, "annotations", "'rate' is annotated and no field"),
    (Unresolved, "annotations", "'NotThere' is not defined"),
    (Unhashable, "defaults", "use a tuple for a list"),
    (Outside, "defaults", "5, is not one of 4, 8"),
    (NameIsField, "name", "without an annotation"),
    (Inherited, "name", 'write `name = "…"`'),
    (Qualified, "name", "'acme:qualified' is no bare identifier"),
    (Silent, "summary", "no docstring"),
    (Unreadable, "class variables", "`reads` is missing"),
    (Misread, "class variables", "'vektor'"),
]


def test_a_good_class_has_no_faults():
    assert list(faults(Good, KINDS["block"])) == []


@pytest.mark.parametrize(("component", "check", "advice"), CASES, ids=lambda each: str(each)[-20:])
def test_a_faulty_class_is_told_its_check_and_how_to_mend_it(component, check, advice):
    found, cause = next(faults(component, KINDS["block"]))

    assert found == check
    assert advice in cause


def test_a_faulty_class_is_left_out_and_the_others_of_its_plugin_stay():
    class Plugin:
        @hookimpl
        def archivolt_blocks(self):
            return [Silent, Good, Plain]

    registry = load_plugins(allow=(), extra=[("mine", Plugin())])

    assert registry.names("block") == ("good",)
    assert [each.component for each in registry.failures] == ["silent", "plain"]
    assert [each.step for each in registry.failures] == ["check: summary", "check: attrs"]


def test_two_classes_of_one_name_in_one_plugin_are_told():
    @frozen
    class Another(Block):
        """The name of another."""

        name = "good"
        reads = writes = "vector"

    class Plugin:
        @hookimpl
        def archivolt_blocks(self):
            return [Good, Another]

    registry = load_plugins(allow=(), extra=[("mine", Plugin())])

    assert registry.find("block", "good") is Good
    (failure,) = registry.failures
    assert "Another is left out: Good has the name 'good'" in failure.cause
