"""Services that Apprise knows, with the real library against servers on loopback."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.apprise import send
from rollback_gov.notify.interface import DeliveryError, Message, UselessError
from tests.notify.mail import mailbox
from tests.notify.messages import message
from tests.notify.web import HANG_UP, serve

CHANNEL = Channel(kind="apprise", url_env="URL")


def posted(one: Message) -> dict[str, Any]:
    with serve(200) as web:
        assert send(CHANNEL, {"URL": f"json://127.0.0.1:{web.server_port}/in"}, one, timeout=30)
    (document,) = web.posted
    assert web.paths == ["/in"]
    return dict(document)


def test_a_service_gets_the_title_the_text_and_the_facts() -> None:
    document = posted(message())
    assert document["title"] == "ROLLBACK STARTED"
    assert document["message"].splitlines() == [
        "Rollback of op-7 in production started: error rate 2.5 %",
        "",
        "operation: op-7",
        "reason: error rate 2.5 % above 1 % for two whole minutes",
    ]
    assert document["type"] == "failure"


@pytest.mark.parametrize(
    ("event", "severity", "kind"),
    [("completed", "info", "success"), ("progress", "info", "info"), ("gate", "warning", "warning")],
)
def test_how_bad_it_is_is_told(event: str, severity: str, kind: str) -> None:
    assert posted(message(event=event, severity=severity))["type"] == kind


def test_a_rehearsal_says_that_it_is_one() -> None:
    assert posted(message(mode="rehearse"))["title"] == "REHEARSAL: ROLLBACK STARTED"


def test_a_text_out_of_a_plan_is_text_in_a_service_of_html() -> None:
    with mailbox() as box:
        url = f"mailto://127.0.0.1:{box.port}?from=a@example.com&to=b@example.com&mode=insecure&format=html"
        assert send(CHANNEL, {"URL": url}, message(text="<script>x</script> {{ 7 * 7 }} \\n"), timeout=30)
    (received,) = box.received
    body = received.mail.get_body(("html",))
    assert body is not None
    text = body.get_content()
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "{{ 7 * 7 }} \\n" in text.replace("&nbsp;", " ")


def test_a_long_fact_pushes_out_no_other() -> None:
    document = posted(message(facts={"Reason": "x" * 100_000, "Next": "rollback-gov status op-7"}))
    assert document["message"].endswith("…\nNext: rollback-gov status op-7")


@pytest.mark.parametrize("answer", [403, 500, 307, HANG_UP])
def test_a_service_that_does_not_take_it_is_tried_again_and_no_redirect_is_followed(answer: int | str) -> None:
    with (
        serve(answer, 200) as web,
        pytest.raises(DeliveryError, match="the service refused it, or was not reached") as caught,
    ):
        send(CHANNEL, {"URL": f"json://127.0.0.1:{web.server_port}/"}, message(), timeout=30)
    assert not isinstance(caught.value, UselessError)
    assert len(web.posted) == 1


@pytest.mark.parametrize("address", ["nosuchservice://token", "not an address", "https://"])
def test_an_address_that_apprise_does_not_know_is_not_tried_again(address: str) -> None:
    with pytest.raises(UselessError, match="none that Apprise knows") as caught:
        send(CHANNEL, {"URL": address}, message(), timeout=30)
    assert "token" not in str(caught.value)


def test_without_the_extra_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(UselessError, match="Apprise is not installed"):
        send(CHANNEL, {"URL": "json://127.0.0.1/"}, message(), timeout=30)


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(UselessError, match="URL is not set"):
        send(CHANNEL, {}, message(), timeout=30)


def test_a_defect_of_the_library_is_tried_again_and_says_nothing_of_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(url: str, *_: object) -> None:
        raise ValueError(url)

    monkeypatch.setattr("rollback_gov.notify.apprise._notify", broken)
    with pytest.raises(DeliveryError, match=r"the service could not be asked \(ValueError\)$") as caught:
        send(CHANNEL, {"URL": "json://user:secret@127.0.0.1/"}, message(), timeout=30)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
