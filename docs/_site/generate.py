"""Makes the pages that are not written by hand; MkDocs runs it at the start of a build."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from textwrap import dedent

import mkdocs_gen_files

sys.path.insert(0, str(Path(__file__).parent))

import commands
import gallery

import archivolt
from archivolt import hookspecs, testing
from archivolt.plugins.kinds import KINDS

ROOT = Path(__file__).parents[2]


def write(path: str, text: str) -> None:
    with mkdocs_gen_files.open(path, "w") as file:
        file.write(text)


def start_page() -> None:
    """The README: its links lead from the root, those of a page from `docs/`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"\]\(docs/", "](", text)
    text = re.sub(r"\]\(examples/?\)", "](examples.md)", text)
    text = re.sub(r"\]\(examples/([\w-]+)\.yaml\)", r"](examples.md#\1)", text)
    text = re.sub(r"\]\(((?!hooks/)[\w/]+)/README\.md\)", _to_distribution, text)
    # What else lies in the repository is named, not linked.
    text = re.sub(r"\[([^]]*)\]\((?!https?:|[\w./-]+\.md|#|pictures/)[^)]*\)", r"\1", text)
    for name in ("CONTRIBUTING", "CHANGELOG"):
        if f"({name}.md)" in text:
            page = (ROOT / f"{name}.md").read_text(encoding="utf-8")
            write(f"{name.lower()}.md", re.sub(r"\]\(docs/", "](", page))
            text = text.replace(f"({name}.md)", f"({name.lower()}.md)")
    write("index.md", text)


def _to_distribution(found: re.Match[str]) -> str:
    return f"](distributions/{found[1].rpartition('/')[2]}.md)"


def distribution_pages() -> None:
    """The README of each distribution."""
    for path in sorted((*ROOT.glob("*/README.md"), *ROOT.glob("plugins/*/README.md"))):
        if (path.parent / "pyproject.toml").exists():
            text = re.sub(r"\]\((?:\.\./)+docs/", "](../", path.read_text(encoding="utf-8"))
            write(f"distributions/{path.parent.name}.md", text)


def examples_page() -> None:
    lines = ["# Examples", "", "A configuration for each ability; each is run by a test.", ""]
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        lines += [f"## {path.stem} {{ #{path.stem} }}", "", f"```yaml\n{text}```", ""]
    write("examples.md", "\n".join(lines))


def python_page() -> None:
    lines = ["# Python", "", "What `archivolt` offers by name; all else may change.", ""]
    hooks = {kind.base.__name__: kind.hook for kind in KINDS.values()}
    for name in sorted(archivolt.__all__):
        lines += [f"## {name}", ""]
        if name in hooks:
            lines.append(f"The base class of its kind: [{hooks[name]}](../hooks/{hooks[name]}.md).")
        else:
            lines += [
                f"::: {archivolt._HOMES[name]}.{name}",
                "    options: {show_root_heading: false}",
            ]
        lines.append("")
    write("reference/python.md", "\n".join(lines))


def testing_page() -> None:
    lines = ["# For the tests of a pack", "", inspect.getdoc(testing) or "", ""]
    for name in sorted(testing.__all__):
        found = getattr(testing, name)
        path = found.__name__ if inspect.ismodule(found) else f"{found.__module__}.{name}"
        lines += [f"## {name}", "", f"::: {path}"]
        lines += ["    options: {show_root_heading: false, members: true}", ""]
    write("reference/testing.md", "\n".join(lines))


def hook_pages() -> None:
    """Add to each page of a hook what the code says: its signature, and the base class."""
    kinds = {kind.hook: kind for kind in KINDS.values()}
    for name in sorted(vars(hookspecs)):
        if not name.startswith("archivolt_"):
            continue
        path = f"hooks/{name}.md"
        with mkdocs_gen_files.open(path, "r") as file:
            written = file.read()
        spec = getattr(hookspecs, name)
        told, _, example = (inspect.getdoc(spec) or "").partition("Example:\n")
        signature = f"def {name}{inspect.signature(spec)}"
        lines = ["", "## Specification", "", f"```python\n{signature}\n```", "", told]
        lines += ["The smallest:", "", f"```python\n{dedent(example)}\n```", ""]
        if name in kinds:
            base = kinds[name].base
            lines += ["## The base class", "", f"::: {base.__module__}.{base.__qualname__}"]
            lines += ["    options: {show_root_heading: false, inherited_members: false}", ""]
        write(path, written.rstrip("\n") + "\n" + "\n".join(lines))


def gallery_pages() -> None:
    for name, text in gallery.pages():
        write(f"gallery/{name}", text)


start_page()
distribution_pages()
examples_page()
python_page()
testing_page()
hook_pages()
gallery_pages()
write("reference/commands.md", commands.page())
