"""Whatever a repository does to the process that judges it, the others go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children

import pytest

from rollback_gov.commands.fleet.judges import judged


def lost(item: object, reason: str) -> str:
    return f"{item}: {reason}"


def work(item: str) -> str:
    if item == "hangs":
        time.sleep(60)
    if item == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "leaves":
        os._exit(3)
    if item == "crashes":
        raise ValueError("no")
    if item == "eats":
        return "x" * (1 << 33)
    return f"{item} by {os.getpid()}"


def found(items: list[str], processes: int = 2, seconds: float = 20.0) -> list[str]:
    return sorted(judged(items, work, lost, processes=processes, seconds=seconds))


def test_all_are_worked_on_in_as_many_processes_as_there_may_be() -> None:
    names = [f"n{number:03}" for number in range(200)]
    results = found(names, processes=3)
    assert [result.partition(" ")[0] for result in results] == names
    pids = {result.rpartition(" ")[2] for result in results}
    assert 1 <= len(pids) <= 3
    assert str(os.getpid()) not in pids
    assert active_children() == []


def test_nothing_to_do_starts_nothing() -> None:
    assert found([]) == []


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("dies", "judging it ended the process (-9)"),
        ("leaves", "judging it ended the process (3)"),
        ("crashes", "judging it ran into a defect of rollback-gov (ValueError: no)"),
        ("eats", "judging it takes too much memory"),
    ],
)
@pytest.mark.parametrize("processes", [1, 2])
def test_one_that_is_lost_takes_nobody_with_it(item: str, reason: str, processes: int) -> None:
    results = found(["a", item, "b", item, "c"], processes=processes)
    assert [result for result in results if result.startswith(item)] == [f"{item}: {reason}"] * 2
    assert len([result for result in results if " by " in result]) == 3
    assert active_children() == []


def test_one_that_takes_too_long_is_ended() -> None:
    results = found(["a", "hangs", "b"], seconds=1.0)
    assert "hangs: judging it takes too long" in results
    assert [result[:1] for result in results] == ["a", "b", "h"]


ORPHANS = """
import os, sys, time
from rollback_gov.commands.fleet.judges import judged

def work(item):
    os.write(1, b"begun\\n")
    time.sleep(float(sys.argv[1]))

list(judged([0, 1], work, lambda item, reason: None, processes=2, seconds=5))
"""


def outlived(seconds: float) -> str:
    """Kill the parent of two processes that work for so long, and give what is said until both are gone."""
    command = [sys.executable, "-c", ORPHANS, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert [parent.stdout.readline() for _ in range(2)] == ["begun\n", "begun\n"]
        parent.kill()
        return parent.communicate(timeout=60)[1]  # ends when nobody holds these pipes any more


def test_no_process_outlives_the_one_that_asked_for_it() -> None:
    assert outlived(1.0) == "", "they go without a word"


@pytest.mark.slow
def test_not_even_one_that_would_never_end() -> None:
    assert outlived(300.0) == ""


def test_who_stops_listening_leaves_no_process() -> None:
    results = judged([f"n{number}" for number in range(50)], work, lost, processes=2)
    next(results)
    assert len(active_children()) == 2
    results.close()  # type: ignore[attr-defined]
    assert active_children() == []
