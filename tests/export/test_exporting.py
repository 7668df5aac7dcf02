"""Exports of finished runs: each is loaded again and compared on real rows."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import archivolt
from archivolt.cli.app import app
from archivolt.errors import RunError
from archivolt_export import export
from archivolt_export.errors import (
    ConversionError,
    ExportError,
    MissingLibraryError,
    UnknownFormatError,
)

CLOSE = {"float": 1e-5, "dynamic": 0.1, "int8": 0.1}  # of probabilities


@pytest.mark.parametrize(
    ("format", "quantization"),
    [
        ("saved_model", "float"),
        ("onnx", "float"),
        ("litert", "float"),
        ("litert", "dynamic"),
        ("litert", "int8"),
    ],
)
def test_an_export_says_what_the_model_says(run, tmp_path, format, quantization):
    if format == "onnx":
        pytest.importorskip("tf2onnx")
        pytest.importorskip("onnxruntime")

    exported = export(run, format, tmp_path / "model", quantization=quantization)

    assert exported.difference < CLOSE[quantization]
    assert (exported.difference == 0) <= (format == "saved_model")
    assert exported.split == "report"
    assert exported.rows == run.problem.rows["report"]
    assert exported.before.metrics["accuracy"] == pytest.approx(run.report["accuracy"])
    assert abs(exported.after.metrics["accuracy"] - run.report["accuracy"]) < 0.05
    assert exported.before.latency_ms > 0
    assert exported.after.latency_ms > 0
    assert [each.name for each in exported.inputs] == ["x"]
    files = [tmp_path / "model", *(tmp_path / "model").rglob("*")]
    assert exported.after.bytes == sum(each.stat().st_size for each in files if each.is_file())
    assert sorted(tmp_path.iterdir()) == [tmp_path / "model"]


def test_a_file_gives_what_keras_gives_to_whoever_loads_it(run, tmp_path):
    from ai_edge_litert.interpreter import Interpreter

    export(run, "litert", tmp_path / "model.tflite")

    runner = Interpreter(str(tmp_path / "model.tflite")).get_signature_runner()
    rows = run.rows("validation").features["x"][:5]
    found = np.concatenate([runner(x=row[None])["prediction"] for row in rows])
    expected = run.best.predict_probabilities(rows)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_int8_is_made_of_training_rows(run, tmp_path, monkeypatch):
    seen = []
    from archivolt_export import litert

    original = litert.by_name

    def watch(given, rows):
        seen.append(np.asarray(rows["x"]))
        return original(given, rows)

    monkeypatch.setattr(litert, "by_name", watch)
    exported = export(run, "litert", tmp_path / "model.tflite", quantization="int8")

    training = {row.tobytes() for row in run.rows("train").features["x"]}
    assert exported.representative == len(seen[0]) == len(training)
    assert {row.tobytes() for row in seen[0]} <= training


def test_int8_computes_the_network_alone_in_eight_bits_and_says_so(run, tmp_path):
    whole = export(run, "litert", tmp_path / "whole", quantization="int8")
    bare = export(run, "litert", tmp_path / "bare", quantization="int8", preprocessing=False)
    float32 = export(run, "litert", tmp_path / "float32")

    front, network = whole.arithmetic
    assert (front.part, front.dtype) == ("preprocessing", "float32")
    assert (network,) == bare.arithmetic
    assert (network.part, network.dtype) == ("network", "int8")
    assert float32.arithmetic == ()
    # The representative rows are the same, and so is what the network makes of them.
    assert whole.difference == pytest.approx(bare.difference, abs=1e-6)


def test_layers_are_tried_in_the_numbers_that_they_would_have(run, tmp_path, monkeypatch):
    """Or the preprocessing would be blamed for having no form in eight bits, which it needs not."""
    from archivolt_export import litert
    from archivolt_export.layers import flat

    tried = {}
    original = litert._content

    def refuse(given, rows, quantization):
        kinds = {type(each).__name__ for each in flat(given.model)}
        if len(kinds) == 1:
            tried[kinds.pop()] = quantization
        elif quantization == "int8":
            raise ConversionError("litert", "a bad day")
        return original(given, rows, quantization)

    monkeypatch.setattr(litert, "_content", refuse)
    with pytest.raises(ConversionError, match="a bad day"):
        export(run, "litert", tmp_path / "model", quantization="int8")

    assert tried["Normalization"] == "float"
    assert tried["Dense"] == "int8"


def test_a_smaller_type_of_weights_is_a_smaller_file(search, tmp_path):
    wide = search("space.blocks=[{name: dense, units: 256}]", "space.depth=[2, 2]")
    whole, dynamic, int8 = (
        export(wide, "litert", tmp_path / kept, quantization=kept, model="trial 0").after.bytes
        for kept in ("float", "dynamic", "int8")
    )

    assert max(dynamic, int8) < 0.4 * whole


@pytest.mark.parametrize("model", ["best", "ensemble", "trial 0", "1"])
def test_any_model_of_a_run_is_exported(run, tmp_path, model):
    exported = export(run, "saved_model", tmp_path / "model", model=model)

    told = {"best": "the best model", "ensemble": "the ensemble", "1": "trial 1"}
    assert exported.what == told.get(model, model)
    assert exported.difference < 1e-5


def test_a_network_without_preprocessing_reads_prepared_rows(run, tmp_path):
    exported = export(run, "litert", tmp_path / "model.tflite", preprocessing=False)

    (given,) = exported.inputs
    assert (given.name, given.shape) == ("features", (6,))
    assert exported.before.metrics["accuracy"] == pytest.approx(run.report["accuracy"])
    assert exported.difference < 1e-5


@pytest.mark.parametrize("format", ["litert", "onnx"])
def test_text_is_told_with_the_layer_and_what_works(table_run, tmp_path, format):
    with pytest.raises(ConversionError) as failure:
        export(table_run, format, tmp_path / "model")

    told = str(failure.value)
    assert "(StringLookup)" in told
    assert "it reads text (hue)" in told
    assert "--without-preprocessing" in told
    assert "--format saved_model" in told
    assert list(tmp_path.iterdir()) == []


def test_a_table_with_text_is_exported_whole_as_saved_model(table_run, tmp_path):
    exported = export(table_run, "saved_model", tmp_path / "model")

    assert exported.difference < 1e-5
    assert exported.before.metrics["accuracy"] == pytest.approx(table_run.report["accuracy"])
    assert {each.name: each.port for each in exported.inputs} == {
        "hue": "hue",
        "size-cm": "size_cm",
    }


@pytest.mark.parametrize("quantization", ["float", "int8"])
def test_the_network_of_a_table_with_text_converts(table_run, tmp_path, quantization):
    exported = export(
        table_run,
        "litert",
        tmp_path / "model",
        quantization=quantization,
        preprocessing=False,
    )

    assert {each.name for each in exported.inputs} == {"numeric", "categories"}
    assert exported.difference < CLOSE[quantization]


def test_without_rows_that_judge_outputs_are_compared_on_validation_rows(search, tmp_path):
    run = search("problem.split.report=0.0")

    exported = export(run, "saved_model", tmp_path / "model")

    assert exported.split == "validation"
    assert exported.rows == run.problem.rows["validation"]
    assert exported.before.metrics == exported.after.metrics == {}
    assert exported.difference < 1e-5
    assert "nothing judges the export" in exported.notes[0]


def test_what_is_there_stays(run, tmp_path):
    (tmp_path / "model").write_text("mine")

    with pytest.raises(ExportError, match="is there already"):
        export(run, "saved_model", tmp_path / "model")

    assert (tmp_path / "model").read_text() == "mine"


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"format": "onix"}, UnknownFormatError, "Did you mean 'onnx'?"),
        ({"format": "onnx", "quantization": "int8"}, ExportError, "litert is"),
        ({"model": "ensembel"}, ExportError, "Did you mean 'ensemble'?"),
        ({"model": "student"}, RunError, "archivolt distill"),
        ({"model": "trial 99"}, RunError, "holds no trial 99: there are 3"),
    ],
)
def test_what_cannot_be_asked_for_is_told(run, tmp_path, changes, error, told):
    asked = {"format": "saved_model", "target": tmp_path / "model", **changes}

    with pytest.raises(error) as failure:
        export(run, **asked)

    assert told in str(failure.value)


def test_a_folder_that_is_not_there_is_told(run, tmp_path):
    with pytest.raises(ExportError, match="no folder"):
        export(run, "litert", tmp_path / "nowhere" / "model")


def test_a_missing_library_is_told_with_the_command(run, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tf2onnx", None)

    with pytest.raises(MissingLibraryError) as failure:
        export(run, "onnx", tmp_path / "model")

    assert "pip install 'archivolt-export[onnx]'" in str(failure.value)


@pytest.mark.parametrize("change", [lambda x: x + 1, lambda x: x[:200]])
def test_other_data_than_those_of_the_run_are_told(numbers, search, tmp_path, change):
    path = tmp_path / "data.npz"
    path.write_bytes(numbers.read_bytes())
    run = search(data=path)
    with np.load(numbers) as arrays:
        x = change(arrays["x"])
        np.savez(path, x=x, y=arrays["y"][: len(x)])

    with pytest.raises(RunError, match="Bring back the data that it was given"):
        export(run, "saved_model", tmp_path / "model")


def test_arrays_passed_in_python_are_those_of_the_run_in_hand(numbers, search, tmp_path):
    with np.load(numbers) as arrays:
        run = search(data=arrays["x"], target=arrays["y"])

    assert export(run, "saved_model", tmp_path / "model").difference < 1e-5
    with pytest.raises(RunError, match="export --without-preprocessing"):
        export(run.path, "saved_model", tmp_path / "other")
    alone = export(run.path, "saved_model", tmp_path / "alone", preprocessing=False)
    assert alone.before.metrics["accuracy"] == pytest.approx(run.report["accuracy"])


def test_the_command_prints_json_and_nothing_else(run, tmp_path):
    done = CliRunner().invoke(
        app,
        [
            "export",
            str(run.path),
            "--format",
            "litert",
            "--int8",
            "-o",
            str(tmp_path / "m"),
            "--json",
        ],
    )

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["quantization"] == "int8"
    assert {each["part"]: each["dtype"] for each in told["arithmetic"]} == {
        "preprocessing": "float32",
        "network": "int8",
    }
    assert told["after"]["bytes"] == (tmp_path / "m").stat().st_size
    assert told["after"]["score"] == told["after"]["metrics"]["accuracy"]
    assert told["report_rows"] == told["rows"] == run.problem.rows["report"]
    assert told["inputs"] == [{"name": "x", "port": "x", "shape": [6], "dtype": "float32"}]


def test_the_command_tells_people(run, tmp_path):
    done = CliRunner().invoke(
        app, ["export", str(run.path), "--format", "saved_model", "-o", str(tmp_path / "m")]
    )

    assert done.exit_code == 0, done.output
    rows = run.problem.rows["report"]
    assert f"exported, on {rows} rows that took part in no choice" in done.stdout
    assert "inputs:     x float32 [6]" in done.stdout


def test_the_command_tells_what_is_int8_and_what_is_float(run, tmp_path):
    done = CliRunner().invoke(
        app,
        ["export", str(run.path), "--format", "litert", "--int8", "-o", str(tmp_path / "m")],
    )

    assert done.exit_code == 0, done.output
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("arithmetic:")]
    assert re.search(r"preprocessing float32 \(\d+ operations?, [\d,]+ bytes of constants\)", line)
    assert re.search(r"network int8 \(\d+ operations, [\d,]+ bytes of constants\)", line)


def test_a_run_without_a_model_is_told(tmp_path, numbers):
    from archivolt.search.api import start

    begun = start(numbers, run=tmp_path / "run")
    begun.close()

    with pytest.raises(RunError):
        export(archivolt.open(tmp_path / "run"), "saved_model", tmp_path / "model")
