from __future__ import annotations

import pytest

from archivolt.plugins.commands import find_commands


def test_a_command_is_found_by_its_word_and_not_imported(install_command):
    install_command("acme-bench", "bench", "raise RuntimeError('imported')")

    commands = find_commands({"search"})

    assert commands.found["bench"].origin.distribution == "acme-bench"
    assert "bench" not in commands.left_out


@pytest.mark.parametrize("name", ["bench", "acme", "acme-bench"])
def test_the_allow_list_may_name_the_command_its_pack_or_a_plugin_of_it(
    install_command, monkeypatch, name
):
    install_command("acme-bench", "bench", "")
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", f"{name},other")

    assert list(find_commands(()).found) == ["bench"]


@pytest.mark.parametrize("allowed", ["", "other"])
def test_a_command_of_a_pack_that_is_not_allowed_is_not_there(
    install_command, monkeypatch, allowed
):
    install_command("acme-bench", "bench", "")
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", allowed)

    commands = find_commands(())

    assert "bench" not in commands.found
    assert commands.failures == ()
    assert f"allow-list ARCHIVOLT_PLUGINS={allowed}." in commands.left_out["bench"]
    assert "acme-bench 1.0" in commands.left_out["bench"]


def test_no_pack_takes_a_word_of_archivolt_itself(install_command):
    install_command("acme-bench", "search", "")

    commands = find_commands({"search"})

    (failure,) = [each for each in commands.failures if each.origin.name == "search"]
    assert failure.origin.distribution == "acme-bench"
    assert "a command of Archivolt itself" in failure.cause
    assert "search" not in commands.found


def test_of_two_packs_with_one_word_neither_has_it_until_one_is_chosen(
    install_command, monkeypatch
):
    install_command("acme-one", "bench", "")
    install_command("acme-two", "bench", "")

    commands = find_commands(())

    assert "bench" not in commands.found
    assert "acme-one 1.0" in commands.left_out["bench"]
    assert "acme-two 1.0" in commands.left_out["bench"]
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "acme-two")
    assert find_commands(()).found["bench"].origin.distribution == "acme-two"
    assert "bench" not in find_commands(()).left_out


def test_a_pack_for_another_core_is_told(install_command):
    install_command("acme-bench", "bench", "", requires="archivolt-core>=7")

    commands = find_commands(())

    assert "bench" not in commands.found
    assert "it needs archivolt-core>=7" in commands.left_out["bench"]
