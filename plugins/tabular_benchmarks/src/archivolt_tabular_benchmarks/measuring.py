"""Searches on a table, in memory: after how many trials a searcher has found one of the best rows.

A search goes through `archivolt.Study`, the interface that everybody's own loop uses, or through
`Repeating` where the searcher says that it repeats itself; nothing is written. The searcher sees
one training seed's score a trial; whether a row is among the best is told by its mean over the
seeds, which the searcher never sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.errors import ExhaustedError, SearchError, SpaceError
from archivolt_tabular_benchmarks.blocks import indices_of
from archivolt_tabular_benchmarks.contestants import Contestant, build
from archivolt_tabular_benchmarks.reading import find_specification
from archivolt_tabular_benchmarks.space import mutator_of, space_of
from archivolt_tabular_benchmarks.table import Table, read_table

if TYPE_CHECKING:
    from archivolt import Registry
    from archivolt.components.strategies import Mutator, Searcher
    from archivolt.values.space import SearchSpace

REPEATS = "repeats"  # field of a searcher that may propose what was tried already
QUANTILES = (0.99, 0.999)


@frozen
class Protocol:
    """How searches are measured."""

    table: str  # its name, or a specification
    data: Path | None = None  # folder of tables
    quantiles: tuple[float, ...] = QUANTILES  # of the rows' true scores, ascending
    max_trials: int = 2000
    plugins: tuple[Path, ...] = ()  # files of inline plugins


@frozen
class Search:
    """One search, to the last threshold or to its end."""

    seed: int
    trials: int
    passed: tuple[int | None, ...]  # a quantile each: the trial that reached it, from 1; None: lost
    steps: tuple[tuple[int, float], ...]  # trials whose true score was the best so far
    seconds: float
    ended: str = ""  # why, where it was neither the threshold nor the limit


@frozen
class Measured:
    """All searches of one searcher; `failure` says why there are none."""

    label: str
    document: Mapping[str, Any]  # the searcher as plain data
    searches: tuple[Search, ...] = ()
    failure: str = ""


def search(
    table: Table, space: SearchSpace, searcher: Searcher, seed: int, protocol: Protocol
) -> Search:
    """Search a table until the highest threshold is reached, or the trials are used up.

    Raises:
        SearchError: the searcher failed.
        SpaceError: the searcher cannot work on such a space.
    """
    from archivolt import Study
    from archivolt_tabular_benchmarks.asking import Repeating

    told = table.specification
    thresholds = [table.quantile(each) for each in protocol.quantiles]
    asking = Repeating if getattr(searcher, REPEATS, False) else Study
    study = asking(space, searcher, metric=told.metric, maximize=told.maximize, seed=seed)
    passed: list[int | None] = [None] * len(thresholds)
    steps: list[tuple[int, float]] = []
    best: float | None = None
    began, ended, number = perf_counter(), "", 0
    while number < protocol.max_trials and None in passed:
        try:
            trial = study.ask()
        except ExhaustedError as error:
            ended = str(error)
            break
        number += 1
        indices = indices_of(trial.candidate.architecture, table.form)
        assert indices is not None, f"{trial.candidate} is not of the space"
        row = table.row(indices)
        study.tell(trial, {told.metric: table.shown(row, trial.seed)})
        truth = float(table.truth[row])
        if best is None or study.history.is_better(truth, best):
            best = truth
            steps.append((number, truth))
            passed = [
                number if before is None and table.reaches(truth, threshold) else before
                for before, threshold in zip(passed, thresholds, strict=True)
            ]
    return Search(seed, number, tuple(passed), tuple(steps), perf_counter() - began, ended)


def measure(
    protocol: Protocol,
    contestants: Sequence[Contestant],
    seeds: Sequence[int],
    jobs: int = 1,
    progress: Callable[[], None] = lambda: None,
) -> Iterator[Measured]:
    """Search with every contestant and seed; yields each contestant when it is through.

    Args:
        protocol: The table, the thresholds and the limit.
        contestants: What is measured.
        seeds: One search each.
        jobs: Processes; 1: this one.
        progress: Called after each search.

    Raises:
        DataError: the table cannot be read.
    """
    registry = _registry(protocol.plugins)
    _setting(protocol)  # what is wrong with the table is told here, not by a process
    codec = registry.codec
    documents = [dict(codec.encode(each.searcher)) for each in contestants]
    if jobs == 1:
        for contestant, document in zip(contestants, documents, strict=True):
            results = (run(protocol, document, seed) for seed in seeds)
            yield _gathered(contestant.label, document, results, progress)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned: a fork of a process with threads may hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [
            [pool.submit(run, protocol, document, seed) for seed in seeds] for document in documents
        ]
        try:
            for contestant, document, running in zip(contestants, documents, futures, strict=True):
                results = (each.result() for each in running)
                yield _gathered(contestant.label, document, results, progress)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def run(protocol: Protocol, document: Mapping[str, Any], seed: int) -> Search | str:
    """Search once with a searcher given as plain data; a failure is returned as its message."""
    table, space = _setting(protocol)
    values = {key: value for key, value in document.items() if key != "name"}
    searcher = build(_registry(protocol.plugins), document["name"], values)
    try:
        return search(table, space, searcher, seed, protocol)
    except (SearchError, SpaceError) as error:
        return str(error)


def _gathered(
    label: str,
    document: Mapping[str, Any],
    results: Iterator[Search | str],
    progress: Callable[[], None],
) -> Measured:
    searches = []
    for result in results:
        progress()
        if isinstance(result, str):  # one seed that fails is no search that is lost
            return Measured(label, document, failure=result)
        searches.append(result)
    return Measured(label, document, tuple(searches))


@lru_cache(maxsize=4)
def _registry(files: tuple[Path, ...]) -> Registry:
    from archivolt import load_plugins

    return load_plugins(files=files, warn=False)


@lru_cache(maxsize=16)
def _setting(protocol: Protocol) -> tuple[Table, SearchSpace]:
    table = read_table(find_specification(protocol.table), protocol.data)
    name = mutator_of(table.form.layout)
    mutator: type[Mutator] = _registry(protocol.plugins).find("mutator", name)  # type: ignore[assignment]
    return table, space_of(table, [(mutator(), 1.0)])


def registry_of(protocol: Protocol) -> Registry:
    """Return the plugins that the searches of a protocol use."""
    return _registry(protocol.plugins)


def table_of(protocol: Protocol) -> Table:
    """Return the table of a protocol."""
    return _setting(protocol)[0]
