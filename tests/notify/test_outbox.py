"""Messages leave by a process of their own, which is never in the way and never left behind."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import LAST_WORD, OUT_OF_TIME, Delivery
from rollback_gov.notify.outbox import Outbox
from rollback_gov.notify.postman import serve as serve_run
from tests.conftest import ROOT
from tests.execution.test_process import is_running
from tests.notify.messages import message
from tests.notify.web import HANG, Web, serve

STARTS = """\
import sys, time
from rollback_gov.model.environment import Channel
from rollback_gov.notify.outbox import Outbox
from tests.notify.messages import message
outbox = Outbox({"hook": Channel(kind="webhook", url=sys.argv[1])}, {})
for event in ("started", "failed"):
    outbox.send(message(event=event), ("hook",))
print(outbox._process.pid, flush=True)
time.sleep(60)
"""


def hook(web: Web) -> Channel:
    return Channel(kind="webhook", url=web.url)


def outbox(channels: Mapping[str, Channel], environ: Mapping[str, str] | None = None, **settings: Any) -> Outbox:
    return Outbox(channels, environ or {}, **{"timeout": 30.0, "pause": 0.01, **settings})


def children() -> list[str]:
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True, check=False
    )
    return [line for line in listed.stdout.splitlines() if "postman" in line]


def test_messages_arrive_in_their_order_with_all_that_they_say() -> None:
    half = message(event="completed", text="half a character \ud800", fields={"reason": "größer"}, unknown=("eat",))
    with serve() as web:
        post = outbox({"hook": hook(web)})
        post.send(message(), ("hook",))
        post.send(half, ("hook", "hook"))
        found = post.close(60)
    assert [document["event"] for document in web.posted] == ["started", "completed"]
    assert (web.posted[1]["text"], web.posted[1]["fields"]) == (
        "half a character \N{REPLACEMENT CHARACTER}",
        {"reason": "größer"},
    )
    assert found == [
        Delivery(event="started", channel="hook", delivered=True, detail=""),
        Delivery(
            event="completed", channel="hook", delivered=True, detail="the text has fields that do not exist: {eat}"
        ),
    ]
    assert children() == []


def test_what_became_of_messages_is_known_while_the_run_goes_on() -> None:
    with serve() as web:
        post = outbox({"hook": hook(web)})
        post.send(message(), ("hook",))
        found: list[Delivery] = []
        limit = time.monotonic() + 60
        while not found and time.monotonic() < limit:
            found = list(post.deliveries())
            time.sleep(0.01)
        assert found == [Delivery(event="started", channel="hook", delivered=True, detail="")]
        assert list(post.deliveries()) == []
        assert post.close(60) == []


def test_secrets_and_proxies_come_from_the_environment_of_the_run() -> None:
    with serve() as web:
        channels = {"set": Channel(kind="webhook", url_env="HOOK"), "unset": Channel(kind="webhook", url_env="OTHER")}
        post = outbox(channels, {"HOOK": web.url})
        post.send(message(), ("set", "unset"))
        found = {one.channel: (one.delivered, one.detail) for one in post.close(60)}
    assert found == {"set": (True, ""), "unset": (False, "the environment variable OTHER is not set")}


def test_without_a_message_there_is_no_process() -> None:
    post = outbox({"hook": Channel(kind="webhook", url="http://127.0.0.1:1")})
    assert list(post.deliveries()) == []
    post.send(message(), ())
    assert children() == []
    assert post.close(0) == []


def test_a_channel_that_hangs_is_left_when_the_time_is_over_and_nothing_stays_behind() -> None:
    with serve(HANG) as dead, serve() as alive:
        post = outbox({"dead": hook(dead), "alive": hook(alive)}, timeout=60)
        for event in ("started", "failed"):
            post.send(message(event=event), ("dead", "alive"))
        found: list[Delivery] = []
        limit = time.monotonic() + 60
        while (len(found) < 2 or not dead.posted) and time.monotonic() < limit:
            found += post.deliveries()
            time.sleep(0.01)
        found += post.close(0.2)
    told = sorted((one.channel, one.event, one.delivered, one.detail) for one in found)
    assert told == [
        ("alive", "failed", True, ""),
        ("alive", "started", True, ""),
        ("dead", "failed", False, OUT_OF_TIME),
        ("dead", "started", False, OUT_OF_TIME),
    ]
    assert children() == []


def test_a_process_that_is_too_busy_to_answer_is_ended() -> None:
    with serve() as web:
        post = outbox({"hook": hook(web)})
        post.send(message(), ("hook",))
        assert post._process is not None
        os.kill(post._process.pid, signal.SIGSTOP)
        found = post.close(0.1)
    assert found == [Delivery(event="started", channel="hook", delivered=False, detail=OUT_OF_TIME)]
    assert children() == []


def test_a_process_that_died_is_reported_and_hurts_nobody() -> None:
    with serve(HANG) as web:
        post = outbox({"hook": hook(web)}, timeout=60)
        post.send(message(), ("hook",))
        assert post._process is not None
        post._process.kill()
        post._process.wait()
        for event in ("progress", "failed"):
            post.send(message(event=event, text="x" * 200_000), ("hook",))
        found = post.close(60)
    assert sorted(one.event for one in found) == ["failed", "progress", "started"]
    assert {(one.delivered, one.detail) for one in found} == {(False, "what sends messages has died")}


def test_a_machine_that_cannot_start_it_says_so_for_each_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    post = outbox({"hook": Channel(kind="webhook", url="http://127.0.0.1:1")})
    post.send(message(), ("hook",))
    (first,) = post.deliveries()
    assert (first.delivered, first.detail) == (
        False,
        "what sends messages could not be started (FileNotFoundError)",
    )
    post.send(message(event="failed"), ("hook",))
    assert [one.event for one in post.close(1)] == ["failed"]


def test_a_machine_without_threads_sends_what_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(_thread: object) -> None:
        raise RuntimeError("can't start new thread")

    with serve() as web:
        post = outbox({"hook": hook(web)})
        post.send(message(), ("hook",))
        with monkeypatch.context() as patch:
            patch.setattr("threading.Thread.start", no_more)
            post.send(message(event="failed", text="x" * 2_000_000), ("hook",))
        post.send(message(event="completed"), ("hook",))
        found = post.close(60)
    assert {one.event: one.delivered for one in found} == {
        "started": True,
        "failed": False,
        "completed": False,
    }
    assert children() == []


def test_more_than_fits_is_handed_over_all_the_same() -> None:
    with serve() as web:
        post = outbox({"hook": hook(web)})
        for event in ("started", "step", "failed"):
            post.send(message(event=event, text="x" * 400_000), ("hook",))
        found = post.close(60)
    assert [one.delivered for one in found] == [True] * 3
    assert [(document["event"], len(document["text"])) for document in web.posted] == [
        ("started", 400_000),
        ("step", 400_000),
        ("failed", 400_000),
    ]


def test_what_a_channel_has_no_use_for_is_no_delivery() -> None:
    with serve() as web:
        post = outbox({"pager": Channel(kind="pagerduty", url=web.url, routing_key_env="KEY")}, {"KEY": "k"})
        post.send(message(event="progress"), ("pager",))
        assert post.close(60) == []
    assert web.posted == []


def test_a_repository_cannot_put_modules_in_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "rollback_gov", "requests", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'taken')!r}, 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with serve() as web:
        post = outbox({"hook": hook(web)})
        post.send(message(), ("hook",))
        assert [one.delivered for one in post.close(60)] == [True]
    assert not (tmp_path / "taken").exists()


def test_a_run_that_is_killed_is_survived_by_its_messages() -> None:
    with serve() as web:
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        run = subprocess.Popen([sys.executable, "-c", STARTS, web.url], env=environ, stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        run.kill()
        run.wait()
        run.stdout.close()
        limit = time.monotonic() + 60
        while (len(web.posted) < 2 or is_running(pid)) and time.monotonic() < limit:
            time.sleep(0.02)
    assert [document["event"] for document in web.posted] == ["started", "failed"]
    assert not is_running(pid), "it ends by itself"


# The other side, in this process


def written(*lines: Mapping[str, Any]) -> io.BytesIO:
    return io.BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def fields(**changes: Any) -> dict[str, Any]:
    one = message(**changes)
    names = ("event", "severity", "title", "text", "run", "facts", "fields", "mode", "region", "at", "unknown")
    return {name: getattr(one, name) for name in names}


@pytest.mark.parametrize("ends", ["told to end", "left alone", "left in the middle of a line"])
def test_the_process_reports_everything_and_says_its_last_word(ends: str) -> None:
    words = io.BytesIO()
    with serve() as web:
        mail = {"kind": "email", "to": ["sre@example.com"]}
        settings = {"channels": {"hook": {"kind": "webhook", "url": web.url, "to": []}, "mail": mail}}
        lines: list[Mapping[str, Any]] = [
            {**settings, "timeout": 30, "pause": 0.01},
            {"message": fields(), "channels": ["hook", "mail", "nobody"]},
        ]
        if ends == "told to end":
            lines.append({"until": time.monotonic() + 60})
        said_to_it = written(*lines)
        if ends == "left in the middle of a line":
            said_to_it = io.BytesIO(said_to_it.getvalue() + b'{"message": {"event": "fai')
        serve_run(said_to_it, words, {})
    *said, last = words.getvalue().splitlines()
    assert last == LAST_WORD
    assert {entry["channel"]: entry["delivered"] for entry in map(json.loads, said)} == {
        "hook": True,
        "mail": False,
        "nobody": False,
    }
