"""The reference is whole: no public name and no hook is missing, none is without a word."""

from __future__ import annotations

import inspect

import pytest

import archivolt
from archivolt import hookspecs, testing

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("archivolt_"))


@pytest.mark.parametrize("name", sorted(archivolt.__all__))
def test_a_public_name_has_a_docstring(name):
    assert inspect.getdoc(getattr(archivolt, name)), f"archivolt.{name} has no docstring"


@pytest.mark.parametrize("name", sorted(testing.__all__))
def test_a_public_name_of_the_kit_has_a_docstring(name):
    assert inspect.getdoc(getattr(testing, name)), f"archivolt.testing.{name} has no docstring"


def test_every_public_name_is_in_the_reference(script):
    page = script("reference").python_page()

    for name in archivolt.__all__:
        home = f"{archivolt._HOMES[name]}.{name}"
        assert f"::: {home}\n" in page or f"### {name}\n" in page, name


def test_every_public_name_of_the_kit_is_in_the_reference(script):
    page = script("reference").testing_page()

    for name in testing.__all__:
        found = getattr(testing, name)
        home = found.__name__ if inspect.ismodule(found) else f"{found.__module__}.{name}"
        assert f"::: {home}\n" in page, name


def test_the_fields_of_a_value_are_told_with_what_stands_beside_them(script):
    page = script("reference").python_page()

    assert "| `batch_size` | `int` | `64` | examples a step;" in page
    assert "::: archivolt.values.recipe.Recipe.for_batch_size\n" in page


@pytest.mark.parametrize("hook", HOOKS)
def test_a_page_of_a_hook_ends_with_the_signature_and_the_example_of_its_specification(
    script, hook
):
    text = script("reference").specification(hook)

    arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    written = inspect.getsource(getattr(hookspecs, hook)).split('"""')
    signature = next(line for line in written[0].splitlines() if line.startswith("def "))
    assert signature.rstrip(":") in text
    assert f"```python\n@hookimpl\ndef {hook}(" in text
    assert all(f"{name}: " in signature for name in arguments.split(", ") if name)
    assert "Args:" not in text
    assert "Example:" not in text


def test_a_page_of_a_registration_hook_has_the_base_class_with_its_methods(script):
    text = script("reference").specification("archivolt_searchers")

    assert "::: archivolt.components.strategies.Searcher\n" in text
    assert "::: archivolt.components.strategies.Searcher.propose\n" in text


def test_the_pages_are_the_same_each_time(script):
    reference, commands = script("reference"), script("commands")

    assert reference.python_page() == reference.python_page()
    assert reference.testing_page() == reference.testing_page()
    assert commands.page() == commands.page()


def test_a_name_from_a_part_without_a_head_of_its_own_is_not_lost(script, monkeypatch):
    monkeypatch.setitem(archivolt._HOMES, "app", "archivolt.cli.app")
    monkeypatch.setattr(archivolt, "__all__", ["app", "tunable"])

    page = script("reference").python_page()

    assert "## Further\n\n::: archivolt.cli.app.app\n" in page
    assert "## Errors" not in page  # no head without a name below it
