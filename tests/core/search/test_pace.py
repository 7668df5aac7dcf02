"""How often something may happen."""

from __future__ import annotations

from archivolt.search.pace import Pace


def test_what_takes_long_happens_seldom() -> None:
    now = 0.0
    pace = Pace(every=5.0, share=0.1, clock=lambda: now)

    assert pace.is_due()
    with pace.taking():
        now += 2.0
    now += 19.0
    assert not pace.is_due()
    now += 1.0
    assert pace.is_due()


def test_what_is_quick_happens_every_so_often() -> None:
    now = 0.0
    pace = Pace(every=5.0, began=0.0, clock=lambda: now)

    assert not pace.is_due()
    now += 5.0
    assert pace.is_due()
    with pace.taking():
        now += 0.01
    now += 4.9
    assert not pace.is_due()
    now += 0.2
    assert pace.is_due()
