"""From nodes to values: walks the annotations of attrs classes and tells all that does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from attrs import Attribute, define, field, has

from archivolt.config.annotations import (
    arms,
    component_kind,
    describe_type,
    domain_of,
    is_component,
    is_mapping,
    is_required,
    is_sequence,
    settable,
    type_of,
)
from archivolt.config.nodes import Node, plain
from archivolt.config.scalars import scalar
from archivolt.config.wording import allows, describe_value, out_of, what_it_says
from archivolt.errors import ArchivoltError, ConfigError, nearest
from archivolt.values.choice import BlockChoice
from archivolt.values.quantities import DURATION, bytes_of, seconds, unit_of

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry

WORD = "WORD"  # of a section: the field that a word alone stands for
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()  # the error was told


def join(path: str, key: str | int) -> str:
    """Write a key path: `space.blocks[3].units`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


@define
class Reader:
    """Reads nodes as values; what is wrong is put into `errors`, and MISSING given back."""

    registry: Registry
    errors: list[ArchivoltError] = field(factory=list)

    def tell(self, node: Node, path: str, what: str, hint: str = "") -> Any:
        self.errors.append(ConfigError(node.origin.where(path), what, hint))
        return MISSING

    def attempt(self, node: Node, annotation: Any, path: str) -> tuple[Any, list[ArchivoltError]]:
        """Read without telling: the value, and what would be told."""
        trial = Reader(self.registry)
        value = trial.read(node, annotation, path)
        return value, trial.errors

    def read(self, node: Node, annotation: Any, path: str) -> Any:
        """Read a node as a value of the annotated type."""
        members = arms(annotation)
        if len(members) > 1:
            return self._read_union(node, annotation, members, path)
        if annotation is Any or annotation is object:
            return plain(node)
        if get_origin(annotation) is Literal:
            return self._read_literal(node, annotation, path)
        if is_component(annotation):
            return self.read_component(node, annotation, path)
        if annotation is BlockChoice:
            from archivolt.config.choices import read_choice

            return read_choice(self, node, path)
        if isinstance(annotation, type) and has(annotation):
            return self.read_section(node, annotation, path)
        if is_sequence(annotation):
            return self._read_list(node, annotation, path)
        if is_mapping(annotation):
            return self._read_mapping(node, annotation, path)
        return self._read_scalar(node, annotation, path)

    def expected(self, node: Node, annotation: Any, path: str) -> Any:
        hint = ""
        if node.text is not None and str in arms(annotation) and not node.is_word:
            hint = f'Write "{node.text}" in quotes if it is meant as text.'
        what = f"expected {describe_type(annotation)}, got {describe_value(node)}."
        return self.tell(node, path, what, hint)

    def _read_scalar(self, node: Node, annotation: Any, path: str) -> Any:
        try:
            return scalar(node, annotation)
        except TypeError:
            return self.expected(node, annotation, path)

    def _read_literal(self, node: Node, annotation: Any, path: str) -> Any:
        allowed = get_args(annotation)
        for each in allowed:
            if type(each) is type(node.value) and each == node.value:
                return each
        return self.tell(
            node,
            path,
            f"expected {describe_type(annotation)}, got {describe_value(node)}.",
            nearest(str(node.value), list(map(str, allowed))),
        )

    def _read_union(self, node: Node, annotation: Any, members: tuple[Any, ...], path: str) -> Any:
        exact = sorted(members, key=lambda arm: arm is not type(node.value))
        told: list[tuple[Any, list[ArchivoltError]]] = []
        for arm in exact:
            value, errors = self.attempt(node, arm, path)
            if not errors:
                return value
            told.append((arm, errors))
        # The errors of the arm that was meant say more than "expected this or that".
        for arm, errors in told:
            meant = (
                (node.is_mapping and (is_mapping(arm) or _has_keys(arm)))
                or (node.is_list and is_sequence(arm))
                or (node.is_word and is_component(arm))
                or (node.is_word and arm is BlockChoice)
            )
            if meant:
                self.errors.extend(errors)
                return MISSING
        return self.expected(node, annotation, path)

    def _read_list(self, node: Node, annotation: Any, path: str) -> Any:
        if not node.is_list:
            return self.expected(node, annotation, path)
        members = get_args(annotation) or (Any, Ellipsis)
        if get_origin(annotation) is tuple and members[-1] is not Ellipsis:
            if len(members) != len(node.value):
                what = f"expected {describe_type(annotation)}, got {len(node.value)} entries."
                return self.tell(node, path, what)
        else:
            members = (members[0],) * len(node.value)
        read = [
            self.read(each, member, join(path, index))
            for index, (each, member) in enumerate(zip(node.value, members, strict=True))
        ]
        return MISSING if any(each is MISSING for each in read) else tuple(read)

    def _read_mapping(self, node: Node, annotation: Any, path: str) -> Any:
        if not node.is_mapping:
            return self.expected(node, annotation, path)
        of = (get_args(annotation) or (str, Any))[1]
        read = {key: self.read(each, of, join(path, key)) for key, each in node.value.items()}
        return MISSING if any(each is MISSING for each in read.values()) else read

    def read_section(self, node: Node, cls: type, path: str, ignore: tuple[str, ...] = ()) -> Any:
        """Read a mapping as an attrs class that is no component."""
        if node.value is None:
            node = Node({}, node.origin, node.text)  # `space:` with nothing below
        if isinstance(node.value, cls):
            return node.value
        if node.is_word and hasattr(cls, WORD):
            node = node.named(getattr(cls, WORD))
        if not node.is_mapping:
            return self.tell(node, path, f"expected a mapping, got {describe_value(node)}.")
        values = self.read_fields(
            node, cls, path, f"{path or 'a configuration'} has no key", ignore
        )
        return MISSING if values is MISSING else self.make(cls, values, node, path)

    def read_component(
        self, node: Node, base: type, path: str, key: str = "name", extra: tuple[str, ...] = ()
    ) -> Any:
        """Read a word, or a mapping with the component's name and fields."""
        if isinstance(node.value, base):
            return node.value
        cls = self.find(node, base, path, key)
        if cls is MISSING:
            return MISSING
        fields_node = node if node.is_mapping else Node({}, node.origin)
        values = self.read_component_fields(fields_node, cls, path, (key, *extra))
        return MISSING if values is MISSING else self.make(cls, values, node, path)

    def read_component_fields(
        self, node: Node, cls: type, path: str, ignore: tuple[str, ...]
    ) -> Any:
        kind = component_kind(cls)
        owner = f"{kind.name if kind else 'component'} {getattr(cls, 'name', '')!r} has no field"
        return self.read_fields(node, cls, path, owner, ignore)

    def find(self, node: Node, base: type, path: str, key: str = "name") -> Any:
        """Look up the class that a word, or a mapping's `name`, names."""
        kind = component_kind(base)
        if kind is None:
            return self.tell(node, path, f"{base.__name__} is of no kind that has names.")
        named = node if node.is_word else node.get(key)
        if named is None and not node.is_mapping:
            return self.tell(
                node,
                path,
                f"expected {describe_type(base)}, or a mapping with its "
                f"{key}, got {describe_value(node)}.",
            )
        if named is None:
            known = sorted(self.registry.names(kind.name))
            return self.tell(
                node,
                path,
                f"which {kind.name} is meant? The key {key!r} is missing.",
                nearest("", known),
            )
        # A word may have become a mapping when it was merged with a preset's.
        at = path if node.is_word or key == "name" else join(path, key)
        if not named.is_word:
            return self.expected(named, base, at)
        try:
            cls = self.registry.find(kind.name, named.value, named.origin.where(at))
        except ArchivoltError as error:
            self.errors.append(error)
            return MISSING
        if not issubclass(cls, base):
            return self.tell(named, at, f"{named.value} is no {base.__name__}.")
        return cls

    def read_fields(
        self, node: Node, cls: type, path: str, owner: str, ignore: tuple[str, ...] = ()
    ) -> Any:
        known = settable(cls)
        values: dict[str, Any] = {}
        for key, child in node.value.items():
            if key in ignore:
                continue
            if key not in known:
                self.unknown(child, join(path, key), owner, [*known, *ignore])
                values[key] = MISSING
                continue
            values[key] = self.read_field(child, cls, known[key], join(path, key))
        for key, attribute in known.items():
            if is_required(attribute) and key not in node.value and key not in ignore:
                values[key] = self._missing(node, cls, attribute, join(path, key))
        return MISSING if any(value is MISSING for value in values.values()) else values

    def _missing(self, node: Node, cls: type, attribute: Attribute[Any], path: str) -> Any:
        annotation = type_of(cls, attribute)
        expected = f"is missing; expected {describe_type(annotation)}."
        hint = ""
        kind = component_kind(annotation) if is_component(annotation) else None
        if kind is not None:
            hint = nearest("", sorted(self.registry.names(kind.name)))
        return self.tell(node, path, expected, hint)

    def unknown(self, node: Node, path: str, owner: str, known: list[str]) -> None:
        key = path.rpartition(".")[2]
        self.tell(node, path, f"{owner} {key!r}.", nearest(key, list(dict.fromkeys(known))))

    def read_field(self, node: Node, cls: type, attribute: Attribute[Any], path: str) -> Any:
        """Read the value of one field: units, type, domain."""
        annotation = type_of(cls, attribute)
        unit = unit_of(attribute)
        if unit is not None and node.is_word:
            try:
                return (seconds if unit == DURATION else bytes_of)(node.value)
            except ValueError as error:
                return self.tell(node, path, str(error))
        value = self.read(node, annotation, path)
        domain = domain_of(cls, attribute)
        if value is not MISSING and domain is not None and not allows(domain, value):
            return self.tell(node, path, *out_of(domain, value))
        return value

    def make(self, cls: type, values: Mapping[str, Any], node: Node, path: str) -> Any:
        """Build an attrs class; what its validators say is told."""
        try:
            return cls(**values)
        except (ValueError, TypeError) as error:
            said, key = what_it_says(error)
            child = node.get(key) if key in values else None
            if child is not None:
                return self.tell(child, join(path, key), said)
            return self.tell(node, path, said)


def _has_keys(arm: Any) -> bool:
    return is_component(arm) or arm is BlockChoice or (isinstance(arm, type) and has(arm))
