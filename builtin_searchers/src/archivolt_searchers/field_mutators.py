"""Mutators of single fields: a hyperparameter of a block, or a value of the recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from archivolt.components.strategies import Mutator
from archivolt.values.candidate import Candidate

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.space import SearchSpace

ATTEMPTS = 8  # fields and values tried before a mutator says that it does not apply


@frozen
class ChangeParameter(Mutator):
    """Move one hyperparameter of one block or connector to a value nearby."""

    name = "change_parameter"

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        # A connector stands wherever the same kinds meet, so it is one place, not one each.
        connectors = dict.fromkeys(each for each in candidate.architecture if each.connector)
        places = [*body, *connectors]
        movable = [
            (index, name, domain)
            for index, block in enumerate(places)
            if (choice := space.choice_of(block)) is not None
            for name, domain in choice.domains.items()
            if name not in block.unused()
        ]
        for _ in range(ATTEMPTS if movable else 0):
            index, name, domain = movable[int(rng.integers(len(movable)))]
            value = domain.neighbour(getattr(places[index], name), rng)
            changed = list(places)
            changed[index] = evolve(places[index], **{name: value})  # type: ignore[misc]  # attrs
            if changed[index] == places[index]:
                continue
            child = space.with_body(candidate, changed[: len(body)], like=changed[len(body) :])
            if child is not None:
                return child
        return None


@frozen
class ChangeRecipe(Mutator):
    """Move one searched value of the parent's recipe to a value nearby."""

    name = "change_recipe"

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        names = sorted(space.recipe_domains)
        for at in rng.permutation(len(names)):
            name = names[at]
            now = getattr(candidate.recipe, name)
            value = space.recipe_domains[name].neighbour(now, rng)
            if value == now:
                continue
            child = candidate.with_recipe(**{name: value})
            if child in space:
                return child
        return None
