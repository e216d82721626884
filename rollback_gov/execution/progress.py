"""How a run looks to whoever looks on, as a value that nobody changes any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rollback_gov.execution.named_questions import is_gate
from rollback_gov.execution.question import YES_OR_NO, takes
from rollback_gov.model.record import Record


class PhaseProgress(Record):
    """One phase. ``result`` is empty until it ends, ``began`` (UTC) until it begins; spans are seconds, 0 for none."""

    path: str
    title: str
    budget: float = 0.0
    tried: tuple[str, ...] = ()
    """Its alternatives so far, in order; the last one runs."""
    began: str = ""
    seconds: float = 0.0
    result: str = ""

    @property
    def runs(self) -> bool:
        """It has begun and not ended."""
        return bool(self.began) and not self.result


class StepProgress(Record):
    """One step: its latest attempt. ``result`` is empty while it runs, or while nobody knows."""

    path: str
    title: str
    action: str = ""
    attempt: int = 0
    began: str = ""
    timeout: float = 0.0
    seconds: float = 0.0
    result: str = ""
    detail: str = ""
    is_unknown: bool = False
    """Somebody has to say how the attempt ended."""

    @property
    def is_open(self) -> bool:
        """An attempt began and its end was never written, or it was cut off."""
        return self.attempt > 0 and self.result in ("", "interrupted")


class Waiting(Record):
    """A question to a person. ``deadline`` (UTC) is empty where there is none."""

    step: str
    ask: str
    since: str
    deadline: str = ""
    subject: str = ""
    """Digest of what is to be agreed to, such as a terraform plan."""
    by_hand: bool = False
    """A step that a person does; anybody may say that it is done."""
    choices: tuple[str, ...] = YES_OR_NO
    several: bool = False
    """An answer may be several of the choices."""
    role: str = ""
    """Who should answer, in the plan's words; empty where it does not say."""

    def takes(self, decision: str) -> bool:
        """Say whether that is one of the answers."""
        return takes(self.choices, decision, several=self.several)

    @property
    def is_gate(self) -> bool:
        """A second person answers it."""
        return not self.by_hand and is_gate(self.step)


class Progress(Record):
    """A run so far. Times are UTC texts as the journal has them, spans are seconds; 0 and empty where there is none."""

    run: str = ""
    operation: str = ""
    title: str = ""
    environment: str = ""
    region: str = ""
    mode: str = ""
    started_by: str = ""
    executable: str = ""
    """Digest of what runs."""
    distributed: bool = False
    """Workers roll its regions back."""
    decided_at: str = ""
    sla: float = 0.0
    phases: Mapping[str, PhaseProgress] = field(default_factory=dict)
    steps: Mapping[str, StepProgress] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    bad_checks: Mapping[str, str] = field(default_factory=dict)
    """Those that did not pass, in words."""
    waiting: tuple[Waiting, ...] = ()
    cancelled: str = ""
    """Who wants the run to end, and why."""
    interrupted: str = ""
    breached: tuple[str, ...] = ()
    escalation: int = 0
    """Highest rung of the ladder so far."""
    uncalled: Mapping[int, str] = field(default_factory=dict)
    """Rungs for a failed run that were not taken: level -> what it is called."""
    verified: float | None = None
    seconds: float | None = None
    """Of a run that has ended."""
    result: str = ""
    detail: str = ""
    last_at: str = ""

    @property
    def phase(self) -> PhaseProgress | None:
        """The phase that runs now."""
        return next((phase for phase in self.phases.values() if phase.runs), None)

    @property
    def step(self) -> StepProgress | None:
        """The step whose end is not written yet; the latest, if there were several."""
        return next((step for step in reversed(tuple(self.steps.values())) if step.is_open), None)
