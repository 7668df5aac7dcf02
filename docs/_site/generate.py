"""Makes the pages that are not written by hand; MkDocs runs it at the start of a build."""

from __future__ import annotations

import sys
from pathlib import Path

import mkdocs_gen_files

sys.path.insert(0, str(Path(__file__).parent))

import commands
import gallery
import links
import navigation
import reference

ROOT = Path(__file__).parents[2]


def write(path: str, text: str) -> None:
    with mkdocs_gen_files.open(path, "w") as file:
        file.write(text)


def pages_from_files() -> None:
    """What lies outside `docs/`: the start page, how to contribute, a README a distribution."""
    pages = dict(links.PAGES)
    for path in sorted((*ROOT.glob("*/README.md"), *ROOT.glob("plugins/*/README.md"))):
        if links.distribution(path):
            pages[path.relative_to(ROOT).as_posix()] = f"distributions/{path.parent.name}.md"
    for source, page in pages.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        write(page, links.to_site(text, source, page))


def examples_page() -> None:
    lines = ["# Examples", "", "A configuration for each ability; each is run by a test.", ""]
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        lines += [f"## {path.stem} {{ #{path.stem} }}", "", f"```yaml\n{text}```", ""]
    write("examples.md", "\n".join(lines))


def hook_pages() -> None:
    """Add to each page of a hook what the code says."""
    for name in reference.HOOKS:
        path = f"hooks/{name}.md"
        with mkdocs_gen_files.open(path, "r") as file:
            written = file.read()
        write(path, written.rstrip("\n") + "\n" + reference.specification(name))


pages_from_files()
examples_page()
hook_pages()
write("reference/commands.md", commands.page())
write("reference/python.md", reference.python_page())
write("reference/testing.md", reference.testing_page())
for page, text in gallery.pages():
    write(f"gallery/{page}", text)
with mkdocs_gen_files.open(navigation.FILE, "r") as summary:
    every = [each.src_uri for each in mkdocs_gen_files.FilesEditor.current().files]
    kept = navigation.trimmed(summary.read(), every)
write(navigation.FILE, kept)
