"""What each part earns: test scores at equal time, with a part on, off or exchanged.

    uv run --all-packages --group benchmarks python benchmarks/parts.py DATA --results FILE
        [--minutes 5] [--workers 2] [--seeds 5] [--only letter …] [--variants base content …]
        [--runs FOLDER]

DATA is a folder with `fashion_mnist`, `letter` and `sign_language_digits`, each with rows to search
on and test rows. A search is made for every data set, variant and seed; all differ from the base
in one part. FILE takes one JSON line for each model that came of it: the best single network, its
ensemble and, of the base, what every ensembler makes of the same trials, and a student of them
where `archivolt distill` is installed. What FILE holds already is not made again, so a table can
be made in several goes; with `--runs` finished searches are kept, and are not made again for
further models. A search that failed has a line as well: take it out to try again. Prints tables in
Markdown. Run it alone on a machine.

Test rows take part in no choice: they are looked at once a model, after it was chosen.
`--minutes` is for each search with so many `--workers`; a student is searched for as long again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from statistics import mean
from typing import Any

from attrs import frozen
from parts_data import DATA_SETS
from parts_variants import (
    BASE,
    COMMON,
    ENSEMBLER,
    PARTS,
    STUDENT,
    TOWERS,
    Variant,
    ensemblers,
    title_of_base,
    variants,
)
from result_lines import Result, append, cell, holds, read

SINGLE = "single"
FAILED = "failed"  # instead of a model: the search came to none, such as of a space it refuses
METRIC = "accuracy"
FINISHED = "finished.json"  # beside a run: what its search told at the end


class FailedError(Exception):
    """A command that ended with an error, and what it said."""


def main() -> None:
    known = variants()
    options = _options(known)
    done = read(options.results)
    with tempfile.TemporaryDirectory() as folder:
        place = options.runs or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for seed in range(options.seeds):
            for name in options.only:
                for variant in options.variants:
                    key = {"set": name, "variant": variant, "seed": seed}
                    key |= {"minutes": options.minutes, "workers": options.workers}
                    search = Search(key, known[variant], place)
                    for result in search.results(options.data, done):
                        done.append(result)
                        append(options.results, result)
    asked = {"minutes": options.minutes, "workers": options.workers}
    _show([each for each in done if asked.items() <= each.items()], options, known)


def _options(known: dict[str, Variant]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What each part earns.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--results", type=Path, default=Path("parts.jsonl"))
    parser.add_argument("--runs", type=Path, help="keeps the runs; default: they are removed")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5, help="0: only print")
    parser.add_argument("--only", nargs="+", choices=list(DATA_SETS), default=list(DATA_SETS))
    parser.add_argument("--variants", nargs="+", choices=list(known), default=list(known))
    return parser.parse_args()


# Measuring


@frozen
class Search:
    """One search, and the models that come of it.

    Args:
        key: Data set, variant, seed, minutes and workers.
        variant: What it changes.
        place: Folder of the runs.
    """

    key: Result
    variant: Variant
    place: Path

    @property
    def run(self) -> Path:
        name = "-".join(str(self.key[each]) for each in ("set", "variant", "minutes", "seed"))
        return self.place / name

    def results(self, data: Path, done: Sequence[Result]) -> Iterator[Result]:
        """Yield a result for each model that is not among those that are done."""
        missing = [way for way in self.ways() if not holds(done, {**self.key, "way": way})]
        if not missing or holds(done, {**self.key, "way": FAILED}):
            return
        try:
            found, command = self._searched(data)
        except FailedError as cause:
            print(f"{self.run.name}: {cause}", file=sys.stderr, flush=True)
            yield {**self.key, "way": FAILED, "message": str(cause)}
            return
        for way in missing:
            try:
                model = self._model(way, found)
            except FailedError as cause:
                print(f"{self.run.name}, {way}: {cause}", file=sys.stderr, flush=True)
                continue
            yield {**self.key, "way": way, **model, "trials": found["trials"], "command": command}

    def ways(self) -> list[str]:
        """Name the models that are made of this search."""
        if self.variant.part == TOWERS:
            return [SINGLE]  # the best whole: no ensembler is asked
        if self.key["variant"] != BASE:
            return [SINGLE, ENSEMBLER]
        student = entry_points(group="archivolt.commands", name="distill")
        return [SINGLE, *ensemblers(), *([STUDENT] if student else [])]

    def _searched(self, data: Path) -> tuple[Result, str]:
        """Return what the search told at its end, and its command; a finished one is read."""
        name, seed = self.key["set"], self.key["seed"]
        given = DATA_SETS[name]
        settings = [("--set", each) for each in (*COMMON, *given.settings, *self.variant.settings)]
        line = [
            *("search", *given.prepare(data / name, self.place), "--preset", given.preset),
            *("--minutes", f"{self.key['minutes']:g}", "--workers", str(self.key["workers"])),
            *("--seed", str(seed)),
            *(word for pair in settings for word in pair),
        ]
        told = " ".join(["archivolt", *line]).replace(str(data), "DATA")
        finished = self.run / FINISHED
        if not finished.exists():
            shutil.rmtree(self.run, ignore_errors=True)  # half a search is none
            print(f"{self.run.name} …", file=sys.stderr, flush=True)
            output = _archivolt(*line, "--run", str(self.run), "--json")
            finished.write_text(output.splitlines()[-1], encoding="utf-8")
        return json.loads(finished.read_text(encoding="utf-8")), told

    def _model(self, way: str, found: Result) -> Result:
        """Return the scores of a model; without one where there were too few trials for it."""
        if way == SINGLE:
            best = found["best"]
            return _scored(found["report"], best["metrics"], best["parameters"])
        if found["ensemble"] is None:
            return {METRIC: None}
        if way == STUDENT:
            minutes = f"{self.key['minutes']:g}"
            line = ("distill", str(self.run), "--minutes", minutes, "--again", "--json")
            student = json.loads(_archivolt(*line))["student"]
            return _scored(student["report"], student["validation"], student["parameters"])
        ensemble = found["ensemble"]
        if way != ENSEMBLER:
            ensemble = json.loads(
                _archivolt("ensemble", str(self.run), "--ensembler", way, "--json")
            )
        scored = _scored(ensemble["report"], ensemble["metrics"], ensemble["parameters"])
        return {**scored, "members": len(ensemble["members"])}


def _scored(report: Result, validation: Result, parameters: int) -> Result:
    return {METRIC: report[METRIC], "validation": validation[METRIC], "parameters": parameters}


def _archivolt(*line: str) -> str:
    """Run a command; return what it printed.

    Raises:
        FailedError: it ended with an error that it told.
    """
    program = str(Path(sys.executable).with_name("archivolt"))
    ended = subprocess.run([program, *line], capture_output=True, text=True)
    if ended.returncode:
        message = _error(ended.stdout, ended.stderr)
        if not message:
            sys.exit(f"archivolt {' '.join(line)}:\n{ended.stderr}")
        raise FailedError(message)
    return ended.stdout


def _error(output: str, errors: str) -> str:
    """Return what a command told of its failure: in its last event, or on the terminal."""
    event = output.splitlines()[-1:]
    told = json.loads(event[0]).get("error") if event and event[0].startswith("{") else None
    return str(told or " ".join(errors.partition("error: ")[2].split()))


# Telling


def _show(results: list[Result], options: argparse.Namespace, known: dict[str, Variant]) -> None:
    print(
        f"Accuracy on test rows, {options.minutes:g} minutes with {options.workers} worker(s), a "
        "core each: mean ± standard deviation over the seeds. In brackets: seeds."
    )
    names = [name for name in DATA_SETS if any(each["set"] == name for each in results)]
    for part in PARTS:
        rows = {BASE: title_of_base(part)}
        rows |= {name: each.title for name, each in known.items() if each.part == part}
        _show_part(part, rows, results, names)
    _show_ways(results, names)
    failed = {(each["variant"], each["message"]) for each in results if each["way"] == FAILED}
    for variant, message in sorted(failed):
        print(f"\n`{variant}` failed: {message}")


def _show_part(
    part: str, rows: dict[str, str], results: list[Result], names: Sequence[str]
) -> None:
    measured = {each["variant"] for each in results if each["way"] == SINGLE}
    if not measured & (set(rows) - {BASE}):
        return
    print(f"\n### {part}\n")
    heads = [f"{DATA_SETS[name].title}, {what}" for name in names for what in ("best", "ensemble")]
    print("| | " + " | ".join(heads) + " | trials |\n| --- |" + " ---: |" * (len(heads) + 1))
    for variant in (name for name in rows if name in measured):
        mine = [each for each in results if each["variant"] == variant]
        cells = [_cell(mine, name, way) for name in names for way in (SINGLE, ENSEMBLER)]
        trials = [_trials(mine, name) for name in names]
        print(f"| {rows[variant]} | " + " | ".join([*cells, " / ".join(trials)]) + " |")


def _show_ways(results: list[Result], names: Sequence[str]) -> None:
    print("\n### What is made of the trials\n")
    print("| | " + " | ".join(DATA_SETS[name].title for name in names) + " |")
    print("| --- |" + " ---: |" * len(names))
    base = [each for each in results if each["variant"] == BASE and each["way"] != FAILED]
    for way in dict.fromkeys(each["way"] for each in base):
        title = {SINGLE: "the best single network", STUDENT: "a student"}.get(way, f"`{way}`")
        print(f"| {title} | " + " | ".join(_cell(base, name, way) for name in names) + " |")


def _cell(results: list[Result], name: str, way: str) -> str:
    mine = [each[METRIC] for each in results if (each["set"], each["way"]) == (name, way)]
    scores = [each for each in mine if each is not None]
    return f"{cell(scores)} ({len(scores)})" if scores else ""


def _trials(results: list[Result], name: str) -> str:
    counts: list[Any] = [
        each["trials"] for each in results if (each["set"], each["way"]) == (name, SINGLE)
    ]
    return f"{mean(counts):.0f}" if counts else "-"


if __name__ == "__main__":
    main()
