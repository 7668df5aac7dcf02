from __future__ import annotations

import pytest

from archivolt.components.executor import Executor
from archivolt.execution.inline import InlineExecutor
from archivolt.execution.local import LocalExecutor
from archivolt.testing import ExecutorConformance


class TestExecutors(ExecutorConformance):
    @pytest.fixture(params=[InlineExecutor(), LocalExecutor(workers=2)], ids=lambda each: each.name)
    def executor(self, request: pytest.FixtureRequest) -> Executor:
        executor: Executor = request.param
        return executor
