"""How long and how often GitHub is asked again: reading only, a few times, and never without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from urllib3.exceptions import MaxRetryError, ResponseError
from urllib3.util import Retry

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

TIMES = 3
BACKOFF_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60
"""A server that asks for more patience than this is not asked again; urllib3 alone would wait for six hours."""


class Patience(Retry):
    """Repeats GET and HEAD after what passes: broken connections, status 5xx, and a rate limit that says how long.

    PyGithub's own retry sends a POST up to eleven times when the server answers 502. GitHub's secondary rate limit
    comes as 403 with ``Retry-After``; its primary one has none, and ends when the hour does.
    """

    RETRY_AFTER_STATUS_CODES = frozenset({403, 413, 429, 503})

    @classmethod
    def usual(cls) -> Self:
        """Give the one that every connection has. The last answer is handed on, whatever it is."""
        return cls(
            total=TIMES,
            backoff_factor=BACKOFF_SECONDS,
            status_forcelist=(500, 502, 503, 504),
            allowed_methods=("GET", "HEAD"),
            raise_on_status=False,
        )

    @classmethod
    def of_many(cls) -> Self:
        """Give the one of a scan: a limit is not waited out in one thread while the others go on asking."""
        return cls(
            total=TIMES,
            backoff_factor=BACKOFF_SECONDS,
            status_forcelist=(500, 502, 503, 504),
            allowed_methods=("GET",),
            raise_on_status=False,
            respect_retry_after_header=False,
        )

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        """Count a try. Raises MaxRetryError after the last, and where the server asks for too much patience."""
        if response is not None and (self.get_retry_after(response) or 0) > LONGEST_WAIT_SECONDS:
            raise MaxRetryError(_pool, url or "", ResponseError("the server asks for too much patience"))
        return super().increment(method, url, response, error, _pool, _stacktrace)
