"""Every extension point of Archivolt.

A plugin is a module (or a package) that an entry point of the group `archivolt` names, or a file
that a run names under `plugins`. It implements any of these functions, marked with
`@archivolt.hookimpl`.

A pack adds a command, a word after `archivolt`, without a hook: by an entry point of the group
`archivolt.commands`, whose name is the word and whose value is a Typer app (a command with
subcommands) or a function (a command). It is imported when it is asked for, and for
`archivolt --help`: at its top it imports Typer and nothing heavier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from archivolt.components.augmentation import Augmentation
    from archivolt.components.block import Block
    from archivolt.components.ensembler import Ensembler
    from archivolt.components.evaluator import Evaluator
    from archivolt.components.executor import Executor
    from archivolt.components.measurement import Measurement
    from archivolt.components.preset import Preset
    from archivolt.components.source import Source
    from archivolt.components.strategies import Mutator, Scheduler, Searcher
    from archivolt.components.transfer import Transfer
    from archivolt.values.trial import Trial

hookspec = pluggy.HookspecMarker("archivolt")
hookimpl = pluggy.HookimplMarker("archivolt")


@hookspec
def archivolt_blocks() -> Iterable[type[Block]]:
    """Register blocks: micro-architectures that networks are stacked of.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_blocks():
            return [SqueezeExcite]
    """
    return ()


@hookspec
def archivolt_mutators() -> Iterable[type[Mutator]]:
    """Register mutators: random changes from one candidate to the next.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_mutators():
            return [DropBlock]
    """
    return ()


@hookspec
def archivolt_searchers() -> Iterable[type[Searcher]]:
    """Register searchers: strategies from the history to the next candidate.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_searchers():
            return [Evolution]
    """
    return ()


@hookspec
def archivolt_schedulers() -> Iterable[type[Scheduler]]:
    """Register schedulers: policies of how long to train, whom to stop, whom to promote.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_schedulers():
            return [MedianStop]
    """
    return ()


@hookspec
def archivolt_ensemblers() -> Iterable[type[Ensembler]]:
    """Register ensemblers: what combines trained candidates into one model.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_ensemblers():
            return [BestTwo]
    """
    return ()


@hookspec
def archivolt_transfers() -> Iterable[type[Transfer]]:
    """Register transfer strategies: what carries knowledge from earlier trials into a new one.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_transfers():
            return [FromTheBest]
    """
    return ()


@hookspec
def archivolt_evaluators() -> Iterable[type[Evaluator]]:
    """Register evaluators: what turns a candidate into metrics.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_evaluators():
            return [TableLookup]
    """
    return ()


@hookspec
def archivolt_executors() -> Iterable[type[Executor]]:
    """Register executors: where evaluations run.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_executors():
            return [RayExecutor]
    """
    return ()


@hookspec
def archivolt_sources() -> Iterable[type[Source]]:
    """Register sources: what reads data of one kind.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_sources():
            return [SpreadsheetSource]
    """
    return ()


@hookspec
def archivolt_augmentations() -> Iterable[type[Augmentation]]:
    """Register augmentations: random changes to training examples that a recipe may name.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_augmentations():
            return [Flip]
    """
    return ()


@hookspec
def archivolt_measurements() -> Iterable[type[Measurement]]:
    """Register measurements: what trials tell of a trained network beyond its score.

    Called once per plugin; order carries no meaning. A class that fails its checks is left out.

    Example:
        @hookimpl
        def archivolt_measurements():
            return [Energy]
    """
    return ()


@hookspec
def archivolt_presets() -> Iterable[Preset]:
    """Register presets: YAML files that fill what a user's configuration leaves out.

    Called once per plugin; order carries no meaning. Every shipped file must pass
    `archivolt config check`.

    Example:
        @hookimpl
        def archivolt_presets():
            return [Preset("keyword", Path(__file__).parent / "keyword.yaml", "Spoken words.")]
    """
    return ()


@hookspec
def archivolt_notes() -> Iterable[str]:
    """Tell what of this pack works otherwise on this machine, or not at all, and how to get it.

    Called once per plugin, when somebody asks for it with `archivolt plugins show`: for libraries
    that are optional, or that do not load everywhere. Each note is a sentence or two. Look at what
    is installed (`importlib.util.find_spec`, `importlib.metadata`) and import nothing heavy.

    Example:
        @hookimpl
        def archivolt_notes():
            from importlib.util import find_spec

            if find_spec("acme_codec") is None:
                yield "Without acme-codec, mp3 is not read: `pip install acme-codec`."
    """
    return ()


# Events: they observe and return nothing. One that raises is told once and called no more.


@hookspec
def archivolt_search_started(run: str, trials: int, config: Mapping[str, Any]) -> None:
    """Observe that a search began or was resumed.

    Args:
        run: The run folder.
        trials: Trials that are there already.
        config: The whole configuration, as plain data.

    Example:
        @hookimpl
        def archivolt_search_started(run):
            print("searching in", run)
    """


@hookspec
def archivolt_trial_started(trial: Trial) -> None:
    """Observe that a worker took a trial up.

    Example:
        @hookimpl
        def archivolt_trial_started(trial):
            print(trial.number, trial.candidate)
    """


@hookspec
def archivolt_epoch_ended(trial: Trial, epoch: int, metrics: Mapping[str, float]) -> None:
    """Observe the metrics of a running trial on the validation rows, after `epoch` epochs.

    Example:
        @hookimpl
        def archivolt_epoch_ended(trial, epoch, metrics):
            print(trial.number, epoch, metrics["loss"])
    """


@hookspec
def archivolt_trial_finished(trial: Trial) -> None:
    """Observe a trial that ended with a score, once it is committed to the history.

    Example:
        @hookimpl
        def archivolt_trial_finished(trial):
            print(trial.number, trial.score)
    """


@hookspec
def archivolt_trial_failed(trial: Trial) -> None:
    """Observe a trial that ended without a score, once it is committed to the history.

    Example:
        @hookimpl
        def archivolt_trial_failed(trial):
            print(trial.number, trial.cause, trial.message)
    """


@hookspec
def archivolt_search_finished(run: str, trials: int, best: Trial | None, reason: str) -> None:
    """Observe the end of a search: what ended it, and the best trial.

    Example:
        @hookimpl
        def archivolt_search_finished(best, reason):
            print(reason, best.score if best else None)
    """
