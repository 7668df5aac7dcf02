"""`archivolt stream`: the best network of a run, frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option  # and nothing heavier: help imports this module


def stream(
    run: Annotated[Path, Argument(help="Folder of a finished run.")],
    output: Annotated[
        Path | None,
        Option("--output", "-o", help="The .keras file. Default: streaming.keras in the run."),
    ] = None,
    sound: Annotated[
        bool, Option("--sound", help="Take the front end in: the model reads samples, not frames.")
    ] = False,
    json: Annotated[bool, Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Make the best network of a run take sound frame by frame, and compare it with whole clips."""
    import json as writer

    from attrs import asdict
    from typer import echo

    from archivolt_audio.streaming.export import stream as make

    made = make(run, output, sound=sound)
    if json:
        echo(writer.dumps({**asdict(made), "path": str(made.path)}, indent=2))
        return
    if made.features is None:
        taken = f"{made.taken} samples"
    else:
        taken = f"{made.taken} frame{'s' if made.taken > 1 else ''} of {made.features} features"
    echo(f"{made.path}: {taken} a call")
    kept = f"{made.states} states of {made.remembered:,} numbers in all"
    echo(f"{made.parameters:,} parameters, {kept}")
    clips = f"{made.clips} {'recordings' if sound else 'validation clips'}"
    echo(f"{clips}: frame by frame and whole differ by at most {made.difference:.1e}")
