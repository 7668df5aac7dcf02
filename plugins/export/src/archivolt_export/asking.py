"""What may be asked for, known before any framework is imported."""

from __future__ import annotations

from archivolt_export.errors import ExportError, UnknownFormatError

SAVED_MODEL, ONNX, LITERT = "saved_model", "onnx", "litert"
FLOAT, DYNAMIC, INT8 = QUANTIZATIONS = "float", "dynamic", "int8"
WRITTEN = {SAVED_MODEL: (FLOAT,), ONNX: (FLOAT,), LITERT: QUANTIZATIONS}


def check_asked(format: str, quantization: str = FLOAT) -> None:
    """Check that a format is written so.

    Raises:
        UnknownFormatError: there is none of this name; the nearest that there is.
        ExportError: it does not keep numbers so.
    """
    if format not in WRITTEN:
        raise UnknownFormatError(format, tuple(WRITTEN))
    if quantization not in WRITTEN[format]:
        able = [name for name, kept in WRITTEN.items() if quantization in kept]
        raise ExportError(
            f"{format} is not written as {quantization}; {' and '.join(able) or 'nothing'} is."
        )
