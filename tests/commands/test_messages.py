"""A run tells people while it happens, and its journal says who was reached."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands import messages
from rollback_gov.commands.messages import Post, channels_of, compose, open_messages, secrets_of
from rollback_gov.execution.masking import Masker
from rollback_gov.model.environment import Channel, Environment, Environments
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from tests.cli.room import HEAD, QUICK, Room
from tests.notify.web import HANG, serve

KNOWN = {"operation": "op-3", "environment": "production", "run": "op-3-1", "from": "shop v2", "to": "shop v3"}


def plan(communication: str = "{}") -> Plan:
    loaded = load_text(Path("plan.yaml"), Source("plan.yaml", f"{HEAD}communication: {communication}\n{QUICK}"))
    assert loaded.plan is not None, loaded.findings
    return loaded.plan


def test_channels_of_the_environment_go_before_shared_ones() -> None:
    ours, theirs = Channel(kind="webhook", url="http://ours"), Channel(kind="webhook", url="http://theirs")
    environment = Environment(class_="production", channels={"hook": ours})
    shared = Environments(environments={}, channels={"hook": theirs, "other": theirs})
    assert channels_of(environment, shared) == {"hook": ours, "other": theirs}
    assert channels_of(None, shared) == {"hook": theirs, "other": theirs}
    assert channels_of(None, Environments(environments={})) == {}


def test_without_a_text_of_its_own_a_plan_says_the_usual() -> None:
    message = compose(plan(), "started", {**KNOWN, "reason": "errors", "eta": "1m", "mode": "rehearse"})
    assert message.text == "Rollback of op-3 in production has begun: errors"
    assert (message.title, message.severity, message.mode) == ("ROLLBACK INITIATED", "error", "rehearse")
    assert message.facts == {
        "Reason": "errors",
        "Current version": "shop v3",
        "Rolling back to": "shop v2",
        "ETA": "1m",
        "Operation": "op-3",
        "Environment": "production",
        "Run": "op-3-1",
    }
    assert message.fields == {**KNOWN, "reason": "errors", "eta": "1m"}
    assert message.unknown == ()


def test_a_plans_own_text_is_filled_once_and_what_is_no_field_is_named() -> None:
    text = '{messages: {failed: "{operation} {oops}: {text} {{7*7}}"}}'
    message = compose(plan(text), "failed", {**KNOWN, "text": "{run} <!channel>"})
    assert message.text == "op-3 {oops}: {run} <!channel> {{7*7}}"
    assert message.unknown == ("oops",)


def test_a_step_says_how_bad_it_is() -> None:
    assert compose(plan(), "step", {**KNOWN, "text": "look", "severity": "critical"}).severity == "critical"


class Book:
    """What is recorded, in order."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(self, type_: str, data: Mapping[str, Any]) -> None:
        self.rows.append((type_, data))

    @property
    def sent(self) -> list[tuple[str, str, bool]]:
        assert {type_ for type_, _ in self.rows} <= {"message.sent"}
        return sorted((data["event"], data["channel"], data["delivered"]) for _, data in self.rows)


def test_nothing_is_sent_without_channels() -> None:
    book = Book()
    with open_messages(plan(), Post(channels={}, environ={}, known=KNOWN), book) as notify:
        notify("started", {"reason": "errors"})
    assert book.rows == []


def test_a_message_goes_to_the_plans_channels_or_to_its_own() -> None:
    book = Book()
    with serve() as one, serve() as two:
        channels = {"one": Channel(kind="webhook", url=one.url), "two": Channel(kind="webhook", url=two.url)}
        post = Post(channels=channels, environ={}, known=KNOWN)
        with open_messages(plan("{channels: [one]}"), post, book) as notify:
            notify("started", {"reason": "errors"})
            notify("escalated", {"text": "wake ada", "channels": "two,nobody"})
    assert [document["event"] for document in one.posted] == ["started"]
    assert [document["event"] for document in two.posted] == ["escalated"]
    assert book.sent == [("escalated", "nobody", False), ("escalated", "two", True), ("started", "one", True)]


def test_a_rung_of_the_ladder_is_told_where_the_plan_has_no_channels_of_its_own() -> None:
    book = Book()
    with serve() as web:
        post = Post(channels={"pager": Channel(kind="webhook", url=web.url)}, environ={}, known=KNOWN)
        with open_messages(plan(), post, book) as notify:
            notify("progress", {"phase": "Go back"})
            notify("escalated", {"text": "wake ada", "channels": "pager"})
    assert book.sent == [("escalated", "pager", True)]


def test_a_contact_that_names_a_channel_is_told_there_as_well_and_hears_the_end() -> None:
    book = Book()
    with serve() as one, serve() as dba:
        channels = {"one": Channel(kind="webhook", url=one.url), "dba": Channel(kind="webhook", url=dba.url)}
        with open_messages(plan("{channels: [one]}"), Post(channels=channels, environ={}, known=KNOWN), book) as notify:
            notify("escalated", {"text": "Call Head: 555-1234", "reach": "555-1234"})
            notify("escalated", {"text": "Call DBA: dba", "reach": "dba"})
            notify("progress", {"phase": "Go back"})
            notify("failed", {"text": "the phase failed"})
    assert [document["event"] for document in one.posted] == ["escalated", "escalated", "progress", "failed"]
    assert [document["event"] for document in dba.posted] == ["escalated", "failed"]


def test_whoever_was_escalated_to_before_hears_the_end() -> None:
    book = Book()
    with serve() as web:
        post = Post(channels={"boss": Channel(kind="webhook", url=web.url)}, environ={}, known=KNOWN, told=("boss",))
        with open_messages(plan(), post, book) as notify:
            notify("progress", {"phase": "Go back"})
            notify("completed", {})
    assert [document["event"] for document in web.posted] == ["completed"]


def test_nothing_that_is_masked_leaves() -> None:
    masked = Masker(["hunter2-hunter2"])
    fields = {**KNOWN, "reason": "password hunter2-hunter2 refused", "text": "hunter2-hunter2"}
    text = '{messages: {failed: "{text} and hunter2-hunter2"}}'
    message = compose(plan(text), "failed", fields, mask=masked.text)
    assert "hunter2" not in repr(message)
    assert message.text == "*** and ***"


def test_a_watch_groups_its_messages_by_what_it_watches_and_a_region_those_of_the_whole_run() -> None:
    fields = {**KNOWN, "run": "op-3-1.eu", "incident": "op-3-1", "part": "eu", "at": "2026-01-31T12:00:00.000Z"}
    message = compose(plan(), "failed", fields)
    assert (message.run, message.region, message.at) == ("op-3-1", "eu", "2026-01-31T12:00:00.000Z")
    assert message.facts["Run"] == "op-3-1.eu"


def test_of_an_address_of_apprise_what_stands_in_the_place_of_the_host_is_a_secret() -> None:
    environ = {
        "CHAT": "tgram://123456789:abcdefghijklmnopqrst/chat",
        "MAIL": "mailtos://ann:correct-horse-battery@example.com",
    }
    channels = {name: Channel(kind="apprise", url_env=name) for name in environ}
    found = set(secrets_of(channels, environ))
    assert found == {*environ.values(), "abcdefghijklmnopqrst", "correct-horse-battery"}


def test_what_opens_a_channel_is_a_secret_and_so_are_its_parts() -> None:
    channels = {
        "chat": Channel(kind="slack", url_env="CHAT"),
        "pager": Channel(kind="pagerduty", routing_key_env="KEY"),
        "mail": Channel(kind="email", username_env="USER_NAME", password_env="PASS"),
        "open": Channel(kind="webhook", url="https://hooks.example.com/a-path-that-is-in-a-file"),
    }
    environ = {
        "CHAT": " https://a-host-with-a-long-name.example.com/services/T0/abcdefghijklmnopqrstuvwx?sig=0123456789abcdefg\n",
        "KEY": "0123456789abcdef0123456789abcdef",
        "USER_NAME": "rollback",
        "PASS": "correct horse",
        "OTHER": "other",
    }
    assert set(secrets_of(channels, environ)) == {
        environ["CHAT"].strip(),
        "abcdefghijklmnopqrstuvwx",
        "0123456789abcdefg",
        environ["KEY"],
        "correct horse",
    }


def break_after_a_message(post: Post, book: Book) -> None:
    with open_messages(plan("{channels: [hook]}"), post, book) as notify:
        notify("failed", {"text": "the phase failed"})
        raise ValueError("broken")


def test_a_run_that_breaks_still_sends_what_is_in_line() -> None:
    book = Book()
    with serve() as web:
        post = Post(channels={"hook": Channel(kind="webhook", url=web.url)}, environ={}, known=KNOWN)
        with pytest.raises(ValueError, match="broken"):
            break_after_a_message(post, book)
    assert book.sent == [("failed", "hook", True)]


def test_a_channel_that_never_answers_is_not_waited_for_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "CLOSING_SECONDS", 0.1)
    book = Book()
    with serve(HANG) as web:
        post = Post(channels={"hook": Channel(kind="webhook", url=web.url)}, environ={}, known=KNOWN)
        with open_messages(plan("{channels: [hook]}"), post, book) as notify:
            notify("started", {"reason": "errors"})
    ((_, data),) = book.rows
    assert data == {
        "event": "started",
        "channel": "hook",
        "delivered": False,
        "detail": "its time was over: the run did not wait for it",
    }


TELLING = """\
communication:
  channels: [slack, hook, nowhere]
  messages: {started: "Going back: {reason} <!channel>"}
escalation: [{on: failed, after: 0m, level: 1, actions: [Wake ada], notify: [pager]}]
phases:
  - id: back
    name: Go back
    budget: 9s
    steps:
      - {id: tell, notify: {message: "The shop closes {operation}", severity: warning}}
      - {id: load, run: exit 7, timeout: 5s}
"""


def test_every_delivery_of_a_run_is_in_its_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(200) as slack, serve(200) as hook, serve(404) as pager:
        monkeypatch.setenv("SLACK_URL", f"{slack.url}/T000/secret-path")
        monkeypatch.setenv("PAGER_KEY", "very-secret-key")
        environments = f"""\
channels:
  slack: {{kind: slack, url_env: SLACK_URL}}
  hook: {{kind: webhook, url: '{hook.url}'}}
environments:
  production:
    class: production
    channels: {{pager: {{kind: pagerduty, url: '{pager.url}', routing_key_env: PAGER_KEY}}}}
"""
        room = Room(tmp_path, TELLING, environments)
        assert room.gov(*room.execute("--yes"))[0] == 5
        events = [document["event"] for document in hook.posted]
        assert events == ["started", "progress", "step", "failed"]
        assert hook.posted[0]["text"] == "Going back: errors everywhere <!channel>"
        assert hook.posted[2]["severity"] == "warning"
        last, error = hook.posted[3], "in phase 'Go back', step 'load' failed: expected exit code 0, saw 7"
        assert last["mode"] == "execute"
        assert last["fields"]["text"] == error
        assert last["text"] == f"The rollback of op-3 in production did not succeed: {error}. People are needed now."
        assert "What failed" not in last["facts"], "it is said once"
        assert last["facts"]["Next"] == f"rollback-gov status {room.incident.name}"
        first = slack.posted[0]
        assert first["attachments"][0]["text"] == "Going back: errors everywhere &lt;!channel&gt;"
        assert pager.posted[0]["payload"]["severity"] == "critical"
    sent = room.of("message.sent")
    assert {(data["event"], data["channel"]): data["delivered"] for data in sent} == {
        **{(event, channel): True for event in events for channel in ("slack", "hook")},
        **{(event, "nowhere"): False for event in events},
        ("escalated", "pager"): False,
        ("failed", "pager"): False,
    }
    assert len(sent) == 14
    journal = (room.incident / "journal.jsonl").read_text(encoding="utf-8")
    assert "secret-path" not in journal
    assert "very-secret-key" not in journal
    assert [data["detail"] for data in sent if data["channel"] == "pager"] == [
        "the channel answered with status 404"
    ] * 2


def test_a_rehearsal_environment_pages_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER_KEY", "k")
    with serve(202) as pager:
        channel = f"{{pager: {{kind: pagerduty, url: '{pager.url}', routing_key_env: PAGER_KEY}}}}"
        environments = f"channels: {channel}\nenvironments: {{staging: {{class: staging}}}}\n"
        room = Room(tmp_path, "communication: {channels: [pager]}\n" + QUICK, environments)
        words = ("execute", str(room.plan), "-e", "staging", "--reason", "trying it out", "--as", "ann", "--yes")
        assert room.gov(*words)[0] == 0
        assert len(pager.posted) == 2
        assert not [document for document in pager.posted if "event_action" in document]
