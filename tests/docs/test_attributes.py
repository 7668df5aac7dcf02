"""Fields of classes, as the reference and the gallery tell them."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import make_class

from archivolt import Block, Candidate, Recipe

SOURCE = '''
from typing import ClassVar
from attrs import field, frozen
from archivolt import tunable


class Root:
    kind: ClassVar[str]


@frozen
class Child(Root):
    width: int = tunable(8, choices=(4, 8))  # channels
    # Of the kernel, in pixels,
    # at both sides.
    size: int | None = None
    seen: dict[str, int] = field(factory=dict)
    _hidden: int = 3
    computed: int = field(init=False, default=0)

    def second(self):
        """Documented."""

    def bare(self): ...
'''


@pytest.fixture
def child(tmp_path: Path, monkeypatch):
    (tmp_path / "archivolt_sample.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    import archivolt_sample

    return archivolt_sample.Child


def test_a_field_has_its_type_its_default_its_domain_and_the_comment_beside_or_above_it(
    script, child
):
    found = {each.name: each for each in script("attributes").attributes(child)}

    assert list(found) == ["kind", "width", "size", "seen"]  # those of the base first
    assert (found["kind"].type, found["kind"].default) == ("str", "")
    assert (found["width"].default, found["width"].meaning) == ("8", "channels; one of 4, 8")
    assert found["size"].comment == "Of the kernel, in pixels, at both sides."
    assert found["seen"].default == "dict()"


def test_methods_are_those_with_a_docstring(script, child):
    assert list(script("attributes").methods(child)) == ["second"]
    assert list(script("attributes").methods(Candidate)) == ["fingerprint", "structure"]


def test_a_class_without_source_has_its_fields(script):
    made = make_class("Made", ["width"], frozen=True)
    made.__module__ = "archivolt.values.recipe"  # where no statement `class Made` stands

    assert [each.name for each in script("attributes").attributes(made)] == ["width"]


def test_the_table_of_a_class_has_a_row_for_each_field(script):
    lines = script("attributes").table(Recipe)

    assert any(
        line.startswith("| `batch_size` | `int` | `64` | examples a step;") for line in lines
    )
    assert script("attributes").table(Block)
