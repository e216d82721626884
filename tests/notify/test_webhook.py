from __future__ import annotations

import pytest

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import UselessError
from rollback_gov.notify.webhook import send
from tests.notify.messages import RUN, message
from tests.notify.web import serve


def test_the_whole_message_is_posted_with_its_version() -> None:
    sent = message(unknown=("eat",), fields={"operation": "op-7"}, at="2026-01-31T12:00:00.000Z")
    with serve(202) as web:
        assert send(Channel(kind="webhook", url=f"{web.url}/in"), {}, sent, timeout=30)
    assert web.paths == ["/in"]
    assert web.posted == [
        {
            "version": 1,
            "event": "started",
            "severity": "error",
            "title": "ROLLBACK STARTED",
            "text": "Rollback of op-7 in production started: error rate 2.5 %",
            "run": RUN,
            "facts": {"operation": "op-7", "reason": "error rate 2.5 % above 1 % for two whole minutes"},
            "fields": {"operation": "op-7"},
            "mode": "execute",
            "region": "",
            "at": "2026-01-31T12:00:00.000Z",
            "unknown": ["eat"],
        }
    ]


def test_without_an_address_nothing_is_sent() -> None:
    with pytest.raises(UselessError, match="neither `url_env` nor `url`"):
        send(Channel(kind="webhook"), {}, message(), timeout=30)
