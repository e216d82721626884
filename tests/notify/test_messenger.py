from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify import line, slack
from rollback_gov.notify.interface import Delivery
from rollback_gov.notify.messenger import Messenger
from tests.notify.messages import message
from tests.notify.web import HANG, HANG_UP, Web, serve


def hook(web: Web) -> Channel:
    return Channel(kind="webhook", url=web.url)


class Told:
    """Who listens to deliveries; several threads do tell."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []

    def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)

    @property
    def results(self) -> list[tuple[str, str, bool]]:
        return sorted((one.channel, one.event, one.delivered) for one in self.deliveries)

    @property
    def details(self) -> list[str]:
        return [one.detail for one in self.deliveries]


def messenger(
    channels: Mapping[str, Channel], told: Told, *, environ: Mapping[str, str] | None = None, timeout: float = 30.0
) -> Messenger:
    return Messenger(channels, environ or {}, told, timeout=timeout, pause=0.01)


def test_messages_arrive_in_their_order_and_each_is_reported() -> None:
    told = Told()
    with serve(200) as web:
        post = messenger({"hook": hook(web)}, told)
        for event in ("started", "progress", "completed"):
            post.send(message(event=event), ("hook",))
        assert post.close(60)
    assert [document["event"] for document in web.posted] == ["started", "progress", "completed"]
    assert told.deliveries == [
        Delivery(event=event, channel="hook", delivered=True, detail="")
        for event in ("started", "progress", "completed")
    ]


def test_a_message_goes_to_each_of_its_channels_once() -> None:
    told = Told()
    with serve() as one, serve() as two, serve() as three:
        post = messenger({"one": hook(one), "two": hook(two), "three": hook(three)}, told)
        post.send(message(), ("one", "two", "one"))
        assert post.close(60)
    assert (len(one.posted), len(two.posted), len(three.posted)) == (1, 1, 0)
    assert told.results == [("one", "started", True), ("two", "started", True)]


def test_what_fails_is_tried_three_times() -> None:
    told = Told()
    with serve(500, HANG_UP, 200) as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(), ("hook",))
        assert post.close(60)
    assert len(web.posted) == 3
    assert told.results == [("hook", "started", True)]


def test_after_three_tries_it_is_not_delivered_and_the_next_message_gets_its_own() -> None:
    told = Told()
    with serve(500, 500, 500, 200) as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(), ("hook",))
        post.send(message(event="completed"), ("hook",))
        assert post.close(60)
    assert told.results == [("hook", "completed", True), ("hook", "started", False)]
    assert told.details == ["the channel answered with status 500 (3 tries)", ""]


def test_a_channel_that_asks_for_patience_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float | None] = []

    class Counted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout)
            return super().wait(timeout)

    monkeypatch.setattr(line, "Event", Counted)
    told = Told()
    with serve("429 after 1", "503 after 0", 200) as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(), ("hook",))
        assert post.close(60)
    assert told.results == [("hook", "started", True)]
    first, second, _ = web.times
    assert second - first >= 1
    assert pauses == [1, 0.02], "its patience is asked for once"


def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "LONGEST_PAUSE_SECONDS", 0.2)
    told = Told()
    with serve("429 after 86400", 200) as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(), ("hook",))
        assert post.close(60)
    assert told.results == [("hook", "started", True)]
    assert web.times[1] - web.times[0] >= 0.2


def test_where_the_channel_is_not_reached_old_updates_make_way_for_what_matters() -> None:
    told = Told()
    with serve(500, 500, 500, 200) as web:
        post = messenger({"hook": hook(web)}, told)
        for event in ("started", "progress", "progress", "failed"):
            post.send(message(event=event), ("hook",))
        assert post.close(60)
    assert [document["event"] for document in web.posted] == ["started"] * 3 + ["failed"]
    late = "the channel was not reached, and newer messages were waiting"
    assert [(one.event, one.delivered, one.detail) for one in told.deliveries] == [
        ("started", False, "the channel answered with status 500 (3 tries)"),
        ("progress", False, late),
        ("progress", False, late),
        ("failed", True, ""),
    ]


def test_a_channel_that_is_reached_again_gets_every_update() -> None:
    told = Told()
    with serve(500, 500, 500, 200) as web:
        post = messenger({"hook": hook(web)}, told)
        events = ("started", "failed", "progress", "progress", "completed")
        for event in events:
            post.send(message(event=event), ("hook",))
        assert post.close(60)
    assert [document["event"] for document in web.posted] == ["started"] * 3 + list(events[1:])


def test_the_last_word_is_sent_even_if_it_is_an_update() -> None:
    told = Told()
    with serve(500, 500, 500, 200) as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(), ("hook",))
        post.send(message(event="progress"), ("hook",))
        assert post.close(60)
    assert told.results == [("hook", "progress", True), ("hook", "started", False)]


@pytest.mark.parametrize("status", [400, 404])
def test_what_will_not_get_better_is_tried_once(status: int) -> None:
    told = Told()
    with serve(status) as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(), ("hook",))
        assert post.close(60)
    assert len(web.posted) == 1
    assert told.details == [f"the channel answered with status {status}"]


def test_a_dead_channel_does_not_hold_up_the_others() -> None:
    told = Told()
    with serve(HANG) as dead, serve(200) as alive:
        post = messenger({"dead": hook(dead), "alive": hook(alive)}, told, timeout=60)
        for event in ("started", "progress", "completed"):
            post.send(message(event=event), ("dead", "alive"))
        limit = time.monotonic() + 60
        while len(told.deliveries) < 3 and time.monotonic() < limit:
            time.sleep(0.005)
        assert not post.close(0.05)
    assert [document["event"] for document in alive.posted] == ["started", "progress", "completed"]
    assert told.results == [
        ("alive", "completed", True),
        ("alive", "progress", True),
        ("alive", "started", True),
        ("dead", "completed", False),
        ("dead", "progress", False),
        ("dead", "started", False),
    ]


def test_sending_waits_for_nobody() -> None:
    told = Told()
    with serve(HANG) as web:
        post = messenger({"hook": hook(web)}, told, timeout=60)
        began = time.monotonic()
        for _ in range(100):
            post.send(message(), ("hook",))
        assert time.monotonic() - began < 30, "the first of them alone waits for longer"
        assert not post.close(0.05)
    assert len(told.deliveries) == 100
    assert set(told.details) == {"its time was over: the run did not wait for it"}


def test_a_try_takes_no_longer_than_its_timeout() -> None:
    told = Told()
    with serve(HANG, 200) as web:
        post = messenger({"hook": hook(web)}, told, timeout=0.5)
        post.send(message(), ("hook",))
        assert post.close(60)
    assert told.results == [("hook", "started", True)]


def test_closing_ends_the_wait_between_two_tries() -> None:
    told = Told()
    with serve(500) as web:
        post = Messenger({"hook": hook(web)}, {}, told, timeout=60, pause=60)
        post.send(message(), ("hook",))
        limit = time.monotonic() + 60
        while not web.posted and time.monotonic() < limit:
            time.sleep(0.005)
        began = time.monotonic()
        assert not post.close(0.1)
        assert time.monotonic() - began < 30, "half of the pause"
    assert told.results == [("hook", "started", False)]


def test_a_message_is_reported_once_even_if_it_arrives_after_all() -> None:
    told = Told()
    with serve(HANG) as web:
        post = messenger({"hook": hook(web)}, told, timeout=30)
        post.send(message(), ("hook",))
        assert not post.close(0.05)
        threads = [thread for thread in threading.enumerate() if thread.name == "messages to hook"]
    for thread in threads:
        thread.join(60)
    assert threads
    assert len(told.deliveries) == 1


def test_after_the_end_nothing_is_sent_any_more() -> None:
    told = Told()
    with serve() as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(), ("hook",))
        assert post.close(60)
        post.send(message(event="failed"), ("hook",))
    assert len(web.posted) == 1
    assert told.details == ["", "it came too late: messages were closed"]


def test_without_a_message_there_is_no_thread_and_nothing_to_wait_for() -> None:
    before = threading.active_count()
    post = messenger({"hook": Channel(kind="webhook")}, Told())
    assert threading.active_count() == before
    assert post.close(0)


def test_a_channel_that_nobody_knows_is_reported() -> None:
    told = Told()
    post = messenger({}, told)
    post.send(message(), ("pager",))
    assert post.close(60)
    assert told.results == [("pager", "started", False)]
    assert told.details == ["no channel of that name in .rollback-gov/environments.yaml"]


def test_secrets_come_from_the_environment_and_stay_out_of_reports() -> None:
    told = Told()
    with serve(403) as web:
        environ = {"HOOK": f"{web.url}/services/very-secret"}
        channels = {"set": Channel(kind="slack", url_env="HOOK"), "unset": Channel(kind="slack", url_env="OTHER")}
        post = messenger(channels, told, environ=environ)
        post.send(message(), ("set", "unset"))
        assert post.close(60)
    assert sorted(told.details) == [
        "the channel answered with status 403",
        "the environment variable OTHER is not set",
    ]


def test_what_a_channel_has_no_use_for_is_no_delivery() -> None:
    told = Told()
    with serve() as web:
        channel = Channel(kind="pagerduty", url=web.url, routing_key_env="KEY")
        post = messenger({"pager": channel}, told, environ={"KEY": "k"})
        post.send(message(event="progress"), ("pager",))
        assert post.close(60)
    assert web.posted == []
    assert told.deliveries == []


def test_a_text_with_fields_that_do_not_exist_is_sent_and_reported() -> None:
    told = Told()
    with serve() as web:
        post = messenger({"hook": hook(web)}, told)
        post.send(message(text="back {soon} or {later}", unknown=("soon", "later")), ("hook",))
        assert post.close(60)
    assert web.posted[0]["text"] == "back {soon} or {later}"
    assert told.deliveries == [
        Delivery(
            event="started",
            channel="hook",
            delivered=True,
            detail="the text has fields that do not exist: {soon}, {later}",
        )
    ]


def test_a_channel_with_a_defect_is_reported_and_the_next_message_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    calls: list[str] = []

    def broken(_channel: Channel, _environ: Any, one: Any, *, timeout: float) -> bool:
        calls.append(one.event)
        raise KeyError("purple")

    monkeypatch.setattr(slack, "send", broken)
    post = messenger({"slack": Channel(kind="slack", url="http://127.0.0.1:1")}, told)
    post.send(message(), ("slack",))
    post.send(message(event="failed"), ("slack",))
    assert post.close(60)
    assert calls == ["started", "failed"]
    assert told.details == ["the channel is broken (KeyError)"] * 2


def test_a_listener_that_fails_stops_no_message() -> None:
    def deaf(_delivery: Delivery) -> None:
        raise RuntimeError("not now")

    with serve() as web:
        post = Messenger({"hook": hook(web)}, {}, deaf, timeout=30, pause=0.01)
        post.send(message(), ("hook",))
        post.send(message(event="completed"), ("hook",))
        assert post.close(60)
    assert len(web.posted) == 2


def test_a_machine_without_threads_sends_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    told = Told()
    monkeypatch.setattr(threading.Thread, "start", no_more)
    post = messenger({"hook": Channel(kind="webhook", url="http://127.0.0.1:1")}, told)
    post.send(message(), ("hook",))
    assert post.close(0)
    assert told.results == [("hook", "started", False)]
