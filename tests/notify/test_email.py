from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify import email
from rollback_gov.notify.email import send
from rollback_gov.notify.interface import DeliveryError, UselessError
from tests.notify.mail import Mailbox, certificate, mailbox
from tests.notify.messages import RUN, message

LOGIN = {"MAIL_USER": "rollback", "MAIL_PASSWORD": "correct horse"}


def channel(box: Mailbox, **changes: Any) -> Channel:
    usual: dict[str, Any] = {
        "kind": "email",
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "sender": "rollback-gov@example.com",
        "to": ("sre@example.com", "dba@example.com"),
    }
    return Channel(**{**usual, **changes})


def with_login(box: Mailbox) -> Channel:
    return channel(box, username_env="MAIL_USER", password_env="MAIL_PASSWORD")


def test_a_mail_goes_to_everybody() -> None:
    with mailbox() as box:
        assert send(channel(box), {}, message(text="Zurück auf v2.0.8"), timeout=30)
    (received,) = box.received
    assert received.recipients == ("sre@example.com", "dba@example.com")
    assert received.mail["Subject"] == f"ROLLBACK STARTED ({RUN})"
    assert received.mail["To"] == "sre@example.com, dba@example.com"
    assert received.mail["Date"].datetime.tzinfo is not None
    assert received.mail.get_content().splitlines() == [
        "Zurück auf v2.0.8",
        "",
        "operation: op-7",
        "reason: error rate 2.5 % above 1 % for two whole minutes",
    ]
    assert not received.encrypted


def test_a_text_with_lines_of_its_own_looks_like_no_other_fact() -> None:
    with mailbox() as box:
        send(channel(box), {}, message(facts={"Reason": "errors\nStatus: rolled back", "Status": "failed"}), timeout=30)
    lines = box.received[0].mail.get_content().splitlines()
    assert lines[-3:] == ["Reason: errors", "    Status: rolled back", "Status: failed"]


def test_every_try_of_a_message_is_the_same_mail_and_no_machine_answers_it() -> None:
    with mailbox() as box:
        for one in (message(), message(), message(event="completed")):
            send(channel(box), {}, one, timeout=30)
    first, again, other = (received.mail for received in box.received)
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Auto-Submitted"] == "auto-generated"


def test_a_rehearsal_says_that_it_is_one() -> None:
    with mailbox() as box:
        send(channel(box), {}, message(mode="rehearse"), timeout=30)
    assert box.received[0].mail["Subject"].startswith("REHEARSAL: ROLLBACK STARTED")


def test_a_server_that_offers_encryption_gets_it_before_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mailbox(tls=tls) as box:
        assert send(with_login(box), LOGIN, message(), timeout=30)
    assert box.received[0].encrypted
    assert box.logins == [(b"rollback", b"correct horse")]


def test_a_certificate_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    _, tls = certificate(tmp_path)
    with mailbox(tls=tls) as box, pytest.raises(DeliveryError, match=r"\(SSLCertVerificationError\)"):
        send(with_login(box), LOGIN, message(), timeout=30)
    assert box.logins == []
    assert box.received == []


def test_on_this_machine_a_password_may_go_without_encryption() -> None:
    with mailbox() as box:
        assert send(with_login(box), LOGIN, message(), timeout=30)
    assert box.logins == [(b"rollback", b"correct horse")]


def test_over_a_network_a_password_is_never_sent_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email, "_is_local", lambda _server: False)
    with mailbox() as box, pytest.raises(UselessError, match="the password is not sent"):
        send(with_login(box), LOGIN, message(), timeout=30)
    assert box.logins == []


def test_a_wrong_password_is_not_tried_again() -> None:
    with mailbox() as box, pytest.raises(UselessError, match="refused it with code 535") as caught:
        send(with_login(box), {**LOGIN, "MAIL_PASSWORD": "battery staple"}, message(), timeout=30)
    assert "battery" not in str(caught.value)
    assert box.received == []


def test_a_password_that_is_not_set_is_named() -> None:
    with mailbox() as box, pytest.raises(UselessError, match="MAIL_PASSWORD is not set"):
        send(with_login(box), {"MAIL_USER": "rollback"}, message(), timeout=30)


def test_a_recipient_that_the_server_refuses_is_counted_and_the_others_have_it() -> None:
    with mailbox() as box:
        box.refuse["dba@example.com"] = "550 no such user"
        with pytest.raises(UselessError, match="refused 1 of 2 recipients; the others have it"):
            send(channel(box), {}, message(), timeout=30)
    assert box.received[0].recipients == ("sre@example.com",)


def test_a_server_that_refuses_everybody_is_not_asked_again() -> None:
    with mailbox() as box:
        box.refuse.update(dict.fromkeys(("sre@example.com", "dba@example.com"), "550 no"))
        with pytest.raises(UselessError, match="refused every recipient"):
            send(channel(box), {}, message(), timeout=30)


@pytest.mark.parametrize(("answer", "error"), [("451 later", DeliveryError), ("554 never", UselessError)])
def test_a_refusal_says_whether_to_try_again(answer: str, error: type[Exception]) -> None:
    with mailbox() as box:
        box.answer = answer
        with pytest.raises(DeliveryError, match=f"refused it with code {answer[:3]}") as caught:
            send(channel(box), {}, message(), timeout=30)
    assert type(caught.value) is error


def test_a_server_that_is_not_there() -> None:
    with mailbox() as box:
        gone = channel(box)
    with pytest.raises(DeliveryError, match=r"did not take it \(ConnectionRefusedError\)"):
        send(gone, {}, message(), timeout=30)


def test_a_server_that_says_nothing_is_left_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, mailbox() as box:
        mute = channel(box, smtp_port=silent.getsockname()[1])
        with pytest.raises(DeliveryError, match=r"did not take it \(SMTPServerDisconnected\)"):
            send(mute, {}, message(), timeout=0.2)


def test_a_server_that_says_not_now_of_everybody_is_asked_again() -> None:
    with mailbox() as box:
        box.refuse.update({"sre@example.com": "550 no", "dba@example.com": "451 greylisted"})
        with pytest.raises(DeliveryError, match="refused every recipient") as caught:
            send(channel(box), {}, message(), timeout=30)
    assert type(caught.value) is DeliveryError


@pytest.mark.parametrize("login", [{}, LOGIN], ids=["without login", "with login"])
def test_encryption_that_is_required_and_not_offered_sends_nothing(login: dict[str, str]) -> None:
    with mailbox() as box, pytest.raises(UselessError, match="offers no encryption, which the channel requires"):
        send(channel(box, smtp_tls="required"), login, message(), timeout=30)
    assert box.received == []


def test_encryption_that_is_required_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mailbox(tls=tls) as box:
        assert send(channel(box, smtp_tls="required"), {}, message(), timeout=30)
    assert box.received[0].encrypted


def test_a_server_that_is_encrypted_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, tls = certificate(tmp_path)
    with mailbox(tls=tls, implicit=True) as box:
        own = channel(box, smtp_tls="implicit", username_env="MAIL_USER", password_env="MAIL_PASSWORD")
        with pytest.raises(DeliveryError, match=r"\(SSLCertVerificationError\)"):
            send(own, LOGIN, message(), timeout=30)
        assert box.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert send(own, LOGIN, message(), timeout=30)
        assert box.received[0].encrypted
        assert box.logins == [(b"rollback", b"correct horse")]
        monkeypatch.setattr(email, "_is_local", lambda _server: False)
        assert send(own, LOGIN, message(), timeout=30), "over a network as well"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"smtp_host": ""}, "`smtp_host`"),
        ({"sender": ""}, "`sender`"),
        ({"to": ()}, "`to`"),
        ({"sender": "", "to": ()}, "`sender` and no `to`"),
    ],
)
def test_a_channel_that_lacks_a_setting_names_it(changes: dict[str, Any], missing: str) -> None:
    with pytest.raises(UselessError, match=f"the channel has no {missing}"):
        send(channel(Mailbox(), **changes), {}, message(), timeout=30)


def test_an_address_cannot_smuggle_a_header_in() -> None:
    with pytest.raises(UselessError, match="not an address"):
        send(channel(Mailbox(), sender="a@example.com\nBcc: all@example.com"), {}, message(), timeout=30)


def test_a_text_cannot_smuggle_a_header_in_and_half_a_character_stops_nothing() -> None:
    with mailbox() as box:
        send(channel(box), {}, message(title="DONE\r\nBcc: all@example.com", text="half: \ud83d"), timeout=30)
    (received,) = box.received
    assert received.recipients == ("sre@example.com", "dba@example.com")
    assert received.mail["Bcc"] is None
    assert received.mail.get_content().startswith("half: ?")
