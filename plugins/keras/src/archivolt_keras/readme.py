"""The page beside a delivered model, for whoever is given the folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archivolt.values.problem import BINARY, MULTICLASS, MULTILABEL

MOST_INPUTS = 30  # shown one by one

EXAMPLE = """\
```python
import json

import keras
import numpy as np

model = keras.saving.load_model("FILE")
about = json.load(open("model.json", encoding="utf-8"))
# One example of each input, here all zeros and empty strings: put your own values in.
example = {}
for each in about["inputs"]:
    shape = (1, *(length or 32 for length in each["shape"]))
    value = [""] if each["dtype"] == "string" else np.zeros(shape, each["dtype"])
    example[each["name"]] = keras.ops.convert_to_tensor(value)
print(model(example))
```"""


def readme(about: Mapping[str, Any]) -> str:
    """Write the page from what `model.json` holds."""
    targets = ", ".join(f"`{name}`" for name in about["targets"]) or "the target"
    return "\n".join(
        [
            f"# A model that predicts {targets}",
            "",
            f"`{about['file']}` is a Keras model with its preprocessing inside: it takes the raw",
            "inputs. It needs `keras` and `tensorflow`, nothing else. `model.json` holds",
            "everything on this page, for programs.",
            "",
            "## How good it is",
            *_scores(about),
            "",
            "## How to use it",
            EXAMPLE.replace("FILE", about["file"]),
            "",
            _gives(about),
            "",
            "## What it reads",
            *_inputs(about["inputs"]),
            "",
            "## What it is",
            *_origin(about),
            "",
            *(f"- {note}" for note in about["notes"]),
            "",
        ]
    )


def _origin(about: Mapping[str, Any]) -> list[str]:
    if "members" not in about:
        return [
            f"Trial {about['trial']}, {about['parameters']:,} parameters, "
            f"{about['epochs']} epochs of training: {about['summary']}"
        ]
    how = "by a linear layer on their logits" if about["stacked"] else "by their weighted mean"
    lines = [
        f"{len(about['members'])} networks in one, {about['parameters']:,} parameters in all. What "
        f"they predict is combined {how}.",
        "",
        "| trial | weight | adds | parameters | network |",
        "|---|---|---|---|---|",
    ]
    for each in about["members"]:
        added = "" if each["adds"] is None else f"{each['adds']:.4f}"
        lines.append(
            f"| {each['trial']} | {each['weight']:.3f} | {added} | {each['parameters']:,} | "
            f"{each['summary']} |"
        )
    return [*lines, "", "`adds`: by how much its absence would raise the loss on validation rows."]


def _scores(about: Mapping[str, Any]) -> list[str]:
    name, lines = about["metric"]["name"], []
    better = "more" if about["metric"]["maximize"] else "less"
    report, validation = about["report"], about["validation"]
    if report:
        lines.append(
            f"{name} **{report['score']:.4f}** ({better} is better) on {report['rows']:,} rows "
            "that were held back until the end. Expect this on new data of the same kind."
        )
    else:
        lines.append("No rows were held back to say how good it is on new data.")
    if validation is None:
        lines.append(
            "It was trained on all other rows." if report else "It was trained on all rows."
        )
    elif validation["score"] is not None:
        lines.append(
            f"Its {name} was {validation['score']:.4f} on the {validation['rows'] or 0:,} rows by "
            "which it was chosen; being chosen, that number is too good."
        )
    return lines


def _gives(about: Mapping[str, Any]) -> str:
    if about["parts"]:
        lines = [
            f"- `{part['target']}`, `({'rows, time' if about['per_step'] else 'rows'}, "
            f"{part['outputs']})`: "
            + _output({**part, "task": part["kind"], "targets": [part["target"]]})
            for part in about["parts"]
        ]
        return "\n".join(["It gives a mapping of arrays:", "", *lines])
    if not about["per_step"]:
        return f"It gives an array `(rows, {about['outputs']})`: {_output(about)}"
    told = f"It gives an array `(rows, time, {about['outputs']})`, for each step {_output(about)}"
    if any(each.get("padding") is not None for each in about["inputs"]):
        told += " What it gives for padded steps means nothing."
    return told


def _output(about: Mapping[str, Any]) -> str:
    classes = about["classes"]
    if about["task"] == BINARY:
        return f"the probability of {classes[1]!r}; the other class is {classes[0]!r}."
    if about["task"] == MULTICLASS:
        return f"the probability of each class, in this order: {_listed(classes)}."
    if about["task"] == MULTILABEL:
        return f"the probability of each label by itself, in this order: {_listed(classes)}."
    return f"the value of each target, in this order: {_listed(about['targets'])}."


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:MOST_INPUTS])
    return shown if len(names) <= MOST_INPUTS else f"{shown} … ({len(names)}, see `model.json`)"


def _inputs(inputs: list[Mapping[str, Any]]) -> list[str]:
    lines = ["| input | what | one example | type |", "|---|---|---|---|"]
    for each in inputs[:MOST_INPUTS]:
        shape = " x ".join(str(length or "any") for length in each["shape"]) or "one value"
        what = each["role"]
        if each.get("padding") is not None:
            what += f", steps of {each['padding']:g} alone are padding"
        lines.append(f"| `{each['name']}` | {what} | {shape} | {each['dtype']} |")
    if len(inputs) > MOST_INPUTS:
        lines.append(f"| … | {len(inputs)} inputs in all, see `model.json` | | |")
    return lines
