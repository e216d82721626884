"""Requests of one source: its address, its credentials, its headers, and what it has to say beside the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from rollback_gov.model.duration import Duration
from rollback_gov.model.environment import SourceSettings
from rollback_gov.model.expect import Header, Query
from rollback_gov.model.record import Record
from rollback_gov.sources.interface import MAX_BYTES, Answer, Failure, Reply
from rollback_gov.sources.number import excerpt

if TYPE_CHECKING:
    from rollback_gov.sources.transport import Transport

DEFAULT_TIMEOUT = Duration(5_000)


class _Unset(Exception):  # noqa: N818 - carried to the one place that turns it into a Failure
    """Something that the request needs has no value; the text says what."""


class Client(Record):
    """Sends the requests of one source. ``settings`` are those of environments.yaml, or None for a bare kind."""

    kind: str
    settings: SourceSettings | None
    endpoints: Mapping[str, str]
    environ: Mapping[str, str]
    parameters: Mapping[str, str]
    transport: Callable[[], Transport]
    """Gives the transport; it is made when the first request is sent, because its libraries are slow to load."""
    note: Callable[[str], None]
    """Takes what a reading has no place for: warnings of a server, clocks that differ, why a probe failed."""
    secret: Callable[[str], None]
    """Takes each value that must never be shown."""
    root: Path = Path()
    """Where relative paths of the settings begin."""

    def get(
        self,
        query: Query,
        *,
        suffix: str = "",
        fields: tuple[tuple[str, str], ...] = (),
        fresh: bool = False,
        most: int = MAX_BYTES,
    ) -> Answer:
        """Send one GET to the query's address with ``suffix`` behind it; ``fields`` become its query string.

        ``fresh`` and ``most`` are those of the transport.
        """
        try:
            url, headers = self._request(query, suffix)
        except _Unset as reason:
            return Failure(str(reason))
        if fields:
            url += ("&" if "?" in url else "?") + urlencode(fields)
        timeout = self.timeout(query).seconds
        answer = self.transport().get(
            url, headers=headers, timeout=timeout, fresh=fresh, most=most, ca_file=self._ca_file(url)
        )
        if isinstance(answer, Reply) and answer.ahead:
            word = "ahead of" if answer.ahead > 0 else "behind"
            self.note(f"our clock is more than a second {word} that of {urlsplit(url).netloc}")
        return answer

    def timeout(self, query: Query) -> Duration:
        """Give the query's timeout, or the source's where the query has none of its own."""
        if self.settings is not None and query.timeout == DEFAULT_TIMEOUT:
            return self.settings.timeout
        return query.timeout

    def address(self, query: Query, suffix: str = "") -> str:
        """Give the absolute URL of a query, or of the source. Raises ValueError that says what is missing."""
        base = query.url or (self.settings.url if self.settings else "")
        if query.endpoint:
            if query.endpoint not in self.endpoints:
                known = ", ".join(self.endpoints) or "none"
                raise ValueError(f"the environment names no endpoint '{query.endpoint}' (known: {known})")
            base = self.endpoints[query.endpoint]
        if not base:
            raise ValueError(
                f"the {self.kind} source has no address: give it a `url` in environments.yaml or the query"
            )
        for part in filter(None, (query.path, suffix)):
            base = f"{base.rstrip('/')}/{part.lstrip('/')}"
        return base

    def _request(self, query: Query, suffix: str) -> tuple[str, dict[str, str]]:
        try:
            url = self.address(query, suffix)
        except ValueError as error:
            raise _Unset(str(error)) from None
        headers = {"User-Agent": "rollback-gov", **self._values(query.headers)}
        if self.settings is not None and self._is_own(self.settings, url):
            headers = {**self._values(self.settings.headers), **self._credentials(self.settings), **headers}
        return url, headers

    def _ca_file(self, url: str) -> Path | None:
        """Whom the organisation trusts counts for its own addresses."""
        if self.settings is None or not self.settings.ca_file or not self._is_own(self.settings, url):
            return None
        return self.root / self.settings.ca_file

    def _is_own(self, settings: SourceSettings, url: str) -> bool:
        """Credentials go only to addresses that environments.yaml names, not to wherever a query's `url` leads."""
        named = {urlsplit(address)[:2] for address in (settings.url, *self.endpoints.values())}
        return urlsplit(url)[:2] in named

    def _values(self, headers: Mapping[str, Header] | None) -> dict[str, str]:
        return {name: self._parameter(header) for name, header in (headers or {}).items()}

    def _parameter(self, header: Header) -> str:
        if not header.parameter:
            return header.text
        if header.parameter not in self.parameters:
            raise _Unset(f"the parameter '{header.parameter}' that a header needs has no value")
        self.secret(self.parameters[header.parameter])
        return self.parameters[header.parameter]

    def _credentials(self, settings: SourceSettings) -> dict[str, str]:
        if settings.bearer_token_env:
            return {"Authorization": f"Bearer {self._variable(settings.bearer_token_env)}"}
        if settings.username_env:
            from base64 import b64encode

            password = self._variable(settings.password_env) if settings.password_env else ""
            pair = b64encode(f"{self._variable(settings.username_env)}:{password}".encode()).decode()
            self.secret(pair)
            return {"Authorization": f"Basic {pair}"}
        return {}

    def _variable(self, name: str) -> str:
        if not self.environ.get(name):
            raise _Unset(f"the environment variable {name} that holds the credentials is not set")
        self.secret(self.environ[name])
        return self.environ[name]


def refused(reply: Reply) -> str:
    """Say why an answer cannot be read because of its status; empty for 2xx."""
    if 200 <= reply.status < 300:
        return ""
    if 300 <= reply.status < 400:
        target = excerpt(reply.location.partition("?")[0])
        return f"the answer is a redirect ({reply.status}) to {target}; use that address"
    return f"the answer has status {reply.status}"
