"""Permits at the gate: verify, and claim the single use. Offline, and nothing out of a plan is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.repository import repository_name
from rollback_gov.commands.watch_folder import watch_folder
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.evidence import Digests
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.plans.parameters import resolve
from rollback_gov.policy.levels import LevelRequirements, floor, policy_for, requirements
from rollback_gov.records.approvals import Asked, read_approvals
from rollback_gov.records.claim import claimed_by
from rollback_gov.records.digests import digests
from rollback_gov.records.evidence import load_evidence
from rollback_gov.records.places import BREAK_GLASSES, STATUS_LIST
from rollback_gov.records.reviews import Reviewed
from rollback_gov.records.statement import records
from rollback_gov.records.today import Today
from rollback_gov.records.trust import Keyring
from rollback_gov.records.verdict import PERMITS, Reason, Verdict
from rollback_gov.records.verify import choose_permit, verify_file

if TYPE_CHECKING:
    from rollback_gov.commands.permit_trail import Trace
    from rollback_gov.records.errors import Unreadable
    from rollback_gov.records.status_list import StatusList

_LOG_SECONDS = 5.0
"""How long git may take to show a part of the log: whoever waits for a deployment does not wait for a dead disk."""


class PermitRequest(Record):
    """One operation that wants to go to one environment, and what is known about it. ``now`` is UTC."""

    loaded: LoadedPlan
    workspace: Workspace
    environment: str
    now: datetime
    environ: Mapping[str, str]
    given: Mapping[str, str]
    artefacts: Mapping[str, str]
    """sha256 of what is deployed, by name."""
    lives: timedelta | None = None
    reviews: Reviewed = field(default=Reviewed())
    """Approvals that were given as reviews of a pull request; whoever signs the permit vouches for them."""

    @property
    def plan(self) -> Plan:
        """The plan. Raises Refused when it cannot be read."""
        return self.loaded.require()

    @cached_property
    def demands(self) -> LevelRequirements:
        """What the level asks for: the plan's own, or the floor of its services and environment."""
        services = self.plan.change.services
        policy = policy_for(self.workspace.policy, services, self.environment)
        least, _ = floor(services, policy, environment=self.environment)
        return requirements(max(self.plan.metadata.level, least), policy)

    @cached_property
    def digests(self) -> Digests:
        """Today's digests."""
        return digests(self.plan, self.loaded.files)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The values that will be used; secrets by name only. Raises UsageError where one is missing.

        Values of the plan's regions are left out: they are in the plan, and differ from region to region.
        """
        environment, regional = self.workspace.environment(self.environment), self._regional
        given = {name: value for name, value in self.given.items() if value not in regional.get(name, ())}
        anywhere = {name: values[0] for name, values in regional.items()}
        values = resolve(self.plan, environment, None, anywhere | given)
        return {name: value for name, value in values.items() if name in given or name not in regional}

    @property
    def _regional(self) -> dict[str, list[str]]:
        """The values that the plan's regions give to parameters."""
        regions = self.plan.regions
        found: dict[str, list[str]] = {}
        for parameters in ((regions.parameters if regions else None) or {}).values():
            for name, value in parameters.items():
                found.setdefault(name, []).append(value)
        return found

    @cached_property
    def keyring(self) -> Keyring:
        """The trusted keys. Raises UsageError for a trust.yaml that contradicts itself."""
        return Keyring(self.workspace.trust)

    @property
    def _status_list(self) -> StatusList | Unreadable | None:
        """What was revoked. Only repositories that have a list pay for reading it."""
        if not (self.workspace.root / STATUS_LIST).exists():
            return None
        from rollback_gov.records.status_list import read_status_list

        return read_status_list(self.workspace.root, self.keyring, self.now)

    @cached_property
    def _trace(self) -> Trace | None:
        """What the audit log tells, and what waits for it. Only repositories that have any pay for reading it."""
        from rollback_gov.commands.audit import Trail

        trail = Trail(root=self.workspace.root, environ=self.environ, seconds=_LOG_SECONDS)
        if not (trail.is_there or trail.spool.waiting()):
            return None
        from rollback_gov.commands.permit_trail import trace

        return trace(trail)

    @property
    def _overdue(self) -> tuple[Reason, ...]:
        """Reviews of a break-glass that are overdue. Only repositories that know of any pay for reading them."""
        root, plan, trace = self.workspace.root, self.plan, self._trace
        problems, glasses = (trace.problems, trace.glasses) if trace else ((), ())
        if not ((root / BREAK_GLASSES).is_dir() or glasses):
            return problems
        from rollback_gov.records.break_glass_gate import overdue

        asked = (plan.metadata.operation, plan.change.services, self.now)
        return (*problems, *overdue(root, self.keyring, *asked, known=glasses))

    @property
    def _blind(self) -> tuple[Reason, ...]:
        """A watch of this operation that sees nothing. Only where somebody watches this pays for reading it."""
        regions = ("", *(self.plan.regions.order if self.plan.regions else ()))
        operation = self.plan.metadata.operation
        folders = {region: watch_folder(self.workspace.root, operation, self.environment, region) for region in regions}
        watched = {region: folder for region, folder in folders.items() if folder.is_dir()}
        if not watched:
            return ()
        from rollback_gov.commands.watch_blind import blind_watch

        now = self.now.timestamp()
        return tuple(
            why
            for region, folder in watched.items()
            for why in blind_watch(folder, self.plan, self.environment, now, region=region)
        )

    def today(self, *, deploying: bool = True) -> Today:
        """Put together what a permit is held against; what stands in the way of any is looked for when ``deploying``.

        Who wrote the plan only its history knows: that no author approved it was seen to when the permit was issued.
        """
        folder, demands = self.loaded.folder, self.demands
        trace = self._trace if deploying else None
        claims = trace.claims if trace else {}
        return Today(
            operation=self.plan.metadata.operation,
            environment=self.environment,
            repository=repository_name(self.workspace.root),
            level=demands.level,
            digests=self.digests,
            parameters=self.parameters,
            artefacts=self.artefacts,
            approvers=demands.approvers,
            attestations=demands.attestations,
            permit_longest=timedelta(seconds=demands.permit_longest.seconds),
            evidence_max_age=timedelta(seconds=demands.evidence_max_age.seconds),
            evidence=load_evidence(folder, self.workspace.trust),
            approvals=read_approvals(folder, self.keyring, Asked(digests=self.digests, now=self.now)),
            status_list=self._status_list,
            status_version=trace.status_version if trace else 0,
            obstacles=(*self._overdue, *self._blind) if deploying else (),
            keyring=self.keyring,
            now=self.now,
            claimed=lambda sha256: claimed_by(folder, sha256) or claims.get(sha256, ""),
        )


def verify(request: PermitRequest, file: Path | None = None, *, break_glass: Path | None = None) -> Verdict:
    """Verify the named permit, or all for the environment beside the plan: one that allows is enough.

    A break-glass sets aside what it waives. Raises RecordError where it cannot be read.
    """
    today = request.today()
    return through_glass(verdict_of(request, file, today), break_glass, today)


def verdict_of(request: PermitRequest, file: Path | None, today: Today) -> Verdict:
    """Give the verdict on the named permit, or on all beside the plan."""
    return verify_file(file, today) if file else choose_permit(records(request.loaded.folder / PERMITS), today)


def through_glass(verdict: Verdict, break_glass: Path | None, today: Today) -> Verdict:
    """Set aside what a break-glass waives, where there is one. Raises RecordError where it cannot be read."""
    if break_glass is None:
        return verdict
    from rollback_gov.records.break_glass import read_break_glass
    from rollback_gov.records.break_glass_gate import through

    return through(verdict, read_break_glass(break_glass, today.keyring), today)


def check_permit(
    workspace: Workspace, loaded: LoadedPlan, environment: str, now: datetime, given: Mapping[str, str] | None = None
) -> Verdict:
    """Say whether what is being rolled back was allowed to go out. That its use was taken is as it should be.

    What stands in the way of a deployment now, such as a watch that is blind, is none of a rollback's business.

    Raises RollbackGovError where that cannot be told, as for settings that are broken.
    """
    request = PermitRequest(
        loaded=loaded,
        workspace=workspace,
        environment=environment,
        now=now,
        environ={},
        given=given or {},
        artefacts={},
    )
    today = request.today(deploying=False)
    return verdict_of(request, None, replace(today, claimed=lambda _: "", artefacts=None))
