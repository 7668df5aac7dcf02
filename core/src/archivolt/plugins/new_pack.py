"""A new pack: a complete distribution with one component, written from templates."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

from attrs import frozen

from archivolt import __version__
from archivolt.errors import PackError, nearest
from archivolt.plugins.kinds import KINDS
from archivolt.plugins.pack_names import PackNames, names_of

BLOCK = "block"


@frozen
class Sample:
    """The component that a new pack begins with."""

    component: str  # its name, and that of its module
    class_name: str
    help: str
    usage: str  # in a configuration
    frameworks: bool = False  # whether it is built from Keras layers


SAMPLES: Mapping[str, Sample] = {
    BLOCK: Sample(
        "highway",
        "Highway",
        "a learnt gate between a dense layer and its input (Srivastava et al., 2015)",
        "space: {blocks: [dense, highway]}",
        frameworks=True,
    ),
    "mutator": Sample(
        "turn_around",
        "TurnAround",
        "puts the blocks into the opposite order (Holland, 1975)",
        "mutators: {insert: 1, replace: 1, change_parameter: 1, turn_around: 0.5}",
    ),
    "searcher": Sample(
        "hill_climb",
        "HillClimb",
        "changes the best trial (Forrest and Mitchell, 1993)",
        "searcher: {name: hill_climb, begin: 20}",
    ),
    "scheduler": Sample(
        "falling_stop",
        "FallingStop",
        "stops a trial whose score falls (Prechelt, 1998)",
        "scheduler: {name: falling_stop, strips: 3}",
    ),
    "ensembler": Sample(
        "rank_mean",
        "RankMean",
        "the mean of the best, weighted by rank (Stillwell et al., 1981)",
        "ensembler: {name: rank_mean, members: 5}",
    ),
    "augmentation": Sample(
        "gaussian_noise",
        "GaussianNoise",
        "adds noise to the features of training examples (Bishop, 1995)",
        "space: {recipe: {augmentation: [gaussian_noise]}}",
        frameworks=True,
    ),
}
"""Kinds that a new pack can begin with; those of the others need more than a page."""

_KERAS = '\n    "keras>=3.15,<4",'
_TENSORFLOW = ', "tensorflow>=2.17,<2.22"'


def write_pack(folder: Path, kind: str = BLOCK) -> tuple[Path, ...]:
    """Write a complete distribution into a new folder, which is called like the distribution.

    Args:
        folder: It must not exist.
        kind: Of the component that the pack begins with, see `SAMPLES`.

    Returns:
        The files, in the order of their names.

    Raises:
        PackNameError: no pack can be called like the folder.
        PackError: the folder exists, or no new pack begins with this kind.
    """
    names = names_of(folder.name)
    sample = SAMPLES.get(kind)
    if sample is None:
        raise PackError(f"--kind {kind}", *_why_no_sample(kind))
    if folder.exists():
        raise PackError(
            str(folder), "is there already.", "Give another name, or remove it: nothing is changed."
        )
    texts = _texts(names, kind, sample)
    for place, text in texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(folder / place for place in sorted(texts))


def core_range(version: str) -> str:
    """Return the range of core that a pack written for a release states: `>=0.1,<0.2`."""
    major, minor = map(int, version.split(".")[:2])
    above = f"0.{minor + 1}" if major == 0 else f"{major + 1}"
    return f">={major}.{minor},<{above}"


def _texts(names: PackNames, kind: str, sample: Sample) -> dict[str, str]:
    """Fill the templates; the texts by their place in the folder."""
    values = {
        "distribution": names.distribution,
        "package": names.package,
        "entry_point": names.entry_point,
        "kind": kind,
        "base": KINDS[kind].base.__name__,
        "hook": KINDS[kind].hook,
        "component": sample.component,
        "class_name": sample.class_name,
        "help": sample.help,
        "usage": sample.usage,
        "summary": f"{_article(kind)} for Archivolt: {sample.component}.",
        "core": core_range(__version__),
        "dependencies": _KERAS if sample.frameworks else "",
        "test_dependencies": _TENSORFLOW if sample.frameworks else "",
    }
    places = {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        ".gitignore": "gitignore",
        ".github/workflows/test.yml": "workflow.yml",
        f"src/{names.package}/__init__.py": "package.py",
        f"src/{names.package}/{sample.component}.py": f"{kind}.py",
        "tests/test_pack.py": "test_pack.py",
    }
    templates = files("archivolt.plugins") / "pack_template"
    return {
        place: Template((templates / f"{name}.template").read_text(encoding="utf-8")).substitute(
            values
        )
        for place, name in places.items()
    }


def _article(kind: str) -> str:
    return f"{'An' if kind[0] in 'aeiou' else 'A'} {kind}"


def _why_no_sample(kind: str) -> tuple[str, str]:
    if kind in KINDS:
        return (
            f"no new pack begins with {_article(kind).lower()}.",
            f"Begin with one of {', '.join(SAMPLES)}, and add it by {KINDS[kind].hook}().",
        )
    return "no kind of component has that name.", nearest(kind, [*SAMPLES])
