from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt.values.coverage import check_coverage, covered, is_covered

THREE = np.repeat([0, 1, 2], [60, 20, 20])  # how 100 rows are divided


def labels_in(*rows):
    """Every row has a label of the first target; these alone have one of the second."""
    present = np.zeros((100, 2), bool)
    present[:, 0] = True
    present[list(rows), 1] = True
    return present


@pytest.mark.parametrize("rows", [(0, 1, 2), (97, 98, 99), (3, 70, 71), tuple(range(9))])
def test_three_labels_are_enough_for_three_splits(rows):
    present = labels_in(*rows)

    found = covered(THREE, present, np.zeros(100, int), 3)

    assert is_covered(found, present, 3)
    assert np.bincount(found).tolist() == [60, 20, 20]


def test_what_is_covered_stays_as_it_is():
    present = labels_in(0, 65, 85)

    assert covered(THREE, present, np.zeros(100, int), 3).tolist() == THREE.tolist()


def test_the_only_training_row_of_a_class_stays_there():
    strata = np.zeros(100, int)
    strata[0] = 1
    present = labels_in(0, 1, 2)

    found = covered(THREE, present, strata, 3)

    assert found[0] == 0
    assert is_covered(found, present, 3)


def test_a_target_with_too_few_labels_is_told_with_the_split():
    present = labels_in(0, 1)
    found = covered(THREE, present, np.zeros(100, int), 3)
    names = ("train", "validation", "report")
    divided = {name: np.flatnonzero(found == at) for at, name in enumerate(names)}

    with pytest.raises(DataError, match="row has a label of the target 'b' .*; 2 of all 100 rows"):
        check_coverage(divided, present, ("a", "b"))
