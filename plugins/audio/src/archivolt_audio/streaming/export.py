"""Streaming what a run has delivered, in one call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.errors import RunError

if TYPE_CHECKING:
    from archivolt.search.run import Run

FILE = "streaming.keras"  # inside the run


@frozen
class Streamed:
    """A streaming model that was written, and how it compares with the whole clip."""

    path: Path
    taken: int  # frames of a call; samples where the front end is in it
    features: int | None  # of a frame; None of samples
    states: int
    remembered: int  # numbers in all states, for one stream
    parameters: int
    clips: int  # compared
    difference: float  # the largest between what is said of a clip at its end and as a whole


def stream(
    run: Run | Path | str, output: Path | str | None = None, *, sound: bool = False
) -> Streamed:
    """Make the best single network of a run run frame by frame, and save it.

    It reads feature frames as the run's front end makes them, or sound itself. Before it is
    written, it is fed clips of the validation rows (recordings of the run's data, where it takes
    sound) and compared with the delivered model on the whole clips.

    Args:
        run: A run that has delivered a model, or its folder.
        output: The file; `streaming.keras` in the run by default.
        sound: Take the front end in: the model reads samples, as they come.

    Raises:
        NotStreamableError: a layer of the network sees later steps; which, of which block, and
            what to choose instead.
        RunError: nothing has been delivered yet.
        StreamDiffersError: the two do not agree.
    """
    import archivolt

    opened = archivolt.open(run) if isinstance(run, (Path, str)) else run
    target = Path(output) if output is not None else opened.path / FILE
    if target.suffix != ".keras":
        raise RunError(str(target), "is no name of a Keras model.", "Let it end in `.keras`.")
    # Keras comes in here: a run says in which environment.
    from archivolt_keras.quiet import load_framework

    load_framework()
    from archivolt_audio.streaming.delivered import export

    return export(opened, target, sound)
