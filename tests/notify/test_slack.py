from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message
from rollback_gov.notify.slack import send
from rollback_gov.notify.texts import TITLES
from tests.notify.messages import message
from tests.notify.services import SLACK_PATH, services

CHANNEL = Channel(kind="slack", url_env="SLACK_WEBHOOK_URL")


def sent(one: Message, channel: Channel = CHANNEL) -> Any:
    with services() as web:
        assert send(channel, {"SLACK_WEBHOOK_URL": f"{web.url}{SLACK_PATH}"}, one, timeout=30)
    assert web.refused == []
    (document,) = web.to(SLACK_PATH)
    return document


def test_a_message_has_a_title_a_colour_and_fields() -> None:
    assert sent(message()) == {
        "text": ":rotating_light: ROLLBACK STARTED",
        "attachments": [
            {
                "color": "danger",
                "text": "Rollback of op-7 in production started: error rate 2.5 %",
                "fallback": "Rollback of op-7 in production started: error rate 2.5 %",
                "fields": [
                    {"title": "operation", "value": "op-7", "short": True},
                    {"title": "reason", "value": "error rate 2.5 % above 1 % for two whole minutes", "short": False},
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("severity", "colour"),
    [("info", "#439FE0"), ("warning", "warning"), ("error", "danger"), ("critical", "danger")],
)
def test_the_colour_says_how_bad_it_is(severity: str, colour: str) -> None:
    assert sent(message(severity=severity))["attachments"][0]["color"] == colour


@pytest.mark.parametrize("event", TITLES)
def test_only_a_service_that_is_back_is_green(event: str) -> None:
    document = sent(message(event=event, severity=TITLES[event][1]))
    assert (document["attachments"][0]["color"] == "good") == (event == "completed")


def test_a_text_out_of_a_plan_calls_nobody() -> None:
    document = sent(message(text="<!channel> <https://evil|click> & more", facts={"<x>": "<!here>"}))
    (attachment,) = document["attachments"]
    assert attachment["text"] == "&lt;!channel&gt; &lt;https://evil|click&gt; &amp; more"
    assert attachment["fields"][0]["title"] == "&lt;x&gt;"
    assert attachment["fields"][0]["value"] == "&lt;!here&gt;"


def test_a_rehearsal_says_that_it_is_one() -> None:
    assert sent(message(mode="rehearse"))["text"] == ":rotating_light: REHEARSAL: ROLLBACK STARTED"


def test_a_text_longer_than_slack_takes_is_cut() -> None:
    text = sent(message(text="x" * 100_000))["attachments"][0]["text"]
    assert len(text) == 3000
    assert text.endswith("x…")


@pytest.mark.parametrize("sign", ["&", "<", "&x<", "é", "x"])
def test_what_is_escaped_counts_as_long_as_it_becomes_and_no_sign_is_cut_in_half(sign: str) -> None:
    document = sent(message(text=sign * 10_000, facts={f"fact {number}": sign * 10_000 for number in range(12)}))
    (attachment,) = document["attachments"]
    for text, most in ((attachment["text"], 3000), *((field["value"], 2000) for field in attachment["fields"])):
        assert most - 5 <= len(text) <= most
        assert text.endswith("…")
        assert not re.sub("&(amp|lt|gt);", "", text[:-1]).strip("xé")


@pytest.mark.parametrize("text", ["", "<" * 750, "x" * 3000])
def test_a_text_that_fits_is_not_cut(text: str) -> None:
    assert unescape(sent(message(text=text))["attachments"][0]["text"]) == text


@pytest.mark.parametrize(
    ("event", "mode", "mentions"),
    [
        ("started", "execute", True),
        ("gate", "execute", True),
        ("completed", "execute", True),
        ("failed", "execute", True),
        ("escalated", "execute", True),
        ("progress", "execute", False),
        ("step", "execute", False),
        ("acknowledged", "execute", False),
        ("test", "execute", False),
        ("failed", "rehearse", False),
    ],
)
def test_only_the_setting_of_the_channel_calls_people_and_only_when_it_matters(
    event: str, mode: str, mentions: bool
) -> None:
    loud = Channel(kind="slack", url_env="SLACK_WEBHOOK_URL", mention="channel")
    document = sent(message(event=event, mode=mode, title="<!here>"), loud)
    assert document["text"].startswith("<!channel> ") == mentions
    assert document["text"].endswith("&lt;!here&gt;")
