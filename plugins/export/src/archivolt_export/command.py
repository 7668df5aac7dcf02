"""`archivolt export`: a model of a run in another format, compared with what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option  # and nothing heavier: help imports this module


def export(
    run: Annotated[Path, Argument(help="Folder of a finished run.")],
    format: Annotated[str, Option("--format", "-f", help="saved_model, onnx or litert.")],
    output: Annotated[
        Path, Option("--output", "-o", help="File to write; a folder for saved_model.")
    ],
    int8: Annotated[
        bool, Option("--int8", help="LiteRT with weights and arithmetic of 8 bits.")
    ] = False,
    dynamic: Annotated[
        bool, Option("--dynamic", help="LiteRT with weights of 8 bits, arithmetic in float.")
    ] = False,
    model: Annotated[str, Option(help="best, ensemble, student, or `trial N`.")] = "best",
    without_preprocessing: Annotated[
        bool,
        Option("--without-preprocessing", help="The network alone; it reads prepared numbers."),
    ] = False,
    json: Annotated[bool, Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Write a model of a run in another format, and compare both on rows that chose nothing."""
    import json as writer

    from typer import BadParameter, echo

    import archivolt
    from archivolt_export.asking import DYNAMIC, FLOAT, INT8, check_asked
    from archivolt_keras.quiet import load_framework

    if int8 and dynamic:
        raise BadParameter("--int8 and --dynamic exclude each other.")
    quantization = INT8 if int8 else DYNAMIC if dynamic else FLOAT
    check_asked(format, quantization)
    opened = archivolt.open(run)
    load_framework()  # before what imports it: its messages are held back

    from archivolt_export.exporting import export as write
    from archivolt_export.telling import as_data, lines

    exported = write(
        opened,
        format,
        output,
        quantization=quantization,
        model=model,
        preprocessing=not without_preprocessing,
    )
    if json:
        echo(writer.dumps(as_data(exported), indent=2, allow_nan=False))
    else:
        for line in lines(exported):
            echo(line)
