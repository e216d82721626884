"""One request: conditional, patient for all threads together, and never taken for what it is not."""

from __future__ import annotations

import time

import pytest

from rollback_gov.github.fleet.asking import Asking, Unreadable
from rollback_gov.github.fleet.traffic import ScanEnded
from tests.github.fleet.conftest import Sleep
from tests.github.hub.state import Hub, Rate, Trouble

PLACE = "/repos/team/service"


def test_what_has_not_changed_comes_without_a_document(hub: Hub, asking: Asking) -> None:
    first = asking.get(PLACE)
    assert first.document["full_name"] == "team/service"
    again = asking.get(PLACE, etag=first.etag)
    assert again.is_unchanged
    assert again.etag == first.etag
    hub.repository().closed = "archived"
    assert asking.get(PLACE, etag=first.etag).document["archived"] is True
    assert hub.statuses == {200: 2, 304: 1}


@pytest.mark.parametrize("status", [403, 404, 409, 410, 422, 451])
def test_what_github_does_not_show_is_told_with_its_status(hub: Hub, asking: Asking, status: int) -> None:
    hub.troubles = [Trouble(status, "Not for you.")]
    with pytest.raises(Unreadable, match=f"status {status}: Not for you$") as error:
        asking.get(PLACE)
    assert error.value.status == status
    assert len(hub.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_passes_is_tried_again_and_then_told(hub: Hub, asking: Asking, status: int) -> None:
    hub.troubles = [Trouble(status, times=2)]
    assert asking.get(PLACE).document
    hub.troubles = [Trouble(status, times=9)]
    with pytest.raises(Unreadable, match=f"status {status}"):
        asking.get(PLACE)
    assert len(hub.requests) == 3 + 4


def test_a_page_of_a_proxy_is_not_github(hub: Hub, asking: Asking) -> None:
    for page in (b"<html>all is well</html>", b"{", b"[" * 100_000):
        hub.troubles = [Trouble(200, raw=page)]
        with pytest.raises(Unreadable, match="not GitHub's API"):
            asking.get(PLACE)


def test_a_secondary_limit_is_waited_out_and_then_asked_again(hub: Hub, asking: Asking, sleep: Sleep) -> None:
    hub.troubles = [Trouble(403, "You have exceeded a secondary rate limit.", {"Retry-After": "7"})]
    assert asking.get(PLACE).document
    assert 6.5 < sleep.slept < 8
    assert hub.statuses == {403: 1, 200: 1}


def test_a_primary_limit_is_waited_out_too(hub: Hub, asking: Asking, sleep: Sleep) -> None:
    hub.rate = Rate(limit=10, remaining=0, reset=int(time.time()) + 30)
    assert asking.get(PLACE).document
    assert 29 <= sleep.slept <= 32
    assert hub.statuses == {403: 1, 200: 1}


def test_one_request_is_not_asked_for_ever(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.fleet.traffic._REFUSALS", 99)
    hub.troubles = [Trouble(429, "Slowly.", {"Retry-After": "1"}, times=99)]
    with pytest.raises(Unreadable, match="again and again") as error:
        asking.get(PLACE)
    assert error.value.status == 429
    assert len(hub.requests) == 8


def test_more_patience_than_there_is_ends_the_scan(hub: Hub, asking: Asking) -> None:
    hub.troubles = [Trouble(403, "You have exceeded a secondary rate limit.", {"Retry-After": "99"})]
    for _ in range(2):
        with pytest.raises(ScanEnded, match="rate limit"):
            asking.get(PLACE)
    assert len(hub.requests) == 1


def test_a_token_that_is_none_ends_the_scan(hub: Hub, asking: Asking) -> None:
    hub.tokens = {"another": "somebody"}
    with pytest.raises(ScanEnded, match="status 401: Bad credentials") as error:
        asking.get(PLACE)
    assert "GITHUB_TOKEN" in error.value.hint


def test_a_server_that_does_not_answer_is_told(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        import requests

        raise requests.ConnectTimeout

    monkeypatch.setattr(asking, "_ask", refuse)
    with pytest.raises(Unreadable, match=r"did not answer \(ConnectTimeout\)") as error:
        asking.get(PLACE)
    assert error.value.status == 0


def test_nobody_is_led_to_another_server(hub: Hub, asking: Asking) -> None:
    hub.troubles = [Trouble(301, headers={"Location": "https://elsewhere.test/repos/team/service"})]
    with pytest.raises(Unreadable, match="another server"):
        asking.get(PLACE)
