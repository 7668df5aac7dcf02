from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archivolt.cli.app import app
from archivolt.errors import ArchivoltError

SPEC = Path(__file__).parent / "specs" / "cnn.pbtxt"


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_file_is_written_that_is_a_right_configuration(tmp_path):
    output = tmp_path / "search.yaml"

    imported = run("import-spec", SPEC, "-o", output)
    checked = run("config", "check", output)

    assert imported.exit_code == 0, imported.output
    assert imported.output.splitlines()[-1].startswith(f"wrote {output}")
    assert (checked.exit_code, checked.output) == (0, f"{output}: ok\n")


def test_a_line_is_printed_for_each_thing_that_differs(tmp_path):
    output = run("import-spec", SPEC, "-o", tmp_path / "search.yaml").output

    (line,) = [each for each in output.splitlines() if "block DUAL_RESNET" in each]
    number = SPEC.read_text().splitlines().index('blocks_to_use: "DUAL_RESNET"') + 1
    assert line.startswith(f"cnn.pbtxt:{number}, block DUAL_RESNET: two branches of half")
    assert line.endswith("Instead: dual_residual.")


def test_without_an_output_the_configuration_alone_is_printed():
    done = run("import-spec", SPEC)

    assert done.stdout.startswith("# From cnn.pbtxt of Model Search")
    assert "\nspace:\n" in done.stdout
    assert "cnn.pbtxt:" in done.stderr
    assert "cnn.pbtxt:" not in done.stdout


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    output = tmp_path / "search.yaml"
    output.write_text("mine")

    refused = run("import-spec", SPEC, "-o", output)
    kept = output.read_text()
    forced = run("import-spec", SPEC, "-o", output, "--force")

    assert isinstance(refused.exception, ArchivoltError)
    assert "is there already. Name another file, or say --force." in str(refused.exception)
    assert kept == "mine"
    assert forced.exit_code == 0
    assert output.read_text() != "mine"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("beam_size 3", "error: spec.pbtxt:1, column 11: expected ':' or '{', got '3'."),
        ("beem_size: 3", "Did you mean 'beam_size'"),
        ('blocks_to_use: "RESNET"', "Did you mean 'RESNET_"),
    ],
)
def test_what_is_wrong_ends_with_a_message_and_writes_nothing(tmp_path, text, told):
    spec, output = tmp_path / "spec.pbtxt", tmp_path / "search.yaml"
    spec.write_text(text)
    program = "from archivolt.cli import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", program, "import-spec", str(spec), "-o", str(output)],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not output.exists()


def test_nothing_heavy_is_imported_for_it():
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from archivolt.cli.app import app\n"
        "assert CliRunner().invoke(app, sys.argv[1:]).exit_code == 0\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'sklearn', 'sqlalchemy', 'google.protobuf'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, "import-spec", str(SPEC)], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
