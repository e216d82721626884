from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError, UselessError, secret
from rollback_gov.notify.post import address, post_json
from tests.notify.mail import certificate
from tests.notify.web import DRIP, HANG, HANG_UP, serve


def test_a_document_is_posted_as_json() -> None:
    with serve(204) as web:
        post_json(f"{web.url}/hook", {"text": "größer"}, timeout=30)
    assert web.posted == [{"text": "größer"}]
    assert web.paths == ["/hook"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, DeliveryError),
        (503, DeliveryError),
        (429, DeliveryError),
        (408, DeliveryError),
        (400, UselessError),
        (403, UselessError),
        (404, UselessError),
        (302, UselessError),
    ],
)
def test_a_status_says_whether_to_try_again(status: int, error: type[Exception]) -> None:
    with serve(status) as web, pytest.raises(DeliveryError, match=f"status {status}") as caught:
        post_json(web.url, {}, timeout=30)
    assert type(caught.value) is error
    assert len(web.posted) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3), ("0", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", 0), ("-5", 0), ("9" * 400, float("inf"))],
)
def test_a_channel_says_when_to_try_again(header: str, seconds: float) -> None:
    with serve(f"429 after {header}") as web, pytest.raises(DeliveryError) as caught:
        post_json(web.url, {}, timeout=30)
    assert caught.value.after == seconds


def test_a_date_says_when_to_try_again() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    with serve(f"503 after {later}") as web, pytest.raises(DeliveryError) as caught:
        post_json(web.url, {}, timeout=30)
    assert 0 < caught.value.after <= 20


def test_no_redirect_is_followed() -> None:
    with serve(307, 200) as web, pytest.raises(UselessError, match="status 307"):
        post_json(web.url, {"secret": "key"}, timeout=30)
    assert web.paths == ["/"]


def test_no_answer_in_time_is_an_error() -> None:
    with serve(HANG) as web, pytest.raises(DeliveryError, match=r"no answer within 0\.2 s"):
        post_json(web.url, {}, timeout=0.2)


def test_a_connection_that_breaks_is_an_error() -> None:
    with serve(HANG_UP) as web, pytest.raises(DeliveryError, match=r"the request failed \(RemoteDisconnected\)"):
        post_json(web.url, {}, timeout=30)


def test_a_server_that_is_not_there_is_an_error_without_its_address() -> None:
    with serve() as web:
        url = f"{web.url}/services/T000/B000/very-secret"
    with pytest.raises(DeliveryError) as caught:
        post_json(url, {}, timeout=30)
    assert "very-secret" not in str(caught.value)
    assert str(web.server_port) not in str(caught.value)


def test_over_tls_only_who_is_vouched_for_gets_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, tls = certificate(tmp_path)
    with serve(202) as web:
        web.socket = tls.wrap_socket(web.socket, server_side=True)
        url = web.url.replace("http:", "https:")
        with pytest.raises(DeliveryError, match=r"the request failed \(SSLCertVerificationError\)"):
            post_json(url, {}, timeout=30)
        assert web.posted == []
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        post_json(url, {"text": "secret"}, timeout=30)
    assert web.posted == [{"text": "secret"}]


def test_a_proxy_of_the_environment_is_used_and_its_exceptions_count(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(202) as proxy, serve(202) as web:
        monkeypatch.setenv("http_proxy", proxy.url)
        post_json("http://hooks.example.com/services/x", {}, timeout=30)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        post_json(f"{web.url}/in", {}, timeout=30)
    assert proxy.paths == ["http://hooks.example.com/services/x"]
    assert web.paths == ["/in"]


def test_a_body_that_never_ends_holds_nobody_up() -> None:
    began = time.monotonic()
    with serve(DRIP) as web:
        post_json(web.url, {}, timeout=60)
        assert time.monotonic() - began < 30, "half of its timeout"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.slack.com/services",
        "http://",
        "ftp://host/x",
        "http://[::1",
        "http://host:no/",
        "http://host/a b",
        "http://host:0/",
    ],
)
def test_what_is_no_url_is_not_tried_again(url: str) -> None:
    with pytest.raises(UselessError, match="not a URL"):
        post_json(url, {}, timeout=30)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"url_env": "HOOK"}, "https://hook"),
        ({"url": "https://open"}, "https://open"),
        ({"url": "https://open", "url_env": "HOOK"}, "https://hook"),
    ],
)
def test_the_environment_goes_before_the_settings(settings: dict[str, Any], url: str) -> None:
    assert address(Channel(kind="slack", **settings), {"HOOK": " https://hook\n"}) == url


def test_an_address_that_is_nowhere_says_what_to_write() -> None:
    with pytest.raises(UselessError, match="neither `url_env` nor `url`"):
        address(Channel(kind="slack"), {})


@pytest.mark.parametrize(("name", "shown"), [("HOOK", "HOOK"), ("", "(none named)")])
def test_a_secret_that_is_not_set_is_named(name: str, shown: str) -> None:
    with pytest.raises(UselessError) as caught:
        secret({"HOOK": "  "}, name)
    assert str(caught.value) == f"the environment variable {shown} is not set"
