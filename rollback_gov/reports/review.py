"""What is still missing in a document of a run, before it can be handed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from rollback_gov.reports.actions import actions, entries, is_empty
from rollback_gov.reports.blame import blaming
from rollback_gov.reports.fact import Fact, NotMeasured
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.keep import parts, placed
from rollback_gov.reports.log import moment
from rollback_gov.reports.markdown import Document

OPTIONAL = frozenset({"timeline"})
"""Parts that may stay as they are: what the journal saw may be all there is."""
ACTION_PARTS = frozenset({"follow-up", "actions"})
"""Parts in which people accept actions."""


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """One thing that is missing: ``unfilled``, ``action``, ``source``, ``blame``, ``deadline``, ``differs``."""

    file: str
    line: int
    code: str
    message: str

    def document(self) -> Mapping[str, object]:
        """Give it as plain JSON values."""
        return asdict(self)


def review(file: str, text: str, prompts: str, names: Iterable[str] = ()) -> tuple[Missing, ...]:
    """Look through a document. ``prompts`` is it as nobody wrote in it, ``names`` are the people of the record."""
    asked, people = parts(prompts), tuple(names)
    found = [*_sources(file, text, asked)]
    for name, line, said in placed(text):
        found += _of_part(file, (name, line, said), asked.get(name, ""), people)
    return tuple(sorted(found))


def _of_part(file: str, part: tuple[str, int, str], prompt: str, people: tuple[str, ...]) -> Iterator[Missing]:
    name, line, said = part
    if not said.strip() or said.split() == prompt.split():
        if name not in OPTIONAL:
            yield Missing(file, line, "unfilled", f"nobody has written the part '{name}'")
        return
    asked = {row.strip() for row in prompt.splitlines() if row.rstrip().endswith(("?", ":"))}
    for number, row in enumerate(said.splitlines()):
        if row.strip() in asked:
            yield Missing(file, line + number, "unfilled", f"nobody has answered: {row.strip(' -*')}")
    if name in ACTION_PARTS:
        yield from _actions(file, line, said)
    for offset, words in blaming(said, people):
        at = line + said.count("\n", 0, offset)
        yield Missing(file, at, "blame", f"'{' '.join(words.split())}' blames a person; say what the system made easy")


def _actions(file: str, line: int, said: str) -> Iterator[Missing]:
    for action in actions(said):
        lacking = [word for word, there in (("owner", action.owner), ("due date", action.due)) if not there]
        if lacking:
            yield Missing(file, line + action.line, "action", f"no {' and no '.join(lacking)}: {action.text}")


def _sources(file: str, text: str, asked: Mapping[str, str]) -> Iterator[Missing]:
    prompts = {row for prompt in asked.values() for row in prompt.splitlines()}
    lines = text.splitlines()
    for entry in entries(text):
        if is_empty(entry.cells.get("source", "said")) and lines[entry.line] not in prompts:
            what = next((entry.cells[name] for name in ("event", "what happened") if name in entry.cells), "")
            yield Missing(file, entry.line + 1, "source", f"a row of the timeline has no source: {what}")


def overdue(
    document: Document, file: str, found: Iterable[Missing], facts: Incident, now: datetime
) -> tuple[Missing, ...]:
    """Say that a document is still a draft after its deadline, which counts from the end of the run."""
    due = due_at(document, facts.times.finished)
    unwritten = sum(1 for item in found if item.code == "unfilled")
    if due is None or now <= due or not unwritten:
        return ()
    return (Missing(file, 1, "deadline", f"still a draft; it was due at {due:%Y-%m-%dT%H:%M:%SZ}"),)


def due_at(document: Document, finished: Fact[str]) -> datetime | None:
    """Give when a document is due (UTC): 24 hours after the run ended, a post-mortem 48; None while it goes on."""
    ended = finished if isinstance(finished, NotMeasured) else moment(finished.value)
    return None if isinstance(ended, NotMeasured) else ended + timedelta(hours=document.hours)
