import numpy as np
import pytest

from archivolt_searchers import code_table
from archivolt_searchers.code_table import CodeTable


def table(made: list[int]) -> CodeTable[int]:
    def make(key: int):
        made.append(key)
        return np.array([key, -key], float), np.array([key % 3])

    return CodeTable(make, width=2, levels=1)


def test_each_key_is_made_once_and_keeps_its_row_while_the_table_grows():
    made: list[int] = []
    codes = table(made)
    keys = [*range(200), 7, 7, 199]

    for _ in range(2):
        found, levels = codes.gather(keys)
        assert found.tolist() == [[key, -key] for key in keys]
        assert levels.tolist() == [[key % 3] for key in keys]

    assert made == list(range(200))


def test_a_full_table_forgets_and_goes_on(monkeypatch):
    monkeypatch.setattr(code_table, "KEPT", 10)
    made: list[int] = []
    codes = table(made)

    for key in range(25):
        assert codes.gather([key, 0])[0].tolist() == [[key, -key], [0, 0]]

    assert made.count(0) > 1


def test_a_key_that_could_not_be_encoded_is_tried_anew():
    asked = []

    def make(key: str):
        asked.append(key)
        if len(asked) == 1:
            raise ValueError("not now")
        return np.ones(2), np.zeros(1)

    codes = CodeTable(make, width=2, levels=1)
    with pytest.raises(ValueError, match="not now"):
        codes.gather(["a"])

    assert codes.gather(["a"])[0].tolist() == [[1.0, 1.0]]
