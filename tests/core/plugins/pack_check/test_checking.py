"""`check_pack` on packs that are sound, and on packs that one thing is wrong with."""

from __future__ import annotations

import pytest

from archivolt.errors import PackError
from archivolt.plugins.pack_check.checking import check_pack
from archivolt.plugins.pack_check.verdict import (
    CLASSES,
    CONFORMANCE,
    DOCS,
    ENTRY_POINT,
    FAIL,
    IMPORT,
    PASS,
    VERSIONS,
    WARN,
)

pytestmark = pytest.mark.slow  # a process and more for each

INIT = "src/acme_search/__init__.py"
SEARCHER = "src/acme_search/hill_climb.py"


def told(verdicts):
    return [(each.level, each.check) for each in verdicts]


def test_a_new_pack_passes_every_check(pack, verdicts):
    found = verdicts(pack)

    assert told(found) == [
        (PASS, ENTRY_POINT),
        (PASS, VERSIONS),
        (PASS, VERSIONS),
        (PASS, IMPORT),
        (PASS, CLASSES),
        (PASS, DOCS),
        (PASS, CONFORMANCE),
    ]
    assert str(found[0]) == 'PASS  entry point: acme = "acme_search"'
    assert "hill_climb keeps" in found[-1].what


def test_nothing_is_written_into_the_folder(pack, verdicts):
    before = sorted(pack.rglob("*"))

    verdicts(pack)

    assert sorted(pack.rglob("*")) == before


def test_the_wheel_of_a_new_pack_passes_too(wheel, verdicts):
    assert {each.level for each in verdicts(wheel())} == {PASS}


def test_a_wheel_without_its_entry_point_is_told(edit, wheel, verdicts):
    edit("pyproject.toml", '[project.entry-points.archivolt]\nacme = "acme_search"\n', "")

    built = wheel()
    (failure,) = verdicts(built, FAIL)

    assert failure.check == ENTRY_POINT
    assert failure.where == str(built)
    assert "so Archivolt does not find it once it is installed" in failure.what
    assert 'acme_search = "acme_search"' in failure.advice
    assert "build the wheel again" in failure.advice


def test_a_misspelt_group_is_no_entry_point(pack, edit, verdicts):
    edit("pyproject.toml", "entry-points.archivolt", "entry-points.archivolts")

    (failure,) = verdicts(pack, FAIL)

    assert failure.check == ENTRY_POINT


def test_a_wheel_without_its_package_is_told(edit, wheel, verdicts):
    edit("pyproject.toml", 'packages = ["src/acme_search"]', 'only-include = ["tests"]')

    (failure,) = verdicts(wheel(), FAIL)

    assert failure.check == IMPORT
    assert "It does not hold the package 'acme_search'" in failure.advice


def test_an_import_that_fails_is_told_with_its_cause(pack, edit, verdicts):
    edit(INIT, "from collections.abc import Iterable\n", "import a_module_that_is_not_there\n")

    (failure,) = verdicts(pack, FAIL)

    assert failure.check == IMPORT
    assert "a_module_that_is_not_there" in failure.what
    assert failure.advice == "Install what it needs, or mend it."


def test_an_import_that_ends_the_process_is_told(pack, edit, verdicts):
    edit(INIT, "from collections.abc import Iterable\n", "import os\nos._exit(7)\n")

    (failure,) = verdicts(pack, FAIL)

    assert "ends the process with status 7" in failure.what


@pytest.mark.parametrize(
    ("framework", "place"), [("tensorflow", INIT), ("keras", INIT), ("keras", SEARCHER)]
)
def test_a_framework_at_the_top_is_told(pack, edit, verdicts, tmp_path, framework, place):
    # A stand-in: what matters is that something of this name is imported.
    (pack / "src" / f"{framework}.py").write_text("")
    edit(place, "from __future__ import annotations\n", f"import {framework}\n")

    (failure,) = verdicts(pack, FAIL)

    assert failure.check == IMPORT
    assert f"it imports {framework}" in failure.what
    assert failure.where == INIT.removeprefix("src/")


def test_a_framework_that_a_hook_imports_is_told_too(pack, edit, verdicts):
    (pack / "src" / "keras.py").write_text("")
    edit(INIT, "    return [HillClimb]", "    import keras\n\n    return [HillClimb]")

    (failure,) = verdicts(pack, FAIL)

    assert "it imports keras" in failure.what


def test_a_slow_library_is_a_warning(pack, edit, verdicts):
    (pack / "src" / "pandas.py").write_text("")
    edit(INIT, "from __future__ import annotations\n", "import pandas\n")

    (warning,) = verdicts(pack, WARN)

    assert (warning.check, "imports pandas" in warning.what) == (IMPORT, True)


@pytest.mark.parametrize(
    ("stated", "level", "what"),
    [
        ("archivolt-core", WARN, "no upper end"),
        ("archivolt-core>=0.1", WARN, "no upper end"),
        ("archivolt-core>=7,<8", FAIL, "it needs archivolt-core<8,>=7, and this is"),
        ("attrs>=24", FAIL, "it states no range of archivolt-core"),
    ],
)
def test_the_range_of_core_is_looked_at(pack, edit, verdicts, stated, level, what):
    edit("pyproject.toml", "archivolt-core>=0.1,<0.2", stated)

    (verdict,) = verdicts(pack, level)

    assert verdict.check == VERSIONS
    assert what in verdict.what
    assert '"archivolt-core>=0.1,<0.2"' in verdict.advice


@pytest.mark.parametrize(
    ("stated", "level", "what"),
    [
        ('requires-python = ">=3.8"', WARN, "archivolt-core needs 3.11"),
        ('requires-python = ">=4"', FAIL, "it needs Python >=4, and this is"),
        ('requires-python = "new"', FAIL, "which is no range"),
        ("", WARN, "it does not say which Python it needs"),
    ],
)
def test_the_python_that_it_needs_is_looked_at(pack, edit, verdicts, stated, level, what):
    edit("pyproject.toml", 'requires-python = ">=3.11"', stated)

    (verdict,) = verdicts(pack, level)

    assert verdict.check == VERSIONS
    assert what in verdict.what


def test_a_class_that_is_left_out_is_told_with_how_to_mend_it(pack, edit, verdicts):
    edit(SEARCHER, "@frozen\n", "")

    failures = verdicts(pack, FAIL)

    assert failures[0].check == CLASSES
    assert "put @attrs.frozen above it" in failures[0].what


def test_a_pack_that_registers_nothing_is_told(pack, edit, verdicts):
    edit(INIT, "return [HillClimb]", "return []")

    (failure,) = verdicts(pack, FAIL)

    assert failure.check == CLASSES
    assert "no hook of it registers anything" in failure.what


def test_a_broken_promise_is_told_with_the_place_of_the_class(pack, edit, verdicts):
    edit(SEARCHER, " and not history.holds(found.candidate)", "")

    failures = verdicts(pack, FAIL)

    assert {each.check for each in failures} == {CONFORMANCE}
    assert any("no candidate is proposed twice" in each.what for each in failures)
    assert any("ask `history.holds(candidate)` first" in each.advice for each in failures)
    assert all(each.where.startswith("acme_search/hill_climb.py:") for each in failures)


def test_docs_that_are_missing_are_warnings(pack, edit, verdicts):
    edit("README.md", "hill_climb", "it")
    edit(SEARCHER, "(Forrest and Mitchell, 1993)", "")

    found = verdicts(pack, WARN)

    assert [each.what for each in found] == [
        "the README does not name hill_climb.",
        "the docstring of hill_climb names no source.",
    ]


def test_a_pack_without_a_readme_is_told(pack, edit, verdicts):
    edit("pyproject.toml", 'readme = "README.md"\n', "")

    (warning,) = verdicts(pack, WARN)

    assert warning.what == "it has no README."


def test_a_name_that_another_pack_has_is_a_warning(pack, verdicts, install, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))  # where `install` puts it
    install(
        "acme-others",
        "others",
        """
        from attrs import frozen
        from archivolt import Searcher, hookimpl

        @frozen
        class Other(Searcher):
            "Another one."
            name = "hill_climb"

        @hookimpl
        def archivolt_searchers():
            return [Other]
        """,
    )

    (warning,) = verdicts(pack, WARN)

    assert "others:hill_climb has the name 'hill_climb' too" in warning.what


def test_an_installed_pack_is_checked_by_its_name(install, block_source, verdicts):
    install("acme-blocks", "acme", block_source("gelu_dense"), requires="archivolt-core>=9,<10")

    for name in ("acme-blocks", "acme"):
        failures = verdicts(name, FAIL)
        assert failures[0].check == VERSIONS
        assert failures[0].where == "acme-blocks"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda folder: "acme-bloks", "is no folder, no wheel, and no installed plugin"),
        (lambda folder: folder, "has no pyproject.toml"),
        (lambda folder: folder / "a.whl", "is no wheel that can be read"),
        (lambda folder: _written(folder, "[project\n"), "is no TOML"),
        (lambda folder: _written(folder, "[tool.x]\n"), "has no table"),
    ],
)
def test_what_is_no_pack_is_told(tmp_path, make, what):
    with pytest.raises(PackError, match=what):
        list(check_pack(str(make(tmp_path))))


def _written(folder, text):
    (folder / "pyproject.toml").write_text(text)
    return folder
