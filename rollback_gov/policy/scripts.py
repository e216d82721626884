"""Every script of a plan: where it stands, what it is for, and when it has to be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Check, Injection, Plan, SafetyCheck, Saved
from rollback_gov.model.record import Record
from rollback_gov.model.step import Phase, Step

if TYPE_CHECKING:
    from rollback_gov.policy.shell.script import Script

Path = tuple[str | int, ...]
Role = Literal["saves", "checks", "asks", "acts", "looks", "rehearses"]
"""What a script is for: it keeps state, checks, answers a question, is a step, is looked at by people, or is part of a
rehearsal only."""


class PlanScript(Record):
    """One script. ``owner`` is the record whose ``run`` it is; ``step`` the step it belongs to, where it does."""

    path: Path
    text: str
    role: Role
    owner: Any
    phase: Phase | None = None
    step: Step | None = None
    way: str = ""
    """The alternative of the phase that its step belongs to."""

    @cached_property
    def script(self) -> Script:
        """What it says. Equal scripts are read once."""
        from rollback_gov.policy.shell.reader import read_script

        return read_script(self.text)

    @property
    def section(self) -> str:
        """The section of the plan in which it stands."""
        return str(self.path[0])

    @property
    def limit(self) -> Duration | None:
        """After how long it is stopped, where the plan says so itself."""
        own: Duration | None = getattr(self.owner, "timeout", None)
        return own

    @property
    def counts(self) -> bool:
        """Whether its failure changes what the run does next."""
        if isinstance(self.owner, Check):
            return self.owner.severity == "fail"
        if isinstance(self.owner, Saved):
            return self.owner.required
        if isinstance(self.owner, Step):
            return self.owner.on_failure != "continue" and self.section != "troubleshooting"
        return isinstance(self.owner, SafetyCheck)

    @property
    def judged_by_output(self) -> bool:
        """Whether something is expected of it beyond its exit code."""
        expect = getattr(self.owner, "expect", None)
        return expect is not None


def plan_scripts(plan: Plan, records: Iterable[tuple[Path, Any]]) -> Iterator[PlanScript]:
    """Give all scripts of a plan, in the order of the document. ``records`` are all of the plan's, with their paths."""
    steps = {path: (phase, step) for path, phase, step in plan.every_step()}
    for path, record in records:
        text = getattr(record, "run", "") if _has_script(type(record)) else ""
        if not text:
            continue
        phase, step, way = _around(path, steps)
        yield PlanScript(
            path=(*path, "run"), text=text, role=_role(path, record), owner=record, phase=phase, step=step, way=way
        )
        if isinstance(record, Injection) and record.stop:
            yield PlanScript(path=(*path, "stop"), text=record.stop, role="rehearses", owner=record)


def _has_script(kind: type[Any]) -> bool:
    return "run" in kind.__dataclass_fields__


def _around(path: Path, steps: dict[Path, tuple[Phase, Step]]) -> tuple[Phase | None, Step | None, str]:
    """Find the step that a record belongs to: its own path, or one that it begins with."""
    for length in range(len(path), 0, -1):
        if path[:length] in steps:
            phase, step = steps[path[:length]]
            number = path[path.index("alternatives") + 1] if "alternatives" in path else None
            way = phase.alternatives[int(number)].id if number is not None else ""
            return phase, step, way
    return None, None, ""


def _role(path: Path, record: Any) -> Role:
    if path[0] == "rehearsal":
        return "rehearses"
    if isinstance(record, Saved):
        return "saves"
    if isinstance(record, Step):
        return "acts"
    if isinstance(record, Check | SafetyCheck):
        return "checks"
    return "looks" if path[0] == "troubleshooting" else "asks"
