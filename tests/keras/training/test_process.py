from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest


def run(source: str, timeout: float) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_what_a_fork_server_imports_runs_no_operation():
    found = run(
        """
        import archivolt_keras.training.preload
        from tensorflow.python.eager import context

        print(context.context_safe() is None or not context.context()._initialized)
        """,
        timeout=120,
    )

    assert found.strip() == "True"


@pytest.mark.slow
def test_a_child_of_a_fork_server_that_has_preloaded_the_trainer_trains(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import multiprocessing


            def train(results):
                from archivolt_keras.training.process import end_trial, prepare_process

                prepare_process()
                import keras
                import numpy as np
                import tensorflow as tf

                from archivolt.values.problem import Task
                from archivolt.values.recipe import Recipe
                from archivolt_keras.training.data import TrainingData
                from archivolt_keras.training.trainer import Trainer

                inputs = keras.Input((4,))
                model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
                x = np.random.default_rng(0).standard_normal((50, 4)).astype("float32")
                task = Task("multiclass", outputs=2)
                data = TrainingData.on_device({"x": x}, x[:, 0] > 0, task)
                trainer = Trainer(model, task, Recipe(learning_rate=0.1), data, 0)
                losses = [trainer.run_epoch() for _ in range(3)]
                del model, trainer
                end_trial()
                results.put((losses, tf.config.threading.get_intra_op_parallelism_threads()))


            if __name__ == "__main__":
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["archivolt_keras.training.preload"])
                results = context.Queue()
                children = [context.Process(target=train, args=(results,)) for _ in range(2)]
                for child in children:
                    child.start()
                for child in children:
                    losses, threads = results.get(timeout=60)
                    assert losses[-1] < losses[0], losses
                    print(threads)
                for child in children:
                    child.join(10)
            """
        )
    )

    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=150
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["1", "1"]
