from __future__ import annotations

import logging
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archivolt.cli import pack_commands
from archivolt.cli.app import app
from archivolt.errors import CommandError

PAGE = Path(__file__).parents[3] / "docs" / "commands-from-packs.md"

FUNCTION = '''
def command(name: str, loud: bool = False) -> None:
    """Greet somebody."""
    print(f"hello {name}" + ("!" if loud else ""))
'''


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_a_function_is_a_command_with_arguments_options_and_help(install_command):
    install_command("acme-greet", "greet", FUNCTION)

    assert run("greet", "Ada", "--loud").output == "hello Ada!\n"
    assert "Greet somebody." in run("greet", "-h").output
    assert re.search(r"^  greet +Greet somebody\.$", run("--help").output, re.M)


def test_a_typer_app_is_a_command_with_subcommands_even_with_one(install_command):
    source = f"""
from typer import Typer
command = Typer(help="Greetings.")
{FUNCTION.replace("def command", "@command.command()" + chr(10) + "def hello")}
"""
    install_command("acme-greet", "greet", source)

    assert run("greet", "hello", "Ada").output == "hello Ada\n"
    assert re.search(r"^  greet +Greetings\.$", run("--help").output, re.M)


def test_a_command_is_not_imported_for_another_one(install_command):
    install_command("acme-greet", "greet", FUNCTION)
    install_command("acme-other", "other", FUNCTION)

    assert run("config", "--help").exit_code == 0
    assert run("greet", "Ada").exit_code == 0

    assert "acme_greet" in sys.modules
    assert "acme_other" not in sys.modules


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import a_module_that_is_not_there", "import: ModuleNotFoundError"),
        ("raise SystemExit(3)", "import: SystemExit: 3"),
        ("", "import: AttributeError"),
        ("command = 3", "neither a Typer app nor a function"),
        ("def command(x: 'NoSuchName'): pass", "command: NameError"),
    ],
)
def test_a_broken_command_is_a_warning_and_takes_no_other_with_it(
    install_command, caplog, source, cause
):
    install_command("acme-broken", "broken", source)
    install_command("acme-greet", "greet", FUNCTION)

    with caplog.at_level(logging.WARNING):
        listed = run("--help")

    assert listed.exit_code == 0
    assert "greet" in listed.output
    assert "broken" not in listed.output
    (warning,) = [each.message for each in caplog.records if "acme-broken" in each.message]
    assert warning.startswith("acme-broken 1.0 (entry point 'broken'): ")
    assert cause in warning
    assert run("greet", "Ada").output == "hello Ada\n"


def test_a_broken_command_that_is_asked_for_says_why(install_command):
    install_command("acme-broken", "broken", "import a_module_that_is_not_there")

    error = run("broken").exception

    assert isinstance(error, CommandError)
    assert error.word == "broken"
    assert "acme-broken 1.0" in str(error)
    assert "a_module_that_is_not_there" in str(error)


def test_a_command_that_is_not_allowed_says_why(install_command, monkeypatch):
    install_command("acme-greet", "greet", FUNCTION)
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "")

    assert "greet" not in run("--help").output
    assert "ARCHIVOLT_PLUGINS" in str(run("greet", "Ada").exception)


def test_a_word_of_archivolt_itself_stays_its_own_and_the_pack_is_told(install_command, caplog):
    install_command("acme-bad", "search", FUNCTION)

    with caplog.at_level(logging.WARNING):
        run("--help")

    assert any("acme-bad 1.0" in each.message for each in caplog.records)
    assert "Search for the best network" in run("search", "--help").output


def test_a_misspelt_command_is_told_with_the_nearest(install_command):
    install_command("acme-greet", "greet", FUNCTION)

    result = run("gret")

    assert result.exit_code == 2
    assert "No such command 'gret'. Did you mean 'greet'?" in result.output


def test_a_command_that_a_missing_pack_may_have_is_told_with_how_to_get_them_all(monkeypatch):
    monkeypatch.setattr(pack_commands, "EVERYTHING", "acme-everything")

    result = run("zzzz")

    assert result.exit_code == 2
    assert "No such command 'zzzz'." in result.output
    assert "`pip install acme-everything`" in result.output
    assert "Did you mean 'search'" in run("serch").output


def test_the_example_of_the_page_works(install_command):
    code = re.search(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)[1]
    install_command("acme-bench", "count", f"{code}\ncommand = count\n")

    assert "Count the trials of a run." in run("count", "--help").output
    assert 'count = "acme_commands:count"' in PAGE.read_text()
