"""The history as HTML: the values of its template, and its drawings."""

from __future__ import annotations

from rollback_gov.reports.dashboard import charts, words
from rollback_gov.reports.dashboard.answer import answer
from rollback_gov.reports.dashboard.history import History
from rollback_gov.reports.dashboard.page import Page, Parts, page, part
from rollback_gov.reports.html import Safe

TEMPLATE = "history.html.j2"
SHOWN_SERVICES, SHOWN_PHASES, SHOWN_PLANS, SHOWN_ACTIONS = 6, 12, 12, 12
"""How many rows stand open; the others lie behind a line that says how many they are."""


def history_page(view: History, name: str, *, above: Safe | None = None) -> Page:
    """Give the history as a page of its own. ``name`` says whose it is; ``above`` stands before it."""
    since = f"since {view.since:%Y-%m-%d} · " if view.since else ""
    about = f"{name} · {since}as of {view.now:%Y-%m-%d %H:%M} UTC"
    told = part(TEMPLATE, values(view))
    return page(Parts(title="Rollback history", about=about, foot=foot(view), live=above, history=told))


def foot(view: History) -> str:
    """Say what was counted, and what was not."""
    aside = view.aside
    told = [
        words.count(number, one)
        for number, one in (
            (aside.rehearsals, "rehearsal"),
            (aside.dry_runs, "dry run"),
            (aside.elsewhere, "rollback"),
        )
        if number
    ]
    if aside.elsewhere:
        told[-1] += " outside of production"
    apart = f" Counted apart: {words.listed(tuple(told), 3)}." if told else ""
    return (
        "An SLA counts from the decision until the rollback is verified; each region has its own. What nobody measured "
        f"is not stated.{apart} Times are UTC."
    )


def values(view: History) -> dict[str, object]:
    """Give what the template prints with."""
    return {
        "h": view,
        "answer": answer(view),
        "charts": charts,
        "words": words,
        "today": f"{view.now:%Y-%m-%d}",
        "shown": {
            "services": SHOWN_SERVICES,
            "phases": SHOWN_PHASES,
            "plans": SHOWN_PLANS,
            "actions": SHOWN_ACTIONS,
        },
    }
