"""When the next request may go out, for all threads together: the pace, the limits, and what is left for others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Lock

from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

PER_MINUTE = 800
"""GitHub's secondary limit is 900 points a minute, and reading costs one."""
RESERVE = 10
"""A tenth of the hourly limit is left for whoever else uses the token."""
LONGEST_SECONDS = 900.0
"""For so long altogether a scan waits for a limit to end, unless it is told otherwise."""
UNTOLD_SECONDS = 60.0
"""How long GitHub asks to wait where it does not say; twice as long after each further refusal."""
_REFUSALS = 5
_FAILURES = 20
_SECONDARY = ("secondary rate limit", "please wait a few minutes", "retry your request again later", "abuse detection")


class ScanEnded(UsageError):  # noqa: N818 - what happened, and no defect
    """Nothing more can be asked: a limit, a server that is not there, a token that is none. What was read is kept."""


class Limits(Record):
    """What somebody allows: requests a minute (0: as many as go), how many of the hour's are left for others
    (None: a tenth), and for how many seconds altogether it may be waited for a limit."""

    per_minute: int = PER_MINUTE
    reserve: int | None = None
    patience: float = LONGEST_SECONDS


class Traffic:
    """Counts requests, spaces them out, and lets all wait together. ``now`` and ``sleep`` count seconds, UTC epoch."""

    def __init__(
        self, limits: Limits, *, now: Callable[[], float] = time.time, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self.requests = self.unchanged = 0
        self._limits, self._now, self._sleep = limits, now, sleep
        self._lock = Lock()
        self._next = self._closed_until = self._waited = 0.0
        self._refusals = self._failures = 0
        self._over: ScanEnded | None = None

    def enter(self) -> None:
        """Wait for one's turn. Raises ScanEnded where that would take longer than anybody wants to wait."""
        while (wait := self._turn()) > 0:
            self._sleep(min(wait, 1.0))

    def _turn(self) -> float:
        """Take the turn and give 0, or give the seconds until it may be asked again."""
        with self._lock:
            if self._over is not None:
                raise self._over
            now = self._now()
            wait = max(self._next, self._closed_until) - now
            if wait > 0:
                return wait
            if self._limits.per_minute:
                self._next = max(now, self._next) + 60 / self._limits.per_minute
            self.requests += 1
            return 0.0

    def heard(self, status: int, headers: Mapping[str, str], message: str) -> bool:
        """Learn from an answer; true where it was refused for its rate, so that it is to be asked again."""
        with self._lock:
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                self._fail(f"status {status}")
                return False
            self._failures = 0
            self.unchanged += status == HTTPStatus.NOT_MODIFIED
            refused = _is_refused(status, headers, message)
            if refused:
                self._refuse(headers)
            else:
                self._refusals = 0
                self._leave_some(headers)
            return refused

    def failed(self, reason: str) -> None:
        """Count a request that nobody answered. Where that goes on, the scan ends: the server is not there."""
        with self._lock:
            self._fail(reason)

    def stop(self, error: ScanEnded) -> None:
        """Let nobody ask any more."""
        with self._lock:
            self._over = self._over or error

    def _fail(self, reason: str) -> None:
        self._failures += 1
        if self._failures >= _FAILURES and self._over is None:
            self._over = ScanEnded(
                f"GitHub did not answer {_FAILURES} requests in a row ({reason}).",
                hint="What was read is kept with --state: run the same command again.",
            )

    def _refuse(self, headers: Mapping[str, str]) -> None:
        self._refusals += 1
        asked: float | None = _seconds(headers, "retry-after")
        if asked is None and headers.get("x-ratelimit-remaining") == "0":
            asked = self._until_reset(headers)
        if asked is None:
            asked = UNTOLD_SECONDS * 2 ** (self._refusals - 1)
        self._close(asked, patient=self._refusals <= _REFUSALS)

    def _leave_some(self, headers: Mapping[str, str]) -> None:
        remaining, limit = _seconds(headers, "x-ratelimit-remaining"), _seconds(headers, "x-ratelimit-limit")
        if remaining is None or limit is None:
            return
        reserve = limit // RESERVE if self._limits.reserve is None else self._limits.reserve
        until = self._until_reset(headers)
        if remaining <= reserve and until:
            self._close(until, patient=True)

    def _until_reset(self, headers: Mapping[str, str]) -> float | None:
        """Give the seconds until the hour is over, and one more: the header has no fractions."""
        reset = _seconds(headers, "x-ratelimit-reset")
        return None if reset is None else max(0.0, reset + 1 - self._now())

    def _close(self, seconds: float, *, patient: bool) -> None:
        now = self._now()
        until = now + seconds
        if until <= self._closed_until:
            return
        self._waited += until - max(now, self._closed_until)
        self._closed_until = until
        if (self._waited > self._limits.patience or not patient) and self._over is None:
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(min(until, 32_503_680_000)))
            self._over = ScanEnded(
                f"GitHub's rate limit, less what is left for others, is used up until {at}.",
                hint="What was read is kept with --state: run the same command again then, or let it --wait longer.",
            )


def _is_refused(status: int, headers: Mapping[str, str], message: str) -> bool:
    """Tell a refusal for the rate from one for a missing permission: both come as 403."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    if status != HTTPStatus.FORBIDDEN:
        return False
    told = message.lower()
    return (
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or told.startswith("api rate limit exceeded")
        or any(word in told for word in _SECONDARY)
    )


def _seconds(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
