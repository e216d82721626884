"""The page around the dashboard's parts: one file that needs nothing else, and may ask nobody for anything else."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from rollback_gov.model.record import Record
from rollback_gov.reports.html import Safe
from rollback_gov.reports.templates import render
from rollback_gov.resources import resource

PAGE = "dashboard/page.html.j2"
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%23117a86' "
    "stroke-width='2.6' stroke-linecap='round'%3E%3Cpath d='M4.5 12a7.5 7.5 0 1 0 2.6-5.7M7.6 2.4v4.4H12'/%3E%3C/svg%3E"
)


class Parts(Record):
    """What stands on the page. ``live`` and ``history`` are HTML that our templates made; None leaves a part out.

    ``script`` is the text of ours that runs on it, ``connects`` whether it may speak with the server that it came from.
    """

    title: str
    about: str
    foot: str
    live: Safe | None = None
    history: Safe | None = None
    script: str = ""
    connects: bool = False


class Page(Record):
    """The page, and its content security policy, which stands in it too: a server sends it as a header besides."""

    text: str
    policy: str


def page(parts: Parts) -> Page:
    """Put the parts together. The same parts give the same bytes."""
    look, policy = Safe(style()), content_policy(parts.script, connects=parts.connects)
    values = {
        "title": parts.title,
        "about": parts.about,
        "foot": parts.foot,
        "live": parts.live,
        "history": parts.history,
        "script": Safe(parts.script) if parts.script else None,
        "look": look,
        "icon": ICON,
        "policy": policy,
    }
    return Page(text=render(PAGE, values).text, policy=policy)


def content_policy(script: str = "", *, connects: bool = False) -> str:
    """Allow our style and this script by what they say, our icon, and nothing from anywhere else."""
    rules = ["default-src 'none'", f"style-src {_source(style())}", "img-src data:"]
    rules += [f"script-src {_source(script)}"] if script else []
    rules += ["connect-src 'self'"] if connects else []
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


@cache
def style() -> str:
    """Give the text of the one style sheet: the look of everything, then what only a running rollback has."""
    folder = resource("templates", "dashboard")
    return "".join((folder / name).read_text(encoding="utf-8") for name in ("look.css", "live.css"))


def part(template: str, values: dict[str, object]) -> Safe:
    """Render one part of the page, such as ``history.html.j2``. Everything that it prints is escaped."""
    return Safe(render(f"dashboard/{template}", values).text)


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
