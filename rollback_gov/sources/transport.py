"""GET requests with one deadline for the whole answer, a size cap, and connections that are kept.

No redirect is followed: it could carry credentials elsewhere. Proxies of the environment are not used, as in the
requests of a plan's steps. TLS certificates are always verified, against the system's authorities or a file of them.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from threading import Lock
from urllib.parse import SplitResult, urlsplit

from rollback_gov.sources.authorities import Authorities, UnusableError
from rollback_gov.sources.deadline import Connection, Stopped, never
from rollback_gov.sources.interface import MAX_BYTES, Answer, Failure, Reply
from rollback_gov.sources.number import excerpt

_HUNG_UP = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError, IncompleteRead)
Origin = tuple[str, str, int | None, Path | None]
"""Scheme, host, port, and the file of authorities: a connection is used again only by whoever trusts the same."""


@dataclass(frozen=True, slots=True)
class _Request:
    """One GET: where to, with which headers, until when (on the steady clock), and how large its answer may be."""

    origin: Origin
    address: SplitResult
    headers: Mapping[str, str]
    deadline: float
    most: int


class Transport:
    """Sends requests; threads may share it. An idle connection is used again, a busy one is never waited for.

    ``stopped`` says that nobody waits for answers any more. ``now`` is our clock, which is held against the servers'.
    """

    def __init__(self, *, stopped: Callable[[], bool] = never, now: Callable[[], float] = time.time) -> None:
        self._stopped = stopped
        self._now = now
        self._idle: dict[Origin, list[Connection]] = {}
        self._lock = Lock()
        self._closed = False
        self._authorities = Authorities()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout: float,
        fresh: bool = False,
        most: int = MAX_BYTES,
        ca_file: Path | None = None,
    ) -> Answer:
        """Send one GET. ``fresh`` opens a connection of its own, which tells more about a server than an old one.

        A kept connection that the server has closed meanwhile is replaced once. An answer of more than ``most`` bytes
        is none. ``ca_file`` holds the authorities to trust instead of the system's.
        """
        try:
            address = urlsplit(url)
            origin = (address.scheme, address.hostname or "", address.port, ca_file)
        except ValueError:
            return Failure("the address of the source is not a URL")
        if reason := _unusable(address):
            return Failure(reason)
        request = _Request(origin, address, headers, deadline=time.monotonic() + timeout, most=most)
        try:
            return self._attempt(request, fresh=fresh)
        except Stopped:
            return Failure(f"the run was to end before {shown(address)} answered")
        except UnusableError as error:
            return Failure(str(error))
        except (OSError, HTTPException, ValueError) as error:
            return _failure(error, shown(address), timeout)

    def close(self) -> None:
        """Hang up every connection that is idle; the others follow when their answer is there."""
        with self._lock:
            self._closed = True
            idle = [connection for group in self._idle.values() for connection in group]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _attempt(self, request: _Request, *, fresh: bool) -> Answer:
        connection = self._open(request.origin) if fresh else self._take(request.origin)
        keep = False
        try:
            connection.expect_within(max(request.deadline - time.monotonic(), 0.001), stopped=self._stopped)
            answer, keep = _exchange(connection, request, self._now)
        except _HUNG_UP:
            if not connection.used:
                raise
            return self._attempt(request, fresh=True)
        finally:
            self._give_back(request.origin, connection, keep and not fresh)
        return answer

    def _take(self, origin: Origin) -> Connection:
        while True:
            with self._lock:
                group = self._idle.get(origin)
                connection = group.pop() if group else None
            if connection is None:
                return self._open(origin)
            if not connection.has_hung_up:
                return connection
            connection.close()

    def _open(self, origin: Origin) -> Connection:
        scheme, host, port, ca_file = origin
        return Connection(host, port, tls=self._authorities.context(ca_file) if scheme == "https" else None)

    def _give_back(self, origin: Origin, connection: Connection, keep: bool) -> None:
        connection.used = True
        with self._lock:
            if keep and not self._closed:
                self._idle.setdefault(origin, []).append(connection)
                return
        connection.close()


def _unusable(address: SplitResult) -> str:
    """Say why an address is not used. The text must not repeat what may be a secret in it."""
    if address.scheme not in ("http", "https"):
        return (
            f"the address of the source must begin with http:// or https://, not with {excerpt(address.scheme + ':')}"
        )
    if "@" in address.netloc:
        return "credentials do not belong into an address: name them as `username_env` and `password_env` of the source"
    return "" if address.hostname else "the address of the source has no host"


def _exchange(connection: Connection, request: _Request, now: Callable[[], float]) -> tuple[Answer, bool]:
    address = request.address
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    connection.http.request("GET", target, headers=dict(request.headers))
    response = connection.http.getresponse()
    ahead = _ahead(response, now())  # now, because a long body takes its time
    body = response.read(request.most + 1)
    if len(body) > request.most:
        return Failure(f"{shown(address)} answers with more than {request.most} bytes"), False
    if response.length:
        raise IncompleteRead(body, response.length)
    reply = Reply(
        status=response.status,
        body=body,
        content_type=response.getheader("Content-Type", ""),
        location=response.getheader("Location", ""),
        ahead=ahead,
    )
    return reply, response.isclosed() and not response.will_close


def _ahead(response: HTTPResponse, now: float) -> float:
    """Hold our clock against the server's. A date has whole seconds, so less than two of difference mean nothing."""
    try:
        difference = now - parsedate_to_datetime(response.getheader("Date", "")).timestamp()
    except ValueError:
        return 0.0
    return 0.0 if -1 <= difference <= 2 else difference


def shown(address: SplitResult) -> str:
    """Give the part of a URL that is no secret: without user, password and query."""
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"


def _failure(error: Exception, where: str, timeout: float) -> Failure:  # noqa: PLR0911 - one return a cause
    """Name the cause in our own words: the library's may repeat headers and queries.

    A name that cannot be resolved, a certificate that does not fit and a network without a way there say nothing about
    the service, so they are not ``down``.
    """
    from socket import gaierror

    if isinstance(error, TimeoutError):
        return Failure(f"{where} gave no answer within {timeout:g}s", down=True)
    if isinstance(error, ConnectionRefusedError):
        return Failure(f"{where} refuses connections", down=True)
    if isinstance(error, (*_HUNG_UP, ssl.SSLEOFError)):
        return Failure(f"{where} hung up before the answer was complete", down=True)
    if isinstance(error, gaierror):
        return Failure(f"the name of {where} cannot be resolved")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(f"the certificate of {where} is not trusted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return Failure(f"{where} does not speak TLS as expected ({error.reason or 'no reason given'})")
    if isinstance(error, OSError):
        return Failure(f"{where} cannot be reached: {error.strerror or 'no reason given'}")
    if isinstance(error, HTTPException):
        return Failure(f"{where} does not answer in HTTP")
    return Failure(f"the request to {where} cannot be written: its address or a header has forbidden characters")
