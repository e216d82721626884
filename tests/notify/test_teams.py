from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message
from rollback_gov.notify.teams import send
from rollback_gov.notify.texts import TITLES
from tests.notify.messages import message
from tests.notify.services import TEAMS_PATH, services

CHANNEL = Channel(kind="teams", url_env="TEAMS_URL")


def card(one: Message) -> Any:
    with services() as web:
        assert send(CHANNEL, {"TEAMS_URL": f"{web.url}{TEAMS_PATH}"}, one, timeout=30)
    assert web.refused == []
    (document,) = web.to(TEAMS_PATH)
    (attachment,) = document["attachments"]
    return attachment["content"]


def test_a_message_is_a_card_with_a_title_a_text_and_facts() -> None:
    title, text, facts = card(message())["body"]
    assert (title["text"], title["color"]) == ("ROLLBACK STARTED", "attention")
    assert text["text"] == "Rollback of op-7 in production started: error rate 2.5 %"
    assert facts["facts"] == [
        {"title": "operation", "value": "op-7"},
        {"title": "reason", "value": "error rate 2.5 % above 1 % for two whole minutes"},
    ]


def test_without_facts_there_is_no_empty_list() -> None:
    assert [part["type"] for part in card(message(facts={}))["body"]] == ["TextBlock", "TextBlock"]


def test_a_rehearsal_says_that_it_is_one() -> None:
    assert card(message(mode="rehearse", severity="info"))["body"][0]["text"] == "REHEARSAL: ROLLBACK STARTED"


@pytest.mark.parametrize("severity", ["info", "warning", "error", "critical"])
def test_every_severity_has_a_colour_that_cards_know(severity: str) -> None:
    assert card(message(severity=severity))


@pytest.mark.parametrize("event", TITLES)
def test_only_a_service_that_is_back_is_green(event: str) -> None:
    title = card(message(event=event, severity=TITLES[event][1]))["body"][0]
    assert (title["color"] == "good") == (event == "completed")


def test_a_text_out_of_a_plan_is_no_link() -> None:
    parts = card(message(text="[click](https://evil)", facts={"x": "![seen](https://evil)"}))["body"]
    assert parts[1]["text"] == "\\[click\\](https://evil)"
    assert parts[2]["facts"][0]["value"] == "!\\[seen\\](https://evil)"


def test_a_card_stays_below_what_teams_takes() -> None:
    facts = {f"fact {number}": "x" * 10_000 for number in range(12)}
    assert len(card(message(text="x" * 100_000, facts=facts))["body"][1]["text"].encode()) == 3000


@pytest.mark.parametrize("sign", ["x", "[", '"', "あ", "\N{FIRE}"])
def test_a_card_of_long_texts_is_smaller_than_what_teams_refuses(sign: str) -> None:
    facts = {f"Reason of the rollback {number}": sign * 9_000 for number in range(11)}
    assert card(message(text=sign * 9_000, facts=facts))["body"][1]["text"].endswith("…")
