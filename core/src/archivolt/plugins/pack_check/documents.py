"""What a pack tells its readers: the README, and where each component comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archivolt.plugins.pack_check.code import Facts, short_place
from archivolt.plugins.pack_check.located import LocatedPack
from archivolt.plugins.pack_check.verdict import DOCS, PASS, WARN, Verdict

# A year in brackets or after a comma, as a citation has it; or an address.
_SOURCE = re.compile(r"\b(18|19|20)\d\d[a-z]?\b|https?://|\bdoi:|\barXiv:", re.IGNORECASE)
_LONGEST = 100  # characters of a summary that lists show


def check_docs(pack: LocatedPack, facts: Facts) -> Iterator[Verdict]:
    """Tell what its users would miss."""
    complete = True
    for verdict in _gaps(pack, facts):
        complete = False
        yield verdict
    if complete:
        yield Verdict(PASS, DOCS, "a README, and a source for each component")


def _gaps(pack: LocatedPack, facts: Facts) -> Iterator[Verdict]:
    if not pack.readme.strip():
        advice = 'Write one, and readme = "README.md" into pyproject.toml.'
        yield Verdict(WARN, DOCS, "it has no README.", pack.place, advice)
    for each in facts["components"]:
        place, name = short_place(pack, each["where"]), each["name"]
        if pack.readme.strip() and name not in pack.readme:
            what = f"the README does not name {name}."
            yield Verdict(WARN, DOCS, what, pack.place, "Say what it is for, and when to take it.")
        if len(each["help"].partition("\n")[0]) > _LONGEST:
            what = f"the help of {name} is longer than {_LONGEST} characters."
            advice = "Lists show it: shorten the first line of the docstring."
            yield Verdict(WARN, DOCS, what, place, advice)
        if not _SOURCE.search(each["help"]):
            yield Verdict(
                WARN,
                DOCS,
                f"the docstring of {name} names no source.",
                place,
                "Say where it comes from, a paper with its year or an address; or what it is like.",
            )
