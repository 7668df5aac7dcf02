"""Members within the limits that all of them keep together."""

from __future__ import annotations

from collections.abc import Sequence

from archivolt.components.ensembler import Pool


def first_that_fit(pool: Pool, most: int) -> Sequence[int]:
    """Return the positions of the first members, in the order of choice, within the limits.

    One member stands in any case: each trial keeps within the limits by itself.
    """
    taken: list[int] = []
    for position in range(len(pool.trials)):
        if len(taken) == most:
            break
        if not taken or pool.fits([*taken, position]):
            taken.append(position)
    return taken
