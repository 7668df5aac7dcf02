"""Gaps: what stands in a table where a value is missing."""

from __future__ import annotations

# Told apart by case, because a delivered model looks them up as they are written here.
GAPS = (
    "", "?", "-", "NA", "na", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "NaT",
    "NULL", "null", "Null", "None", "none", "NONE", "<NA>",
)  # fmt: skip
GAP = ""  # the one that the others are turned into
