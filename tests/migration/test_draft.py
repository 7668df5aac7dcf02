from __future__ import annotations

import pytest
from attrs import field, frozen
from attrs.validators import ge

from archivolt.components.strategies import Searcher
from archivolt.hookspecs import hookimpl
from archivolt.plugins.registry import load_plugins
from archivolt_migration.draft import Draft, Wanted
from archivolt_migration.errors import ImportSpecError


@frozen
class Climb(Searcher):
    """Climbs."""

    name = "climb"
    steps: int = field(default=1, validator=ge(1))


class ClimbingPack:
    @hookimpl
    def archivolt_searchers(self):
        return [Climb]


@pytest.fixture
def draft():
    return Draft(load_plugins(extra=[("climbing", ClimbingPack())], warn=False))


def fit(draft, name, **fields):
    return draft.fit(Wanted("searcher", name, fields, "archivolt-climbing"), "search", "greedy", 4)


def test_a_component_that_is_installed_is_written_with_its_fields(draft):
    assert fit(draft, "climb", steps=3) == {"name": "climb", "steps": 3}
    assert draft.account.remarks == []


def test_a_component_that_is_not_installed_is_told_with_its_pack(draft):
    assert fit(draft, "climber") is None

    (remark,) = draft.account.remarks
    assert str(remark) == (
        "line 4, search: it needs the searcher 'climber' of archivolt-climbing, "
        "which is not installed. Instead: greedy."
    )


@pytest.mark.parametrize("fields", [{"strides": 2}, {"steps": 0}])
def test_a_field_that_is_not_taken_is_told_and_the_rest_written(draft, fields):
    assert fit(draft, "climb", **fields) == {"name": "climb"}

    (remark,) = draft.account.remarks
    ((key, value),) = fields.items()
    assert f"'climb' as installed does not take {key}={value}" in remark.what
    assert remark.instead.startswith("its default (")


def test_a_key_that_this_installation_has_not_is_not_written(draft):
    assert not draft.put("telepathy", True)
    assert draft.put("seed", 4)
    assert draft.document == {"seed": 4}


def test_without_a_complete_configuration_nothing_can_be_imported():
    with pytest.raises(ImportSpecError, match="no configuration is complete"):
        Draft(load_plugins(allow=("archivolt-core",), warn=False))
