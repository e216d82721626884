"""A cancelled job finishes inside ten seconds with nothing unsaid, whatever it was doing.

A machine that computes slowly is no defect, so the ten seconds are no clock here: what a run waits for in a hurry is
added up, and whatever else it could wait for lasts for minutes.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.commands import journal, messages
from rollback_gov.execution import process
from rollback_gov.execution.proc import group_members
from rollback_gov.notify import outbox
from tests.cli.room import LIMIT, UNHURRIED, Room, wait_for
from tests.cli.test_formalities import CHANNELS, settings
from tests.execution.mirror.places import journal_server
from tests.execution.test_process import is_running, pid_in

SIGTERM_AFTER = 7.5
"""Seconds between the two signals that GitHub sends to a job, which it kills after ten."""
AT_WORK = "phases: [{id: one, budget: 5m, steps: [{id: a, ACTION}]}]\n"
DOING = {
    "a script": "run: 'touch ready; sleep 60', timeout: 5m",
    "a script that ignores TERM": 'run: \'trap "" TERM INT HUP; echo $PPID > group; touch ready; '
    "while true; do sleep 60 || true; done', timeout: 5m",
    "a gate": "gate: {ask: Go on?, deadline: 5m}",
    "a step by hand": "manual: Pull the plug, timeout: 5m",
    "a pause": "wait: 5m",
    "the pause before another attempt": "run: exit 1, timeout: 5s, retry: {times: 3, wait: 5m}",
    "the pause before another look": "run: exit 1, timeout: 5m, until: {within: 4m, every: 3m}",
    "a request that nobody answers": "http: {url: 'http://MUTE/'}, timeout: 5m",
    "a metric that nobody answers": "query: {source: metrics, expr: up}, expect: {above: 0}, timeout: 5m",
    "a condition that nobody answers": "run: 'true', when: {http: {url: 'http://MUTE/'}, timeout: 5m}",
    "a look at how a step stands": "run: 'true', when: {run: 'touch ready; sleep 60', timeout: 5m}",
}


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine may be slow."""
    monkeypatch.setattr("rollback_gov.cli.cancel.PATIENCE_SECONDS", 60.0)


@pytest.fixture
def mute() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def at_work(room: Room, run: subprocess.Popen[str], doing: str) -> None:
    """Wait until the run is in the middle of it."""

    def is_there() -> bool:
        if "touch ready" in DOING[doing]:
            return (room.plan.parent / "ready").exists()
        kinds = {"a gate": "gate.waiting", "a step by hand": "manual.waiting"}
        tried = {
            "the pause before another attempt": "step.finished",
            "a condition that nobody answers": "phase.started",
        }
        return bool(room.of(kinds.get(doing) or tried.get(doing) or "step.intent"))

    wait_for(lambda: is_there() or run.poll() is not None)
    time.sleep(0.2)  # from the line to what it tells of
    assert run.poll() is None


def ended(run: subprocess.Popen[str], began: float) -> str:
    """Wait for its end, which comes in time; gives what it printed."""
    out, err = run.communicate(timeout=60)
    assert time.monotonic() - began < LIMIT, "it waited for something"
    assert run.returncode == 130, out + err
    return out + err


def place(folder: Path, doing: str, mute: str) -> Room:
    text = settings(mute).replace("timeout: 300ms", "timeout: 5m").partition("channels:")[0]
    return Room(folder, AT_WORK.replace("ACTION", DOING[doing].replace("MUTE", mute)), text)


@pytest.mark.parametrize("doing", DOING)
def test_whatever_it_was_doing_it_ends_in_order_and_the_mirror_has_the_last_line(
    tmp_path: Path, mute: str, doing: str
) -> None:
    room = place(tmp_path, doing, mute)
    with journal_server() as mirror:
        words = room.execute("--yes", "--journal-mirror", f"{mirror.web.url}/runs")
        run = room.process(*words, how=("-c", UNHURRIED))
        at_work(room, run, doing)
        began = time.monotonic()
        run.send_signal(signal.SIGTERM)
        said = ended(run, began)
        assert list(mirror.journals.values()) == [(room.incident / "journal.jsonl").read_bytes()]
    name = room.incident.name
    assert f"The run {name} was interrupted by SIGTERM; nothing of it is lost.\n" in said
    assert f"Go on with: rollback-gov resume {name}\n" in said
    (stopped,) = room.of("run.interrupted")
    began_steps = {data["step"] for data in room.of("step.intent")} if "attempt" not in doing else set()
    assert (stopped["signal"], stopped["open"]) == ("SIGTERM", "".join(began_steps))
    assert "interrupted by SIGTERM" in (room.incident / "incident_report.md").read_text(encoding="utf-8")
    if (room.plan.parent / "group").exists():
        assert group_members(pid_in(room.plan.parent / "group")) == []


def test_what_a_run_waits_for_in_a_hurry_is_less_than_github_waits() -> None:
    """One after the other: for a step that ignores TERM, for messages, and for the mirror, which has its time since."""
    for_messages = messages.HURRY_SECONDS + outbox._GRACE_SECONDS
    for_both = max(for_messages + journal.LEAST_SECONDS, journal.HURRY_SECONDS)
    assert process.HURRIED_GRACE + for_both <= SIGTERM_AFTER - 2, "two seconds are left for computing"


def test_a_job_that_github_cancels_is_done_without_anybody_answering(tmp_path: Path, mute: str) -> None:
    """The step ignores signals; messages and mirror reach nobody."""
    environ = {"SLACK_URL": f"http://{mute}/services/T/B/abcdef", "PAGER_KEY": "0123456789abcdef"}
    stubborn = DOING["a script that ignores TERM"]
    room = Room(tmp_path, CHANNELS + AT_WORK.replace("ACTION", stubborn), settings(mute), environ=environ)
    words = room.execute("--yes", "--journal-mirror", f"http://{mute}/runs")
    run = room.process(*words, how=("-c", UNHURRIED))
    at_work(room, run, "a script that ignores TERM")
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    said = ended(run, began)
    assert "interrupted by SIGINT; nothing of it is lost" in said
    assert "the journal mirror" in said
    assert "lacks the last" in said
    assert not any(data["delivered"] for data in room.of("message.sent"))
    assert room.of("run.interrupted")[0]["open"] == "phases/one/a"
    assert group_members(pid_in(room.plan.parent / "group")) == []


DAEMON = (
    """run: 'setsid bash -c "trap true TERM; echo \\$\\$ > daemon; touch ready; sleep 60" & sleep 60', timeout: 5m"""
)


def test_a_daemon_that_a_cancelled_step_forked_is_named_because_it_still_runs(tmp_path: Path) -> None:
    room = Room(tmp_path, AT_WORK.replace("ACTION", DAEMON))
    run = room.process(*room.execute("--yes"))
    wait_for((room.plan.parent / "ready").exists)
    daemon = pid_in(room.plan.parent / "daemon")
    try:
        began = time.monotonic()
        assert room.gov("cancel", "latest", "--reason", "the wrong plan", "--as", "ben")[0] == 0
        ended(run, began)
        assert is_running(daemon)
        (end,) = room.of("step.finished")
        assert (end["result"], f"still runs: {daemon} (" in end["detail"]) == ("interrupted", True)
        assert f"still runs: {daemon} (" in (room.incident / "incident_report.md").read_text(encoding="utf-8")
    finally:
        os.killpg(daemon, signal.SIGKILL)


@pytest.mark.parametrize(
    "doing", ["a gate", "a pause", "the pause before another attempt", "a request that nobody answers"]
)
def test_cancel_from_elsewhere_ends_it_as_fast(tmp_path: Path, mute: str, doing: str) -> None:
    room = place(tmp_path, doing, mute)
    run = room.process(*room.execute("--yes"), how=("-c", UNHURRIED))
    at_work(room, run, doing)
    began = time.monotonic()
    assert room.gov("cancel", "latest", "--reason", "the wrong plan", "--as", "ben")[0] == 0
    ended(run, began)
    (stopped,) = room.of("run.interrupted")
    assert (stopped["signal"], stopped["by"], stopped["reason"]) == ("cancel", "ben", "the wrong plan")


def test_a_refusal_and_a_question_that_wait_for_people_end_too(tmp_path: Path) -> None:
    room = Room(tmp_path, "tools: [no-such-tool]\n" + AT_WORK.replace("ACTION", "run: no-such-tool"))
    run = room.process(*room.execute("--yes", "--wait", "5m"))
    wait_for(lambda: room.of("gate.waiting"))
    began = time.monotonic()
    run.send_signal(signal.SIGTERM)
    ended(run, began)
    assert room.events()[-1]["type"] == "run.interrupted"
    assert "interrupted" in room.gov("status", "latest")[1]


def test_a_second_signal_is_immediate_and_says_so(tmp_path: Path) -> None:
    goes_on = DOING["a script that ignores TERM"].replace('trap ""', 'trap "touch hit"')
    room = Room(tmp_path, AT_WORK.replace("ACTION", goes_on))
    patient = UNHURRIED.replace(
        "\nsys.exit", "\nfrom rollback_gov.execution import bash\nbash.HURRIED_GRACE = 300.0\nsys.exit"
    )
    run = room.process(*room.execute("--yes"), how=("-c", patient))
    at_work(room, run, "a script that ignores TERM")
    run.send_signal(signal.SIGINT)
    wait_for((room.plan.parent / "hit").exists)
    assert run.poll() is None, "the step goes on and has five minutes"
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "ended at once by a second signal" in err
    os.killpg(pid_in(room.plan.parent / "group"), signal.SIGKILL)
