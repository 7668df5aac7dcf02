"""`archivolt plugins`: which plugins are installed, what they register, and what is wrong."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option, Typer

from archivolt.cli import pack_authoring

if TYPE_CHECKING:
    from rich.console import Console

    from archivolt.plugins.registry import Registry

app = Typer(
    name="plugins",
    help="List the installed plugins, show what they register; write a pack, and check it.",
    no_args_is_help=True,
)

Json = Annotated[bool, Option("--json", help="Print JSON, for programs.")]
NoPlugin = Annotated[
    list[str] | None, Option("--no-plugin", metavar="NAME", help="Leave a plugin out; repeatable.")
]

pack_authoring.add_to(app)

_COLOURS = {"loaded": "green", "partial": "yellow", "failed": "red", "blocked": "dim"}


@app.command("list")
def list_plugins(as_json: Json = False, no_plugin: NoPlugin = None) -> None:
    """List every installed plugin with its status and its components."""
    from archivolt.plugins.description import describe_plugin

    plugins = [describe_plugin(each) for each in _load(no_plugin).plugins]
    if as_json:
        _print_json(plugins)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table("plugin", "distribution", "status", "components", box=None, pad_edge=False)
    for each in plugins:
        status = Text(each["status"], style=_COLOURS[each["status"]])
        title = f"{each['distribution'] or each['file'] or ''} {each['version'] or ''}".strip()
        names = [name.partition(":")[2] for name in each["components"] + each["presets"]]
        table.add_row(each["entry_point"], title, status, Text(", ".join(names)))
    console = _console()
    console.print(table)
    for each in plugins:
        if each["cause"]:
            console.print(Text(f"{each['entry_point']}: {each['cause']}"), soft_wrap=True)


@app.command("show")
def show(
    name: Annotated[str, Argument(help="Plugin, component or preset: `dense`, `blocks:dense`.")],
    as_json: Json = False,
    no_plugin: NoPlugin = None,
) -> None:
    """Show a plugin with its failures, or a component with its fields."""
    from archivolt.plugins.description import describe_name

    found = describe_name(_load(no_plugin), name)
    if as_json:
        _print_json(found)
        return
    console = _console()
    for each in found["plugins"]:
        _draw_plugin(console, each)
    for each in found["components"]:
        _draw_component(console, each)
    for each in found["presets"]:
        console.print(f"[bold]{each['name']}[/] (preset)", each["path"], soft_wrap=True)
        console.print(each["summary"], markup=False)


def _draw_plugin(console: Console, plugin: dict[str, Any]) -> None:
    where = plugin["distribution"] or plugin["file"] or "given in Python"
    facts = f"plugin, {where} {plugin['version'] or ''}".rstrip()
    console.print(f"[bold]{plugin['entry_point']}[/] ({facts}, {plugin['status']})")
    for name in plugin["components"] + plugin["presets"]:
        console.print(f"  {name}", markup=False)
    for note in plugin["notes"]:
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    if plugin["status"] == "blocked":
        console.print(f"  {plugin['cause']}", markup=False, soft_wrap=True)
    for failure in plugin["failures"]:
        console.print(f"{failure['step']}: {failure['cause']}", markup=False, soft_wrap=True)
        if failure["log"]:
            console.print(failure["log"], markup=False, highlight=False, soft_wrap=True)
    console.print()


def _draw_component(console: Console, component: dict[str, Any]) -> None:
    from rich.table import Table

    console.print(f"[bold]{component['qualified_name']}[/] ({component['kind']})")
    console.print(component["help"], markup=False, highlight=False, soft_wrap=True)
    if component["formerly"]:
        console.print(f"formerly {', '.join(component['formerly'])}", markup=False)
    if component["deprecated"]:
        console.print(component["deprecated"], style="yellow", markup=False, soft_wrap=True)
    if component["fields"]:
        table = Table("field", "type", "default", "domain", box=None, pad_edge=False)
        for each in component["fields"]:
            default = "required" if each["required"] else json.dumps(each["default"])
            domain = "" if each["domain"] is None else _draw_domain(each["domain"])
            table.add_row(each["name"], each["type"], default, domain)
        console.print(table)
    console.print()


def _draw_domain(domain: dict[str, Any]) -> str:
    if "values" in domain:
        return ", ".join(map(str, domain["values"]))
    return f"{domain['low']} to {domain['high']}{', log' if domain['log'] else ''}"


def _load(no_plugin: list[str] | None) -> Registry:
    from archivolt.plugins.registry import load_plugins

    # Whatever a plugin prints while it is imported must not get between the lines of the JSON.
    with redirect_stdout(sys.stderr):
        return load_plugins(blocked=no_plugin or (), warn=False)


def _console() -> Console:
    from rich.console import Console

    return Console()


def _print_json(data: object) -> None:
    print(json.dumps(data, indent=2))
