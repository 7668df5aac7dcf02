"""Files of tables: bytes on disk to a data frame, and from a row back to its line."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

import pandas as pd
import pyarrow as pa
from attrs import frozen
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from archivolt.errors import DataError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE = 1 << 16  # characters that the separator is guessed from
_BINARY = {
    b"PK\x03\x04": "It looks like a spreadsheet or a zip archive: save it as CSV or Parquet.",
    b"\xd0\xcf\x11\xe0": "It looks like an old spreadsheet: save the table as CSV or Parquet.",
    b"\xff\xd8\xff": "It looks like a picture.",
    b"\x89PNG": "It looks like a picture.",
    b"%PDF": "It looks like a PDF document.",
}

csv.field_size_limit(1 << 30)


@frozen(eq=False)
class Table:
    """A table as it was read: CSV columns are text, others have their types."""

    frame: pd.DataFrame
    origin: str  # where it comes from, for messages
    place: Callable[[int], str]  # of a row, counted from 0: "line 17"
    notes: tuple[str, ...] = ()
    decimal_comma: bool = False  # whether "1,5" is likelier one and a half than two numbers


def read_table(
    path: Path, separator: str | None = None, encoding: str | None = None, header: bool = True
) -> Table:
    """Read a CSV (packed by gzip or not) or a Parquet file; what it is, is told by its bytes.

    Raises:
        DataError: there is no such file, or it is no table.
    """
    if separator is not None and len(separator) != 1:
        raise DataError(
            f"the separator {separator!r} is not one character.",
            hint='A tab is written "\\t" in YAML, in double quotes.',
        )
    content = _bytes(path)
    if content[:4] == b"PAR1":
        return _parquet(path, content)
    text, told = _decode(path, content, encoding)
    if not text.strip():
        raise DataError("the file is empty.", str(path))
    guessed = separator or guess_separator(text, prefer_tab=".tsv" in path.name.lower())
    notes = [told] if told else []
    if separator is None and guessed != ",":
        notes.append(f"{path.name}: columns are separated by {SEPARATORS.get(guessed, guessed)}.")
    names, columns = _columns(path, text, guessed, header)

    def place(row: int) -> str:
        return f"line {_line_of_row(text, guessed, row, header)}"

    frame = columns.to_pandas()
    frame.columns = pd.Index(names, dtype=object)
    return Table(frame, str(path), place, tuple(notes), decimal_comma=guessed in ";\t")


def guess_separator(text: str, prefer_tab: bool = False) -> str:
    """Guess what separates columns: what cuts most lines into the same number of cells, above 1."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, choice = (0.0, 0, False), "\t" if prefer_tab else ","
    for separator in SEPARATORS:
        widths = Counter(
            len(cells)
            for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
            if cells
        )
        if not widths:
            continue
        width, lines = widths.most_common(1)[0]
        if width > 1:
            rank = (lines / widths.total(), width, prefer_tab and separator == "\t")
            if rank > best:
                best, choice = rank, separator
    return choice


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise DataError("it is a folder, where a table was expected.", str(path))
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError("there is no such file.", str(path), nearest_file(path)) from None
    except OSError as cause:
        raise DataError(f"the file cannot be read ({cause.strerror}).", str(path)) from cause
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as cause:
            raise DataError(f"the gzip file is damaged ({cause}).", str(path)) from cause
    return content


def nearest_file(path: Path) -> str:
    """Name the file that was probably meant."""
    if not path.parent.is_dir():
        return f"There is no folder {str(path.parent)!r} either."
    names = sorted(each.name for each in path.parent.iterdir() if each.is_file())
    near = get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"Did you mean {str(path.parent / near[0])!r}?" if near else ""


def _decode(path: Path, content: bytes, encoding: str | None) -> tuple[str, str | None]:
    """Return the text, and a note where the encoding is not UTF-8."""
    for magic, hint in _BINARY.items():
        if content.startswith(magic):
            raise DataError("it is no table of text.", str(path), hint)
    told = None
    if encoding is None:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        else:
            encoding = "utf-8-sig"
            if b"\0" in content[:_SAMPLE]:
                raise DataError("it is no table: it holds binary data.", str(path))
    try:
        text = content.decode(encoding)
    except LookupError:
        raise DataError(f"no encoding is named {encoding!r}.", str(path)) from None
    except UnicodeDecodeError as cause:
        if encoding != "utf-8-sig":
            raise DataError(
                f"it is not written in {encoding} (byte {cause.start}).",
                str(path),
                "Leave `encoding` out to have it guessed.",
            ) from cause
        text = content.decode("cp1252", errors="replace")
        told = f"{path.name}: read as Windows-1252, not being UTF-8; `encoding` says otherwise."
    head = text[:4096]
    control = [each for each in head if each < " " and each not in "\t\r\n\f"]
    strange = len(control) + head.count("\ufffd")
    if strange > 0.05 * len(head):
        raise DataError("it is no table: it holds binary data.", str(path))
    return text, told


def _columns(path: Path, text: str, separator: str, header: bool) -> tuple[list[str], pa.Table]:
    begins, first = next(_records(text, separator), (1, []))
    width = len(first)
    if width < 2:
        tried = ", ".join(SEPARATORS.values())
        raise DataError(
            "it has one column only, so nothing to predict from.",
            str(path),
            f"Set `separator` if the columns are separated by none of {tried}.",
        )
    names = (
        _names(f"{path}, line {begins}", first)
        if header
        else [f"column_{index + 1}" for index in range(width)]
    )
    keys = [str(index) for index in range(width)]
    try:
        columns = arrow_csv.read_csv(
            pa.BufferReader(text.encode()),
            read_options=arrow_csv.ReadOptions(
                column_names=keys,
                skip_rows_after_names=begins if header else 0,  # blank lines before it count
                block_size=1 << 24,
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types={key: pa.string() for key in keys}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as cause:
        raise _ragged(path, text, separator, width, cause) from cause
    if not columns.num_rows:
        raise DataError("it has a header and no rows.", str(path))
    return names, columns


def _names(where: str, cells: list[str]) -> list[str]:
    if all(map(_is_number, cells)):
        raise DataError(
            "the first line holds numbers where the names of the columns are expected.",
            where,
            "Add a header, or set `header: false`.",
        )
    names = [cell.strip() or f"column_{index + 1}" for index, cell in enumerate(cells)]
    check_names(names, where, " Where the first line holds no names, set `header: false`.")
    return names


def check_names(names: list[str], where: str, hint: str = "") -> None:
    """Refuse two columns of one name.

    Raises:
        DataError: naming them.
    """
    twice = [repr(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        plural = "column names stand" if len(twice) > 1 else "column name stands"
        raise DataError(
            f"{len(twice)} {plural} more than once: {', '.join(twice[:5])}.",
            where,
            f"Rename the columns so that each name stands once.{hint}",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    for cells in reader:
        if cells:
            yield begins, cells
        begins = reader.line_num + 1


def _ragged(path: Path, text: str, separator: str, width: int, cause: Exception) -> DataError:
    wrong = [(line, len(cells)) for line, cells in _records(text, separator) if len(cells) != width]
    if not wrong:
        return DataError(f"it cannot be read as CSV ({cause}).", str(path))
    line, cells = wrong[0]
    others = f" {len(wrong)} lines are like that." if len(wrong) > 1 else ""
    return DataError(
        f"the line has {cells} cells, where the first line has {width}.{others}",
        f"{path}, line {line}",
        f"Cells that hold a {SEPARATORS.get(separator, separator)} must stand in double quotes.",
    )


def _line_of_row(text: str, separator: str, row: int, header: bool) -> int:
    for index, (line, _) in enumerate(_records(text, separator)):
        if index == row + header:
            return line
    return row + 1 + header


def _parquet(path: Path, content: bytes) -> Table:
    try:
        columns = parquet.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as cause:
        raise DataError(f"the Parquet file is damaged ({cause}).", str(path)) from cause
    names = [str(name) for name in columns.column_names]
    check_names(names, str(path))
    kept = [name for name in names if not name.startswith("__index_level_")]
    if not columns.num_rows or not kept:
        raise DataError("it has no rows.", str(path))
    frame = columns.select(kept).to_pandas(ignore_metadata=True)
    return Table(frame, str(path), _row)


def _row(row: int) -> str:
    return f"row {row + 1}"


def of_frame(frame: pd.DataFrame, origin: str = "the data frame") -> Table:
    """Take a data frame as a table; its index is no column.

    Raises:
        DataError: it has no rows, or two columns of one name.
    """
    names = [str(name) for name in frame.columns]
    check_names(names, origin)
    if not len(frame):
        raise DataError("it has no rows.", origin)
    frame = frame.reset_index(drop=True)
    frame.columns = pd.Index(names, dtype=object)
    return Table(frame, origin, _row)
