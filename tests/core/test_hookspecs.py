"""Every hook has an example, and the example works."""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from attrs import make_class

from archivolt import Preset, hookimpl, hookspecs
from archivolt.plugins.description import describe_name
from archivolt.plugins.kinds import KINDS
from archivolt.plugins.registry import load_plugins
from archivolt.values.candidate import Candidate
from archivolt.values.trial import Trial

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("archivolt_"))
REGISTRATIONS = {kind.hook: kind for kind in KINDS.values()}
OTHERS = {"archivolt_notes", "archivolt_presets"}  # neither components nor events
EVENTS = sorted(set(HOOKS) - set(REGISTRATIONS) - OTHERS)
DOCS = Path(__file__).parents[2] / "docs" / "hooks"

TRIAL = Trial(3, Candidate(()), seed=0, state="finished", score=0.5)
ARGUMENTS = {
    "run": "runs/a",
    "trials": 0,
    "config": {"seed": 0},
    "trial": TRIAL,
    "epoch": 1,
    "metrics": {"loss": 0.25},
    "best": TRIAL,
    "reason": "the budget of 200 trials is used up",
}


def example_of(hook: str, **names: object) -> ModuleType:
    """Run the example in a hook's docstring as the module of a plugin."""
    text = inspect.getdoc(getattr(hookspecs, hook)) or ""
    _, found, code = text.partition("Example:\n")
    assert found, f"{hook} has no example"
    module = ModuleType(f"example_of_{hook}")
    module.__file__ = __file__
    module.__dict__.update(names, hookimpl=hookimpl, Path=Path, Preset=Preset)
    exec(textwrap.dedent(code), module.__dict__)
    return module


@pytest.mark.parametrize("hook", sorted(REGISTRATIONS))
def test_the_example_of_a_registration_hook_registers_a_component(hook):
    kind = REGISTRATIONS[hook]
    # The class that the example returns, `[Name]`, is left to the reader: here is one.
    name = re.search(r"return \[(\w+)\]", inspect.getdoc(getattr(hookspecs, hook)))[1]
    body = {"name": name.lower(), "__doc__": "A component.", "reads": "vector", "writes": "vector"}
    component = make_class(name, {}, bases=(kind.base,), frozen=True, class_body=body)

    registry = load_plugins(allow=(), extra=[("example", example_of(hook, **{name: component}))])

    assert registry.failures == ()
    assert registry.find(kind.name, name.lower()) is component


def test_the_example_of_the_presets_hook_registers_a_preset(tmp_path):
    (tmp_path / "keyword.yaml").write_text("seed: 1\n")
    plugin = example_of("archivolt_presets", __file__=str(tmp_path / "plugin.py"))
    plugin.__file__ = str(tmp_path / "plugin.py")

    registry = load_plugins(allow=(), extra=[("example", plugin)])

    assert registry.failures == ()
    assert registry.find_preset("keyword").path == tmp_path / "keyword.yaml"


def test_the_example_of_the_notes_hook_tells_what_is_missing():
    registry = load_plugins(allow=(), extra=[("example", example_of("archivolt_notes"))])

    (plugin,) = describe_name(registry, "example")["plugins"]

    assert plugin["notes"] == ["Without acme-codec, mp3 is not read: `pip install acme-codec`."]


@pytest.mark.parametrize("hook", EVENTS)
def test_the_example_of_an_event_hook_observes_the_event(hook, capsys):
    registry = load_plugins(allow=(), extra=[("example", example_of(hook))])
    wanted = inspect.signature(getattr(hookspecs, hook)).parameters

    registry.notify(hook, **{name: ARGUMENTS[name] for name in wanted})

    assert registry.failures == ()
    assert capsys.readouterr().out


@pytest.mark.parametrize("hook", sorted({*REGISTRATIONS, *OTHERS}))
def test_a_registration_hook_is_true_without_any_plugin(hook):
    assert getattr(hookspecs, hook)() == ()


# The pages


def code_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.M | re.S)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_page_with_a_whole_plugin_that_works(hook, tmp_path):
    page = DOCS / f"{hook}.md"
    assert page.is_file(), f"docs/hooks/{hook}.md is missing"
    assert page.read_text().startswith(f"# {hook}()\n")
    (tmp_path / "keyword.yaml").write_text("seed: 1\n")
    plugin = tmp_path / "page.py"
    plugin.write_text(code_blocks(page)[0])

    registry = load_plugins(allow=(), files=[plugin])

    assert registry.failures == ()
    assert any(each.plugin_name == "page" for each in registry.hooks.implementations(hook))


def test_every_page_is_about_a_hook():
    assert sorted(page.stem for page in DOCS.glob("archivolt_*.md")) == HOOKS
