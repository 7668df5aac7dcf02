"""The trials of a run as rows: best first, for tables and programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archivolt.storage.run_folder import RunFolder
from archivolt.values.objectives import Objectives, told
from archivolt.values.trial import FAILED, told_prior, told_transfer

Row = dict[str, Any]
SELECTED = "selected"  # fact of a run: the number of the trial that is delivered


def leaderboard(
    rows: Sequence[Mapping[str, Any]],
    maximize: bool,
    selected: int | None = None,
    objectives: Objectives = (),
) -> list[Row]:
    """Turn stored trials into rows: those with a score first, best first, then the others.

    Args:
        rows: As `Database.read_rows` gives them; no pack is needed to read them.
        maximize: Whether a larger score is better.
        selected: The trial that is delivered: not always the first one, see `select`.
        objectives: What the search minds beside the score; what breaks a limit comes behind what
            keeps all.
    """

    def order(row: Mapping[str, Any]) -> tuple[bool, float, float, float, int]:
        if row["score"] is None or row["state"] == FAILED:
            return (True, 0.0, 0.0, 0.0, row["number"])
        score = -row["score"] if maximize else row["score"]
        loss = row["metrics"].get("loss", 0.0)
        return (False, excess_of(objectives, row), score, loss, row["number"])

    return [_row(row, row["number"] == selected, objectives) for row in sorted(rows, key=order)]


def excess_of(objectives: Objectives, row: Mapping[str, Any]) -> float:
    """Tell how far a stored trial is beyond the limits, as `values.objectives.excess` does."""
    return sum(each.excess(told_of(each.name, row)) for each in objectives)


def told_of(name: str, row: Mapping[str, Any]) -> float | None:
    """Return one quantity of a stored trial by its name; None: it tells nothing of it."""
    return told(name, row["parameters"], row["flops"], row["metrics"])


def _row(row: Mapping[str, Any], selected: bool, objectives: Objectives) -> Row:
    candidate = row["candidate"]
    kept = (
        "number", "state", "score", "parameters", "flops", "epochs", "seconds", "parent",
        "mutator", "fingerprint",
    )  # fmt: skip
    result: Row = {name: row[name] for name in kept}
    result["schedule_epochs"] = row["schedule_epochs"] or candidate["recipe"]["epochs"]
    result["selected"] = selected
    result["within_limits"] = excess_of(objectives, row) == 0.0
    result["architecture"] = candidate["architecture"]
    result["recipe"] = candidate["recipe"]
    result["metrics"] = row["metrics"]
    result["transfer"] = told_transfer(row["memo"])
    result["prior"] = told_prior(row["memo"])
    result["seed"] = row["seed"]
    result["cause"] = row["cause"]
    result["message"] = row["message"]
    result["description"] = describe(candidate["architecture"])
    if result["prior"] is not None:
        result["description"] += f", beside trial {result['prior']['trial']}"
    return result


def describe(architecture: Sequence[Mapping[str, Any]]) -> str:
    """Write a stored architecture as a person would, without the packs that define it."""
    return " > ".join(map(_describe_block, architecture)) or "(no blocks)"


def _describe_block(block: Mapping[str, Any]) -> str:
    name = str(block["name"]).partition(":")[2] or block["name"]
    told = [_tell(key, value) for key, value in block.items() if key != "name"]
    shown = ", ".join(each for each in told if each)
    return f"{name}({shown})" if shown else str(name)


def _tell(key: str, value: object) -> str:
    if value is None or value is False or value in ("none", 0):
        return ""
    if value is True:
        return key
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{key}={value:.3g}"
    return f"{key}={value}"


def write_csv(rows: Sequence[Row], folder: RunFolder) -> None:
    """Write the leaderboard as `leaderboard.csv`, for spreadsheets and data frames."""
    import csv
    import io

    from archivolt.files import replace_file

    columns = (
        "number", "state", "score", "parameters", "epochs", "schedule_epochs", "seconds", "parent",
        "mutator", "fingerprint", "description", "cause",
    )  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    replace_file(folder.path / "leaderboard.csv", text.getvalue())
