"""Channels can be tried before they are needed, and whatever is wrong comes with the next step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.cli.main import run
from rollback_gov.commands import try_channels
from rollback_gov.notify.advice import advice
from tests.cli.room import QUICK, Room
from tests.notify.mail import mailbox
from tests.notify.services import ROUTING_KEY, SLACK_PATH, TEAMS_PATH, services
from tests.notify.web import HANG, serve


def room(folder: Path, channels: str, *, own: str = "") -> Room:
    return Room(
        folder,
        QUICK,
        "environments:\n"
        f"  production: {{class: production{own}}}\n"
        f"  staging: {{class: staging{own}}}\n"
        f"channels: {{{channels}}}\n",
    )


def asked(where: Room, *words: str) -> tuple[int, Mapping[str, Any]]:
    code, out, errors = where.gov("notify", "test", *words, "--json")
    assert errors == ""
    document: Mapping[str, Any] = json.loads(out)
    return code, document


def test_every_channel_gets_a_message_that_says_it_is_a_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services() as web, mailbox() as box:
        monkeypatch.setenv("SLACK_URL", web.url + SLACK_PATH)
        monkeypatch.setenv("TEAMS_URL", web.url + TEAMS_PATH)
        monkeypatch.setenv("PAGER_KEY", ROUTING_KEY)
        mail = f"smtp_host: 127.0.0.1, smtp_port: {box.port}, sender: a@example.com, to: [b@example.com]"
        where = room(
            tmp_path,
            "chat: {kind: slack, url_env: SLACK_URL, mention: channel}, teams: {kind: teams, url_env: TEAMS_URL},"
            f"pager: {{kind: pagerduty, url: '{web.url}/v2/enqueue', routing_key_env: PAGER_KEY}},"
            f"mail: {{kind: email, {mail}}}",
        )
        code, out, errors = where.gov("notify", "test")
    assert (code, errors) == (0, "")
    assert out.splitlines() == [
        "chat (slack)       delivered",
        "teams (teams)      delivered",
        "pager (pagerduty)  delivered",
        "mail (email)       delivered",
    ]
    assert web.refused == []
    assert web.to(SLACK_PATH)[0]["text"] == ":wrench: TEST MESSAGE", "and nobody is called"
    assert "Nothing has happened" in web.to(TEAMS_PATH)[0]["attachments"][0]["content"]["body"][1]["text"]
    assert box.received[0].mail["Subject"].startswith("TEST MESSAGE (test ")
    assert list(web.incidents.values()) == [["trigger", "resolve"]]
    assert [entry["payload"]["severity"] for entry in web.to("/v2/enqueue")] == ["info", "info"]


def test_where_it_is_not_production_nobody_is_paged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER_KEY", ROUTING_KEY)
    with services() as web:
        where = room(tmp_path, f"pager: {{kind: pagerduty, url: '{web.url}/v2/enqueue', routing_key_env: PAGER_KEY}}")
        assert asked(where, "-e", "staging")[0] == 0
        assert (web.incidents, web.paths) == ({}, ["/v2/change/enqueue"])
        assert asked(where, "-e", "production")[0] == 0
        assert len(web.incidents) == 1


def test_only_the_named_ones_are_tried_and_those_of_the_environment_go_first(tmp_path: Path) -> None:
    with serve() as shared, serve() as own:
        where = room(
            tmp_path,
            f"a: {{kind: webhook, url: '{shared.url}'}}, b: {{kind: webhook, url: '{shared.url}'}}",
            own=f", channels: {{a: {{kind: webhook, url: '{own.url}'}}}}",
        )
        code, document = asked(where, "a", "-e", "production")
    assert (code, document["result"]) == (0, "passed")
    assert [entry["channel"] for entry in document["channels"]] == ["a"]
    assert (len(own.posted), len(shared.posted)) == (1, 0)
    assert own.posted[0]["facts"]["Environment"] == "production"


def test_what_failed_is_said_with_the_next_step_and_the_others_are_tried(tmp_path: Path) -> None:
    with serve(404) as gone, serve() as good:
        where = room(
            tmp_path, f"gone: {{kind: webhook, url: '{gone.url}'}}, good: {{kind: webhook, url: '{good.url}'}}"
        )
        code, out, _ = where.gov("notify", "test")
        assert asked(where)[1]["channels"][0] == {
            "channel": "gone",
            "kind": "webhook",
            "delivered": False,
            "detail": "the channel answered with status 404",
            "hint": "The address or the key is not valid any more: ask whoever receives it which address is right.",
        }
    assert code == 1
    assert out.splitlines() == [
        "gone (webhook)  NOT DELIVERED: the channel answered with status 404",
        "  The address or the key is not valid any more: ask whoever receives it which address is right.",
        "good (webhook)  delivered",
    ]
    assert len(gone.posted) == 2, "one try a test"


def test_every_way_to_fail_has_a_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(try_channels, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setenv("NONSENSE", "nonsense")
    monkeypatch.setenv("SHORT_KEY", "short")
    with (
        serve(HANG) as silent,
        serve(500) as sick,
        serve("429 after 9") as busy,
        services() as web,
        mailbox() as box,
        mailbox() as strict,
    ):
        box.refuse["b@example.com"] = "550 no"
        strict.answer = "554 no"
        mail = "kind: email, smtp_host: 127.0.0.1, sender: a@example.com"
        where = room(
            tmp_path,
            f"""
  unset: {{kind: slack, url_env: NOT_SET_ANYWHERE}},
  unnamed: {{kind: pagerduty}},
  nowhere: {{kind: webhook}},
  nonsense: {{kind: teams, url_env: NONSENSE}},
  silent: {{kind: webhook, url: '{silent.url}'}},
  sick: {{kind: slack, url: '{sick.url}'}},
  busy: {{kind: slack, url: '{busy.url}'}},
  wrong-key: {{kind: pagerduty, url: '{web.url}/v2/enqueue', routing_key_env: SHORT_KEY}},
  refused: {{kind: webhook, url: 'http://127.0.0.1:1'}},
  no-mail: {{{mail}, smtp_port: 1, to: [b@example.com]}},
  to-nobody: {{{mail}, smtp_port: {box.port}}},
  stranger: {{{mail}, smtp_port: {box.port}, to: [b@example.com]}},
  strict: {{{mail}, smtp_port: {strict.port}, to: [c@example.com]}},
  in-clear: {{{mail}, smtp_port: {box.port}, to: [c@example.com], smtp_tls: required}},
""",
        )
        code, document = asked(where)
    said = {entry["channel"]: entry for entry in document["channels"]}
    assert (code, document["result"]) == (1, "findings")
    assert [name for name, entry in said.items() if entry["delivered"]] == []
    general = {name for name, entry in said.items() if entry["hint"].startswith("Then ")}
    assert general == {"strict"}, {name: said[name]["detail"] for name in general}
    assert "NOT_SET_ANYWHERE" in said["unset"]["hint"]
    assert "integration key" in said["wrong-key"]["hint"]
    assert "routing_key_env" in said["unnamed"]["hint"]
    assert "nonsense" not in json.dumps([said["nonsense"]["detail"], said["nonsense"]["hint"]])


def test_a_defect_in_one_channel_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise KeyError("purple")

    monkeypatch.setattr("rollback_gov.notify.slack.send", broken)
    with serve() as web:
        where = room(tmp_path, f"chat: {{kind: slack, url: '{web.url}'}}, hook: {{kind: webhook, url: '{web.url}'}}")
        code, document = asked(where)
    assert code == 1
    assert [entry["detail"] for entry in document["channels"]] == ["the channel is broken (KeyError)", ""]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "There is no channel 'nobody' in .rollback-gov/environments.yaml (known: hook)."),
        (("-e", "moon"), "There is no environment 'moon'"),
    ],
)
def test_what_does_not_exist_is_a_wrong_call(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    where = room(tmp_path, "hook: {kind: webhook, url: 'http://127.0.0.1:1'}")
    code, out, errors = where.gov("notify", "test", *words)
    assert (code, out) == (2, "")
    assert said in errors


def test_channels_that_belong_to_environments_want_one_named(tmp_path: Path) -> None:
    where = room(tmp_path, "", own=", channels: {hook: {kind: webhook, url: 'http://127.0.0.1:1'}}")
    code, _, errors = where.gov("notify", "test")
    assert code == 2
    assert "Channels belong to environments here (production, staging)." in errors
    assert "-e ENVIRONMENT" in errors


def test_without_channels_there_is_nothing_to_check(tmp_path: Path) -> None:
    where = room(tmp_path, "")
    code, out, _ = where.gov("notify", "test")
    assert code == 3
    assert "There are no channels" in out
    assert asked(where) == (3, {"result": "nothing_to_check", "channels": [], "passed_over": []})


def test_a_channel_that_a_run_would_pass_over_is_no_success(tmp_path: Path) -> None:
    with serve() as web:
        where = room(tmp_path, f"good: {{kind: webhook, url: '{web.url}'}}, bad: {{kind: pigeon}}")
        code, out, errors = where.gov("notify", "test")
    assert code == 1
    assert out == "good (webhook)  delivered\n"
    assert "passed over: " in errors
    assert "'kind' cannot be 'pigeon'" in errors


def test_the_group_alone_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    run(["notify", "--help"])
    assert "test" in capsys.readouterr().out


def test_what_nobody_has_seen_yet_names_whom_to_ask() -> None:
    assert advice("email", "the mail server refused it with code 554") == "Then ask whoever runs the mail server."
