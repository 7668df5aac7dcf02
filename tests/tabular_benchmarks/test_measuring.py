from __future__ import annotations

import pytest
from attrs import frozen

from archivolt import Proposal, Searcher
from archivolt.values.candidate import Candidate
from archivolt_tabular_benchmarks.asking import Repeating
from archivolt_tabular_benchmarks.contestants import Contestant, read_contestants
from archivolt_tabular_benchmarks.measuring import (
    Protocol,
    Search,
    measure,
    registry_of,
    run,
    search,
    table_of,
)
from archivolt_tabular_benchmarks.space import space_of

pytest.importorskip("archivolt_searchers")

PLUGIN = '''
from attrs import frozen
from archivolt import Searcher, hookimpl

@frozen
class Broken(Searcher):
    """Fails."""
    name = "broken"

    def propose(self, history, space, rng):
        raise ValueError("no such luck")

@hookimpl
def archivolt_searchers():
    return [Broken]
'''


@frozen
class InOrder(Searcher):
    """Proposes the rows of the toy table one after the other."""

    name = "in_order"

    def propose(self, history, space, rng):
        (choice,) = space.blocks
        operation, width = choice.domains["operation"].values, choice.domains["width"].values
        at = min(len(history), 5)
        block = choice.block(operation[at // 3], width[at % 3])
        return Proposal(Candidate((block,), space.recipe))


@frozen
class OneAgain(Searcher):
    """Proposes one row for ever, or where it must not repeat itself the next."""

    name = "one_again"
    repeats: bool = True

    def propose(self, history, space, rng):
        (choice,) = space.blocks
        return Proposal(Candidate((choice.block("pooling", 64),), space.recipe))


def test_a_repeat_is_a_trial_with_the_same_score_where_the_searcher_repeats(table, monkeypatch):
    told = []
    monkeypatch.setattr(Repeating, "tell", lambda self, trial, metrics: told.append(metrics))

    found = search(table, space_of(table), OneAgain(), 0, Protocol("toy", max_trials=12))

    assert (found.trials, found.passed, found.ended) == (12, (None, None), "")
    assert len(told) == 12  # two seeds were run, so chance alone would show both
    assert all(each == told[0] for each in told)


def test_a_searcher_that_must_not_repeat_itself_is_at_its_end(table):
    found = search(table, space_of(table), OneAgain(repeats=False), 0, Protocol("toy"))

    assert found.trials == 1
    assert found.ended


def test_evolution_as_published_repeats_itself_and_pays_for_it():
    protocol = Protocol("macro_extract", quantiles=(1.0,), max_trials=600)
    contestants = read_contestants(
        "evolution(population=20,sample=10),evolution(population=20,sample=10,repeats=true)",
        registry_of(protocol),
    )

    once, again = measure(protocol, contestants, range(3))

    assert max(each.trials for each in once.searches) <= 243  # rows of the table
    assert sum(each.trials for each in again.searches) > sum(each.trials for each in once.searches)


def test_trials_are_counted_until_the_true_score_reaches_each_threshold(table):
    protocol = Protocol("toy", quantiles=(0.8, 0.99))

    found = search(table, space_of(table), InOrder(), 0, protocol)

    assert found.passed == (2, 3)  # 0.85, and 0.88: the best two of six, and the best
    assert found.trials == 3
    assert found.steps == ((1, 0.805), (2, 0.85), (3, 0.88))


def test_the_searcher_sees_one_seed_and_never_the_mean(table):
    seen = []

    @frozen
    class Watching(InOrder):
        """Notes the scores of the history."""

        name = "watching"

        def propose(self, history, space, rng):
            seen[:] = [trial.score for trial in history]
            return super().propose(history, space, rng)

    search(table, space_of(table), Watching(), 0, Protocol("toy", quantiles=(1.0,)))

    assert seen[0] in (0.80, 0.81)
    assert seen[1] in (0.84, 0.86)


def test_a_search_is_lost_when_its_trials_are_used_up(table):
    found = search(table, space_of(table), InOrder(), 0, Protocol("toy", max_trials=2))

    assert (found.passed, found.trials) == ((None, None), 2)


def test_a_searcher_that_repeats_itself_is_at_its_end(table):
    @frozen
    class Stuck(InOrder):
        """Proposes the first row for ever."""

        name = "stuck"

        def propose(self, history, space, rng):
            return super().propose((), space, rng)

    found = search(table, space_of(table), Stuck(), 0, Protocol("toy"))

    assert (found.trials, found.passed) == (1, (None, None))
    assert "100 draws" in found.ended


def without_clock(searches):
    return [(each.seed, each.trials, each.passed, each.steps) for each in searches]


def test_processes_change_no_figure():
    protocol = Protocol("macro_extract", max_trials=60)
    contestants = read_contestants("random,greedy", registry_of(protocol))

    here = list(measure(protocol, contestants, range(3)))
    apart = list(measure(protocol, contestants, range(3), jobs=2))

    assert [each.label for each in here] == ["random", "greedy"]
    for one, other in zip(here, apart, strict=True):
        assert without_clock(one.searches) == without_clock(other.searches)


def test_a_searcher_that_fails_is_told_and_the_others_are_measured(tmp_path):
    (tmp_path / "broken.py").write_text(PLUGIN)
    protocol = Protocol("macro_extract", max_trials=5, plugins=(tmp_path / "broken.py",))
    contestants = read_contestants("broken,random", registry_of(protocol))

    broken, other = measure(protocol, contestants, range(2))

    assert "no such luck" in broken.failure
    assert broken.searches == ()
    assert len(other.searches) == 2


def test_greedy_search_finds_the_best_cells_long_before_random_search():
    protocol = Protocol("nb201_extract", quantiles=(0.995,))
    contestants = read_contestants("random,greedy", registry_of(protocol))

    by_label = {each.label: each.searches for each in measure(protocol, contestants, range(10))}

    def mean(label):
        return sum(each.trials for each in by_label[label]) / 10

    assert mean("greedy") < 0.7 * mean("random")
    # Without repeats, the first of the 4 best of 729 rows comes after 730 / 5 draws in the mean.
    assert 70 < mean("random") < 240


def test_a_run_is_told_as_plain_data():
    found = run(Protocol("macro_extract", max_trials=3), {"name": "searchers:random"}, 5)

    assert isinstance(found, Search)
    assert (found.seed, found.trials) == (5, 3)


def test_a_table_is_read_once():
    protocol = Protocol("macro_extract")

    assert table_of(protocol) is table_of(protocol)
    assert Contestant("a", InOrder()).searcher == InOrder()
