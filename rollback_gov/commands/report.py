"""Writing a run's documents from its journal."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import get_ident
from typing import Any

from rollback_gov.commands.runs import REGIONS
from rollback_gov.commands.watch_log import read_log
from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record
from rollback_gov.reports.failure_record import failure_record
from rollback_gov.reports.incident import Incident, incident
from rollback_gov.reports.keep import (
    compose,
    is_lost,
    is_sealed,
    parts,
    sealed,
    shared_before,
    told,
    with_shared,
    written_parts,
)
from rollback_gov.reports.markdown import INCIDENT, OF_A_RUN, Document, run_markdown
from rollback_gov.reports.metrics_record import metrics_record
from rollback_gov.reports.record import incident_record
from rollback_gov.reports.templates import Rendered
from rollback_gov.reports.told_impact import told_impact

REPORT = INCIDENT.file
RECORD = "incident.json"
FAILURE = "failure_record.json"
METRICS = "rollback_metrics.json"
TEMPLATES = (".rollback-gov", "templates")


class Written(Record):
    """The files that were written, by the name of the document, and what people are to know.

    That is what is wrong with the organisation's templates, and what was changed where everything is written anew.
    """

    files: Mapping[str, Path]
    problems: tuple[str, ...] = ()


class Papers(Record):
    """A run and what people said about it: its events, its facts, and the documents that lie in its folder.

    ``blank`` are the documents as nobody wrote in them, ``old`` as they lie there; ``told`` is what people say, and
    ``adds`` whether that adds facts to those of the journal.
    """

    folder: Path
    templates: Path
    events: tuple[Event, ...]
    facts: Incident
    places: Mapping[str, Path]
    blank: Mapping[str, Rendered]
    old: Mapping[str, str]
    told: Mapping[str, str]
    adds: bool
    own: Mapping[str, Mapping[str, str]]
    """What people wrote in each of ``old``."""


def papers(folder: Path, documents: Sequence[Document] = (), out: Path | None = None) -> Papers:
    """Read a run: its journal, the documents that lie there, and those that are to be written (one of them to ``out``).

    Raises JournalError for a damaged journal, UsageError for one that never started a run or a document that cannot be
    read.
    """
    events = read_journal(folder / FILE)
    facts = incident(events, read_log(folder))
    templates = Workspace.around(folder).root.joinpath(*TEMPLATES)
    places = {item.name: folder / item.file for item in OF_A_RUN}
    if out is not None:
        places |= {item.name: out for item in documents[:1]}
    old = {name: text for name, place in places.items() if (text := read_text(place))}
    wanted = [item for item in OF_A_RUN if item.name in old or item in documents]
    blank = {item.name: run_markdown(item, facts, events, templates) for item in wanted}
    own = {name: written_parts(text, blank[name].text) for name, text in old.items()}
    said = told(own.values(), [shared_before(text) for text in old.values()])
    impact = told_impact(facts.impact, said.get("impact", ""))
    return Papers(
        folder=folder,
        templates=templates,
        events=events,
        facts=replace(facts, impact=impact),
        places=places,
        blank=blank,
        old=old,
        told=said,
        adds=impact != facts.impact,
        own=own,
    )


def write_documents(
    folder: Path, documents: Sequence[Document], *, out: Path | None = None, html: bool = False
) -> Written:
    """Write documents of a run, and its record; what people wrote in them, or in another one of them, stays.

    ``out`` is another place for the first of them. Raises as ``papers`` does, and UsageError for a place that cannot be
    written.
    """
    return _write(papers(folder, documents, out), documents, html=html)


def _write(run: Papers, documents: Sequence[Document], *, html: bool) -> Written:
    folder, problems = run.folder, list[str]()
    files: dict[str, Path] = {}
    for document in documents:
        text, place = _composed(run, document, problems), run.places[document.name]
        problems += replace_document(place, run.old.get(document.name, ""), text, retry=f"{document.name} {folder}")
        files[document.name] = place
        if html:
            page = _page(run, document, text, problems)
            files[f"{document.name} (html)"] = place.with_suffix(".html")
            write_text(place.with_suffix(".html"), page, errors="replace", retry=f"{document.name} {folder}")
    files["record"] = folder / RECORD
    write_text(
        folder / RECORD, _json(incident_record(run.facts)), errors="backslashreplace", retry=f"incident {folder}"
    )
    if run.facts.standing.outcome == "failed":
        _write_failure(folder / FAILURE, run.facts)
    return Written(files=files, problems=tuple(dict.fromkeys(problems)))


def _composed(run: Papers, document: Document, problems: list[str]) -> str:
    blank = run.blank[document.name]
    rendered = run_markdown(document, run.facts, run.events, run.templates) if run.adds else blank
    problems += [rendered.problem] if rendered.problem else []
    places = parts(rendered.text)
    shared = {name: said for name, said in run.told.items() if name in places}
    text = compose(rendered.text, {**run.own.get(document.name, {}), **shared})
    return sealed(with_shared(text, shared if len({*run.old, document.name}) > 1 else {}))


def _page(run: Papers, document: Document, text: str, problems: list[str]) -> str:
    from rollback_gov.reports.html import html_page

    page = html_page(run.facts, text, prompts=run.blank[document.name].text, folder=run.templates)
    problems += [page.problem] if page.problem else []
    return page.text


def write_incident(folder: Path, out: Path | None = None) -> tuple[Path, Path]:
    """Write the incident report and its record; gives both paths. Raises as ``write_documents`` does."""
    files = write_documents(folder, (INCIDENT,), out=out).files
    return files[INCIDENT.name], files["record"]


def write_metrics(folder: Path, out: Path | None = None) -> Path:
    """Write the figures of a run, with what people wrote about the impact. Raises as ``papers`` does."""
    return _write_metrics(papers(folder), out or folder / METRICS)


def _write_metrics(run: Papers, place: Path) -> Path:
    text = _json(metrics_record(run.facts))
    write_text(place, text, errors="backslashreplace", retry=f"metrics {run.folder}")
    return place


def write_all(folder: Path, *, html: bool = False) -> Written:
    """Write every document of a run, and those of each of its regions. Raises as ``write_documents`` does."""
    files: dict[str, Path] = {}
    problems: list[str] = []
    for place in (folder, *sorted(path.parent for path in folder.glob(f"{REGIONS}/*/{FILE}"))):
        run = papers(place, OF_A_RUN)
        written = _write(run, OF_A_RUN, html=html)
        prefix = "" if place == folder else f"{place.name} "
        files |= {f"{prefix}{name}": path for name, path in written.files.items()}
        files[f"{prefix}metrics"] = _write_metrics(run, place / METRICS)
        problems += written.problems
    return Written(files=files, problems=tuple(dict.fromkeys(problems)))


def _write_failure(path: Path, facts: Incident) -> None:
    """Write the failure record; what people wrote into it stays, and a file that is no record is not touched."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (ValueError, RecursionError):
        return
    document = failure_record(facts, kept if isinstance(kept, dict) else {})
    write_text(path, _json(document), errors="backslashreplace", retry=f"incident {path.parent}")


def publish_incident(folder: Path, report: Path, repository: str, environ: Mapping[str, str]) -> str:
    """Open or update the one issue of a run in a GitHub repository; gives its address.

    It says what ``report`` says, where people may have written into it. Raises UsageError for what GitHub refuses.
    """
    from rollback_gov.commands.incident_issue import issue_text, place_of
    from rollback_gov.github.connection import connect
    from rollback_gov.github.incident_issue import NEEDS, publish
    from rollback_gov.github.writing import Writing

    facts = incident(read_journal(folder / FILE), read_log(folder))
    said = report.read_text(encoding="utf-8", errors="replace")
    text = issue_text(facts, said, place_of(facts, environ))
    with connect(environ, needs=NEEDS) as connection:
        return publish(Writing(connection), repository, text)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_text(path: Path) -> str:
    """Give a document as it lies there, or nothing; bytes that are no text come back as they were when it is written.

    Raises UsageError for one that cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", hint="See that you may read it.") from error


def replace_document(path: Path, old: str, new: str, *, retry: str) -> list[str]:
    """Write a document anew; one that people changed around its parts, or may have, is kept beside it, which is told.

    Raises UsageError where one of them cannot be written.
    """
    told = []
    if is_lost(old, new):
        names = (f"{path.stem}.edited{f'-{number}' if number > 1 else ''}{path.suffix}" for number in count(1))
        kept = next(place for name in names if not (place := path.with_name(name)).exists())
        write_text(kept, old, errors="surrogateescape", retry=retry)
        why = f"{path} was changed around the parts for people, where everything is written anew."
        if not is_sealed(old):
            why = (
                f"{path} is of a version that does not tell what people changed around the parts for them, "
                f"where everything is written anew."
            )
        told.append(f"{why} As it was, it lies in {kept.name}: move what is to stay between markers.")
    write_text(path, new, errors="surrogateescape", retry=retry)
    return told


def write_text(path: Path, text: str, *, errors: str, retry: str) -> None:
    """Replace the file in one move: a reader sees the old one or the new one, and of two writers one counts.

    Raises UsageError where that fails.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(text.encode("utf-8", errors))
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise UsageError(
            f"Cannot write the report to {error.filename or path}: {error.strerror}.",
            hint=f"The journal is whole. Try again with: rollback-gov report {retry} --out FILE",
        ) from error
