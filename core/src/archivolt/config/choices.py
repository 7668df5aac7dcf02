"""Search spaces in a configuration: blocks and recipe fields, each a value, choices or a range."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from attrs import evolve

from archivolt.components.block import Block
from archivolt.config.annotations import (
    arms,
    domain_of,
    is_required,
    is_sequence,
    settable,
    type_of,
)
from archivolt.config.nodes import Node
from archivolt.config.sections import SpaceConfig
from archivolt.config.structure import MISSING, Reader, join
from archivolt.config.wording import allows, describe_value, out_of
from archivolt.errors import ArchivoltError
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices, Domain, Range
from archivolt.values.recipe import Recipe

WEIGHT = "weight"  # the key of a block's chance
AUGMENTATION = "augmentation"  # the field of a recipe that names components
RANGE_KEYS = ("low", "high", "log")


def read_space(reader: Reader, node: Node, path: str) -> Any:
    """Read the section `space`."""
    if isinstance(node.value, SpaceConfig):
        return node.value
    hidden = ("recipe", "recipe_domains")
    stray = node.get("recipe_domains")
    if stray is not None:
        reader.unknown(stray, join(path, "recipe_domains"), f"{path} has no key", ["recipe"])
    space = reader.read_section(node, SpaceConfig, path, ignore=hidden)
    recipe_node = node.get("recipe")
    recipe, domains = Recipe(), {}
    if recipe_node is not None:
        read = read_recipe(reader, recipe_node, join(path, "recipe"))
        if read is MISSING:
            return MISSING
        recipe, domains = read
    if space is MISSING:
        return MISSING
    for key, connecting in (("blocks", False), ("connectors", True)):
        for index, choice in enumerate(getattr(space, key)):
            if choice.block.connector is not connecting:
                other = "connectors" if choice.block.connector else "blocks"
                entries = node.get(key)
                entry = entries.value[index] if entries is not None else node
                what = f"{choice.block.name!r} belongs to space.{other}."
                reader.tell(entry, join(join(path, key), index), what)
    return evolve(space, recipe=recipe, recipe_domains=domains)


def read_choice(reader: Reader, node: Node, path: str) -> Any:
    """Read one block of a space: a word, or a mapping with its name, fields and weight."""
    if isinstance(node.value, BlockChoice):
        return node.value
    if isinstance(node.value, type) and issubclass(node.value, Block):
        return BlockChoice(node.value)
    cls = reader.find(node, Block, path)
    if cls is MISSING:
        return MISSING
    body = node if node.is_mapping else Node({}, node.origin)
    before = len(reader.errors)
    weight = 1.0
    weight_node = body.get(WEIGHT) if WEIGHT not in settable(cls) else None
    if weight_node is not None:
        weight = reader.read(weight_node, float, join(path, WEIGHT))
        if weight is not MISSING and weight <= 0:
            reader.tell(weight_node, join(path, WEIGHT), f"must be above 0, not {weight:g}.")
    skipped = ("name",) if WEIGHT in settable(cls) else ("name", WEIGHT)
    read = read_variables(reader, body, cls, path, f"block {cls.name!r} has no field", skipped)
    if len(reader.errors) > before:
        return MISSING
    fixed, narrowed = read
    for key, attribute in settable(cls).items():
        default, own = attribute.default, domain_of(cls, attribute)
        if key in narrowed and narrowed[key] == own:
            del narrowed[key]  # said, and so anyway: one form for equal choices
        if own is None and key in fixed and fixed[key] == default:
            del fixed[key]
        if is_required(attribute) and key not in fixed:
            what = f"{key!r} of {cls.name!r} has no default: give it one value."
            reader.tell(body.get(key) or body, path, what)
    if len(reader.errors) > before:
        return MISSING
    _try_values(reader, body, cls, fixed, narrowed, path)
    return MISSING if len(reader.errors) > before else BlockChoice(cls, fixed, narrowed, weight)


def read_recipe(reader: Reader, node: Node, path: str) -> Any:
    """Read the recipe of a space: its fixed values, and the domains of the searched ones."""
    if isinstance(node.value, Recipe):
        return node.value, {}
    if node.value is None:
        return Recipe(), {}
    if not node.is_mapping:
        return reader.tell(node, path, f"expected a mapping, got {describe_value(node)}.")
    before = len(reader.errors)
    read = read_variables(reader, node, Recipe, path, "a recipe has no field")
    if len(reader.errors) > before:
        return MISSING
    fixed, domains = read
    augmentation = node.get(AUGMENTATION)
    if augmentation is not None:
        check_augmentations(reader, augmentation, join(path, AUGMENTATION))
    for key, domain in domains.items():
        default = getattr(Recipe(), key)
        first = domain.values[0] if isinstance(domain, Choices) else domain.low
        fixed[key] = default if default in domain else first
    recipe = reader.make(Recipe, fixed, node, path)
    return MISSING if len(reader.errors) > before else (recipe, domains)


def read_variables(
    reader: Reader,
    node: Node,
    cls: type,
    path: str,
    owner: str,
    ignore: tuple[str, ...] = (),
) -> tuple[dict[str, Hashable], dict[str, Domain]]:
    """Read fields that are fixed by a value, or searched in a list or a range."""
    known = settable(cls)
    fixed: dict[str, Hashable] = {}
    domains: dict[str, Domain] = {}
    for key, child in node.value.items():
        at = join(path, key)
        if key in ignore:
            continue
        if key not in known:
            reader.unknown(child, at, owner, [*known, *ignore])
            continue
        value = _read_variable(reader, child, cls, known[key], at)
        if isinstance(value, (Choices, Range)):
            domains[key] = value
        elif value is not MISSING:
            fixed[key] = value
    return fixed, domains


def _read_variable(reader: Reader, node: Node, cls: type, attribute: Any, path: str) -> Any:
    annotation, own = type_of(cls, attribute), domain_of(cls, attribute)
    if cls is Recipe and attribute.name == AUGMENTATION:
        own = None  # which names there are is for the packs to say
    value, errors = reader.attempt(node, annotation, path)
    if not errors:
        if own is not None and not allows(own, value):
            return reader.tell(node, path, *out_of(own, value))
        return value
    if node.is_mapping and set(node.value) & set(RANGE_KEYS):
        return _read_range(reader, node, annotation, own, path)
    nested = any(each.is_list for each in node.value) if node.is_list else False
    listed = any(is_sequence(arm) for arm in arms(annotation))
    if node.is_list and (nested or not listed):
        return _read_choices(reader, node, annotation, own, path)
    reader.errors.extend(errors)
    return MISSING


def _read_choices(reader: Reader, node: Node, annotation: Any, own: Any, path: str) -> Any:
    if not node.value:
        return reader.tell(node, path, "a list of choices must hold at least one.")
    values = []
    for index, each in enumerate(node.value):
        value = reader.read(each, annotation, join(path, index))
        if value is not MISSING and own is not None and not allows(own, value):
            value = reader.tell(each, join(path, index), *out_of(own, value))
        values.append(value)
    return MISSING if any(value is MISSING for value in values) else Choices(tuple(values))


def _read_range(reader: Reader, node: Node, annotation: Any, own: Any, path: str) -> Any:
    for key, child in node.value.items():
        if key not in RANGE_KEYS:
            reader.unknown(child, join(path, key), "a range has no key", list(RANGE_KEYS))
            return MISSING
    number = next((kind for kind in (float, int) if kind in arms(annotation)), None)
    if number is None:
        return reader.tell(node, path, "a range is for numbers, and this field takes none.")
    preset: Mapping[str, Any] = {}
    if isinstance(own, Range):
        preset = {"low": own.low, "high": own.high, "log": own.log}
    ends: dict[str, Any] = {"log": preset.get("log", False)}
    for key in ("low", "high"):
        child = node.get(key)
        if child is None and key not in preset:
            return reader.tell(node, path, f"a range needs {key!r}.")
        if child is None:
            ends[key] = preset[key]
            continue
        ends[key] = reader.read(child, number, join(path, key))
        if ends[key] is MISSING:
            return MISSING
        if own is not None and not allows(own, ends[key]):
            return reader.tell(child, join(path, key), *out_of(own, ends[key]))
    if node.get("log") is not None:
        ends["log"] = reader.read(node.value["log"], bool, join(path, "log"))
    return MISSING if ends["log"] is MISSING else reader.make(Range, ends, node, path)


def _try_values(
    reader: Reader,
    node: Node,
    cls: type[Block],
    fixed: Mapping[str, Hashable],
    narrowed: Mapping[str, Domain],
    path: str,
) -> None:
    """Build the block with each value, so that its own validators see them before a search does."""
    if reader.make(cls, fixed, node, path) is MISSING:
        return
    for key, domain in narrowed.items():
        values = domain.values if isinstance(domain, Choices) else (domain.low, domain.high)
        for value in values:
            if reader.make(cls, {**fixed, key: value}, node, path) is MISSING:
                break


def check_augmentations(reader: Reader, node: Node, path: str) -> None:
    """Tell of names that no plugin registers."""
    for index, each in enumerate(node.value):
        at = join(path, index)
        if each.is_list:
            check_augmentations(reader, each, at)
            continue
        try:
            reader.registry.find("augmentation", each.value, each.origin.where(at))
        except ArchivoltError as error:
            reader.errors.append(error)
