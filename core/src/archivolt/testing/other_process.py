"""Another process, which shares nothing with this one: for tests of determinism, and converters.

One serves a whole test session, so its frameworks are imported once; it is started anew where a
question ends it. Run as a module it is that process: a JSON object a line comes in, one goes out.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from attrs import define


@define
class OtherProcessError(Exception):
    """The other process could not answer."""

    cause: str

    def __str__(self) -> str:
        return self.cause


def start(*modules: str) -> None:
    """Start the process already; it imports these modules while this one does something else."""
    _Other.running(modules)


def ask(function: str, **arguments: Any) -> Any:
    """Call a function, `package.module:name`, in the other process; all of it plain data.

    Raises:
        OtherProcessError: the function raised there, or ended the process.
    """
    answer = _Other.running().answer({"function": function, "arguments": arguments})
    if "error" in answer:
        raise OtherProcessError(answer["error"])
    return answer["returned"]


class _Other:
    """The process as seen from here."""

    def __init__(self, modules: Sequence[str]) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(each for each in sys.path if each),
            # Another order of sets than here, whatever order this process has.
            "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "archivolt.testing.other_process", *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        atexit.register(self._process.kill)

    @classmethod
    def running(cls, modules: Sequence[str] = ()) -> _Other:
        if not _PROCESS:
            _PROCESS.append(cls(modules))
        return _PROCESS[0]

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            _PROCESS.clear()
            return {"error": f"the process ended with status {self._process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer


_PROCESS: list[_Other] = []  # one, once it is started: a process is what there is one of


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    module, _, name = question["function"].partition(":")
    try:
        returned = getattr(import_module(module), name)(**question["arguments"])
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"returned": returned}


def main() -> None:
    """Answer until the other end is closed."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what frameworks print is no answer
    for module in sys.argv[1:]:
        import_module(module)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
