"""The load generator: a steady rate, a clean end, and a sum that is true."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import pytest

from tests.servers import free_port

from .environment import DEMO, DemoEnvironment


def load(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, DEMO / "load.py", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(*arguments: str) -> str:
    with load(*arguments) as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output


def test_load_is_answered_and_counted(version_1: DemoEnvironment) -> None:
    closing = finished("--url", version_1.url, "--rate", "50", "--seconds", "0.5", "--quiet")

    assert closing == "25 sent: 25 ok, 0 failed, 0 drained\n"
    assert version_1.run("count-orders") == "20"


def test_load_makes_version_2_fail_within_fifty_requests(version_2: DemoEnvironment) -> None:
    closing = finished("--url", version_2.url, "--rate", "80", "--seconds", "0.625")

    sent, ok, failed, _ = (int(number) for number in re.findall(r"\d+", closing.splitlines()[-1]))
    assert sent == ok + failed
    assert 0 < sent <= 50  # fewer where the machine is so busy that no worker is free
    assert failed > 0.3 * sent


def test_drained_requests_have_a_number_of_their_own(version_1: DemoEnvironment) -> None:
    version_1.run("drain", "on")

    closing = finished("--url", version_1.url, "--rate", "40", "--seconds", "0.25", "--quiet")

    assert closing == "10 sent: 2 ok, 0 failed, 8 drained\n"


def test_a_service_that_is_away_is_a_failure() -> None:
    closing = finished("--url", f"http://127.0.0.1:{free_port()}", "--rate", "20", "--seconds", "0.25", "--quiet")

    assert closing == "5 sent: 0 ok, 5 failed, 0 drained\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_load_ends_when_it_is_told_to(version_1: DemoEnvironment, number: signal.Signals) -> None:
    with load("--url", version_1.url, "--rate", "50", "--until-stopped", "--quiet") as process:
        while version_1.metrics()["orders_total"] < 5:
            time.sleep(0.02)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert output.endswith(" ok, 0 failed, 0 drained\n")


@pytest.mark.parametrize("wrong", [["--rate", "0"], ["--rate", "fast"], ["--seconds", "3601"]])
def test_load_has_bounds(wrong: list[str]) -> None:
    with load("--url", "http://127.0.0.1:1", *wrong) as process:
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert wrong[0] in errors
