"""The site is built without a warning, from what is in the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build = ("build", "--strict", "-f", ROOT / "mkdocs.yml", "--site-dir", folder)
    built = subprocess.run(
        [sys.executable, "-m", "properdocs", *build],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.mark.slow
def test_every_page_is_in_the_navigation(site):
    start = (site / "index.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="([\w./-]+\.html)"', start))

    for path in (ROOT / "docs").rglob("*.md"):
        if path.name not in ("SUMMARY.md", "README.md"):
            page = path.relative_to(ROOT / "docs").with_suffix(".html")
            assert page.as_posix() in linked, f"{path.name} is in no section of docs/SUMMARY.md"


@pytest.mark.slow
def test_a_page_of_a_hook_has_what_the_code_says(site):
    page = (site / "hooks" / "archivolt_searchers.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", "", page)

    assert "def archivolt_searchers() -&gt; Iterable[type[Searcher]]" in text.replace("'", "")
    assert "Propose the next candidate: a function of the arguments alone." in text


@pytest.mark.slow
def test_looking_at_a_page_fetches_nothing_from_elsewhere(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        fetched = re.findall(
            r'(?:<script[^>]+src|<link[^>]+href|<img[^>]+src)="(https?:[^"]+)', text
        )
        assert not [each for each in fetched if "canonical" not in each], path
