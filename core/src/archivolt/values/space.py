"""The search space: which blocks, how deep, which cells, which recipe values, which limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen
from attrs.validators import min_len

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.cells import Cells as Cells
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Domain
from archivolt.values.faults import fault_of
from archivolt.values.features import SEQUENCE, VECTOR, Features
from archivolt.values.footprint import Footprint, Limits, block_footprint, head_footprint
from archivolt.values.mutation import Mutation, able_mutators, child_of, draw_mutator
from archivolt.values.recipe import Recipe
from archivolt.values.routes import Routes

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.components.strategies import Mutator
    from archivolt.values.problem import Part
    from archivolt.values.sampling import Sampler

    Architecture = tuple[Block, ...]

REMEMBERED = 1 << 12  # blocks and candidates that were found to be of the space


@frozen
class SearchSpace:
    """Which candidates a search may propose.

    An architecture of the space is a body of searched blocks, with connectors where the feature
    kind changes and reductions where `cells` puts them.
    """

    features: Features  # what the first block reads
    outputs: int  # units of the head, a dense layer on a vector, or on each step of a sequence
    blocks: tuple[BlockChoice, ...] = field(validator=min_len(1))
    connectors: tuple[BlockChoice, ...] = ()
    depth: tuple[int, int] = field(default=(1, 4))  # searched blocks, fewest and most
    cells: Cells | None = None
    recipe: Recipe = field(factory=Recipe)  # the values that are not searched
    recipe_domains: Mapping[str, Domain] = field(factory=dict, hash=False)
    limits: Limits = field(factory=Limits)
    mutators: tuple[tuple[Mutator, float], ...] = ()  # with their weights
    per_step: bool = False  # whether the head gives its outputs for each step of the features
    parts: tuple[Part, ...] = ()  # of several tasks, whose heads may have blocks of their own

    @depth.validator
    def _check_depth(self, _: object, depth: tuple[int, int]) -> None:
        fewest, most = depth
        if not 0 <= fewest <= most or most < 1:
            raise ValueError(f"depth {list(depth)} is not [fewest, most] with 1 <= most")

    # Which candidates

    @property
    def ends(self) -> str:
        """The feature kind that the head reads."""
        return SEQUENCE if self.per_step else VECTOR

    @property
    def depths(self) -> tuple[int, int]:
        """Fewest and most searched blocks; a cell that is repeated holds `cells.size` at most."""
        fewest, most = self.depth
        if self.cells is not None and self.cells.replicate:
            most = min(most, self.cells.size)
        return min(fewest, most), most

    def sample(self, rng: Generator) -> Candidate:
        """Draw a candidate within the limits.

        Raises:
            SpaceError: no candidate fits.
        """
        return self._sampler.draw(rng)

    @cached_property
    def _sampler(self) -> Sampler:
        from archivolt.values.sampling import Sampler

        return Sampler(self)

    def sample_recipe(self, rng: Generator) -> Recipe:
        drawn: dict[str, Any] = {
            name: domain.sample(rng) for name, domain in self.recipe_domains.items()
        }
        return evolve(self.recipe, **drawn)

    def __contains__(self, candidate: object) -> bool:
        if not isinstance(candidate, Candidate):
            return False
        try:
            return self._fault(candidate) is None
        except SpaceError:
            return False

    def check(self, candidate: Candidate) -> None:
        """Raise a SpaceError that says why the candidate is not in the space."""
        fault = self._fault(candidate)
        if fault is not None:
            raise SpaceError(fault())

    def _fault(
        self, candidate: Candidate, parent: Candidate | None = None
    ) -> Callable[[], str] | None:
        """Return what tells why the candidate is not in the space: most often nobody asks.

        Args:
            candidate: To be looked at.
            parent: Like which `assemble` made its architecture, with the same recipe.
        """
        # A mutator checks its child, and whoever called it checks once more.
        if candidate in self._checked:
            return None
        if len(self._checked) >= REMEMBERED:
            self._checked.clear()
        known = parent.architecture if parent in self._checked else ()
        fault = fault_of(candidate, self, parent is not None, known)
        if fault is None:
            self._checked.add(candidate)
        return fault

    @cached_property
    def _checked(self) -> set[Candidate]:
        return set()

    def choice_of(self, block: Block) -> BlockChoice | None:
        """Return the entry of the space that a block or connector is an instance of."""
        try:  # hashed once: a search asks hundreds of times a proposal
            return self._choices[block]
        except KeyError:
            if len(self._choices) >= REMEMBERED:
                self._choices.clear()
            same = self._by_class.get(type(block), ())
            found = next((choice for choice in same if block in choice), None)
            self._choices[block] = found
            return found

    @cached_property
    def _choices(self) -> dict[Block, BlockChoice | None]:
        return {}

    @cached_property
    def _by_class(self) -> dict[type[Block], list[BlockChoice]]:
        found: dict[type[Block], list[BlockChoice]] = {}
        for choice in (*self.blocks, *self.connectors):
            found.setdefault(choice.block, []).append(choice)
        return found

    def limited_to_depth(self, most: int) -> SearchSpace:
        """Return the same space with at most so many blocks."""
        most = max(1, min(most, self.depth[1]))
        if most not in self._by_depth:  # kept, with what sampling has learnt of it
            self._by_depth[most] = evolve(self, depth=(min(self.depth[0], most), most))
        return self._by_depth[most]

    @cached_property
    def _by_depth(self) -> dict[int, SearchSpace]:
        return {self.depth[1]: self}

    # From searched blocks to an architecture, and back

    def body(self, architecture: Sequence[Block]) -> Architecture:
        """Return the searched blocks of an architecture: no connectors, no reductions."""
        blocks = tuple([block for block in architecture if not block.connector])
        if self.cells is None:
            return blocks
        return self.cells.body(blocks, self.features.kind, self.reaches)

    def layout(self, body: Sequence[Block]) -> Architecture:
        """Return the body with its cells repeated and the reductions between them."""
        if self.cells is None:
            return tuple(body)
        return self.cells.layout(body, self.features.kind, self.reaches)

    def assemble(self, body: Sequence[Block], like: Sequence[Block] = ()) -> Architecture:
        """Make an architecture of searched blocks.

        Connectors of `like` are kept where the same kinds meet, others take their defaults.

        Raises:
            SpaceError: two neighbours do not fit, and no connector joins them.
        """
        kept = {(each.reads, each.writes): each for each in like if each.connector}
        result: list[Block] = []
        kind = self.features.kind
        for block in (*self.layout(body), None):
            wanted = block.reads if block is not None else self.ends
            for choice in self.path(kind, wanted) if kind != wanted else ():
                ends = (choice.block.reads, choice.block.writes)
                result.append(kept.get(ends) or choice.default())
            if block is not None:
                result.append(block)
                kind = block.writes
        return tuple(result)

    def with_body(
        self, candidate: Candidate, body: Sequence[Block], like: Sequence[Block] | None = None
    ) -> Candidate | None:
        """Return the candidate with other searched blocks.

        None where that is not in the space. Connectors are those of `like`, where it is given,
        or else the candidate's own.
        """
        like = candidate.architecture if like is None else like
        try:
            child = evolve(candidate, architecture=self.assemble(body, like))
            return child if self._fault(child, parent=candidate) is None else None
        except SpaceError:
            return None

    @cached_property
    def routes(self) -> Routes:
        """The ways between feature kinds that blocks and connectors make."""
        return Routes(self.blocks, self.connectors)

    def path(self, kind: str, wanted: str) -> tuple[BlockChoice, ...]:
        """Return the fewest connectors from one feature kind to another; see `Routes.path`."""
        return self.routes.path(kind, wanted)

    def reaches(self, kind: str, wanted: str) -> bool:
        """Tell whether connectors lead from one feature kind to another."""
        return self.routes.reaches(kind, wanted)

    def draw_block(self, kind: str, wanted: str, rng: Generator) -> Block | None:
        """Draw a block that can stand between features of one kind and another, by weight."""
        menu = self.routes.fitting(kind, wanted)
        return menu.pick(rng).sample(rng) if menu else None

    # What it costs

    def footprint(self, architecture: Sequence[Block]) -> Footprint:
        """Return output and cost of an architecture with its head, as `stack` does without."""
        total = self.stack(architecture)
        return total.then(self.head(total.features))

    def stack(self, architecture: Sequence[Block]) -> Footprint:
        """Return output and cost of blocks on the space's input, without the head.

        Raises:
            SpaceError: a block cannot stand where it stands.
        """
        # Summed up in plain numbers: a search asks for this thousands of times a second.
        x, parameters, flops = self.features, 0, 0
        before = [x]
        for block in architecture:
            if block.reads != x.kind:
                raise SpaceError(f"{block} reads {block.reads}, and is given {x.kind}.")
            cost = block_footprint(block, x, tuple(before[:-1]) if block.looks_back else ())
            x = cost.features
            before.append(x)
            parameters += cost.parameters
            flops += cost.flops
        return Footprint(x, parameters, flops)

    def head(self, features: Features) -> Footprint:
        """Return the cost of the dense layer that gives the outputs."""
        given = self.features if self.per_step else None
        return head_footprint(features, self.outputs, given, self.parts)

    # Which changes

    def mutate(
        self,
        candidate: Candidate,
        rng: Generator,
        growing: bool | None = None,
        accept: Callable[[Candidate], bool] = lambda _: True,
        attempts: int = 50,
        mates: Sequence[Candidate] = (),
    ) -> Mutation | None:
        """Change a candidate at random by one of the space's mutators.

        Args:
            candidate: The parent.
            rng: Where every choice is drawn from.
            growing: Take only mutators that make the network deeper, or only others; None: all.
            accept: Further condition on the child, such as not having been tried.
            attempts: Draws before giving up.
            mates: Second parents to draw from; mutators that cross take part where there are any.

        Returns:
            A valid child other than the parent; None where none was found.
        """
        able = able_mutators(self.mutators, growing, crossing=bool(mates))
        for _ in range(attempts if able else 0):
            mutator = draw_mutator(able, rng)
            child = child_of(mutator, candidate, mates, self, rng)
            if child is not None and child != candidate and accept(child) and child in self:
                return Mutation(child, mutator.name)
        return None
