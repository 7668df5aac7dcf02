"""`archivolt search` and `archivolt resume`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from archivolt.search.run import Run

Json = Annotated[bool, typer.Option("--json", help="Print one event a line, for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result alone.")]
NoPlugin = Annotated[
    list[str] | None, typer.Option("--no-plugin", help="Leave this plugin out. Repeatable.")
]


def add_to(app: typer.Typer) -> None:
    app.command()(search)
    app.command()(resume)


def search(
    data: Annotated[
        Path, typer.Argument(help="A configuration (.yaml), or data: a table, a folder, arrays.")
    ],
    target: Annotated[
        list[str] | None, typer.Option(help="Column to predict. Repeat it for several.")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="Run folder to make.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Stop after so long; 10 where nothing says.")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    preset: Annotated[str | None, typer.Option(help="Fills what is left out.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Drives every random choice.")] = None,
    test: Annotated[Path | None, typer.Option(help="Data kept for the final report.")] = None,
    metric: Annotated[str | None, typer.Option(help="What ranks the trials.")] = None,
    task: Annotated[
        str | None, typer.Option(help="binary, multiclass, multilabel or regression.")
    ] = None,
    max_parameters: Annotated[
        int | None, typer.Option(min=1, help="The most that a network may have.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set any key of the configuration."),
    ] = None,
    no_plugin: NoPlugin = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search for the best network for your data."""
    from archivolt.config.setting import Setting
    from archivolt.search.api import start

    named: dict[str, tuple[str, Any]] = {
        "data.target": ("target", target[0] if target and len(target) == 1 else target),
        "data.test": ("test", test and str(test)),
        "problem.metric": ("metric", metric),
        "problem.task": ("task", task),
        "space.limits.parameters": ("max-parameters", max_parameters),
        "executor.workers": ("workers", workers),
        "budget.minutes": ("minutes", minutes),
        "budget.trials": ("trials", trials),
        "seed": ("seed", seed),
    }
    given = [
        Setting(key, value, f"--{option} {value}")
        for key, (option, value) in named.items()
        if value is not None
    ]
    begun = start(
        data,
        overrides=[*given, *(set_ or ())],
        preset=preset,
        run=run,
        blocked=no_plugin or (),
    )
    _watch(begun, json, quiet)


def resume(
    run: Annotated[Path, typer.Argument(help="Run folder, as `archivolt search` printed it.")],
    trials: Annotated[
        int | None, typer.Option(min=1, help="Trials to add. Default: the budget.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Minutes to add. Default: the budget.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the configuration."),
    ] = None,
    no_plugin: NoPlugin = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Continue a search that was stopped."""
    from archivolt.config.setting import Setting
    from archivolt.search.api import reopen

    overrides: list[str | Setting] = list(set_ or ())
    if workers is not None:
        overrides.append(Setting("executor.workers", workers, f"--workers {workers}"))
    reopened, notes = reopen(run, overrides=overrides, blocked=no_plugin or ())
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    _watch(reopened, json, quiet, trials, minutes)


def _watch(
    run: Run, json: bool, quiet: bool, trials: int | None = None, minutes: float | None = None
) -> None:
    from archivolt.cli.showing import display_for
    from archivolt.search.budget import sitting
    from archivolt.search.events import SearchFinished
    from archivolt.search.interrupts import interrupting

    granted = sitting(run.config.budget, trials, minutes)
    if granted != minutes:
        what = f"nothing says when to stop, so it is after {granted:g} minutes; see --minutes."
        typer.echo(f"note: {what}", err=True)
    last = None
    ends = (signal.SIGINT, signal.SIGTERM)
    with interrupting(run.interrupt, ends), display_for(run, json=json, quiet=quiet) as show:
        for event in run.events(trials, granted):
            show(event)
            last = event
    assert isinstance(last, SearchFinished)
    if last.interrupted:
        sys.exit(130)
    if last.error is not None:
        sys.exit(1)
