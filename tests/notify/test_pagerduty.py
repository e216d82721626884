from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify import pagerduty
from rollback_gov.notify.interface import Message, UselessError
from rollback_gov.notify.pagerduty import send
from tests.notify.messages import RUN, message
from tests.notify.services import ROUTING_KEY, Services, services
from tests.notify.web import serve

KEY = {"PAGERDUTY_KEY": ROUTING_KEY}


def told(*messages: Message) -> Services:
    with services() as web:
        channel = Channel(kind="pagerduty", url=f"{web.url}/v2/enqueue", routing_key_env="PAGERDUTY_KEY")
        for one in messages:
            assert send(channel, KEY, one, timeout=30)
    assert web.refused == []
    return web


def sent(*messages: Message) -> list[Any]:
    return told(*messages).posted


def test_a_trigger_has_the_fields_of_events_v2() -> None:
    assert sent(message()) == [
        {
            "routing_key": ROUTING_KEY,
            "event_action": "trigger",
            "dedup_key": RUN,
            "client": "rollback-gov",
            "payload": {
                "summary": "ROLLBACK STARTED: Rollback of op-7 in production started: error rate 2.5 %",
                "source": "rollback-gov",
                "severity": "error",
                "custom_details": {
                    "operation": "op-7",
                    "reason": "error rate 2.5 % above 1 % for two whole minutes",
                    "run": RUN,
                },
            },
        }
    ]


def test_a_run_is_one_incident_from_the_trigger_to_its_end() -> None:
    events = ("started", "gate", "acknowledged", "escalated", "completed")
    incidents = told(*(message(event=event) for event in events)).incidents
    assert incidents == {RUN: ["trigger", "trigger", "acknowledge", "trigger", "resolve"]}


def test_a_region_that_is_back_resolves_nothing_and_one_that_failed_is_of_the_same_incident() -> None:
    incidents = told(message(), message(event="failed", region="eu"), message(event="completed")).incidents
    assert incidents == {RUN: ["trigger", "trigger", "resolve"]}
    with services() as web:
        channel = Channel(kind="pagerduty", url=f"{web.url}/v2/enqueue", routing_key_env="PAGERDUTY_KEY")
        for event in ("started", "progress", "completed"):
            assert not send(channel, KEY, message(event=event, region="eu"), timeout=30)
    assert web.posted == []


def test_a_test_opens_an_incident_and_resolves_it_at_once() -> None:
    assert told(message(event="test", run="test-1")).incidents == {"test-1": ["trigger", "resolve"]}


def test_the_time_is_that_of_the_message_and_not_of_the_third_try() -> None:
    (document,) = sent(message(at="2026-01-31T12:00:00.000Z"))
    assert document["payload"]["timestamp"] == "2026-01-31T12:00:00.000Z"


@pytest.mark.parametrize("event", ["failed", "step", "watch"])
def test_what_somebody_should_see_triggers(event: str) -> None:
    (document,) = sent(message(event=event, severity="critical"))
    assert document["event_action"] == "trigger"
    assert document["payload"]["severity"] == "critical"


def test_progress_is_no_reason_to_wake_anybody() -> None:
    with serve() as web:
        channel = Channel(kind="pagerduty", url=web.url, routing_key_env="PAGERDUTY_KEY")
        assert not send(channel, KEY, message(event="progress"), timeout=30)
    assert web.posted == []


def test_a_rehearsal_is_a_change_event_that_pages_nobody() -> None:
    web = told(message(mode="rehearse"), message(mode="rehearse", event="failed"))
    assert web.paths == ["/v2/change/enqueue"] * 2, "the address of events leads to that of changes"
    assert web.incidents == {}
    assert set(web.posted[0]) == {"routing_key", "payload"}
    assert set(web.posted[0]["payload"]) == {"summary", "source", "custom_details"}


def test_without_an_address_of_its_own_events_and_changes_go_to_pagerduty(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = Channel(kind="pagerduty", routing_key_env="PAGERDUTY_KEY")
    with serve(202) as web:
        monkeypatch.setattr(pagerduty, "EVENTS", f"{web.url}/v2/enqueue")
        send(channel, KEY, message(), timeout=30)
        send(channel, KEY, message(mode="rehearse"), timeout=30)
    assert web.paths == ["/v2/enqueue", "/v2/change/enqueue"]


def test_the_limits_of_pagerduty_are_kept() -> None:
    (document,) = sent(message(text="x" * 5000, run="r" * 300))
    assert len(document["payload"]["summary"]) == 1024
    assert len(document["dedup_key"]) == 255


@pytest.mark.parametrize("sign", ["x", '"', "\N{FIRE}"])
def test_an_event_of_long_texts_is_smaller_than_what_pagerduty_refuses(sign: str) -> None:
    facts = {f"fact {number}": sign * 200_000 for number in range(12)}
    (document,) = sent(message(text=sign * 200_000, facts=facts, run=sign * 300))
    assert all(len(text.encode()) <= 4096 for text in document["payload"]["custom_details"].values())


def test_the_change_of_a_rehearsal_says_that_it_is_one() -> None:
    (document,) = sent(message(mode="rehearse"))
    assert document["payload"]["summary"].startswith("REHEARSAL: ROLLBACK STARTED: ")


def test_a_key_that_is_not_set_is_named_and_nothing_is_sent() -> None:
    with serve() as web, pytest.raises(UselessError, match="PAGERDUTY_KEY is not set"):
        send(Channel(kind="pagerduty", url=web.url, routing_key_env="PAGERDUTY_KEY"), {}, message(), timeout=30)
    assert web.posted == []
