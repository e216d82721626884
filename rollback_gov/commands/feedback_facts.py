"""What reviewers want to know of a plan beside its findings: what runs differently, evidence, permits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from rollback_gov.commands.evidence import EvidenceQuery, Overview, Since, Standing, overview, since
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.permit_request import ask
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.record import Record
from rollback_gov.outputs.feedback.facts import Change, Edit, PermitNeeds, PlanFacts, Rehearsals
from rollback_gov.plans.load import load_plan

T = TypeVar("T")
PRODUCTION = "production"
_MOST_ENVIRONMENTS = 3


class Place(Record):
    """By what plans are judged, and where they are to go: the environments that are asked about. ``now`` is UTC."""

    workspace: Workspace
    environments: tuple[str, ...]
    environ: Mapping[str, str]
    now: datetime


def destinations(workspace: Workspace) -> tuple[str, ...]:
    """Give the environments that a permit is for where nobody names one: those of class production, three at most."""
    known = workspace.environments.environments
    return tuple(name for name, one in known.items() if one.class_ == PRODUCTION)[:_MOST_ENVIRONMENTS]


def facts_of(files: Iterable[str], folder: Path, place: Place) -> dict[str, PlanFacts]:
    """Give the facts of plans by their file's name, which is relative to ``folder``.

    The names come from a file that others may have written: what lies outside of the repository is not read.
    """
    root = place.workspace.root.resolve()
    paths = {file: folder / file for file in files}
    return {file: _facts(path, place) for file, path in paths.items() if path.resolve().is_relative_to(root)}


def _facts(path: Path, place: Place) -> PlanFacts:
    """Ask each question by itself: what one of them cannot say, the others may."""
    loaded = load_plan(path)
    if loaded.plan is None:
        return PlanFacts()
    query = EvidenceQuery(loaded=loaded, workspace=place.workspace, now=place.now)
    unknown: list[str] = []
    seen = _or_unknown("the rehearsals", unknown, lambda: overview(query))
    rehearsed = seen is not None and bool(seen.rehearsals)
    change = _or_unknown("what has changed", unknown, lambda: _change(since(query, None))) if rehearsed else None
    permits = (
        _or_unknown(f"the permit to {name}", unknown, lambda name=name: _needs(query, name, place))  # type: ignore[misc]
        for name in place.environments
    )
    return PlanFacts(
        rehearsals=_rehearsals(seen) if seen is not None else None,
        change=change,
        permits=tuple(needs for needs in permits if needs is not None),
        unknown=tuple(unknown),
    )


def _or_unknown(what: str, unknown: list[str], question: Callable[[], T]) -> T | None:
    try:
        return question()
    except RollbackGovError as error:
        unknown.append(f"{what}: {error} {error.hint}".rstrip())
        return None


def _rehearsals(seen: Overview) -> Rehearsals:
    unreadable = (f"{Path(one.file).name} does not count: {one.reason}" for one in seen.unreadable)
    return Rehearsals(
        level=seen.level,
        enough=seen.is_enough,
        rehearsals=(*map(_sentence, seen.rehearsals), *unreadable),
        gaps=tuple(f"{gap.code} {gap.message} {gap.hint}".rstrip() for gap in seen.gaps),
    )


def _sentence(standing: Standing) -> str:
    proof = standing.stored.evidence
    scope = f"scenario {proof.scenario}" if proof.scenario else "the whole plan"
    what = "the forward fix" if proof.forward_fix else scope
    where = f"{proof.environment}{f', region {proof.region}' if proof.region else ''}"
    flaws = "; ".join(f"{flaw.code} {flaw.message}" for flaw in standing.flaws)
    counts = f"does not count: {flaws}" if flaws else f"counts until {standing.fresh_until}"
    return f"{proof.finished[:10]} {what} in {where} ({proof.result}) {counts}"


def _change(found: Since) -> Change:
    proof = found.stored.evidence
    return Change(
        since=f"in {proof.environment} on {proof.finished[:10]}", edits=tuple(_edits(found)), again=found.again
    )


def _edits(found: Since) -> Iterator[Edit]:
    """Give what runs differently; wording voids no rehearsal and is left out."""
    if found.edits is None:
        yield from (Edit(text=f"{part} (the plan of then was not kept)") for part in found.parts)
        return
    yield from (Edit(text=str(edit), lines=edit.lines) for edit in found.edits if edit.runs)
    yield from (Edit(text=part if part.endswith(")") else f"{part} changed") for part in found.files)


def _needs(query: EvidenceQuery, environment: str, place: Place) -> PermitNeeds:
    request = PermitRequest(
        loaded=query.loaded,
        workspace=place.workspace,
        environment=environment,
        now=place.now,
        environ=place.environ,
        given={},
        artefacts={},
    )
    return PermitNeeds(environment=environment, missing=tuple(map(str, ask(request).objections)))
