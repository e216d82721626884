"""Server-sent events: one message as bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

AGAIN = b"retry: 1000\n\n"
"""Tells a page to come back after a second when the connection is gone."""


def message(event: str, data: Mapping[str, Any], *, mark: str = "") -> bytes:
    """Write a message. ``mark`` is what a page says when it comes back; JSON has no line feed, so it is one line."""
    mine = f"id: {mark}\n" if mark else ""
    return f"event: {event}\n{mine}data: {json.dumps(data)}\n\n".encode()
