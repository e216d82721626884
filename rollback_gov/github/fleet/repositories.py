"""Which repositories there are: those of an organisation, or one by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from rollback_gov.github.fleet.asking import Asking, Unreadable
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

_PAGE, _MOST_PAGES = 100, 1_000
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,99})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


class Listed(Record):
    """A repository as GitHub names it today. ``closed`` says why nothing can be deployed from it; empty: it is live."""

    name: str
    closed: Literal["", "archived", "disabled"] = ""
    branch: str = ""
    """The default one."""
    pushed: str = ""
    """When something was pushed to any branch, UTC (``2026-01-31T12:00:00Z``); empty where GitHub does not say."""
    etag: str = ""
    """What GitHub is asked with whether any of that has changed; empty where it was listed."""


def is_name(text: str) -> bool:
    """Tell whether it is an ``OWNER/NAME``; such a name leads nowhere else when it becomes part of a path."""
    return _NAME.fullmatch(text) is not None


def of_organisation(asking: Asking, organisation: str) -> Iterator[Listed]:
    """List the repositories of an organisation that the token may see. Raises UsageError where there is none."""
    path = f"/orgs/{quote(organisation, safe='')}/repos"
    for page in range(1, _MOST_PAGES + 1):
        query = {"type": "all", "sort": "full_name", "per_page": str(_PAGE), "page": str(page)}
        try:
            found = asking.get(path, **query).document
        except Unreadable as error:
            raise UsageError(
                f"The repositories of '{organisation}' cannot be listed: {error}.",
                hint="See the name and the token; those of a person can be named one by one: --repos FILE.",
            ) from error
        if not isinstance(found, list):
            raise UsageError("What answers is not GitHub's API.", hint="See GITHUB_API_URL.")
        yield from map(_listed, found)
        if len(found) < _PAGE:
            return
    raise UsageError(f"'{organisation}' has more than {_MOST_PAGES * _PAGE} repositories.", hint="Use --repos FILE.")


def by_name(asking: Asking, name: str, *, etag: str = "") -> Listed | None:
    """Ask what became of a repository: it may have a new name. None: nothing since ``etag``. Raises Unreadable."""
    reply = asking.get(f"/repos/{name}", etag=etag)
    return None if reply.is_unchanged else replace(_listed(reply.document), etag=reply.etag)


def _listed(document: Any) -> Listed:
    told = document if isinstance(document, dict) else {}
    name = told.get("full_name")
    if not isinstance(name, str) or not is_name(name):
        raise Unreadable("what answers is not GitHub's API")
    closed: Literal["", "archived", "disabled"] = (
        "archived" if told.get("archived") else "disabled" if told.get("disabled") else ""
    )
    branch, pushed = (str(told.get(key) or "") for key in ("default_branch", "pushed_at"))
    return Listed(name=name, closed=closed, branch=branch, pushed=pushed if _MOMENT.fullmatch(pushed) else "")
