"""The plan: how one production change is undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any, Literal

from rollback_gov.model.action import Http, Probe
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Expect, Query
from rollback_gov.model.people import Communication, Contact, Escalation
from rollback_gov.model.record import Record
from rollback_gov.model.step import Phase, Step, prose
from rollback_gov.model.trigger import Band, Trigger, Watch
from rollback_gov.model.walk import walk


class Metadata(Record):
    """Which operation this is, whose it is, and how strictly it is judged (``level`` 1 to 4)."""

    operation: str
    title: str = prose()
    owner: str = prose()
    level: int
    risk: str = prose()
    created: str = prose()
    review_by: str = prose()


class Change(Record):
    """What the change is: ``from`` is what a rollback returns to. ``live_version`` prints what runs now."""

    summary: str = prose()
    services: tuple[str, ...] = ()
    from_: Mapping[str, str] | None = None
    to: Mapping[str, str] | None = None
    live_version: Probe | None = None


class Parameter(Record):
    """A value that reaches the steps as an environment variable."""

    description: str = prose()
    default: str | None = None
    pattern: str = ""
    secret: bool = False
    varies: Literal["", "environment"] = ""


class Timeout(Record):
    """What happens when the whole run takes longer than ``after``."""

    after: Duration
    then: Literal["escalate", "stop", "ask"] = "escalate"


class Checklists(Record):
    """What a person ticks before, during and after."""

    before: tuple[str, ...] = ()
    during: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Saved(Record):
    """Something that is kept in a file: one of ``run`` (``$SAVE`` is the file), ``http`` or ``query``."""

    id: str
    name: str = prose()
    run: str = ""
    http: Http | None = None
    query: Query | None = None
    save: str
    required: bool = False
    timeout: Duration | None = None


class Capture(Record):
    """State at the moment of the rollback, kept for the investigation."""

    budget: Duration = field(default=Duration(60_000))
    items: tuple[Saved, ...] = ()


class SafetyCheck(Record):
    """Must hold before a rollback starts by itself; a failure makes it ask a person."""

    id: str
    name: str = prose()
    run: str = ""
    http: Http | None = None
    query: Query | None = None
    expect: Expect | None = None
    timeout: Duration | None = None


class PassedWhen(Probe):
    """How to detect that the point of no return was passed, or ``ask``: a question to a person."""

    ask: str = ""


class PointOfNoReturn(Record):
    """After it, going back is impossible. ``none`` holds the reason why there is no such point."""

    none: str = ""
    description: str = prose()
    passed_when: PassedWhen | None = None
    forward_fix: tuple[Phase, ...] = ()


class Selection(Record):
    """A phase of a scenario, or only some steps of it."""

    SHORTHAND = "id"
    id: str
    steps: tuple[str, ...] = ()


class Scenario(Record):
    """A named partial rollback. The phase ``verification`` stands for the plan's verification."""

    id: str
    name: str = prose()
    use_when: str = prose()
    phases: tuple[Selection, ...] = ()
    options: Mapping[str, str] | None = None
    sla: Duration | None = None
    pros: str = prose()
    cons: str = prose()


class Check(Record):
    """One thing that must be true after a rollback."""

    id: str
    name: str = prose()
    run: str = ""
    http: Http | None = None
    query: Query | None = None
    expect: Expect | None = None
    timeout: Duration | None = None
    retries: int = 0
    every: Duration = field(default=Duration(1_000))
    severity: Literal["fail", "warn"] = "fail"
    data_consistency: bool = False
    guard: Literal["", "before_point_of_no_return"] = ""


class Verification(Record):
    """What "rolled back" means; evaluated at the end of every run."""

    budget: Duration | None = None
    checks: tuple[Check, ...] = ()
    manual: tuple[str, ...] = ()


class Window(Record):
    """A window of watching after the rollback."""

    name: str
    for_: Duration
    every: Duration
    checks: tuple[str, ...] = ()
    alerts: Query | None = None


class Trouble(Record):
    """Help for when a phase fails: what to look at, and remedies that a person confirms."""

    phase: str
    when: str = ""
    symptoms: tuple[str, ...] = ()
    investigate: tuple[Probe, ...] = ()
    remedies: tuple[Step, ...] = ()


class Strategy(Record):
    """How regions follow one another."""

    max_parallel: int = 1
    gate_between: Literal["none", "approval"] = "none"
    gate_deadline: Duration = Duration(30 * 60_000)
    gate_on_deadline: Literal["deny", "escalate", "proceed"] = "deny"
    max_failures: int = 0


class Regions(Record):
    """The regions of a change, in the order of their rollback."""

    order: tuple[str, ...]
    strategy: Strategy = field(default=Strategy())
    parameters: Mapping[str, Mapping[str, str]] | None = None


class Injection(Record):
    """A failure that a rehearsal injects, and the trigger that must fire because of it."""

    run: str
    stop: str = ""
    expect_trigger: str = ""
    timeout: Duration | None = None


class Rehearsal(Record):
    """How a rehearsal deploys the change, makes it fail, and who takes part."""

    deploy: Probe | None = None
    simulate_failure: Injection | None = None
    clean_up: Probe | None = None
    scenarios: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    lead_time: Duration | None = None


class Plan(Record):
    """A whole rollback plan, as it was checked, hashed and will be run."""

    apiVersion: Literal["rollback-gov/v1"] = "rollback-gov/v1"  # noqa: N815 - the key of the document
    kind: Literal["RollbackPlan"] = "RollbackPlan"
    metadata: Metadata
    change: Change = field(default=Change())
    parameters: Mapping[str, Parameter] | None = None
    tools: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    sla: Duration | None = None
    timeout: Timeout | None = None
    checklists: Checklists = field(default=Checklists(), metadata={"prose": True})
    baseline: tuple[Saved, ...] = ()
    capture: Capture = field(default=Capture())
    triggers: tuple[Trigger, ...] = ()
    decision: tuple[Band, ...] = ()
    watch: Watch = field(default=Watch())
    safety_checks: tuple[SafetyCheck, ...] = ()
    point_of_no_return: PointOfNoReturn | None = None
    phases: tuple[Phase, ...]
    scenarios: tuple[Scenario, ...] = ()
    verification: Verification = field(default=Verification())
    recovery: tuple[Phase, ...] = ()
    watch_after: tuple[Window, ...] = ()
    troubleshooting: tuple[Trouble, ...] = ()
    last_resort: tuple[Phase, ...] = ()
    regions: Regions | None = None
    rehearsal: Rehearsal | None = None
    communication: Communication = field(default=Communication(), metadata={"prose": True})
    contacts: tuple[Contact, ...] = field(default=(), metadata={"prose": True})
    escalation: tuple[Escalation, ...] = field(default=(), metadata={"prose": True})
    notes: str = prose()

    def scenario(self, name: str) -> Scenario | None:
        """Give the scenario of that id, or None."""
        return next((scenario for scenario in self.scenarios if scenario.id == name), None)

    @property
    def forward_fix(self) -> tuple[Phase, ...]:
        """The phases that run when the point of no return was passed."""
        return self.point_of_no_return.forward_fix if self.point_of_no_return else ()

    @property
    def guarded(self) -> frozenset[str]:
        """Ids of the phases that must not run past the point of no return; all of them where none is marked."""
        if self.point_of_no_return is None or self.point_of_no_return.none:
            return frozenset()
        marked = frozenset(phase.id for phase in self.phases if phase.guard)
        return marked or frozenset(phase.id for phase in self.phases)

    @cached_property
    def records(self) -> tuple[tuple[tuple[str | int, ...], Any], ...]:
        """Every record of the plan, itself first, with its path in the document."""
        return tuple(walk(self))

    def every_phase(self) -> Iterator[tuple[tuple[str | int, ...], Phase]]:
        """Walk all phases of all sections with their paths in the document."""
        fix: tuple[str | int, ...] = ("point_of_no_return", "forward_fix")
        sections: tuple[tuple[tuple[str | int, ...], tuple[Phase, ...]], ...] = (
            (("phases",), self.phases),
            (fix, self.forward_fix),
            (("recovery",), self.recovery),
            (("last_resort",), self.last_resort),
        )
        for path, phases in sections:
            for index, phase in enumerate(phases):
                yield (*path, index), phase

    def every_step(self) -> Iterator[tuple[tuple[str | int, ...], Phase, Step]]:
        """Walk all steps of all sections, each with its path in the document and its phase."""
        for path, phase in self.every_phase():
            for number, way in enumerate(phase.ways):
                stem = (*path, "alternatives", number, "steps") if phase.alternatives else (*path, "steps")
                for index, step in enumerate(way.steps):
                    yield (*stem, index), phase, step
