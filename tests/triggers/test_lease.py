"""One rollback an operation, whoever watches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rollback_gov.triggers.lease import Holder, Lease

AT = "2026-01-31T12:00:00.000Z"
TAKE = """
import sys
from pathlib import Path
from rollback_gov.triggers.lease import Lease
print(Lease(Path(sys.argv[1])).take(at="2026-01-31T12:00:00.000Z", reason="errors") is None, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def lease(tmp_path: Path) -> Lease:
    return Lease(tmp_path / "rollback.lease")


def process(lease: Lease) -> subprocess.Popen[str]:
    """Another watcher: takes the lease, says whether it got it, and lives until its input ends."""
    command = [sys.executable, "-c", TAKE, str(lease.path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def end(other: subprocess.Popen[str]) -> str:
    return other.communicate("", timeout=10)[0].strip()


def test_the_first_gets_it_and_the_second_learns_who_has_it(lease: Lease) -> None:
    assert lease.holder() is None
    assert lease.take(at=AT, reason="errors") is None
    holder = lease.take(at=AT, reason="latency")
    assert holder is not None
    assert (holder.pid, holder.reason, holder.result) == (os.getpid(), "errors", "")
    assert holder.is_alive


def test_of_many_at_once_exactly_one_gets_it(lease: Lease) -> None:
    others = [process(lease) for _ in range(6)]
    assert sorted(end(other) for other in others) == ["False"] * 5 + ["True"]


def test_a_holder_that_died_is_dead(lease: Lease) -> None:
    other = process(lease)
    assert other.stdout is not None
    assert other.stdout.readline() == "True\n"
    holder = lease.take(at=AT, reason="latency")
    assert holder is not None
    assert holder.is_alive
    other.kill()
    other.communicate()
    assert not holder.is_alive


def test_a_number_that_another_process_has_now_is_not_the_holder(lease: Lease) -> None:
    lease.take(at=AT, reason="errors")
    for key, value in [("started", "1"), ("boot", "another")]:
        document = json.loads(lease.path.read_text())
        assert not Holder(**{**document, key: value}).is_alive


def test_of_a_holder_on_another_machine_nothing_is_known_but_its_result(lease: Lease) -> None:
    lease.take(at=AT, reason="errors")
    document = json.loads(lease.path.read_text())
    assert Holder(**{**document, "host": "elsewhere", "pid": 1}).is_alive
    assert not Holder(**{**document, "host": "elsewhere", "pid": 1, "result": "passed"}).is_alive


def test_a_lease_that_was_taken_over_is_ours(lease: Lease) -> None:
    other = process(lease)
    end(other)
    lease.take_over(at=AT, reason="again")
    holder = lease.holder()
    assert holder is not None
    assert (holder.pid, holder.reason) == (os.getpid(), "again")


def test_what_came_of_it_is_written_down_and_then_it_can_be_set_aside(lease: Lease) -> None:
    lease.settle("passed")
    assert not lease.set_aside()
    lease.take(at=AT, reason="errors")
    assert not lease.set_aside()
    lease.settle("passed")
    holder = lease.holder()
    assert holder is not None
    assert holder.result == "passed"
    assert lease.set_aside()
    assert lease.holder() is None
    assert [path.name for path in lease.path.parent.iterdir()] == ["rollback.lease.20260131T120000000Z"]


@pytest.mark.parametrize("text", ["", "{", "{}", '{"pid": 1}', "[]"])
def test_a_lease_that_cannot_be_read_is_somebodys_who_is_dead(lease: Lease, text: str) -> None:
    lease.path.write_text(text)
    holder = lease.take(at=AT, reason="errors")
    assert holder is not None
    assert not holder.is_alive
    assert not holder.result
