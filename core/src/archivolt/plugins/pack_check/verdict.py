"""Verdicts: what a check of a pack found, where, and what to do."""

from __future__ import annotations

from attrs import frozen

PASS = "PASS"
WARN = "WARN"  # works, and its users would be better off otherwise
FAIL = "FAIL"  # does not work, or breaks a promise

ENTRY_POINT = "entry point"
VERSIONS = "versions"
IMPORT = "import"
CLASSES = "classes"
CONFORMANCE = "conformance"
DOCS = "docs"


@frozen
class Verdict:
    """One thing that was looked at."""

    level: str  # PASS, WARN, FAIL
    check: str  # what was looked at
    what: str  # a sentence
    where: str = ""  # a file with its line, a test
    advice: str = ""  # what to do, a sentence

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{self.level}  {self.check}: {place}{self.what} {self.advice}".rstrip()
