"""The trainer: epochs as single calls of compiled functions, for thousands of small trainings.

Import its modules late: all but `process` load TensorFlow. `process.prepare_process` comes before
the first operation of a worker.
"""
