"""Candidates that a configuration suggests, made whole on the features of the data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archivolt.errors import ConfigError, SpaceError
from archivolt.values.candidate import Candidate

if TYPE_CHECKING:
    from archivolt.config.sections import Suggestion
    from archivolt.values.space import SearchSpace


def suggested(suggestions: Iterable[Suggestion], space: SearchSpace) -> tuple[Candidate, ...]:
    """Return the candidates of a configuration, with the connectors and reductions that they lack.

    Raises:
        ConfigError: one is not in the space; which, and why.
    """
    found = []
    for each in suggestions:
        try:
            found.append(_whole(each, space))
        except SpaceError as cause:
            where = each.where or "suggestions"
            hint = cause.hint or "Change it, or the section space."
            raise ConfigError(where, cause.what, hint) from cause
    return tuple(found)


def _whole(suggestion: Suggestion, space: SearchSpace) -> Candidate:
    stack = suggestion.architecture
    candidate = Candidate(stack, suggestion.recipe)
    if candidate in space:
        return candidate
    if space.assemble(space.body(stack), like=stack) != candidate.architecture:
        body = [block for block in stack if not block.connector]
        candidate = Candidate(space.assemble(body, like=stack), suggestion.recipe)
    space.check(candidate)
    return candidate
