"""The codec: values with components in them as plain data, and back, with what a registry holds.

Importing it loads cattrs, so commands that only list or check take it in late.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin

from attrs import fields, has, resolve_types
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override

from archivolt.components.base import Component
from archivolt.components.block import Block
from archivolt.errors import ArchivoltError, DataError, UnknownComponentError
from archivolt.plugins.kinds import KINDS, kind_of
from archivolt.plugins.renaming import once_called
from archivolt.values import encoding
from archivolt.values.candidate import Candidate
from archivolt.values.own_paths import found_from, told_from
from archivolt.values.problem import Part, Problem
from archivolt.values.trial import Trial

if TYPE_CHECKING:
    from archivolt.plugins.lookup import Registry

    PlainData = Any

T = TypeVar("T")

# Values know no components, so the annotation of an architecture is completed here.
resolve_types(Candidate, localns={"Architecture": tuple[Block, ...]})
resolve_types(Part, localns={"Architecture": tuple[Block, ...]})


class Codec:
    """Encodes and decodes values; components are mappings with their qualified `name`.

    Args:
        registry: Where names are looked up.
        recorded: The snapshot of the run that wrote the data; errors name its packs.
        folder: Of the run that keeps the data. Paths below it are written as seen from there, and
            read as it lies then: it may be moved.
    """

    def __init__(
        self,
        registry: Registry,
        recorded: Mapping[str, Any] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._registry = registry
        self._recorded = recorded or {"plugins": {}}
        self._told, self._found = told_from(folder), found_from(folder)
        self._converter = Converter(detailed_validation=False)
        self._structure: dict[type, Callable[[Any, Any], Any]] = {}
        self._install()

    def encode(self, value: object) -> PlainData:
        """Turn a value into what `json.dumps` takes."""
        return encoding.encode(value, self._registry.qualified_name, path_of=self._told)

    def decode(self, data: PlainData, as_type: type[T]) -> T:
        """Turn plain data into a value of a type: an attrs class, or a tuple of them.

        Raises:
            UnknownComponentError: the data hold a component that is not registered.
            DataError: the data are no such value.
        """
        try:
            return self._converter.structure(data, as_type)
        except ArchivoltError:
            raise
        except Exception as error:
            title = getattr(as_type, "__name__", as_type)
            raise DataError(
                f"cannot be read as {title}: {error or type(error).__name__}"
            ) from error

    def decode_component(self, kind: str | None, data: PlainData) -> Component:
        """Read a component of a kind; None: of whichever kind has its name."""
        if kind is not None:
            return self.decode(data, KINDS[kind].base)
        return self.decode(data, Component)

    def decode_candidate(self, data: PlainData) -> Candidate:
        return self.decode(data, Candidate)

    def decode_trial(self, data: PlainData) -> Trial:
        return self.decode(data, Trial)

    def decode_problem(self, data: PlainData) -> Problem:
        return self.decode(data, Problem)

    # How types are read

    def _install(self) -> None:
        converter = self._converter
        for plain in (int, float, str, bool):
            converter.register_structure_hook(plain, partial(_plain, plain))
        converter.register_structure_hook(Path, lambda data, _: self._found(_plain(str, data, str)))
        converter.register_structure_hook_func(_is_open, lambda data, _: data)
        converter.register_structure_hook_func(
            lambda hint: hint is Hashable, lambda data, _: _hashable(data)
        )
        converter.register_structure_hook_func(_is_union, self._union)
        converter.register_structure_hook_factory(has, self._attrs_hook)
        # Later ones are asked first: components are attrs classes too.
        converter.register_structure_hook_func(_is_component, self._component)

    def _attrs_hook(self, cls: type) -> Callable[[Any, Any], Any]:
        resolve_types(cls)
        skipped = {each.name: override(omit=True) for each in fields(cls) if not each.init}
        return make_dict_structure_fn(
            cls,
            self._converter,
            _cattrs_forbid_extra_keys=not skipped,
            _cattrs_detailed_validation=False,
            **cast(Any, skipped),
        )

    def _union(self, data: PlainData, hint: object) -> Any:
        """Read the first member that takes the data; one of exactly its type goes before others."""
        members = get_args(hint)
        if data is None and types.NoneType in members:
            return None
        if type(data) in members:
            return data
        optional = len(members) == 2 and types.NoneType in members
        problem: Exception = ValueError(f"expected {hint}, not {data!r}")
        for member in members:
            try:
                return self._converter.structure(data, member)
            except ArchivoltError:
                raise
            except Exception as error:
                problem = error if optional and member is not types.NoneType else problem
        raise problem

    def _component(self, data: PlainData, base: type[Component]) -> Component:
        if not isinstance(data, Mapping) or "name" not in data:
            raise DataError(f"a component is a mapping with a name, not {data!r}")
        component = self._class_of(str(data["name"]), base)
        structure = self._structure.get(component)
        if structure is None:
            structure = self._attrs_hook(component)
            self._structure[component] = structure
        content = {key: value for key, value in data.items() if key != "name"}
        try:
            return cast(Component, structure(content, component))
        except ArchivoltError:
            raise
        except Exception as error:
            raise DataError(str(error) or type(error).__name__, where=data["name"]) from error

    def _class_of(self, name: str, base: type[Component]) -> type[Component]:
        if base is not Component:
            kinds = [kind_of(base).name]
        else:
            known = self._registry.registrations
            kinds = [
                each.kind for each in known if name in (each.qualified_name, each.component.name)
            ]
            kinds += [each.kind for each in once_called(known, name.rpartition(":")[2])]
            kinds = list(dict.fromkeys(kinds)) or [""]
        try:
            if not kinds:
                raise UnknownComponentError("component", name, ())
            return self._registry.find(kinds[0], name)
        except UnknownComponentError as error:
            packs = self._recorded["plugins"].items()
            owner = next((each for each in packs if name in each[1]["components"]), None)
            if owner is None:
                raise
            from archivolt.plugins.record import describe

            hint = f"The run recorded it from {describe(*owner)}. {error.hint}".rstrip()
            raise UnknownComponentError(
                error.kind, error.name, error.known, error.where, hint
            ) from None


def _is_component(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, Component)


def _is_open(hint: object) -> bool:
    return hint in (Any, object)


def _is_union(hint: object) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _plain(wanted: type, data: object, _: object) -> Any:
    # bool("no") and int(2.7) would read whatever comes; what was written must come back.
    if wanted is float and isinstance(data, int) and not isinstance(data, bool):
        return data  # a range is one of whole numbers where its ends are, so 1 must not turn 1.0
    if wanted is int and isinstance(data, float) and data.is_integer():
        return int(data)
    if not isinstance(data, wanted) or (isinstance(data, bool) and wanted is not bool):
        raise ValueError(f"expected {wanted.__name__}, not {data!r}")
    return data


def _hashable(data: Any) -> Hashable:
    if isinstance(data, list):
        return tuple(_hashable(each) for each in data)
    return data  # type: ignore[no-any-return]  # a number, a string, or None
