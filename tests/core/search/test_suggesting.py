"""Suggested candidates in a search: trained first, made whole, checked on the data's features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

import archivolt
from archivolt import Block, BlockChoice, SearchSpace
from archivolt.config.sections import Suggestion
from archivolt.errors import ConfigError
from archivolt.search.api import reopen, start
from archivolt.search.run import Run
from archivolt.search.suggesting import suggested
from archivolt.values.cells import Cells
from archivolt.values.features import image

Write = Callable[..., Path]


def written(*units: int) -> dict[str, object]:
    return {"architecture": [{"name": "toy_dense", "units": each} for each in units]}


def units(run: Run) -> list[list[int]]:
    return [[block.units for block in trial.candidate.architecture] for trial in run.history]


def test_a_search_trains_what_is_suggested_first(toy_config: Write, tmp_path: Path) -> None:
    config = toy_config(suggestions=[written(31), written(7, 8)])

    run = start(config, run=tmp_path / "run")
    list(run.events(trials=4))

    assert units(run)[:2] == [[31], [7, 8]]
    assert len(run.history) == 4
    assert [bool(trial.memo.get("suggested")) for trial in run.history] == [
        True,
        True,
        False,
        False,
    ]


def test_a_resumed_search_goes_on_with_what_was_not_trained_yet(
    toy_config: Write, tmp_path: Path
) -> None:
    run = start(toy_config(suggestions=[written(31), written(7, 8)]), run=tmp_path / "run")
    list(run.events(trials=1))
    run.close()

    again, notes = reopen(tmp_path / "run")
    list(again.events(trials=2))

    assert notes == ()
    assert units(again)[:2] == [[31], [7, 8]]
    assert "suggested" not in again.history[2].memo


def test_a_resumed_search_may_be_given_some(toy_config: Write, tmp_path: Path) -> None:
    run = start(toy_config(), run=tmp_path / "run")
    list(run.events(trials=2))
    run.close()

    given = "suggestions=[{architecture: [{name: toy_dense, units: 399}]}]"
    again, notes = reopen(tmp_path / "run", overrides=[given])
    list(again.events(trials=1))

    assert notes == ()
    assert units(again)[2] == [399]


def test_rows_of_the_leaderboard_are_suggestions(toy_config: Write, tmp_path: Path) -> None:
    first = start(toy_config(), run=tmp_path / "first")
    list(first.events(trials=5))
    best = [
        {key: row[key] for key in ("architecture", "recipe")} for row in first.leaderboard()[:2]
    ]

    second = start(toy_config(suggestions=best), run=tmp_path / "second")
    list(second.events(trials=2))

    found = [trial.candidate.fingerprint for trial in second.history]
    assert found == [row["fingerprint"] for row in first.leaderboard()[:2]]


def test_one_that_is_too_large_is_told_before_the_first_trial(
    toy_config: Write, tmp_path: Path
) -> None:
    space = {"blocks": ["toy_dense"], "depth": [1, 3], "limits": {"parameters": 500}}
    config = toy_config(space=space, suggestions=[written(8), written(300)])
    run = start(config, run=tmp_path / "run")

    with pytest.raises(ConfigError, match=r"suggestions\[1\]: .* parameters <= 500") as told:
        list(run.events())

    assert told.value.where.startswith(f"{config}:")
    assert not (tmp_path / "run").exists()


def test_a_study_of_a_configuration_begins_with_them() -> None:
    toy = Path(__file__).parents[1] / "toy.py"
    config = {
        "plugins": [str(toy)],
        "space": {"blocks": ["toy_dense"], "depth": [1, 3]},
        "searcher": "toy_search",
        "scheduler": "toy_schedule",
        "evaluator": "toy",
        "executor": "inline",
        "suggestions": [written(5, 6)],
    }

    study = archivolt.Study.from_config(config, features=archivolt.vector(8), outputs=2)

    assert [block.units for block in study.ask().candidate.architecture] == [5, 6]  # type: ignore[attr-defined]


@frozen
class Picture(Block):
    """From an image to one."""

    name = "picture"
    reads = writes = "image"

    def footprint(self, x, earlier=()):  # type: ignore[no-untyped-def]
        return archivolt.Footprint(x, 1, 1)


@frozen
class Smaller(Picture):
    """A reduction."""

    name = "smaller"


@frozen
class Flatten(Block):
    """A connector."""

    name = "flatten"
    reads = "image"
    writes = "vector"
    connector = True

    def footprint(self, x, earlier=()):  # type: ignore[no-untyped-def]
        return archivolt.Footprint(archivolt.vector(x.size), 0, 0)


def test_connectors_and_reductions_may_be_left_out() -> None:
    space = SearchSpace(
        features=image(4, 4, 1),
        outputs=2,
        blocks=(BlockChoice(Picture),),
        connectors=(BlockChoice(Flatten),),
        depth=(1, 4),
        cells=Cells(2, BlockChoice(Smaller)),
    )
    whole = (Picture(), Picture(), Smaller(), Picture(), Flatten())

    found = suggested([Suggestion((Picture(), Picture(), Picture())), Suggestion(whole)], space)

    assert [each.architecture for each in found] == [whole, whole]
