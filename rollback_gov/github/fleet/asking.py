"""One conditional request to GitHub's API, within the patience that all threads share."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rollback_gov.github.fleet.traffic import ScanEnded, Traffic
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from github import Github

_TURNS = 8
"""How often one request is asked again after it was refused for its rate."""


class Unreadable(RollbackGovError):  # noqa: N818 - what became of one repository
    """One thing cannot be read. ``status`` is GitHub's; 0 where nobody answered, or not GitHub."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Reply(Record):
    """An answer: 200 with a document, or 304, after which nothing has changed since ``etag``."""

    document: Any
    etag: str

    @property
    def is_unchanged(self) -> bool:
        """Whether it is what it was."""
        return self.document is None


class Asking:
    """Asks through one connection, which belongs to one thread."""

    def __init__(self, connection: Github, traffic: Traffic) -> None:
        self._ask = connection.requester.requestJson
        self._traffic = traffic

    def get(self, path: str, *, etag: str = "", **query: str) -> Reply:
        """Read a document; with the ``etag`` of what is known, only where it has changed.

        Raises Unreadable for what GitHub does not show, ScanEnded where the whole scan cannot go on.
        """
        for _ in range(_TURNS):
            self._traffic.enter()
            status, headers, text = self._once(path, etag, query)
            document = None if status == HTTPStatus.NOT_MODIFIED else _document(text)
            if not self._traffic.heard(status, headers, _message(document)):
                return _reply(status, headers, document)
        raise Unreadable("GitHub refused to answer for its rate limit again and again", status=429)

    def _once(self, path: str, etag: str, query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        import requests

        conditions = {"If-None-Match": etag} if etag else {}
        try:
            status, headers, text = self._ask("GET", path, parameters=query, headers=conditions)
        except requests.RequestException as error:
            self._traffic.failed(type(error).__name__)
            raise Unreadable(f"GitHub did not answer ({type(error).__name__})") from error
        except RuntimeError as error:  # PyGithub, where it is sent to another server
            raise Unreadable("GitHub's answer leads to another server; see GITHUB_API_URL") from error
        return status, headers, text


def _reply(status: int, headers: dict[str, str], document: Any) -> Reply:
    if status == HTTPStatus.NOT_MODIFIED:
        return Reply(document=None, etag=headers.get("etag", ""))
    if status == HTTPStatus.UNAUTHORIZED:
        raise ScanEnded(
            f"GitHub answered with status 401: {_message(document) or 'no access'}.",
            hint="See that GITHUB_TOKEN is a token of this server and has not expired.",
        )
    if status != HTTPStatus.OK:
        said = _message(document)
        raise Unreadable(f"GitHub answered with status {status}{': ' + said if said else ''}", status=status)
    if document is None:
        raise Unreadable("what answers is not GitHub's API")
    return Reply(document=document, etag=headers.get("etag", ""))


def _document(text: str) -> Any:
    """Read JSON; None for a page of a proxy."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _message(document: Any) -> str:
    said = document.get("message") if isinstance(document, dict) else None
    return said.rstrip(".")[:200] if isinstance(said, str) else ""
