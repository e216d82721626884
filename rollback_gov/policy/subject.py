"""What a rule looks at: a plan, its evidence, the demands, and the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Finding, Fix, Severity
from rollback_gov.model.plan import Plan
from rollback_gov.model.policy import Policy
from rollback_gov.model.record import Record
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.policy.levels import LevelRequirements
from rollback_gov.policy.scripts import PlanScript, plan_scripts
from rollback_gov.policy.texts import machine_texts

if TYPE_CHECKING:
    from rollback_gov.model.evidence import Digests, StoredEvidence
    from rollback_gov.model.step import Phase, Step
    from rollback_gov.model.waiver import Waiver
    from rollback_gov.policy.flow import Flow
    from rollback_gov.policy.shell.mending import Mend

Path = tuple[str | int, ...]
LEVEL: Path = ("metadata", "level")
"""Where a finding stands whose cause is the level and whose mend is a section that is not there."""


class Subject(Record):
    """Everything a rule may know. ``now`` is an aware time; ``requirements`` are those of the level in question."""

    loaded: LoadedPlan
    plan: Plan
    policy: Policy
    requirements: LevelRequirements
    now: datetime
    purpose: Literal["validate", "permit"] = "validate"
    evidence: tuple[StoredEvidence, ...] = ()
    digests: Digests | None = None
    """Today's; needed as soon as there is evidence."""
    unreadable: tuple[tuple[str, str], ...] = ()
    """Files that lie where evidence lies and cannot be read, each with the reason."""
    waivers: tuple[Waiver, ...] = ()
    """Those for this operation, be they alive or not."""
    environment: str = ""
    """The target environment, where there is one."""
    parameters: Mapping[str, str] | None = None
    """The parameter values of the target environment, where there is one."""

    @cached_property
    def document(self) -> Any:
        """The plan as expressions of an organisation's own rules see it."""
        from rollback_gov.policy.cel import as_cel

        return as_cel(self.plan)

    def under(self, demands: LevelRequirements) -> Subject:
        """Give the same under another level's demands; what was found out about the plan is kept."""
        changed = replace(self, requirements=demands)
        vars(changed).update({name: value for name, value in vars(self).items() if name not in self._names})
        return changed

    @cached_property
    def texts(self) -> tuple[tuple[Path, str], ...]:
        """Every text of the plan that a machine reads, with its path."""
        return tuple(machine_texts(self.plan.records))

    @cached_property
    def scripts(self) -> tuple[PlanScript, ...]:
        """Every script of the plan, in the order of the document; those under ``uses`` behind whoever calls them."""
        return tuple(plan_scripts(self.plan, self.plan.records, self.loaded.scripts))

    @cached_property
    def called(self) -> tuple[PlanScript, ...]:
        """Those of them that lie under ``uses``."""
        return tuple(placed for placed in self.scripts if placed.file)

    @cached_property
    def flow(self) -> Flow:
        """The files that the scripts of the plan read and write."""
        from rollback_gov.policy.flow import Flow

        return Flow(self.plan, self.scripts)

    @cached_property
    def _steps(self) -> dict[Path, str]:
        return step_paths(self.plan)

    @property
    def today(self) -> date:
        """The day of ``now``."""
        return self.now.date()

    @property
    def sla(self) -> Duration:
        """The plan's own SLA, or the level's."""
        return self.plan.sla or self.requirements.sla

    def finding(
        self,
        path: Path,
        message: str,
        hint: str = "",
        *,
        at_key: bool = False,
        doubt: bool = False,
        span: tuple[int, int] | None = None,
    ) -> Finding:
        """Make a finding at a path of the document; ``span`` narrows the place to offsets of the text there.

        ``doubt``: the rule is not sure, and it is a warning at most. ``check`` fills in the rule's code and weight.
        """
        place = self.loaded.source_map.place(path, at_key=at_key and path != LEVEL)
        if span is not None:
            place = self.loaded.locate(path, *span)
        return Finding(
            code="",
            severity=Severity.WARNING if doubt else Severity.ERROR,
            message=message,
            hint=hint,
            place=place,
            path=path,
            operation=self.plan.metadata.operation,
            step=step_path(self._steps, path),
        )

    def in_script(
        self,
        placed: PlanScript,
        message: str,
        hint: str,
        *,
        span: tuple[int, int],
        doubt: bool = False,
        mend: Mend | None = None,
    ) -> Finding:
        """Make a finding at a piece of a script. Nothing is sure about a script that could not be read as a whole.

        ``mend`` is a fix, which is made in scripts that stand in the plan.
        """
        found = self.finding(placed.path, message, hint, doubt=doubt or bool(placed.script.faults))
        inside = self.loaded.locate_in(placed.file, *span) if placed.file else self.loaded.locate(placed.path, *span)
        if mend is None or placed.file or placed.script.faults:
            return replace(found, place=inside)
        return replace(found, place=inside, fix=Fix(path=placed.path, value=mend.text, span=mend.span))

    def written(self, path: Path) -> bool:
        """Tell whether the document says something at that path, rather than leaving it to the default."""
        return self.loaded.source_map.node(path) is not None

    def section(self, *path: str) -> Path:
        """Give the path of a section, or of the level that demands it where the document has no such section."""
        return path if self.written(path) else LEVEL


def step_paths(plan: Plan) -> dict[Path, str]:
    """Name every step as a run's journal does, by the path of the document that leads to it."""
    return {stem: _step_name(stem, phase, step) for stem, phase, step in plan.every_step()}


def _step_name(stem: Path, phase: Phase, step: Step) -> str:
    section = "forward_fix" if "forward_fix" in stem else str(stem[0])
    number = stem[stem.index("alternatives") + 1] if "alternatives" in stem else None
    way = phase.alternatives[int(number)].id if number is not None else ""
    return "/".join(part for part in (section, phase.id, way, step.id) if part)


def step_path(steps: Mapping[Path, str], path: Path) -> str:
    """Name the step that a document path leads into; empty outside of steps."""
    stems = (path[:length] for length in range(len(path), 0, -1))
    return next((steps[stem] for stem in stems if stem in steps), "")
