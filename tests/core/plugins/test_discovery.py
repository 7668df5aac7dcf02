from __future__ import annotations

import logging

import pytest

from archivolt.errors import AmbiguousComponentError, UnknownComponentError
from archivolt.plugins.registry import load_plugins


def plugin(registry, name):
    return next(each for each in registry.plugins if each.origin.answers_to(name))


def test_an_installed_plugin_is_found_and_its_block_has_two_names(install, block_source):
    install("acme-blocks", "acme", block_source("gelu_dense"))

    registry = load_plugins(allow=["acme"])

    block = registry.find("block", "acme:gelu_dense")
    assert registry.find("block", "gelu_dense") is block
    assert registry.find("block", "acme-blocks:gelu_dense") is block
    assert registry.qualified_name(block) == "acme:gelu_dense"
    assert registry.short_name(block) == "gelu_dense"
    assert plugin(registry, "acme").status == "loaded"
    assert registry.failures == ()


def test_plugins_are_loaded_in_the_order_of_distributions_and_names(install, block_source):
    install("acme-z", "first", block_source("one"))
    install("acme-a", "second", block_source("two"))

    registry = load_plugins(allow=["first", "second"])

    ours = [each.origin.name for each in registry.plugins if each.status == "loaded"]
    assert ours == ["second", "first"]


def test_a_plugin_that_fails_on_import_takes_no_other_with_it(install, block_source):
    install("acme-blocks", "acme", block_source("gelu_dense"))
    install("acme-broken", "broken", "import a_module_that_is_not_there")

    registry = load_plugins(allow=["acme", "broken"])

    (failure,) = registry.failures
    assert (failure.origin.distribution, failure.origin.version) == ("acme-broken", "1.0")
    assert failure.step == "import"
    assert "ModuleNotFoundError" in failure.cause
    assert "acme_broken.py:1" in failure.cause
    assert plugin(registry, "broken").status == "failed"
    assert registry.find("block", "gelu_dense")


def test_a_plugin_that_exits_on_import_is_a_failure_too(install):
    install("acme-broken", "broken", "raise SystemExit(3)")

    (failure,) = load_plugins(allow=["broken"]).failures

    assert "SystemExit: 3" in failure.cause


def test_a_hook_that_raises_leaves_the_others_of_its_plugin(install, block_source):
    source = block_source("gelu_dense") + (
        "\n@hookimpl\ndef archivolt_searchers():\n    yield from ()\n"
        "    raise OSError('no licence')"
    )
    install("acme-blocks", "acme", source)

    registry = load_plugins(allow=["acme"])

    (failure,) = registry.failures
    assert failure.step == "archivolt_searchers"
    assert "OSError: no licence" in failure.cause
    assert plugin(registry, "acme").status == "partial"
    assert registry.find("block", "gelu_dense")


def test_a_hook_that_returns_nothing_is_told(install):
    install(
        "acme-blocks",
        "acme",
        "from archivolt import hookimpl\n@hookimpl\ndef archivolt_blocks():\n    pass",
    )

    (failure,) = load_plugins(allow=["acme"]).failures

    assert "returned nothing" in failure.cause


@pytest.mark.parametrize(
    "requires", ["archivolt-core>=7.0,<8", "archivolt_core>7", "Archivolt.Core<0.1"]
)
def test_a_plugin_for_another_core_is_not_imported(install, requires):
    install("acme-old", "old", "raise RuntimeError('imported')", requires=requires)

    (failure,) = load_plugins(allow=["old"]).failures

    assert failure.step == "version"
    assert "archivolt-core 0.1" in failure.cause


def test_a_requirement_on_core_that_an_extra_has_does_not_count(install, block_source):
    requires = "archivolt-core>=7.0; extra == 'new'"
    install("acme-blocks", "acme", block_source("gelu_dense"), requires=requires)

    assert load_plugins(allow=["acme"]).failures == ()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("@hookimpl\ndef archivolt_block(): return []", "Did you mean 'archivolt_blocks'"),
        ("def archivolt_blokcs(): return []", "Did you mean 'archivolt_blocks'"),
        ("def archivolt_blocks(): return []", "put @archivolt.hookimpl above it"),
        ("@hookimpl\ndef archivolt_blocks(config): return []", "asks for 'config'"),
        ("@hookimpl(wrapper=True)\ndef archivolt_blocks(): yield", "wrapper"),
    ],
)
def test_a_hook_function_that_would_never_be_called_is_told(install, function, expected):
    install("acme-blocks", "acme", f"from archivolt import hookimpl\n{function}")

    (failure,) = load_plugins(allow=["acme"]).failures

    assert failure.step == "hooks"
    assert expected in failure.cause


def test_a_misspelt_hook_leaves_the_others_of_its_plugin(install, block_source):
    source = block_source("gelu_dense") + "\n@hookimpl\ndef archivolt_searcher():\n    return []"
    install("acme-blocks", "acme", source)

    registry = load_plugins(allow=["acme"])

    assert len(registry.failures) == 1
    assert registry.find("block", "gelu_dense")


def test_a_module_that_a_plugin_imports_is_no_misspelt_hook(install):
    install("archivolt-acme", "other", "")
    install("acme-blocks", "acme", "import archivolt_acme")

    assert load_plugins(allow=["acme"]).failures == ()


def test_a_lazy_attribute_of_a_plugin_is_not_looked_at(install, block_source):
    source = block_source("gelu_dense") + (
        "\ndef __getattr__(name):\n    raise RuntimeError(name)\n"
        "def __dir__():\n    return ['archivolt_heavy', *globals()]\n"
    )
    install("acme-blocks", "acme", source)

    assert load_plugins(allow=["acme"]).failures == ()


def test_two_blocks_of_one_name_are_told_apart_by_their_plugins(install, block_source):
    install("acme-one", "one", block_source("gelu_dense"))
    install("acme-two", "two", block_source("gelu_dense"))

    registry = load_plugins(allow=["one", "two"])

    with pytest.raises(AmbiguousComponentError) as caught:
        registry.find("block", "gelu_dense", where="search.yaml:3, space.blocks[0]")
    assert caught.value.candidates == ("one:gelu_dense", "two:gelu_dense")
    assert "Write 'one:gelu_dense' or 'two:gelu_dense'" in str(caught.value)
    assert "search.yaml:3, space.blocks[0]" in str(caught.value)
    two = registry.find("block", "two:gelu_dense")
    assert two.__module__ == "acme_two"
    assert registry.short_name(two) == "two:gelu_dense"


def test_two_plugins_of_one_name_are_told_apart_by_their_distributions(install, block_source):
    install("acme-one", "acme", block_source("gelu_dense"))
    install("acme-three", "acme", block_source("gelu_dense"))
    install("acme-two", "acme", block_source("other"))

    registry = load_plugins(allow=["acme"])

    two = registry.find("block", "acme-two:other")
    assert registry.find("block", "acme:other") is two
    assert registry.qualified_name(two) == "acme-two:other"
    with pytest.raises(AmbiguousComponentError):
        registry.find("block", "acme:gelu_dense")


def test_one_class_that_two_plugins_register_is_no_clash(install, block_source):
    install("acme-one", "one", block_source("gelu_dense"))
    install(
        "acme-two",
        "two",
        "from archivolt import hookimpl\nimport acme_one\n"
        "@hookimpl\ndef archivolt_blocks():\n    return [acme_one.GeluDense]",
    )

    registry = load_plugins(allow=["one", "two"])

    assert registry.find("block", "gelu_dense") is registry.find("block", "two:gelu_dense")


def test_the_allow_list_of_the_environment_decides(install, block_source, monkeypatch):
    install("acme-one", "one", block_source("first"))
    install("acme-two", "two", "raise RuntimeError('imported')")
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", " one ,")

    registry = load_plugins()

    assert registry.names("block") == ("first",)
    assert plugin(registry, "two").status == "blocked"
    assert registry.failures == ()
    with pytest.raises(UnknownComponentError, match="ARCHIVOLT_PLUGINS=one"):
        registry.find("block", "two:second")


def test_an_empty_allow_list_loads_nothing_beside_core(install, block_source, monkeypatch):
    install("acme-one", "one", block_source("first"))
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "")

    registry = load_plugins()

    assert {each.origin.distribution for each in registry.registrations} == {"archivolt-core"}
    assert plugin(registry, "one").status == "blocked"


@pytest.mark.parametrize("listed", ["", "one"])
def test_what_core_brings_to_run_anything_needs_no_listing(
    listed, install, block_source, monkeypatch
):
    install("acme-one", "one", block_source("first"))
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", listed)

    assert load_plugins().names("executor") == ("local", "inline")
    assert load_plugins(blocked=["core"]).names("executor") == ()
    assert load_plugins(allow=["one"]).names("executor") == ()


@pytest.mark.parametrize("name", ["one", "acme-one"])
def test_one_plugin_can_be_blocked(install, block_source, name):
    install("acme-one", "one", block_source("first"))
    install("acme-two", "two", block_source("second"))

    registry = load_plugins(allow=["one", "two"], blocked=[name])

    assert registry.names("block") == ("second",)
    with pytest.raises(UnknownComponentError, match="blocked"):
        registry.find("block", "one:first")


def test_a_name_on_a_list_that_nothing_has_is_told_with_the_nearest(install, block_source):
    install("acme-one", "acme", block_source("first"))

    (failure,) = load_plugins(allow=["acmee"]).failures

    assert "Did you mean 'acme'" in failure.cause


def test_each_failure_is_logged_once(install, caplog):
    install("acme-broken", "broken", "1/0")

    with caplog.at_level(logging.WARNING):
        load_plugins(allow=["broken"])

    (record,) = caplog.records
    assert "acme-broken 1.0 (entry point 'broken'): import: ZeroDivisionError" in record.message
