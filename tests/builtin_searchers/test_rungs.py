from __future__ import annotations

import pytest

from archivolt_searchers.rungs import Rungs


@pytest.mark.parametrize(
    ("share", "factor", "shares"),
    [
        (0.25, 2, (0.25, 0.5, 1.0)),
        (1 / 9, 3, (1 / 9, 1 / 3, 1.0)),
        (0.3, 2, (0.3, 0.6, 1.0)),
        (1.0, 4, (1.0,)),
    ],
)
def test_shares_grow_by_the_factor_up_to_the_whole(share, factor, shares):
    assert Rungs(share, factor).shares == pytest.approx(shares)


def test_rungs_are_whole_epochs_of_each_schedule():
    rungs = Rungs(0.25, 2)

    assert rungs.epochs(40) == (10, 20, 40)
    assert rungs.epochs(10) == (3, 5, 10)
    assert rungs.epochs(1) == (1, 1, 1)


def test_a_new_trial_goes_to_the_first_rung_whatever_its_schedule():
    for rungs in (Rungs(0.25, 2), Rungs(0.1, 3), Rungs(0.02, 4, min_epochs=3)):
        for schedule in range(1, 60):
            assert rungs.start.of(schedule) == rungs.epochs(schedule)[0]


def test_no_rung_lies_below_the_fewest_epochs():
    assert Rungs(0.25, 2, min_epochs=4).epochs(12) == (4, 6, 12)
    assert Rungs(0.25, 2, min_epochs=4).epochs(3) == (3, 3, 3)
