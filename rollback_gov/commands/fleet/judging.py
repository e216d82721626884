"""One snapshot against the rules, by the same code that ``validate`` runs. Nothing out of it is run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rollback_gov.commands.fleet.basket import is_safe
from rollback_gov.commands.fleet.snapshot import Outcome, Snapshot
from rollback_gov.commands.judge import Demands, subject_of
from rollback_gov.commands.policy import checked_policy
from rollback_gov.commands.runbooks import load_found
from rollback_gov.commands.settings import FOLDER, policy_files
from rollback_gov.commands.waivers import load_waivers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.policy import Policy
from rollback_gov.outputs.fleet.result import FleetPlan, FleetRepository, Reason, Rehearsal
from rollback_gov.outputs.result import fails
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.plans.schema import fast_validator
from rollback_gov.policy.check import check
from rollback_gov.policy.custom import all_rules
from rollback_gov.records.times import moment, stamp

if TYPE_CHECKING:
    from rollback_gov.policy.subject import Subject

MOST_REASONS, LONGEST_REASON = 10, 400
_NEVER: tuple[Rehearsal, str, str] = ("never", "", "")


def judge_snapshot(outcome: Outcome, snapshot: Snapshot, now: datetime, place: Path) -> FleetRepository:
    """Judge every plan of a repository as of ``now``. A lack of evidence is an error, whatever it weighs there.

    Its files are laid out below ``place`` for as long as that takes.
    """
    told = FleetRepository(
        asked=outcome.asked,
        name=outcome.name,
        kind=outcome.kind,
        tree=snapshot.tree,
        remarks=snapshot.left_out,
    )
    with TemporaryDirectory(dir=place) as folder:
        root = Path(os.path.realpath(folder))
        try:
            lay_out(snapshot, root)
            workspace = Workspace(root)
            demands = _demands(workspace, now)
            policy = _policy_digest(workspace)
            plans = tuple(_plans(root, snapshot, demands))
        except (RollbackGovError, OSError) as error:
            said = str(error).replace(f"{root}/", "")
            return replace(told, reason=_short(f"it cannot be judged: {said}"))
    return replace(told, policy=policy, plans=plans)


def get_ready() -> None:
    """Load what every judgement needs, once, before there are several processes that would each do it."""
    import rollback_gov.policy.coverage
    import rollback_gov.records.digests
    import rollback_gov.records.evidence  # noqa: F401 - as the two above, for whoever is forked

    all_rules(Policy())
    for schema in ("plan-v1", "policy-v1", "trust-v1", "evidence-v1"):
        fast_validator(schema)


def lay_out(snapshot: Snapshot, root: Path) -> None:
    """Write the files of a snapshot below an empty folder. Raises OSError; nothing is written anywhere else."""
    (root / FOLDER).mkdir()  # where the repository ends, for whoever follows a plan's files
    for path, kept in snapshot.files.items():
        if not is_safe(path):
            raise OSError(f"'{path[:80]}' is no path that is followed")
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as opened:
            opened.write(kept.raw)
        file.chmod(0o600)


def _demands(workspace: Workspace, now: datetime) -> Demands:
    policy = checked_policy(workspace)
    waivers = tuple(written.waiver for written in load_waivers(workspace.files).waivers)
    return Demands(policy=replace(policy, evidence="error"), trust=lambda: workspace.trust, now=now, waivers=waivers)


def _policy_digest(workspace: Workspace) -> str:
    """Give one digest of all files that make up the policy; empty where there is none."""
    digest, names = sha256(), sorted(policy_files(workspace.files))
    for name in names:
        raw = (workspace.root / name).read_bytes()
        digest.update(f"{name}\0{len(raw)}\0".encode() + raw)
    return digest.hexdigest() if names else ""


def _plans(root: Path, snapshot: Snapshot, demands: Demands) -> Iterator[FleetPlan]:
    for name in snapshot.plans:
        loaded = load_found(root / name, name=name)
        if loaded is not None:
            yield _plan(loaded, demands)


def _plan(loaded: LoadedPlan, demands: Demands) -> FleetPlan:
    if loaded.plan is None:
        return _told(loaded, loaded.findings, (0, 0), _NEVER)
    subject = subject_of(loaded, loaded.plan, demands)
    report = check(subject)
    return _told(loaded, report.findings, (report.required, report.achieved), _rehearsal(subject))


def _told(
    loaded: LoadedPlan, findings: tuple[Finding, ...], levels: tuple[int, int], rehearsal: tuple[Rehearsal, str, str]
) -> FleetPlan:
    plan = loaded.plan
    failing = [finding for finding in findings if fails(finding, Severity.ERROR)]
    state, rehearsed_at, fresh_until = rehearsal
    return FleetPlan(
        file=loaded.source.name,
        operation=plan.metadata.operation if plan else "",
        services=plan.change.services if plan else (),
        required=levels[0],
        achieved=levels[1],
        rehearsal=state,
        rehearsed_at=rehearsed_at,
        fresh_until=fresh_until,
        reasons=tuple(map(_reason, failing[:MOST_REASONS])),
        failing=len(failing),
        warnings=sum(fails(finding, Severity.WARNING) for finding in findings) - len(failing),
    )


def _rehearsal(subject: Subject) -> tuple[Rehearsal, str, str]:
    """Give how the rehearsals stand, when the one was that says so, and until when it is fresh."""
    if subject.digests is None or not subject.evidence:
        return _NEVER
    from rollback_gov.policy.coverage import coverage

    view = coverage(subject)
    newest = next((entry for entry in view.entries if not entry.flaws), view.entries[0])
    codes = {flaw.code for flaw in newest.flaws}
    state: Rehearsal = "stale" if "RG403" in codes else "failed" if "RG404" in codes else "insufficient"
    finished = moment(newest.evidence.finished)
    until = finished + timedelta(seconds=subject.requirements.evidence_max_age.seconds)
    return state if view.gaps or newest.flaws else "fresh", stamp(finished), stamp(until)


def _reason(finding: Finding) -> Reason:
    return Reason(code=finding.code, message=_short(finding.message), file=finding.place.file, line=finding.place.line)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1]}…"
