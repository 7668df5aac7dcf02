from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from attrs import frozen

from archivolt import Block, Preset, Searcher, hookimpl
from archivolt.errors import AmbiguousComponentError, PluginSetError, UnknownComponentError
from archivolt.plugins.registry import load_from, load_plugins


@frozen
class GeluDense(Block):
    """A dense block."""

    name = "gelu_dense"
    reads = writes = "vector"


@frozen
class Lucky(Searcher):
    """Proposes by luck."""

    name = "lucky"


@frozen
class Nameless(Block):
    name = "nameless"
    reads = writes = "vector"


class Acme:
    @hookimpl
    def archivolt_blocks(self):
        return [GeluDense, Nameless]

    @hookimpl
    def archivolt_searchers(self):
        return [Lucky]


@pytest.fixture
def registry():
    return load_plugins(allow=(), extra=[("acme", Acme())], warn=False)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gelu_dens", "Did you mean 'gelu_dense'? A plugin that is not loaded may have it: "),
        ("acme:gelu_dens", "Did you mean 'acme:gelu_dense'"),
        ("lucky", "'lucky' is a searcher"),
        ("nameless", "left out: Nameless is left out: it has no docstring"),
        ("acme:nameless", "left out: Nameless is left out: it has no docstring"),
        ("ray:cluster", "pip install archivolt-ray"),
        ("zzz", "Known: gelu_dense. A plugin that is not loaded may have it: "),
    ],
)
def test_an_unknown_name_is_told_with_what_would_help(registry, name, hint):
    with pytest.raises(UnknownComponentError) as caught:
        registry.find("block", name, where="search.yaml:12, space.blocks[3]")

    assert hint in str(caught.value)
    assert str(caught.value).startswith("search.yaml:12, space.blocks[3]: no block is named")


def test_an_unknown_name_is_told_with_the_nearest_alone_where_every_plugin_is_loaded(
    monkeypatch,
):
    monkeypatch.setattr("archivolt.plugins.discovery.installed", lambda: ())
    every = load_plugins(extra=[("acme", Acme())], warn=False)

    with pytest.raises(UnknownComponentError) as caught:
        every.find("searcher", "luky")
    assert str(caught.value) == (
        "no searcher is named 'luky'. Did you mean 'lucky'? See `archivolt plugins list`."
    )


def test_a_failed_plugin_is_named_when_its_component_is_asked_for(install):
    install("acme-broken", "broken", "raise ImportError('needs a licence')")
    registry = load_plugins(allow=["broken"], warn=False)

    with pytest.raises(UnknownComponentError) as caught:
        registry.find("block", "broken:gelu_dense")
    assert "acme-broken 1.0 (entry point 'broken') would have it" in str(caught.value)
    assert "needs a licence" in str(caught.value)
    with pytest.raises(UnknownComponentError, match="broken"):
        registry.find("block", "gelu_dense")


def test_an_unknown_kind_is_a_mistake_of_the_caller(registry):
    with pytest.raises(ValueError, match="Did you mean 'block'"):
        registry.find("blocks", "gelu_dense")


def test_a_class_that_is_not_registered_has_no_name(registry):
    with pytest.raises(UnknownComponentError, match="return it from the hook of a plugin"):
        registry.qualified_name(Nameless)


class Presets:
    def __init__(self, *presets: object) -> None:
        self.presets = presets

    @hookimpl
    def archivolt_presets(self):
        return self.presets


def test_presets_are_found_by_name_and_told_apart_by_plugin(tmp_path):
    path = tmp_path / "preset.yaml"
    path.write_text("seed: 1\n")
    shared, own = Preset("image", path), Preset("keyword", path, "Spoken words.")
    registry = load_plugins(
        allow=(), extra=[("one", Presets(shared, own)), ("two", Presets(shared))], warn=False
    )

    assert set(registry.presets()) == {"one:image", "two:image", "keyword"}
    assert registry.find_preset("keyword") is own
    with pytest.raises(AmbiguousComponentError, match="'one:image' or 'two:image'"):
        registry.find_preset("image")
    with pytest.raises(UnknownComponentError, match="Did you mean 'keyword'"):
        registry.find_preset("keywords")


@pytest.mark.parametrize("preset", ["image", Preset("image", Path("not-there.yaml"))])
def test_a_preset_that_cannot_be_read_is_left_out(preset):
    registry = load_plugins(allow=(), extra=[("one", Presets(preset))], warn=False)

    assert registry.presets() == {}
    assert [each.step for each in registry.failures] == ["check: preset"]


# Events


class Observer:
    def __init__(self) -> None:
        self.seen: list[object] = []

    @hookimpl
    def archivolt_trial_finished(self, trial):
        self.seen.append(trial)


class Grumpy(Observer):
    @hookimpl
    def archivolt_trial_finished(self, trial):
        super().archivolt_trial_finished(trial)
        raise RuntimeError("not today")


def test_an_observer_that_raises_is_told_once_and_called_no_more(registry, caplog):
    first, grumpy, last = Observer(), Grumpy(), Observer()
    for each in (first, grumpy, last):
        registry.register_observer(each)
    failures = len(registry.failures)

    with caplog.at_level(logging.WARNING):
        registry.notify("archivolt_trial_finished", trial=1)
        registry.notify("archivolt_trial_finished", trial=2)

    assert first.seen == last.seen == [1, 2]
    assert grumpy.seen == [1]
    assert len(caplog.records) == 1
    assert "RuntimeError: not today" in caplog.text
    assert len(registry.failures) == failures + 1


def test_an_observer_takes_the_arguments_that_it_names(registry):
    class Epochs:
        seen: list[int] = []

        @hookimpl
        def archivolt_epoch_ended(self, epoch):
            self.seen.append(epoch)

    registry.register_observer(Epochs())
    registry.notify("archivolt_epoch_ended", trial=None, epoch=3, metrics={})

    assert Epochs.seen == [3]


def test_an_observer_with_a_misspelt_hook_is_refused(registry):
    class Misspelt:
        @hookimpl
        def archivolt_trial_finish(self, trial):
            raise AssertionError

    with pytest.raises(TypeError, match="Did you mean 'archivolt_trial_finished'"):
        registry.register_observer(Misspelt())


# Plain data


def test_a_registry_reads_and_writes_what_its_plugins_register(registry):
    data = registry.codec.encode(Lucky())

    assert data == {"name": "acme:lucky"}
    assert registry.codec.decode(data, Searcher) == Lucky()


# Recording


def test_a_snapshot_is_plain_data_and_compares_equal_to_itself(registry):
    recorded = json.loads(json.dumps(registry.snapshot()))

    assert recorded["plugins"]["acme"]["components"] == {
        "acme:gelu_dense": "block",
        "acme:lucky": "searcher",
    }
    assert registry.compare(recorded) == ()


def test_a_comparison_says_in_sentences_what_changed(install, block_source, monkeypatch):
    install("acme-one", "one", block_source("first"), version="1.0")
    install("acme-two", "two", block_source("second"))
    registry = load_plugins(allow=["one", "two"])
    recorded = json.loads(json.dumps(registry.snapshot()))
    recorded["core"] = "0.0.9"
    recorded["plugins"]["one"]["version"] = "0.9"
    recorded["plugins"]["one"]["components"]["one:gone"] = "block"
    recorded["plugins"]["three"] = {**recorded["plugins"]["two"], "distribution": "acme-three"}
    del recorded["plugins"]["two"]

    assert registry.compare(recorded) == (
        "archivolt-core was 0.0.9 and is 0.1.0.",
        "acme-one 0.9 (one) is 1.0 now.",
        "acme-one 0.9 (one) does not register one:gone any more.",
        "acme-three 1.0 (three) is not loaded any more.",
        "acme-two 1.0 (two) is new.",
    )


def test_a_specification_loads_the_same_plugins(install, block_source):
    install("acme-one", "one", block_source("first"))
    install("acme-two", "two", block_source("second"))
    registry = load_plugins(allow=["one", "two"], blocked=["two"])

    again = load_from(json.loads(json.dumps(registry.specification())))

    assert again.names("block") == ("first",)
    assert again.snapshot() == registry.snapshot()


def test_an_object_cannot_be_loaded_by_another_process(registry):
    with pytest.raises(PluginSetError, match="put it into a module or a file"):
        load_from(registry.specification())
