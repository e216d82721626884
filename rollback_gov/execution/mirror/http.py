"""``http(s)://…``: lines are posted with their offset, so a repetition is harmless. See ``docs/journal.md``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from urllib.parse import SplitResult, quote, urlsplit

from rollback_gov.execution.mirror.interface import Diverged, MirrorError
from rollback_gov.model.errors import UsageError

SECONDS = 15.0
"""For one request and its whole answer."""
TOKEN = "ROLLBACK_GOV_JOURNAL_TOKEN"
"""The environment variable of the bearer token, unless the address names another after ``#``."""
LARGEST = 512 * 1024 * 1024


class HttpMirror:
    """A journal under ``BASE/RUN`` of a server."""

    linger = 0.05

    def __init__(self, address: str, run: str, *, environ: Mapping[str, str]) -> None:
        url = urlsplit(address)
        if url.username or url.password:
            raise UsageError(
                "The address of the journal mirror holds a password.",
                hint=f"Put a token into the environment variable {TOKEN}, or name another one: https://host/path#NAME",
            )
        self._url = url._replace(fragment="", path=f"{url.path.rstrip('/')}/{quote(run, safe='')}")
        self.name = self._url.geturl()
        self._token = environ.get(url.fragment or TOKEN, "")
        if url.fragment and not self._token:
            raise UsageError(f"The journal mirror needs the environment variable {url.fragment}, which is not set.")

    def read(self) -> bytes:
        """GET the journal; 404 means that there is none."""
        status, body = self._ask("GET", self._url)
        if status == 404:
            return b""
        if status != 200:
            raise MirrorError(f"{self.name} answered {status} to GET.")
        return body

    def write(self, journal: bytes, *, held: int) -> None:
        """POST what it does not have yet."""
        query = f"{self._url.query}&offset={held}".removeprefix("&")
        status, body = self._ask("POST", self._url._replace(query=query), journal[held:])
        if status == 409:
            raise Diverged(f"{self.name} has other lines of this run already.")
        if status not in (200, 201):
            raise MirrorError(f"{self.name} answered {status} to POST.")
        if _size(body) > len(journal):
            raise Diverged(f"{self.name} has more lines of this run already.")
        if _size(body) < len(journal):
            raise MirrorError(f"{self.name} did not confirm {len(journal)} bytes.")

    def close(self) -> None:
        """Nothing is held: a connection that idles between two steps would be cut by something on the way."""

    def _ask(self, method: str, url: SplitResult, body: bytes | None = None) -> tuple[int, bytes]:
        import ssl

        from rollback_gov.sources.deadline import Connection

        tls = ssl.create_default_context() if url.scheme == "https" else None
        connection = Connection(url.hostname or "", url.port, tls=tls)
        headers = {"User-Agent": "rollback-gov", "Content-Type": "application/x-ndjson"}
        headers |= {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            connection.expect_within(SECONDS)
            connection.http.request(method, f"{url.path}?{url.query}".rstrip("?"), body=body, headers=headers)
            return _whole(connection.http.getresponse())
        except TimeoutError as error:
            raise MirrorError(f"{self.name} did not answer within {SECONDS:g} s.") from error
        except OSError as error:
            raise MirrorError(f"{self.name} cannot be reached: {error.strerror or error}.") from error
        except (HTTPException, ValueError) as error:
            raise MirrorError(f"{self.name} does not speak HTTP.") from error
        finally:
            connection.close()


def _whole(answer: HTTPResponse) -> tuple[int, bytes]:
    body = answer.read(LARGEST)
    if answer.length:
        raise ConnectionResetError("the answer was cut off")
    return answer.status, body


def _size(body: bytes) -> int:
    try:
        return int(json.loads(body)["size"])
    except (ValueError, TypeError, KeyError):
        return -1
