"""What opens a channel is in no exception, log, journal, report or output: planted, and its bytes looked for."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError
from rollback_gov.notify.kinds import sender_of
from tests.cli.room import Room, wait_for
from tests.notify.mail import Mailbox, mailbox
from tests.notify.messages import message
from tests.notify.web import DRIP, HANG, HANG_UP, serve

PATH = "/services/T0PL4NTED/B0PL4NTED/pl4nted-in-the-path"
QUERY = "?sig=pl4nted-in-the-query"
KEY = "pl4ntedr0ut1ngkey000000000000000"
PASSWORD = "pl4nted-in-the-mail"
PLANTED = (b"pl4nted", b"PL4NTED", b"cGw0bnRlZ")
"""Every secret holds the first or the second; the third is how a login writes it."""
KINDS = ("slack", "teams", "webhook", "pagerduty", "apprise")
ANSWERS: Mapping[str, int | str] = {
    "refused": 403,
    "elsewhere": 307,
    "busy": "429 after 9",
    "sick": 500,
    "silent": HANG,
    "hung up": HANG_UP,
}


def channel(kind: str) -> Channel:
    if kind == "pagerduty":
        return Channel(kind="pagerduty", url="", routing_key_env="KEY")
    return Channel(kind=kind, url_env="URL")  # type: ignore[arg-type]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that anybody logs, however little it matters, but for the mail server of the test itself."""
    with caplog.at_level(logging.DEBUG):
        yield lambda: "\n".join(
            f"{record.getMessage()} {record.args}" for record in caplog.records if not record.name.startswith("mail.")
        )


def refuse(kind: str, environ: Mapping[str, str], one: Channel, *, timeout: float = 30.0) -> str:
    """Send, fail, and give all that the exception shows, with everything that hangs on it."""
    with pytest.raises(DeliveryError) as caught:
        sender_of(kind)(one, environ, message(), timeout=timeout)
    error: BaseException = caught.value
    assert (error.__cause__, error.__context__) == (None, None), "nothing of the library hangs on it"
    return "".join(traceback.format_exception(error)) + repr(vars(error))


def assert_clean(*texts: str) -> None:
    for text in texts:
        assert [secret for secret in PLANTED if secret in text.encode("utf-8", "replace")] == []


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_channel_answers_no_exception_and_no_log_holds_a_secret(
    logged: Callable[[], str], kind: str, answer: str
) -> None:
    with serve(ANSWERS[answer]) as web:
        one = channel(kind)
        if kind == "pagerduty":
            one = Channel(kind="pagerduty", url=f"{web.url}/v2/enqueue", routing_key_env="KEY")
        url = web.url.replace("http:", "json:") if kind == "apprise" else web.url
        patience = 0.3 if answer == "silent" else 30.0
        shown = refuse(kind, {"URL": url + PATH + QUERY, "KEY": KEY}, one, timeout=patience)
        wait_for(lambda: web.posted)  # it was really sent
    assert_clean(shown, logged())


@pytest.mark.parametrize(
    "url",
    [f"http://127.0.0.1:1{PATH}", f"ftp://host{PATH}", f"pl4nted{PATH}", f"http://[::1{PATH}", f"http://{PATH}"],
)
def test_an_address_that_leads_nowhere_is_not_repeated(logged: Callable[[], str], url: str) -> None:
    assert_clean(refuse("slack", {"URL": url}, channel("slack"), timeout=0.3), logged())


Arrange = Callable[[Mailbox], object]
MAIL: Mapping[str, Arrange] = {
    "wrong password": lambda box: None,
    "refused recipients": lambda box: box.refuse.update({"b@example.com": f"550 {PASSWORD} no"}),
    "refused mail": lambda box: setattr(box, "answer", f"554 {PASSWORD} no"),
}


@pytest.mark.parametrize("how", MAIL)
def test_whatever_a_mail_server_says_is_not_repeated(logged: Callable[[], str], how: str) -> None:
    with mailbox() as box:
        box.password = PASSWORD.encode() if how != "wrong password" else b"another"
        MAIL[how](box)
        one = Channel(
            kind="email",
            smtp_host="127.0.0.1",
            smtp_port=box.port,
            sender="a@example.com",
            to=("b@example.com",),
            username_env="USER_NAME",
            password_env="PASSWORD",
        )
        shown = refuse("email", {"USER_NAME": "rollback", "PASSWORD": PASSWORD}, one)
        assert set(box.logins) == {(b"rollback", PASSWORD.encode())}, "it was really sent"
    assert_clean(shown, logged())


TELLING = """\
communication:
  channels: [chat, teams, hook, pager, mail]
  messages: {started: "{operation} begins: {reason}"}
escalation: [{on: failed, after: 0m, level: 1, actions: [Wake ada], notify: [pager]}]
phases:
  - id: back
    budget: 9s
    steps:
      - {id: show, run: 'echo "$CHAT_URL" "$PAGER_KEY" "$MAIL_PASS"; echo "${CHAT_URL##*/}" >&2', timeout: 5s}
      - {id: tell, notify: {message: "The shop closes", severity: warning}}
      - {id: load, run: 'echo "cannot reach $CHAT_URL with $PAGER_KEY" >&2; exit 7', timeout: 5s}
"""


def test_a_run_whose_steps_print_them_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: Callable[[], str]
) -> None:
    """The room is one folder with everything that a run leaves: journal, outputs, reports, audit log."""
    with serve(403) as chat, serve(500, 200) as other, serve(DRIP) as pager, mailbox() as box:
        box.password = PASSWORD.encode()
        monkeypatch.setenv("CHAT_URL", chat.url + PATH)
        monkeypatch.setenv("OTHER_URL", other.url + PATH + QUERY)
        monkeypatch.setenv("PAGER_KEY", KEY)
        monkeypatch.setenv("MAIL_USER", "rollback")
        monkeypatch.setenv("MAIL_PASS", PASSWORD)
        mail = f"smtp_host: 127.0.0.1, smtp_port: {box.port}, sender: a@example.com, to: [b@example.com]"
        environments = f"""\
environments: {{production: {{class: production}}}}
channels:
  chat: {{kind: slack, url_env: CHAT_URL}}
  teams: {{kind: teams, url_env: OTHER_URL}}
  hook: {{kind: webhook, url_env: OTHER_URL}}
  pager: {{kind: pagerduty, url: '{pager.url}/v2/enqueue', routing_key_env: PAGER_KEY}}
  mail: {{kind: email, {mail}, username_env: MAIL_USER, password_env: MAIL_PASS}}
"""
        room = Room(tmp_path, TELLING, environments)
        code, out, errors = room.gov(*room.execute("--yes", "--reason", f"{chat.url}{PATH} is down"))
        assert code == 5
        sent: Any = [pager.posted, other.posted, [str(one.mail) for one in box.received]]
    assert box.logins[0] == (b"rollback", PASSWORD.encode())
    for document in pager.posted:
        assert document.pop("routing_key") == KEY
    assert_clean(out, errors, logged(), repr(sent))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"journal.jsonl", "incident_report.md"} <= {path.name for path in files}
    assert [str(path) for path in files if any(secret in path.read_bytes() for secret in PLANTED)] == []
