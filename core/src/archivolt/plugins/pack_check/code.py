"""What the code of a pack does when it is imported: its time, its modules, its classes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from archivolt.plugins.pack_check.located import FOLDER, LocatedPack
from archivolt.plugins.pack_check.processes import environment_of, shortened
from archivolt.plugins.pack_check.verdict import CLASSES, FAIL, IMPORT, PASS, WARN, Verdict

SLOW = 0.5  # seconds that a pack may take off every command
_TIME_LIMIT = 120.0  # seconds

Facts = Mapping[str, Any]


def probed(pack: LocatedPack) -> Facts | Verdict:
    """Import the pack in a process of its own; a verdict where that does not come back."""
    question = {"entry_points": dict(pack.entry_points), "own": pack.name}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "archivolt.plugins.pack_check.probe"],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            env=environment_of(pack),
            timeout=_TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        what = f"its import does not end within {_TIME_LIMIT:g} seconds."
        return Verdict(FAIL, IMPORT, what, pack.place)
    if done.returncode != 0:
        what = f"its import ends the process with status {done.returncode}: "
        return Verdict(FAIL, IMPORT, what + shortened(done.stderr), pack.place)
    facts: Facts = json.loads(done.stdout)
    return facts


def check_import(pack: LocatedPack, facts: Facts) -> Iterator[Verdict]:
    """Tell what listing the installed plugins costs with the pack."""
    for each in facts["errors"]:
        yield Verdict(
            FAIL,
            IMPORT,
            f"{each['value']!r} cannot be imported: {each['cause']}",
            pack.place,
            _advice_on_error(pack, each["value"], each["cause"]),
        )
    if facts["errors"]:
        return
    time = f"{1000 * facts['seconds']:.0f} ms"
    place = ", ".join(short_place(pack, each) for each in facts["files"])
    if facts["frameworks"]:
        yield Verdict(
            FAIL,
            IMPORT,
            f"it imports {' and '.join(facts['frameworks'])} ({time}), so every command waits for "
            "that, even `archivolt --help`.",
            place,
            "Import it inside the functions that need it, such as build().",
        )
    elif facts["heavy"] or facts["seconds"] > SLOW:
        imported = f", and imports {', '.join(facts['heavy'])}" if facts["heavy"] else ""
        yield Verdict(
            WARN,
            IMPORT,
            f"it takes {time}{imported}: every command waits for that.",
            place,
            "Import what is heavy inside the functions that need it.",
        )
    else:
        yield Verdict(PASS, IMPORT, f"{time}, no framework")


def check_classes(pack: LocatedPack, facts: Facts) -> Iterator[Verdict]:
    """Tell what the pack registers, and what of it is left out."""
    for each in facts["failures"]:
        yield Verdict(FAIL, CLASSES, each["cause"], f"{each['entry_point']}, {each['step']}")
    for each in facts["components"]:
        if each["same"]:
            yield Verdict(
                WARN,
                CLASSES,
                f"{each['same'][0]} has the name {each['name']!r} too, so users of both must write "
                "the qualified one.",
                short_place(pack, each["where"]),
                "Take a name of its own, unless it is the same method.",
            )
    found = [f"{each['kind']} {each['name']}" for each in facts["components"]]
    found += [f"preset {each}" for each in facts["presets"]]
    if found:
        yield Verdict(PASS, CLASSES, ", ".join(found))
    elif not facts["failures"] and not facts["errors"]:
        yield Verdict(
            FAIL,
            CLASSES,
            "no hook of it registers anything.",
            ", ".join(short_place(pack, each) for each in facts["files"]),
            "Return your classes from a hook, such as archivolt_blocks(), marked @hookimpl.",
        )


def short_place(pack: LocatedPack, where: str) -> str:
    """Leave out of a place what all places in the pack have in common."""
    for path in pack.paths:
        where = where.removeprefix(f"{path}/")
    return where


def _advice_on_error(pack: LocatedPack, value: str, cause: str) -> str:
    module = value.partition(":")[0].partition(".")[0]
    if f"No module named {module!r}" not in cause:
        return "Install what it needs, or mend it."
    if pack.form == FOLDER:
        return f"The package {module!r} belongs into {pack.paths[0]}."
    return f"It does not hold the package {module!r}: tell the build back end to include it."
