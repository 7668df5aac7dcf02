"""The JSON Schema of configurations (draft 2020-12), from the same classes that check them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from attrs import NOTHING, Attribute, define, field, has

from archivolt.config.annotations import (
    NONE,
    arms,
    component_kind,
    domain_of,
    is_component,
    is_mapping,
    is_sequence,
    settable,
    type_of,
    words_of,
)
from archivolt.config.choices import WEIGHT
from archivolt.config.comments import field_comments
from archivolt.config.domain_schema import Schema, in_domain, searched
from archivolt.config.loading import OUTPUTS
from archivolt.config.merging import MUTATORS, SOURCE
from archivolt.config.presets import DEFAULT, FOR, PRESET
from archivolt.config.sections import Config, SpaceConfig
from archivolt.config.structure import WORD
from archivolt.config.writing import plain_value
from archivolt.plugins.kinds import Kind
from archivolt.values.choice import BlockChoice
from archivolt.values.quantities import unit_of
from archivolt.values.recipe import Recipe

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SIMPLE: dict[Any, Schema] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    NONE: {"type": "null"},
    Path: {"type": "string"},
}


def json_schema(registry: Registry) -> Schema:
    """Describe what a configuration may say with the plugins of a registry."""
    return _Writer(registry).whole()


@define
class _Writer:
    registry: Registry
    definitions: dict[str, Schema] = field(factory=dict)

    def whole(self) -> Schema:
        properties = self._properties(Config, without=OUTPUTS)
        properties |= {
            "data": self._data(),
            "phases": self._or_word(properties["phases"], "schedule"),
            "finalists": self._or_word(properties["finalists"], "training"),
            MUTATORS: self._mutators(),
            "space": self._space(),
            PRESET: {"enum": [*sorted(self.registry.presets()), None]},
            DEFAULT: {"type": "boolean", "description": "In a preset: it lies below everything."},
            FOR: {
                "description": "In a preset: the sources whose data it is taken for.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            },
        }
        properties["seed"]["description"] = "Where every random choice of the run comes from."
        return {
            "$schema": DRAFT,
            "title": "An Archivolt configuration",
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "$defs": self.definitions,
        }

    # Fields

    def _properties(self, cls: type, without: tuple[str, ...] = ()) -> Schema:
        return {
            key: self._field(cls, attribute)
            for key, attribute in settable(cls).items()
            if key not in without
        }

    def _field(self, cls: type, attribute: Attribute[Any]) -> Schema:
        schema = self._bounded(cls, attribute)
        return {**schema, **self._remarks(cls, attribute)}

    def _remarks(self, cls: type, attribute: Attribute[Any]) -> Schema:
        remarks: Schema = {}
        comment = field_comments(cls).get(attribute.name)
        if comment:
            remarks["description"] = comment[0].upper() + comment[1:]
        default = attribute.default
        factory = getattr(default, "factory", None)
        if factory is not None:
            default = NOTHING if getattr(default, "takes_self", False) else factory()
        if default is not NOTHING and not has(type(default)):
            remarks["default"] = plain_value(default, self.registry)
        return remarks

    def _bounded(self, cls: type, attribute: Attribute[Any]) -> Schema:
        schema = self._type(type_of(cls, attribute))
        domain = domain_of(cls, attribute)
        if domain is not None and not _names_augmentations(cls, attribute):
            schema = in_domain(schema, domain)
        elif words_of(attribute) and "type" in schema:
            words: list[Any] = list(words_of(attribute))
            schema = {"enum": [*words, None] if "null" in schema["type"] else words}
        if unit_of(attribute) is not None:
            schema = {"anyOf": [schema, {"type": "string"}]}
        return schema

    def _type(self, annotation: Any) -> Schema:
        members = arms(annotation)
        if len(members) > 1:
            options = [self._type(arm) for arm in members]
            types = [each.get("type") for each in options if set(each) == {"type"}]
            if len(types) == len(options):
                return {"type": types}
            return {"anyOf": options}
        if annotation in _SIMPLE:
            return dict(_SIMPLE[annotation])
        if get_origin(annotation) is Literal:
            return {"enum": list(get_args(annotation))}
        if is_component(annotation):
            kind = component_kind(annotation)
            return self._component(kind) if kind else {}
        if annotation is BlockChoice:
            return self._reference("block choice", self._block_choice)
        if isinstance(annotation, type) and has(annotation):
            return self._section(annotation)
        if is_sequence(annotation):
            return self._list(get_args(annotation))
        if is_mapping(annotation):
            value = (get_args(annotation) or (str, Any))[1]
            return {"type": "object", "additionalProperties": self._type(value)}
        return {}

    def _list(self, members: tuple[Any, ...]) -> Schema:
        if not members:
            return {"type": "array"}
        if len(members) == 1 or members[1] is Ellipsis:
            return {"type": "array", "items": self._type(members[0])}
        return {
            "type": "array",
            "prefixItems": [self._type(each) for each in members],
            "minItems": len(members),
            "maxItems": len(members),
        }

    def _section(self, cls: type) -> Schema:
        section = {
            "type": ["object", "null"],
            "description": _first_line(cls),
            "properties": self._properties(cls),
            "additionalProperties": False,
        }
        if not hasattr(cls, WORD):
            return section
        word = {"type": "string", "description": f"Its {getattr(cls, WORD)}."}
        return {"anyOf": [word, section]}

    # Components

    def _component(self, kind: Kind) -> Schema:
        return self._reference(kind.name, lambda: self._any_of_kind(kind.name, "name"))

    def _reference(self, name: str, build: Any) -> Schema:
        if name not in self.definitions:
            self.definitions[name] = {}  # a component may hold one of its own kind
            self.definitions[name] = build()
        return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}

    def _names(self, cls: type) -> list[str]:
        return list(
            dict.fromkeys([self.registry.short_name(cls), self.registry.qualified_name(cls)])
        )

    def _any_of_kind(self, kind: str, key: str) -> Schema:
        registrations = self.registry.of_kind(kind)
        words = [
            {"enum": self._names(each.component), "description": each.component.summary()}
            for each in registrations
        ]
        # Without its name a mapping adds to the component that a preset names.
        mappings = [
            {
                "type": "object",
                "description": each.component.summary(),
                "properties": {
                    key: {"enum": self._names(each.component)},
                    **self._properties(each.component),
                },
                "additionalProperties": False,
            }
            for each in registrations
        ]
        return {"anyOf": [*words, *mappings]} if registrations else {"type": ["string", "object"]}

    def _data(self) -> Schema:
        found = self._any_of_kind("source", SOURCE)
        mappings = [each for each in found.get("anyOf", ()) if "properties" in each]
        for each in mappings:
            each["properties"].setdefault("path", {"type": "string"})
        path = {"type": "string", "description": "A path alone: the source is guessed."}
        return {"description": "Where the data are.", "anyOf": [path, *mappings, {"type": "null"}]}

    def _or_word(self, section: Schema, key: str) -> Schema:
        word = {"enum": section["properties"][key]["enum"], "description": f"Its {key}."}
        return {"description": section.pop("description"), "anyOf": [word, section]}

    def _mutators(self) -> Schema:
        weight = {"type": ["number", "null"], "minimum": 0, "description": "0: off."}
        entries: Schema = {}
        for each in self.registry.of_kind("mutator"):
            mapping = {
                "type": "object",
                "properties": {WEIGHT: weight, **self._properties(each.component)},
                "additionalProperties": False,
            }
            for name in self._names(each.component):
                entries[name] = {
                    "description": each.component.summary(),
                    "anyOf": [weight, mapping],
                }
        listed = self._any_of_kind("mutator", "name")
        for option in listed.get("anyOf", ()):
            if "properties" in option:
                option["properties"][WEIGHT] = weight
        return {
            "description": "Changes from one candidate to the next, with their weights.",
            "anyOf": [
                {"type": "object", "properties": entries, "additionalProperties": False},
                {"type": "array", "items": listed},
                {"type": "null"},
            ],
        }

    # The search space

    def _space(self) -> Schema:
        section = self._section(SpaceConfig)
        properties = section["properties"]
        del properties["recipe_domains"]
        properties["recipe"] = {
            "type": ["object", "null"],
            "description": _first_line(Recipe),
            "properties": self._variables(Recipe),
            "additionalProperties": False,
        }
        return section

    def _block_choice(self) -> Schema:
        options: list[Schema] = []
        for each in self.registry.of_kind("block"):
            summary = each.component.summary()
            names = {"enum": self._names(each.component)}
            options.append({**names, "description": summary})
            weight = {"type": "number", "exclusiveMinimum": 0, "description": "Relative chance."}
            options.append(
                {
                    "type": "object",
                    "description": summary,
                    "properties": {
                        "name": names,
                        WEIGHT: weight,
                        **self._variables(each.component),
                    },
                    "required": ["name"],
                    "additionalProperties": False,
                }
            )
        return {"anyOf": options} if options else {"type": ["string", "object"]}

    def _variables(self, cls: type) -> Schema:
        """Describe fields that are a value, a list of choices or a range."""
        variables: Schema = {}
        for key, attribute in settable(cls).items():
            value = self._bounded(cls, attribute)
            number = bool({int, float} & set(arms(type_of(cls, attribute))))
            variables[key] = {**searched(value, number), **self._remarks(cls, attribute)}
        return variables


def _names_augmentations(cls: type, attribute: Attribute[Any]) -> bool:
    return cls is Recipe and attribute.name == "augmentation"


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").strip().partition("\n")[0]
