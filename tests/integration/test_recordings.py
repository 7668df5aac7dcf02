"""A folder of recordings: searched by its path alone, delivered, and served by Keras alone."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

DIGITS = Path(__file__).parents[1] / "data" / "spoken_digits"

SMALL = (
    "--preset", "keyword", "--max-parameters", "20000", "--trials", "3", "--seed", "1",
    "--set", "executor=inline",
    "--set", "data.bins=20",
    "--set", "space.blocks=[{name: conv1d, filters: [16, 24], kernel: 5, normalisation: batch}]",
    "--set", "space.depth=[2, 3]",
    "--set", "space.recipe.epochs=40",
    "--set", "space.recipe.learning_rate=0.005",
    "--set", "space.recipe.batch_size=16",
    "--set", "space.recipe.augmentation=[[time_shift, noise, time_mask, frequency_mask]]",
)  # fmt: skip

# What a stranger writes who was mailed the folder: no Archivolt, and wav by Python's own library.
SERVE = """
import json, sys, wave
from pathlib import Path

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition("_")[0].partition(".")[0] in ("archivolt", "soundfile", "tensorflow_io"):
            raise ImportError(f"{name} must not be needed")

sys.meta_path.insert(0, Blocked())

import keras
import numpy as np

folder, recordings, out = map(Path, sys.argv[1:])
about = json.loads((folder / "model.json").read_text())
model = keras.saving.load_model(folder / "best.keras")  # safe_mode is on by default
(told,) = about["inputs"]
waveforms = []
for path in sorted(recordings.rglob("*.wav")):
    with wave.open(str(path)) as opened:
        assert told["style"] == f"{opened.getframerate()} Hz"
        samples = np.frombuffer(opened.readframes(opened.getnframes()), np.int16) / 32768
    waveform = np.zeros(told["shape"], np.float32)
    waveform[: len(samples)] = samples[: len(waveform)]
    waveforms.append(waveform)
np.save(out, np.asarray(model({told["name"]: np.stack(waveforms)})))
"""


@pytest.fixture(scope="module")
def searched(archivolt, tmp_path_factory):
    run = tmp_path_factory.mktemp("recordings") / "run"
    ended = archivolt("search", DIGITS, "--run", run, "--json", *SMALL)
    assert ended.status == 0, ended
    return run, [json.loads(line) for line in ended.lines]


def test_a_path_alone_is_enough(searched):
    run, events = searched

    about = json.loads((run / "best" / "model.json").read_text())
    assert about["inputs"][0]["role"] == "recording"
    assert about["classes"] == ["0", "2", "5", "8"]
    assert about["parameters"] <= 20_000
    assert events[-1]["trials"] == 3
    assert any("at 8,000 samples a second" in note for note in about["notes"])


def test_it_learns_to_hear(searched):
    _, events = searched

    # 20 recordings of 4 classes: chance has a quarter of them.
    assert events[-1]["report"]["accuracy"] >= 0.6


def test_the_model_is_served_by_keras_alone(searched, archivolt, apart, tmp_path):
    run, _ = searched
    script = tmp_path / "serve.py"
    script.write_text(SERVE)

    ended = apart(script, run / "best", DIGITS / "test", tmp_path / "out.npy", python=True)

    assert ended.status == 0, ended.err
    served = np.load(tmp_path / "out.npy")
    written = tmp_path / "predicted.csv"
    said = archivolt("predict", run, DIGITS / "test", "--output", written)
    assert said.status == 0, said
    with written.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    classes = ["0", "2", "5", "8"]
    assert [row["prediction"] for row in rows] == [classes[at] for at in served.argmax(axis=1)]


def test_eight_bits_hear_as_well(searched, archivolt, tmp_path):
    """Decibels do not survive eight bits; behind them a network does."""
    pytest.importorskip("ai_edge_litert")
    run, events = searched

    ended = archivolt("export", run, "--format", "litert", "--int8", "-o", tmp_path / "m", "--json")

    assert ended.status == 0, ended
    told = json.loads(ended.out)
    assert {each["part"]: each["dtype"] for each in told["arithmetic"]} == {
        "preprocessing": "float32",
        "network": "int8",
    }
    # One of twenty recordings may lie on the edge.
    assert told["before"]["score"] == pytest.approx(events[-1]["report"]["accuracy"])
    assert abs(told["after"]["score"] - told["before"]["score"]) <= 0.05
    assert told["difference"] < 0.15


def test_a_trial_with_augmentation_is_replayed(searched):
    import archivolt as library

    recorded, again = library.open(searched[0]).replay(0)

    assert again.score == recorded.score


def test_a_delivered_model_is_evaluated_on_labelled_recordings(searched, archivolt):
    run, events = searched

    ended = archivolt("evaluate", run, DIGITS / "test", "--json")

    assert ended.status == 0, ended
    told = json.loads(ended.out)
    assert told["metrics"]["accuracy"] == pytest.approx(events[-1]["report"]["accuracy"])


def test_a_search_over_blocks_that_stream_ends_in_a_stream(archivolt, tmp_path):
    ended = archivolt(
        "search", DIGITS, "--run", tmp_path / "run", "--preset", "keyword_streaming",
        "--trials", "3", "--seed", "1", "--set", "executor=inline", "--set", "data.bins=20",
        "--set", "space.recipe.epochs=5", "--set", "space.recipe.batch_size=16",
    )  # fmt: skip
    assert ended.status == 0, ended

    for options in ((), ("--sound",)):
        told = archivolt("stream", tmp_path / "run", *options, "--json")

        assert told.status == 0, told
        made = json.loads(told.out)
        assert made["clips"] > 0
        assert made["difference"] < 1e-4


def test_a_broken_recording_is_told_before_anything_is_trained(archivolt, tmp_path):
    folder = tmp_path / "recordings"
    shutil.copytree(DIGITS / "train", folder)
    for path in sorted(folder.rglob("*_10.wav"))[:6]:
        path.write_bytes(path.read_bytes()[:20])

    ended = archivolt("search", folder, "--run", tmp_path / "run", *SMALL)

    assert ended.status == 1
    assert "6 of 60 recordings cannot be used" in ended.err
    assert "0_george_10.wav" in ended.err
    assert "corrupt_share=0.05" in ended.err


def test_a_speaker_who_is_validated_on_was_not_trained_on(archivolt, tmp_path):
    ended = archivolt(
        "search", DIGITS / "train", "--run", tmp_path / "run", "--json", *SMALL,
        "--trials", "1", "--set", "space.recipe.epochs=1",
        "--set", "data.names='_(?P<speaker>[a-z]+)_'",
        "--set", "problem.split.group=speaker", "--set", "problem.split.report=0.2",
    )  # fmt: skip

    assert ended.status == 0, ended
    rows = {
        name: len(np.load(tmp_path / "run" / "problem" / name / "labels.npy"))
        for name in ("train", "validation", "report")
    }
    assert rows == {"train": 36, "validation": 12, "report": 12}  # whole speakers, of 12 each


def test_a_part_of_names_that_is_not_there_is_told(archivolt, tmp_path):
    ended = archivolt(
        "search", DIGITS, "--run", tmp_path / "run", *SMALL,
        "--set", "data.names='_(?P<speaker>[a-z]+)_'", "--set", "problem.split.group=speakers",
    )  # fmt: skip

    assert ended.status == 1
    assert "no part 'speakers'" in ended.err
    assert "Did you mean 'speaker'" in ended.err
