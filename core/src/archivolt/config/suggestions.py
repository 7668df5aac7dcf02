"""Suggestions in a configuration: candidates, each checked against the space beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import asdict

from archivolt.components.block import Block
from archivolt.config.annotations import settable
from archivolt.config.choices import AUGMENTATION, check_augmentations, read_variables
from archivolt.config.nodes import Node
from archivolt.config.sections import SpaceConfig, Suggestion
from archivolt.config.structure import MISSING, Reader, join
from archivolt.config.wording import describe_value
from archivolt.errors import nearest
from archivolt.values.choice import BlockChoice
from archivolt.values.recipe import Recipe

ARCHITECTURE, RECIPE = "architecture", "recipe"


def read_suggestions(reader: Reader, node: Node | None, space: Any, path: str) -> Any:
    """Read the section `suggestions`.

    What the space says of a block or of the recipe stands for what a suggestion leaves out.
    Depth and limits hang on the features of the data, so they are checked with those.

    Args:
        reader: Takes what is wrong.
        node: The section; None where there is none.
        space: The section `space` as it was read; MISSING where that is wrong itself.
        path: Of the section.
    """
    if node is None or node.value is None or space is MISSING:
        return ()
    if not node.is_list:
        what = f"expected a list of candidates, got {describe_value(node)}."
        return reader.tell(node, path, what, "Write `- architecture: [...]` for each.")
    read = [_read_one(reader, each, space, join(path, at)) for at, each in enumerate(node.value)]
    return MISSING if any(each is MISSING for each in read) else tuple(read)


def _read_one(reader: Reader, node: Node, space: SpaceConfig, path: str) -> Any:
    if isinstance(node.value, Suggestion):
        return node.value
    if not node.is_mapping:
        what = f"expected a mapping with an {ARCHITECTURE}, got {describe_value(node)}."
        return reader.tell(node, path, what)
    before = len(reader.errors)
    for key, child in node.value.items():
        if key not in (ARCHITECTURE, RECIPE):
            known = [ARCHITECTURE, RECIPE]
            reader.unknown(child, join(path, key), "a suggestion has no key", known)
    stack = node.get(ARCHITECTURE)
    at = join(path, ARCHITECTURE)
    blocks: list[Any] = []
    if stack is None:
        reader.tell(node, at, "is missing; expected a list of blocks.")
    elif not stack.is_list:
        reader.tell(stack, at, f"expected a list of blocks, got {describe_value(stack)}.")
    else:
        choices = tuple(_choices(space))
        for index, each in enumerate(stack.value):
            blocks.append(_read_block(reader, each, choices, join(at, index)))
    recipe = _read_recipe(reader, node.get(RECIPE), space, join(path, RECIPE))
    if len(reader.errors) > before:
        return MISSING
    return Suggestion(tuple(blocks), recipe, where=node.origin.where(path))


def _choices(space: SpaceConfig) -> Iterator[BlockChoice]:
    yield from (*space.blocks, *space.connectors)
    if space.cells is not None and space.cells.reduction is not None:
        yield space.cells.reduction


def _read_block(reader: Reader, node: Node, choices: Sequence[BlockChoice], path: str) -> Any:
    if isinstance(node.value, Block):
        return node.value
    cls = reader.find(node, Block, path)
    if cls is MISSING:
        return MISSING
    same = [choice for choice in choices if choice.block is cls]
    if not same:
        names = sorted({choice.block.name for choice in choices})
        what = f"{cls.name!r} is no block of this space."
        return reader.tell(node, path, what, nearest(cls.name, names))
    body = node if node.is_mapping else Node({}, node.origin)
    owner = f"block {cls.name!r} has no field"
    given = _read_values(reader, body, cls, path, owner, ("name",))
    if given is MISSING:
        return MISSING
    blocks = []
    for choice in same:
        usual = choice.default()
        values = {key: getattr(usual, each.name) for key, each in settable(cls).items()}
        block = reader.make(cls, {**values, **given}, body, path)
        if block is MISSING:
            return MISSING
        blocks.append(block)
    for block, choice in zip(blocks, same, strict=True):
        if block in choice:
            return block
    return _tell_outside(reader, body, blocks[0], same[0], path)


def _tell_outside(reader: Reader, node: Node, block: Block, choice: BlockChoice, path: str) -> Any:
    """Tell of the first field that the space does not allow to be what it is."""
    for key, attribute in settable(type(block)).items():
        value = getattr(block, attribute.name)
        child = node.get(key) or node
        if attribute.name in choice.fixed and choice.fixed[attribute.name] != value:
            what = f"the space fixes it at {choice.fixed[attribute.name]!r}, so not {value!r}."
            return reader.tell(child, join(path, key), what)
        domain = choice.domains.get(attribute.name)
        if domain is not None and value not in domain:
            return reader.tell(child, join(path, key), f"the space has {domain}, not {value!r}.")
    return reader.tell(node, path, f"{block} is not a block of this space.")


def _read_recipe(reader: Reader, node: Node | None, space: SpaceConfig, path: str) -> Any:
    if node is None or node.value is None:
        return space.recipe
    if isinstance(node.value, Recipe):
        return node.value
    if not node.is_mapping:
        return reader.tell(node, path, f"expected a mapping, got {describe_value(node)}.")
    given = _read_values(reader, node, Recipe, path, "a recipe has no field")
    if given is MISSING:
        return MISSING
    before = len(reader.errors)
    if node.get(AUGMENTATION) is not None:
        check_augmentations(reader, node.value[AUGMENTATION], join(path, AUGMENTATION))
    for key, value in given.items():
        domain = space.recipe_domains.get(key)
        if domain is not None and value not in domain:
            what = f"the space has {domain}, not {value!r}."
            reader.tell(node.value[key], join(path, key), what)
    if len(reader.errors) > before:
        return MISSING
    usual = asdict(space.recipe, recurse=False)
    return reader.make(Recipe, {**usual, **given}, node, path)


def _read_values(
    reader: Reader, node: Node, cls: type, path: str, owner: str, ignore: tuple[str, ...] = ()
) -> Any:
    """Read the fields that are written, each as one value."""
    before = len(reader.errors)
    values, domains = read_variables(reader, node, cls, path, owner, ignore)
    for key in domains:
        what = "a suggestion gives each field one value, not several."
        reader.tell(node.value[key], join(path, key), what)
    return MISSING if len(reader.errors) > before else values
