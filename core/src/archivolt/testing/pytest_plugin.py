"""The kit as a pytest plugin, which pytest finds where archivolt-core is installed.

It loads nothing of Archivolt until a test asks for it. A test module that says

    archivolt_pack = "acme_blocks"

gets the conformance tests of every component that the module `acme_blocks` registers, and any test
may use the fixtures below.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archivolt import testing

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry
    from archivolt.search.run import Run
    from archivolt.testing.tiny_problems import TinyProblem

PACK = "archivolt_pack"  # the variable of a test module

# The kit's assertions tell what they compared, as those of a test module do.
pytest.register_assert_rewrite(*testing.HOMES)


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Class] | None:
    """Put the conformance tests of a pack into a test module that names one."""
    if name != PACK or not isinstance(collector, pytest.Module):
        return None
    plugins = (obj,) if isinstance(obj, str) else obj
    if not isinstance(plugins, tuple) or not all(isinstance(each, str) for each in plugins):
        raise collector.CollectError(
            f"{PACK} is {obj!r}: name the module of your entry point, {PACK} = 'acme_blocks', or "
            "a tuple of several."
        )
    from archivolt.testing.packs import conformance_of

    items = []
    for title, made in conformance_of(*plugins).items():
        made.__module__ = collector.obj.__name__
        setattr(collector.obj, title, made)
        items.append(pytest.Class.from_parent(collector, name=title))
    return items


@pytest.fixture
def plugin_registry() -> Callable[..., Registry]:
    """Load plugins and no others: `plugin_registry("acme_blocks")`."""
    from archivolt.testing.tiny_runs import plugin_registry

    return plugin_registry


@pytest.fixture
def tiny_problem() -> Callable[..., TinyProblem]:
    """Make labelled examples of a feature kind: `tiny_problem("image")` has `x` and `y`."""
    from archivolt.testing.tiny_problems import tiny_problem

    return tiny_problem


@pytest.fixture
def tiny_run(tmp_path: Path) -> Callable[..., Run]:
    """Search in a moment: `tiny_run("acme_search", searcher="annealing")` gives the run.

    With `problem=tiny_problem("vector")` networks are trained, which takes `archivolt-keras`.
    """
    from archivolt.testing.tiny_runs import tiny_run

    made: list[Any] = []

    def run(*plugins: str | object, **options: Any) -> Run:
        made.append(None)
        return partial(tiny_run, tmp_path / f"run-{len(made)}")(*plugins, **options)

    return run
