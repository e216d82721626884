"""What is missing in the documents of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from rollback_gov.commands.rehearsal_report import rehearsed
from rollback_gov.commands.report import Papers, papers, read_text
from rollback_gov.commands.runs import find_run
from rollback_gov.execution.journal import FILE
from rollback_gov.model.errors import UsageError
from rollback_gov.reports.incident import Incident
from rollback_gov.reports.keep import placed
from rollback_gov.reports.markdown import INCIDENT, OF_A_RUN, POST_MORTEM, REHEARSAL, Document
from rollback_gov.reports.rehearsal_report import rehearsal_markdown
from rollback_gov.reports.review import Missing, due_at, overdue, review

_RUN = re.compile(r"^(?:\| Incident \||- \*\*Incident\*\*:) `+ ?([^`\n]+?) ?`+", re.M)
_DUE = (INCIDENT, POST_MORTEM)
"""Documents that a run has to have at the end of their time, unless it was a rehearsal."""


def check_reports(subject: str, incidents: Path, now: datetime) -> tuple[Missing, ...]:
    """Look through the documents of a run, or through one file. ``now`` is UTC.

    Raises UsageError for a file that is no document of a run, or whose run is not there; otherwise as ``papers`` does.
    """
    if Path(subject).is_file() and not subject.endswith(".jsonl"):
        return tuple(sorted(_of_file(Path(subject), incidents, now)))
    run = papers(find_run(incidents, subject))
    found = [finding for item in OF_A_RUN if item.name in run.old for finding in _of(run, item, now)]
    return tuple(sorted((*found, *_of_rehearsal(run, now), *_absent(run, now), *_differing(run))))


def _of_file(path: Path, incidents: Path, now: datetime) -> Iterator[Missing]:
    text = read_text(path)
    if path.name == REHEARSAL.file and (path.parent / FILE).is_file():
        yield from _of_rehearsal(papers(path.parent), now)
        return
    match, kind = _RUN.search(text), _kind(path, text)
    if match is None or kind is None:
        raise UsageError(
            f"{path} is no document of a run: it does not name its incident.",
            hint="Name a run, or a file that `rollback-gov report` has written.",
        )
    beside = path.parent / FILE
    folder = path.parent if beside.is_file() else find_run(incidents, match[1])
    yield from _of(papers(folder, (kind,), path), kind, now)


def _kind(path: Path, text: str) -> Document | None:
    heads = {"# Incident report": 0, "# Rollback report": 1, "# Rollback post-mortem": 2}
    named = next((item for item in OF_A_RUN if item.file == path.name), None)
    return named or next((OF_A_RUN[number] for head, number in heads.items() if text.startswith(head)), None)


def _of(run: Papers, document: Document, now: datetime) -> Iterator[Missing]:
    file, name = str(run.places[document.name]), document.name
    found = review(file, run.old[name], run.blank[name].text, people(run.facts))
    yield from found
    yield from overdue(document, file, found, run.facts, now)


def _of_rehearsal(run: Papers, now: datetime) -> Iterator[Missing]:
    place = run.folder / REHEARSAL.file
    if text := read_text(place):
        blank = rehearsal_markdown(rehearsed(run.folder), folder=run.templates).text
        found = review(str(place), text, blank, people(run.facts))
        yield from found
        yield from overdue(REHEARSAL, str(place), found, run.facts, now)


def people(facts: Incident) -> tuple[str, ...]:
    """Name the people of the record, as far as they are people: whoever started, decided, answered or overrode."""
    names = {facts.identity.started_by, facts.reason.decided_by, facts.reason.authorised_by}
    names |= {item.by for item in facts.interventions} | {item.by for item in facts.overrides}
    return tuple(sorted(name for name in names if re.fullmatch(r"[\w.-]{2,40}", name) and "rollback-gov" not in name))


def _absent(run: Papers, now: datetime) -> Iterator[Missing]:
    if run.facts.identity.mode != "execute":
        return
    for document in _DUE:
        due = due_at(document, run.facts.times.finished)
        if document.name not in run.old and due is not None and now > due:
            command = f"rollback-gov report {document.name} {run.facts.identity.run}"
            message = f"it is not there, and was due at {due:%Y-%m-%dT%H:%M:%SZ}: {command}"
            yield Missing(str(run.places[document.name]), 1, "deadline", message)


def _differing(run: Papers) -> Iterator[Missing]:
    """Parts of which two documents say different things: one truth is to be chosen, or it was not spread yet."""
    for item in OF_A_RUN:
        for name, line, said in placed(run.old.get(item.name, "")):
            others = [other for other, own in run.own.items() if own.get(name, said).split() != said.split()]
            if others and name in run.own.get(item.name, {}):
                hint = (
                    "write it once, then: rollback-gov report all"
                    if name not in run.told
                    else "rollback-gov report all"
                )
                message = f"'{name}' is not what the {others[0]} document says ({hint})"
                yield Missing(str(run.places[item.name]), line, "differs", message)
