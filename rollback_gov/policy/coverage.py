"""Whether the rehearsals of a plan are enough."""

from __future__ import annotations

from rollback_gov.model.evidence import Evidence
from rollback_gov.model.record import Record
from rollback_gov.policy.evidence import Judged, judged
from rollback_gov.policy.gaps import Gap, find_gaps
from rollback_gov.policy.rehearsed import Rehearsed
from rollback_gov.policy.subject import Subject


class Coverage(Record):
    """All rehearsals, those that count, and what they leave open. Without gaps the plan is rehearsed."""

    entries: tuple[Judged, ...]
    counting: tuple[Evidence, ...]
    gaps: tuple[Gap, ...]


def coverage(subject: Subject) -> Coverage:
    """Judge every rehearsal at the subject's level, and find what those that count leave open."""
    if subject.digests is None:
        raise ValueError("evidence cannot be judged without the digests of today's plan")
    entries = judged(subject)
    counting = tuple(entry.evidence for entry in entries if not entry.flaws)
    gaps = find_gaps(Rehearsed(subject, subject.digests, counting))
    return Coverage(entries=entries, counting=counting, gaps=gaps)
