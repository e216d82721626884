"""Writing to GitHub: with patience, within a bound, and never twice without having looked.

An answer 502 or none at all says nothing about what became of a request. Reading is repeated by ``patience``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from rollback_gov.github import patience
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from github import GithubException
    from github.Requester import Requester

TRIES = 3
MOST_SECONDS = 180.0
"""After this long nothing new is begun. 3,000 annotations need a minute at the pace that GitHub asks for."""
_MOST_PAGES = 30
_PAGE = 100
Document = dict[str, Any]


class Asks(Protocol):
    """Whatever of PyGithub's speaks to the server: the connection itself, or a repository of it."""

    @property
    def requester(self) -> Requester:
        """What sends the requests."""


class Writing:
    """Requests that change something, through one connection. ``sleep`` and ``clock`` count seconds."""

    def __init__(
        self,
        connection: Asks,
        *,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = connection.requester.requestJsonAndCheck
        self._sleep, self._clock = sleep, clock
        self._end = clock() + MOST_SECONDS

    @property
    def is_late(self) -> bool:
        """Whether the time for all of it is over: a job must not run into its own limit by what is written in it."""
        return self._clock() >= self._end

    def get(self, path: str, /, **query: str) -> Document:
        """Read a document. Raises what PyGithub raises, and UsageError where it is not GitHub that answers."""
        _, told = self._ask("GET", path, parameters=query)
        if not isinstance(told, dict) or set(told) <= {"data", "url"}:
            raise _not_github()
        return told

    def has(self, path: str) -> bool:
        """Tell whether there is something. Raises what PyGithub raises, but for 404."""
        from github import GithubException

        try:
            self._ask("GET", path)
        except GithubException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return False
        return True

    def pages(self, path: str, /, **query: str) -> Iterator[Document]:
        """Read a list to its end. Raises UsageError where it is longer than anybody should read."""
        for number in range(1, _MOST_PAGES + 1):
            _, page = self._ask("GET", path, parameters={**query, "per_page": str(_PAGE), "page": str(number)})
            if not isinstance(page, list):
                raise _not_github()
            yield from page
            if len(page) < _PAGE:
                return
        raise UsageError(f"GitHub lists more than {_MOST_PAGES * _PAGE} entries under {path}.")

    def send(
        self,
        method: str,
        path: str,
        body: Document | None,
        look: Callable[[], Document | None],
        *,
        proof: str = "id",
    ) -> Document:
        """Send a request and give its answer, GitHub's where it has the key ``proof``; ``{}`` for a list or none.

        Where nobody knows whether it arrived, ``look`` says what it has left; None: it is sent again. Raises what
        PyGithub raises when there is no more patience.
        """
        import requests
        from github import GithubException

        for tried in range(1, TRIES + 1):
            try:
                _, told = self._ask(method, path, input=body)
            except GithubException as error:
                wait = _refusal_wait(error)
                is_lost = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
                if not (is_lost or wait) or not self._has_time(tried, wait):
                    raise
            except requests.RequestException:
                wait, is_lost = 0.0, True
                if not self._has_time(tried, wait):
                    raise
            else:
                if isinstance(told, dict) and proof in told:
                    return told
                if told is None or isinstance(told, list):
                    return {}
                wait, is_lost = 0.0, True  # a page of a proxy, with a status that says that all is well
            self._sleep(wait or patience.BACKOFF_SECONDS * 2**tried)
            if is_lost and (found := look()) is not None:
                return found
        raise _not_github()

    def _has_time(self, tried: int, wait: float) -> bool:
        return tried < TRIES and self._clock() + wait < self._end


def again() -> None:
    """Look for nothing, after what may have happened: it can be done twice, so it is."""


def _not_github() -> UsageError:
    """PyGithub takes a page of a proxy for an answer, as long as its status says that all is well."""
    return UsageError("What answers is not GitHub's API.", hint="See GITHUB_API_URL.")


def _refusal_wait(error: GithubException) -> float:
    """Give for how long GitHub asks to wait: a request that it refused for its rate has changed nothing.

    0 where it does not say, or asks for more patience than there is.
    """
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    text = headers.get("retry-after", "")
    if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS) or not text.isdecimal():
        return 0.0
    seconds = float(text[:9])
    return seconds if seconds <= patience.LONGEST_WAIT_SECONDS else 0.0
