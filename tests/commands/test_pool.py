"""The same work in one process or in several."""

from __future__ import annotations

import os
import time
from itertools import islice

import pytest

from rollback_gov.commands import pool
from rollback_gov.commands.pool import MANY, in_order
from rollback_gov.model.errors import UsageError


def _whose(number: int) -> tuple[int, int]:
    return number, os.getpid()


def test_few_stay_here() -> None:
    assert list(in_order(range(MANY - 1), _whose, processes=2)) == [(number, os.getpid()) for number in range(MANY - 1)]
    assert list(in_order(range(MANY), _whose, processes=1)) == [(number, os.getpid()) for number in range(MANY)]


def test_a_system_that_does_not_say_what_may_be_used_is_asked_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)

    assert {process for _, process in in_order(range(MANY), _whose)} == {os.getpid()}


def test_many_go_to_processes_and_come_back_in_order() -> None:
    found = list(in_order(range(1_000), _whose, processes=2))

    assert [number for number, _ in found] == list(range(1_000))
    assert os.getpid() not in {process for _, process in found}


def test_what_is_raised_there_is_raised_here() -> None:
    def work(number: int) -> int:
        if number == 700:
            raise UsageError("Number 700 is wrong.", hint="Take it out.")
        return number

    found = in_order(range(1_000), work, processes=2)

    assert list(islice(found, 600)) == list(range(600))
    with pytest.raises(UsageError, match="Number 700") as caught:
        list(found)
    assert caught.value.hint == "Take it out."


def test_a_process_that_dies_is_no_pass() -> None:
    def work(number: int) -> int:
        if number == 100:
            os._exit(1)
        return number

    with pytest.raises(Exception, match="abruptly"):
        list(in_order(range(200), work, processes=2))


def test_results_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "AHEAD", 1)
    monkeypatch.setattr(pool, "CHUNK", 1)
    handed_out = []

    class Counting(list[int]):
        def __getitem__(self, index: object) -> list[int]:  # type: ignore[override]
            assert isinstance(index, slice)
            handed_out.append(index.start)
            return list(range(index.start, index.stop))

    found = in_order(Counting(range(200)), _whose, processes=2)
    next(found)
    time.sleep(0.05)

    assert len(handed_out) <= 4
    found.close()  # type: ignore[attr-defined]
