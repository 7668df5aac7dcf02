"""The other process answers, tells what went wrong there, and is started anew where it died."""

from __future__ import annotations

import os

import pytest

from archivolt.testing.other_process import OtherProcessError, ask


def test_it_is_another_process_and_stays_the_same_one():
    first = ask("os:getpid")

    assert first != os.getpid()
    assert ask("os:getpid") == first


def test_it_has_another_order_of_hashes(monkeypatch):
    here = os.environ.get("PYTHONHASHSEED", "random")

    assert ask("os:getenv", key="PYTHONHASHSEED") in {"1", "2"} - {here}


def test_what_is_raised_there_is_told():
    with pytest.raises(OtherProcessError, match="FileNotFoundError: .*not_there"):
        ask("os:listdir", path="not_there")


def test_one_that_dies_is_told_and_followed_by_another():
    first = ask("os:getpid")

    with pytest.raises(OtherProcessError, match="the process ended with status 3"):
        ask("os:_exit", status=3)
    assert ask("os:getpid") != first
