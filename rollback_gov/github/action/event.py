"""The event that started a workflow, as far as a check has to know it.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rollback_gov.model.errors import UsageError

BASE = "base"
"""Stands for the commit that a pull request or a merge group is to be merged into."""
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def read_event(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Read the event's file (``GITHUB_EVENT_PATH``); empty where there is none. Raises UsageError."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        return {}
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"The event of the workflow cannot be read from '{path}': {error}.") from error
    return document if isinstance(document, dict) else {}


def base_commit(event: Mapping[str, Any]) -> str:
    """Give the commit that is merged into, by a pull request or a merge queue; empty for any other event."""
    candidates = (
        _inside(event, "pull_request", "base", "sha"),
        _inside(event, "merge_group", "base_sha"),
    )
    return next((found for found in candidates if isinstance(found, str) and _COMMIT.fullmatch(found)), "")


def head_commit(event: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Give the commit under which people see a check: that of the pull request or merge group, else that of the job.

    On a pull request ``GITHUB_SHA`` is a merge that nobody looks at.
    """
    candidates = (
        _inside(event, "pull_request", "head", "sha"),
        _inside(event, "merge_group", "head_sha"),
        environ.get("GITHUB_SHA"),
    )
    return next((found for found in candidates if isinstance(found, str) and _COMMIT.fullmatch(found)), "")


def pull_number(event: Mapping[str, Any]) -> int:
    """Give the number of the pull request that started the job; 0 where none did, as in the merge queue."""
    return number_of(event, "pull_request")


def number_of(event: Mapping[str, Any], kind: str) -> int:
    """Give the number of what the event is about, such as an ``issue``; 0 where it is about none."""
    number = _inside(event, kind, "number")
    return number if type(number) is int and number > 0 else 0


def _inside(document: Any, *keys: str) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document
