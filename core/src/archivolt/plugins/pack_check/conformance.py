"""The conformance kit, run on a pack by pytest in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from archivolt.plugins.pack_check.code import Facts, short_place
from archivolt.plugins.pack_check.located import LocatedPack
from archivolt.plugins.pack_check.processes import environment_of, shortened
from archivolt.plugins.pack_check.verdict import CONFORMANCE, FAIL, PASS, WARN, Verdict

_TIME_LIMIT = 900.0  # seconds
_NUMPY_HEADS = ("Not equal to tolerance", "Arrays are not equal")


def check_conformance(pack: LocatedPack, facts: Facts, scratch: Path) -> Iterator[Verdict]:
    """Test the components of a pack at their defaults; each broken promise is a verdict.

    Args:
        pack: What is tested.
        facts: What it registers.
        scratch: Where the test module and the report of pytest go; empty.
    """
    if find_spec("pytest") is None:
        what = "it is not tested: pytest is not installed."
        yield Verdict(WARN, CONFORMANCE, what, advice="pip install pytest")
        return
    report = scratch / "report.xml"
    modules = tuple(pack.entry_points.values())
    (scratch / "test_pack.py").write_text(f"archivolt_pack = {modules!r}\n", encoding="utf-8")
    (scratch / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    options = ("-q", "-p", "no:cacheprovider", "-p", "archivolt.testing.pytest_plugin")
    command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", "test_pack.py"]
    # Other plugins of pytest have no part in the verdict, and take time.
    environment = {**environment_of(pack), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=scratch,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        what = f"its tests do not end within {_TIME_LIMIT / 60:g} minutes."
        yield Verdict(FAIL, CONFORMANCE, what, pack.place)
        return
    if not report.is_file():
        what = f"pytest ended with status {done.returncode}: {shortened(done.stderr)}"
        yield Verdict(FAIL, CONFORMANCE, what, pack.place)
        return
    places = {each["name"]: short_place(pack, each["where"]) for each in facts["components"]}
    yield from _verdicts(report, places)


def _verdicts(report: Path, places: Mapping[str, str]) -> Iterator[Verdict]:
    kept: Counter[str] = Counter()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        test, _, component = case.get("name", "").rstrip("]").partition("[")
        component = next((name for name in places if name in component.split("-")), component)
        where = places.get(component, component)
        broken = case.find("failure")
        broken = case.find("error") if broken is None else broken
        skipped = case.find("skipped")
        if broken is not None:
            message = _message(broken.get("message", ""), broken.text or "")
            yield Verdict(FAIL, CONFORMANCE, f"broken: {_promise(test)}:", where, message)
        elif skipped is not None:
            yield Verdict(WARN, CONFORMANCE, f"{skipped.get('message', 'skipped')}.", where)
        elif component:
            kept[component] += 1
    for component, count in kept.items():
        yield Verdict(PASS, CONFORMANCE, f"{component} keeps {count} promises")


def _promise(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _message(message: str, trace: str) -> str:
    """Return what the kit says, without the values that pytest adds."""
    lines = [each.strip() for each in message.splitlines() if each.strip()]
    if not lines:
        return shortened(trace)
    first = lines[0]
    for kind in ("AssertionError:", "Failed:"):
        first = first.removeprefix(kind).strip()
    rest = [each for each in (first, *lines[1:]) if each]
    if rest and rest[0].startswith(_NUMPY_HEADS) and len(rest) > 1:
        rest = rest[1:]
    return rest[0]
