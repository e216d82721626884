"""What every kind of channel has in common."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError, UselessError
from rollback_gov.notify.kinds import sender_of
from tests.notify.mail import mailbox
from tests.notify.messages import message
from tests.notify.services import ROUTING_KEY, SLACK_PATH, TEAMS_PATH, services
from tests.notify.web import serve

TURNING = "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
HOSTILE = message(
    title=f"BACK {TURNING}",
    text=f"to {TURNING} 2.0",
    facts={f"next {TURNING}": f"{TURNING} step"},
    fields={"phase": f"{TURNING} back"},
)


def posted(kind: str) -> Any:
    paths = {"slack": SLACK_PATH, "teams": TEAMS_PATH, "pagerduty": "/v2/enqueue", "webhook": "/in"}
    with serve(202) if kind == "webhook" else services() as web:
        one = Channel(kind=kind, url=f"{web.url}{paths[kind]}", routing_key_env="KEY", url_env="")  # type: ignore[arg-type]
        assert sender_of(kind)(one, {"KEY": ROUTING_KEY}, HOSTILE, timeout=30)
    return web.posted


@pytest.mark.parametrize("kind", ["slack", "teams", "pagerduty", "webhook"])
def test_no_text_turns_the_direction_of_writing(kind: str) -> None:
    text = json.dumps(posted(kind), ensure_ascii=False)
    assert not set(TURNING) & set(text)
    marks = "\N{REPLACEMENT CHARACTER}" * len(TURNING)
    assert f"to {marks} 2.0" in text
    assert f"{marks} step" in text


def test_no_mail_turns_the_direction_of_writing() -> None:
    with mailbox() as box:
        one = Channel(
            kind="email", smtp_host="127.0.0.1", smtp_port=box.port, sender="a@example.com", to=("b@example.com",)
        )
        assert sender_of("email")(one, {}, HOSTILE, timeout=30)
    (received,) = box.received
    text = f"{received.mail['Subject']}\n{received.mail.get_content()}"
    assert not set(TURNING) & set(text)
    assert text.count("\N{REPLACEMENT CHARACTER}") == 4 * len(TURNING)


@contextmanager
def dripping(greeting: bytes) -> Iterator[int]:
    """A server that says a byte now and then, for longer than any test takes."""
    closing = Event()

    def drip(listener: socket.socket) -> None:
        wire, _ = listener.accept()
        with wire, suppress(OSError):
            while not closing.wait(0.05):
                wire.sendall(greeting)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=drip, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            closing.set()
            thread.join()


@pytest.mark.parametrize(("kind", "greeting"), [("webhook", b"H"), ("email", b"2")])
def test_a_channel_that_sends_a_byte_now_and_then_is_left_behind(kind: Any, greeting: bytes) -> None:
    with dripping(greeting) as port:
        one = Channel(
            kind=kind,
            url=f"http://127.0.0.1:{port}/",
            smtp_host="127.0.0.1",
            smtp_port=port,
            sender="a@example.com",
            to=("b@example.com",),
        )
        with pytest.raises(DeliveryError, match=r"no answer within 0\.[36] s"):
            sender_of(kind)(one, {}, message(), timeout={"webhook": 0.3, "email": 0.2}[kind])


def test_what_a_channel_says_of_itself_comes_through() -> None:
    with pytest.raises(UselessError, match="the channel has neither"):
        sender_of("webhook")(Channel(kind="webhook"), {}, message(), timeout=30)


def test_on_a_machine_without_threads_a_message_is_sent_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with serve(200) as web:
        one = Channel(kind="webhook", url=web.url)
        with monkeypatch.context() as without:
            without.setattr("rollback_gov.notify.kinds.Thread.start", none_left)
            with pytest.raises(UselessError):
                sender_of("webhook")(Channel(kind="webhook"), {}, message(), timeout=30)
        assert sender_of("webhook")(one, {}, message(), timeout=30)
