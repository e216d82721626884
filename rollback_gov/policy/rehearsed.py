"""Rehearsals that count, beside the plan of today: what they ran, and what is still the same."""

from __future__ import annotations

from rollback_gov.model.evidence import Digests, Evidence
from rollback_gov.policy.subject import Subject

BINDING = {"triggers": "the triggers", "capture": "the captures", "point_of_no_return": "the point of no return"}
"""Sections that every rehearsal is bound to, beside the phases that it ran."""
VERIFICATION = "verification"


class Rehearsed:
    """Rehearsals beside the plan of today."""

    def __init__(self, subject: Subject, today: Digests, counting: tuple[Evidence, ...]) -> None:
        self.subject = subject
        self.plan = subject.plan
        self.today = today
        self.counting = counting
        self.phases = {f"phases/{phase.id}": phase for phase in subject.plan.phases}
        self.recovery = {f"recovery/{phase.id}": phase for phase in subject.plan.recovery}
        self.items = [*self.phases, *self.recovery, VERIFICATION]
        self.current = [evidence for evidence in counting if self.is_current(evidence)]
        """Those whose every part is still the same."""

    @property
    def whole(self) -> list[Evidence]:
        """Those of the whole plan that still say something of today's: at level 4 nothing may have changed since."""
        runs = [evidence for evidence in self.counting if not evidence.scenario and not evidence.forward_fix]
        if self.subject.requirements.level >= 4:
            return [evidence for evidence in runs if self.is_current(evidence)]
        return [evidence for evidence in runs if any(self.covers(evidence, item) for item in self.phases)]

    def is_current(self, evidence: Evidence) -> bool:
        """Tell whether all that it ran is what the plan says today."""
        parts = (*evidence.order, VERIFICATION)
        return not self.changed_context(evidence) and all(self.same(evidence, part) for part in parts)

    def same(self, evidence: Evidence, item: str) -> bool:
        """Compare one phase, or the verification, with today's."""
        then, now = evidence.digests, self.today
        if item == VERIFICATION:
            return then.sections.get(item) == now.sections.get(item)
        return then.phases.get(item) == now.phases.get(item) is not None

    def changed_context(self, evidence: Evidence) -> list[str]:
        """Name the sections and files, other than phases, that differ from today's."""
        then, now = evidence.digests, self.today
        sections = [name for key, name in BINDING.items() if then.sections.get(key) != now.sections.get(key)]
        names = sorted({*then.files, *now.files})
        return sections + [f"file '{name}'" for name in names if then.files.get(name) != now.files.get(name)]

    def covers(self, evidence: Evidence, item: str) -> bool:
        """Tell whether it ran all of that phase as it is today, in today's surroundings."""
        if not self.same(evidence, item) or self.changed_context(evidence):
            return False
        return item == VERIFICATION or (item in evidence.order and self._ran_whole(evidence, item))

    def _ran_whole(self, evidence: Evidence, item: str) -> bool:
        """A scenario may select steps, and a person may skip some; one whole way through the phase must have run."""
        phase = self.phases.get(item) or self.recovery[item]
        ran = {step.step for step in evidence.steps if step.result != "skipped"}
        stems = [(f"{item}/{way.id}" if way.id else item, way.steps) for way in phase.ways]
        return any(all(_known(f"{stem}/{step.id}", ran) for step in steps) for stem, steps in stems)


def _known(step: str, ran: set[str]) -> bool:
    """Records name a step with its section (``phases/drain/weight``) or without."""
    return step in ran or step.partition("/")[2] in ran
