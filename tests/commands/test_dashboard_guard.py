"""Who may look at the dashboard: names, tokens, addresses."""

from __future__ import annotations

from base64 import b64encode

import pytest

from rollback_gov.commands import dashboard_guard
from rollback_gov.commands.dashboard_guard import Guard, guard_of, is_loopback
from rollback_gov.model.errors import UsageError

TOKEN = "a-token-of-thirty-two-characters"
HERE = ("Host", "127.0.0.1:8765")


def status(guard: Guard, *headers: tuple[str, str]) -> int:
    refusal = guard.refuses(headers)
    return refusal.status if refusal else 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8765", 200),
        ("127.0.0.1", 200),
        ("localhost:9000", 200),
        ("LOCALHOST", 200),
        ("[::1]:8765", 200),
        ("10.0.0.7:8765", 200),
        ("board.example.org", 200),
        ("Board.Example.org:443", 200),
        ("evil.example.org", 421),
        ("127.0.0.1.evil.example.org", 421),
        ("localhost.evil.example.org", 421),
        ("evil.example.org:8765", 421),
        ("localhost@evil.example.org", 421),
        ("evil.board.example.org", 421),
        ("[evil]", 421),
        ("", 421),
    ],
)
def test_only_names_of_ours_are_answered_to(host: str, expected: int) -> None:
    guard = guard_of("127.0.0.1", ("Board.example.org",), None)
    assert status(guard, ("Host", host)) == expected


def test_a_request_has_one_host() -> None:
    guard = guard_of("127.0.0.1", (), None)
    assert status(guard) == 421
    assert status(guard, HERE, ("Host", "evil.example.org")) == 421


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN}", 200),
        (f"Basic {b64encode(f'ann:{TOKEN}'.encode()).decode()}", 200),
        (f"Basic {b64encode(f':{TOKEN}'.encode()).decode()}", 200),
        (f"Basic {b64encode(f'{TOKEN}:'.encode()).decode()}", 401),
        (f"Basic {b64encode(TOKEN.encode()).decode()}", 401),
        ("Basic ####", 401),
        ("Basic /w==", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer ä", 401),
        (f"Digest {TOKEN}", 401),
        (TOKEN, 401),
    ],
)
def test_the_token_opens_and_nothing_else(authorization: str, expected: int) -> None:
    guard = guard_of("0.0.0.0", (), TOKEN)
    assert status(guard, HERE, ("Authorization", authorization)) == expected


def test_without_the_token_a_browser_is_told_to_ask_for_it() -> None:
    refusal = guard_of("0.0.0.0", (), TOKEN).refuses([HERE])
    assert refusal is not None
    assert refusal.status == 401
    assert ("WWW-Authenticate", 'Basic realm="rollback-gov", charset="UTF-8"') in refusal.headers
    assert TOKEN not in refusal.text


def test_a_second_authorization_is_not_looked_at() -> None:
    guard = guard_of("0.0.0.0", (), TOKEN)
    assert status(guard, HERE, ("Authorization", "Bearer x"), ("Authorization", f"Bearer {TOKEN}")) == 401


@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_the_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    compared = []

    def compare(given: bytes, wanted: bytes) -> bool:
        compared.append((given, wanted))
        return False

    monkeypatch.setattr(dashboard_guard, "compare_digest", compare)
    given = TOKEN if scheme == "Bearer" else b64encode(f"ann:{TOKEN}".encode()).decode()
    assert status(guard_of("0.0.0.0", (), TOKEN), HERE, ("Authorization", f"{scheme} {given}")) == 401
    assert compared == [(TOKEN.encode(), TOKEN.encode())]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Content-Length", "0")], 200),
        ([("Content-Length", "1")], 413),
        ([("Content-Length", "99999999999")], 413),
        ([("Content-Length", "0"), ("Content-Length", "5")], 413),
        ([("Transfer-Encoding", "chunked")], 413),
        ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")], 200),
        ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")], 200),
        ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")], 403),
        ([("Sec-Fetch-Site", "cross-site")], 403),
    ],
)
def test_bodies_and_other_sites_are_refused(headers: list[tuple[str, str]], expected: int) -> None:
    assert status(guard_of("127.0.0.1", (), None), HERE, *headers) == expected


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "10.1.2.3", "192.168.0.5", "board.example.org", ""])
def test_where_others_can_come_a_token_is_needed(bind: str) -> None:
    assert not is_loopback(bind)
    with pytest.raises(
        UsageError, match="without a token: everybody who reaches this machine could look on"
    ) as refused:
        guard_of(bind, (), None)
    assert "--token-env NAME" in refused.value.hint
    assert guard_of(bind, (), TOKEN).token == TOKEN


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"])
def test_on_this_machine_none_is_needed(bind: str) -> None:
    assert guard_of(bind, (), None).token == ""


def test_a_token_that_can_be_guessed_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="has 15 characters; at least 16 are needed") as refused:
        guard_of("0.0.0.0", (), "fifteen-letters")
    assert "fifteen-letters" not in f"{refused.value} {refused.value.hint}"
