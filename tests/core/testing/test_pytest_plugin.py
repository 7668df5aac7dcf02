"""The kit as a plugin of pytest: the tests of a pack, and fixtures for its author."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACK = '''
from attrs import field, frozen
from archivolt import Ensemble, Ensembler, Mutator, Proposal, Scheduler, Searcher, Source, hookimpl
from archivolt.components.strategies import New

@frozen
class Lucky(Searcher):
    """Draw at random (Bergstra and Bengio, 2012)."""
    name = "lucky"
    def propose(self, history, space, rng):
        for _ in range(500):
            candidate = space.sample(rng)
            if not history.holds(candidate):
                return Proposal(candidate)
        from archivolt.errors import ExhaustedError
        raise ExhaustedError(len(history), 500)

@frozen
class Stubborn(Ensembler):
    """The best one, whatever the limits."""
    name = "stubborn"
    share: float
    def combine(self, pool, rng):
        return Ensemble([pool.trials[0].number], [1.0])

@frozen
class Sheet(Source):
    """Reads sheets."""
    name = "sheet"

@hookimpl
def archivolt_searchers():
    return [Lucky]

@hookimpl
def archivolt_ensemblers():
    return [Stubborn]

@hookimpl
def archivolt_sources():
    return [Sheet]
'''


@pytest.fixture
def run_pytest(tmp_path: Path):
    """Run pytest as a pack's author does, in a process of its own, on a test module."""

    def run(test: str, pack: str = PACK, *options: str) -> str:
        (tmp_path / "acme_search.py").write_text(textwrap.dedent(pack))
        (tmp_path / "test_pack.py").write_text(textwrap.dedent(test))
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        command = (
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rfEs",
            "-p",
            "no:cacheprovider",
            *options,
        )
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    return run


def test_a_pack_is_tested_by_one_line(run_pytest):
    told = run_pytest('archivolt_pack = "acme_search"\n', PACK, "-vv")

    assert "TestSearchers::test_no_candidate_is_proposed_twice[lucky] PASSED" in told
    assert "TestPack::test_everything_that_it_registers_is_taken PASSED" in told
    assert " failed" not in told


def test_what_cannot_be_tested_as_it_comes_is_told_with_what_to_do(run_pytest):
    told = run_pytest('archivolt_pack = "acme_search"\n')

    assert "subclass archivolt.testing.EnsemblerConformance and override the fixture" in told
    assert "stubborn is not tested here" in told
    assert "subclass archivolt.testing.SourceConformance and override the fixtures" in told


def test_a_broken_promise_fails_and_says_which(run_pytest):
    forgetful = PACK.replace("if not history.holds(candidate)", "if candidate is not None")

    told = run_pytest('archivolt_pack = "acme_search"\n', forgetful)

    assert "FAILED test_pack.py::TestSearchers::test_workers_that_ask_before_a_trial_ends" in told
    assert "get the same candidate: pending trials count" in told


def test_a_class_that_is_left_out_fails_the_pack(run_pytest):
    nameless = PACK.replace('    name = "lucky"\n', "")

    told = run_pytest('archivolt_pack = "acme_search"\n', nameless)

    assert "TestPack::test_everything_that_it_registers_is_taken" in told
    assert "it has no name of its own" in told


def test_a_pack_that_registers_nothing_is_told(run_pytest):
    told = run_pytest('archivolt_pack = "acme_search"\n', "x = 1\n")

    assert "no hook of acme_search gives anything" in told


def test_a_pack_that_is_no_name_is_told(run_pytest):
    told = run_pytest("archivolt_pack = 3\n")

    assert "archivolt_pack is 3: name the module of your entry point" in told


def test_a_tiny_run_searches_with_a_searcher_of_the_pack(run_pytest):
    told = run_pytest("""
        def test_it(tiny_run):
            run = tiny_run("acme_search", searcher="lucky", trials=5)
            assert len(run.history) == 5
            assert all(trial.score for trial in run.history)
            assert run.config.searcher.name == "lucky"
    """)

    assert "1 passed" in told


def test_a_registry_holds_the_plugins_that_it_is_given_and_no_others(run_pytest):
    told = run_pytest("""
        import pytest
        from archivolt.errors import PackError

        def test_it(plugin_registry):
            assert plugin_registry("acme_search").names("searcher") == ("lucky",)
            assert plugin_registry().names("searcher") == ()
            with pytest.raises(PackError, match="implements no hook"):
                plugin_registry(Misspelt)

        class Misspelt:
            def archivolt_blokcs():
                return []
    """)

    assert "1 passed" in told


def test_the_plugin_costs_pytest_no_framework(run_pytest):
    told = run_pytest("""
        import sys

        def test_it():
            heavy = {"tensorflow", "keras", "numpy", "sqlalchemy"}
            assert "archivolt.testing.pytest_plugin" in sys.modules
            loaded = {name for name in sys.modules if name.startswith("archivolt.")}
            assert loaded <= {"archivolt.testing", "archivolt.testing.pytest_plugin",
                              "archivolt.search"}, loaded
            assert not heavy & set(sys.modules)
    """)

    assert "1 passed" in told, told
