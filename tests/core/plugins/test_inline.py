from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.errors import PluginSetError
from archivolt.plugins.registry import load_from, load_plugins
from archivolt.values.encoding import identity


@pytest.fixture
def blocks_file(tmp_path, block_source) -> Path:
    path = tmp_path / "my blocks.py"
    path.write_text(block_source("gelu_dense"))
    return path


def test_a_file_is_a_plugin_called_by_its_stem(blocks_file):
    registry = load_plugins(allow=(), files=[blocks_file])

    block = registry.find("block", "gelu_dense")
    assert registry.qualified_name(block) == "my_blocks:gelu_dense"
    (plugin,) = [each for each in registry.plugins if each.status == "loaded"]
    assert plugin.origin.file == str(blocks_file)
    assert len(plugin.origin.digest) == 64


def test_the_same_file_read_twice_gives_the_same_class(blocks_file):
    once, again = (load_plugins(allow=(), files=[blocks_file]) for _ in range(2))

    assert once.find("block", "gelu_dense") is again.find("block", "gelu_dense")


def test_a_changed_file_is_read_anew_and_keeps_its_identity(blocks_file):
    before = load_plugins(allow=(), files=[blocks_file])
    blocks_file.write_text(blocks_file.read_text().replace("tunable(8,", "tunable(16,"))

    after = load_plugins(allow=(), files=[blocks_file])

    assert after.find("block", "gelu_dense")().units == 16
    assert before.find("block", "gelu_dense")().units == 8
    names = {identity(each.find("block", "gelu_dense")) for each in (before, after)}
    assert len(names) == 1
    assert after.compare(before.snapshot()) == (f"{blocks_file} has another content now.",)


def test_a_copy_in_the_run_folder_is_what_workers_load(blocks_file, tmp_path):
    registry = load_plugins(allow=(), files=[blocks_file])
    (copy,) = registry.keep_files(tmp_path / "run" / "plugins")
    blocks_file.unlink()

    again = load_from(registry.specification())

    assert copy.is_file()
    assert again.qualified_name(again.find("block", "gelu_dense")) == "my_blocks:gelu_dense"


def test_a_worker_refuses_a_file_that_changed(blocks_file):
    specification = load_plugins(allow=(), files=[blocks_file]).specification()
    blocks_file.write_text(blocks_file.read_text() + "# later\n")

    with pytest.raises(PluginSetError, match="has another content now"):
        load_from(specification)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("def (", "SyntaxError"),
        ("1/0", "ZeroDivisionError: division by zero"),
        (None, "FileNotFoundError"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_a_failure_with_its_path(tmp_path, content, expected):
    path = tmp_path / "broken.py"
    if content is not None:
        path.write_text(content)

    (failure,) = load_plugins(allow=(), files=[path]).failures

    assert failure.step == "import"
    assert expected in failure.cause
    assert str(path) in str(failure)


def test_two_files_of_one_stem_cannot_both_be_loaded(blocks_file, tmp_path):
    other = tmp_path / "elsewhere" / blocks_file.name
    other.parent.mkdir()
    other.write_text(blocks_file.read_text())

    registry = load_plugins(allow=(), files=[blocks_file, other])

    (failure,) = registry.failures
    assert "another inline plugin is called" in failure.cause
    assert registry.find("block", "gelu_dense")


def test_a_file_called_like_a_pack_leaves_the_pack_its_name(install, block_source, tmp_path):
    install("acme-blocks", "acme", block_source("gelu_dense"))
    path = tmp_path / "acme.py"
    path.write_text(block_source("swish_dense"))

    registry = load_plugins(allow=["acme"], files=[path])

    ours = {registry.qualified_name(each.component) for each in registry.of_kind("block")}
    assert ours == {"acme:gelu_dense", "acme.py:swish_dense"}
    assert registry.find("block", "acme:swish_dense") is registry.find("block", "swish_dense")
