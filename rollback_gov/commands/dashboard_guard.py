"""Who may look at the dashboard: asked of every request, before anything is read for it."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence
from hmac import compare_digest
from ipaddress import ip_address

from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

SHORTEST_TOKEN = 16
_CHALLENGE = ("WWW-Authenticate", 'Basic realm="rollback-gov", charset="UTF-8"')


class Refusal(Record):
    """An answer that is no page: the status of HTTP, one sentence, and further headers."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()


class Guard(Record):
    """What is asked of a request. ``token`` is empty where none is needed; ``hosts`` are names in lower case."""

    bind: str
    hosts: frozenset[str] = frozenset()
    token: str = ""

    def refuses(self, headers: Sequence[tuple[str, str]]) -> Refusal | None:
        """Give the refusal of a request with these headers, or None where it may be answered."""
        values: dict[str, list[str]] = {}
        for name, value in headers:
            values.setdefault(name.lower(), []).append(value.strip())
        hosts = values.get("host", [])
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return Refusal(
                status=421,
                text="This dashboard is not served under that name. Open it by the address that it printed when it "
                "began, or begin it with --host NAME.",
            )
        if "transfer-encoding" in values or values.get("content-length", ["0"]) != ["0"]:
            return Refusal(status=413, text="This dashboard takes nothing: send a request without a body.")
        if values.get("sec-fetch-site", ["none"])[0] == "cross-site" and values.get("sec-fetch-mode") != ["navigate"]:
            return Refusal(status=403, text="Another site may not read this dashboard.")
        if self.token and not any(self._is_token(value) for value in values.get("authorization", [])[:1]):
            return Refusal(
                status=401,
                text="This dashboard needs its token: as the password, whatever the name, or as a bearer token.",
                headers=(_CHALLENGE,),
            )
        return None

    def _is_ours(self, host: str) -> bool:
        """A name that somebody else's DNS points here is not ours: their page could read what we answer to it."""
        name = host.lower()
        name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
        return name in ("localhost", self.bind.lower()) or name in self.hosts or _is_address(name)

    def _is_token(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return _same(given.strip(), self.token)
        if scheme.lower() != "basic":
            return False
        try:
            _, _, password = b64decode(given.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return False
        return _same(password, self.token)


def guard_of(bind: str, hosts: Sequence[str], token: str | None) -> Guard:
    """Say what is asked of requests. ``token`` is None where nobody asked for one.

    Raises UsageError where others could look on without a token, and for a token that can be guessed.
    """
    if token is None and not is_loopback(bind):
        raise UsageError(
            f"Refused to listen on {bind} without a token: everybody who reaches this machine could look on.",
            hint="Put a token into an environment variable and name it: --token-env NAME; or stay on 127.0.0.1 and "
            "come by ssh -L 8765:127.0.0.1:8765.",
        )
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise UsageError(
            f"The token of the dashboard has {len(token)} characters; at least {SHORTEST_TOKEN} are needed.",
            hint="Make one: openssl rand -hex 32",
        )
    return Guard(bind=bind, hosts=frozenset(name.lower() for name in hosts), token=token or "")


def is_loopback(bind: str) -> bool:
    """Say whether only this machine can reach an address; a name other than localhost may be anybody's."""
    return bind.lower() == "localhost" or (_is_address(bind) and ip_address(bind).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that says nothing about where they differ."""
    return compare_digest(given.encode(), wanted.encode())
