"""Optuna's tree-structured Parzen estimator as a searcher, to be measured beside ours.

A plugin file: `archivolt benchmark trials-to-threshold --plugin benchmarks/tree_parzen.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt import hookimpl
from archivolt.components.strategies import Proposal, Searcher
from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.domain import Choices, Domain

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

DRAWS = 1000  # until one is within the limits of the space


@frozen
class TreeParzen(Searcher):
    """Propose as Optuna's `TPESampler` does with its defaults (Bergstra et al., 2011).

    For spaces of one depth whose recipe is fixed. Numbers that are choices are whole numbers to
    Optuna, their places in the list; all else is categorical. It repeats what it likes.
    """

    name = "tree_parzen"
    repeats: bool = True

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        from optuna.samplers import TPESampler
        from optuna.trial import TrialState

        told = history.derived(self, lambda: Told(space, history.maximize))
        told.study.sampler = TPESampler(seed=int(rng.integers(2**31)))
        for _ in range(DRAWS):
            asked = told.study.ask(told.parameters)
            told.study.tell(asked, state=TrialState.FAIL)  # told by the history, and not before
            candidate = _candidate(asked.params, space)
            if candidate in space:
                return Proposal(candidate)
        raise SpaceError(f"none of {DRAWS} proposals of Optuna is within the space.")


class Told:
    """Optuna's study of the trials that have a score."""

    def __init__(self, space: SearchSpace, maximize: bool) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.space = space
        self.parameters = _parameters(space)
        self.study = optuna.create_study(direction="maximize" if maximize else "minimize")

    def change(self, before: Trial | None, after: Trial) -> None:
        if after.scored and not (before is not None and before.scored):
            self.study.add_trial(_told(after, self.space, self.parameters))


@hookimpl
def archivolt_searchers() -> Iterable[type[Searcher]]:
    return [TreeParzen]


def _parameters(space: SearchSpace) -> dict[str, Any]:
    import optuna

    fewest, most = space.depths
    if fewest != most or space.recipe_domains or space.connectors:
        raise SpaceError("Optuna is measured on spaces of one depth without a recipe.")
    if len(space.blocks) > 1:
        names = [choice.block.name for choice in space.blocks]
        kinds = optuna.distributions.CategoricalDistribution(names)
        return {f"block {at}": kinds for at in range(most)}
    (choice,) = space.blocks
    return {name: _distribution(domain) for name, domain in choice.domains.items()}


def _distribution(domain: Domain) -> Any:
    import optuna

    if not isinstance(domain, Choices):
        raise SpaceError(f"Optuna is measured on choices, and not on {domain}.")
    if _ordered(domain):
        return optuna.distributions.IntDistribution(0, len(domain) - 1)
    return optuna.distributions.CategoricalDistribution(domain.values)


def _ordered(domain: Domain) -> bool:
    return isinstance(domain, Choices) and not isinstance(domain.values[0], str)


def _told(trial: Trial, space: SearchSpace, parameters: dict[str, Any]) -> Any:
    import optuna

    blocks = trial.candidate.architecture
    if len(space.blocks) > 1:
        values = {f"block {at}": block.name for at, block in enumerate(blocks)}
    else:
        domains = space.blocks[0].domains
        values = {
            name: domains[name].values.index(getattr(blocks[0], name))
            if _ordered(domains[name])
            else getattr(blocks[0], name)
            for name in parameters
        }
    return optuna.trial.create_trial(params=values, distributions=parameters, value=trial.score)


def _candidate(values: dict[str, Any], space: SearchSpace) -> Candidate:
    if len(space.blocks) > 1:
        by_name = {choice.block.name: choice.block for choice in space.blocks}
        return Candidate(tuple(by_name[each]() for each in values.values()), space.recipe)
    (choice,) = space.blocks
    given = {
        name: choice.domains[name].values[value] if _ordered(choice.domains[name]) else value
        for name, value in values.items()
    }
    return Candidate((choice.block(**choice.fixed, **given),), space.recipe)
