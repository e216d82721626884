"""A plan with gaps is a draft: nothing of it runs before somebody has filled them in, or has said why not.

A gap is what RG010 finds in the plan itself; of the scripts that steps call it only doubts, and that stops nothing. A
waiver for RG010 says that it is none; whether it has expired is a question for gates, and no reason to stop a rollback.
What an import left open (RG011) needs nothing here: such a document is no plan yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollback_gov.commands.target import Target
from rollback_gov.execution.journal import Journal
from rollback_gov.model.errors import Refused
from rollback_gov.policy.unfilled import CODE, Gap, unfilled

CHECK = "gaps"
"""What a person names who goes on in spite of them."""


def check_filled(target: Target, overrides: Mapping[str, str], *, what: str = "The rollback") -> None:
    """Refuse a plan with gaps, before anything has happened. Raises Refused with each gap and its line."""
    gaps = () if overrides.get(CHECK) else gaps_of(target)
    if not gaps:
        return
    number = "a gap" if len(gaps) == 1 else f"{len(gaps)} gaps"
    hint = "Fill them in; `rollback-gov validate` shows each at its line."
    if what == "The rollback":
        hint += f'\nA person may override it, and it is recorded: --override {CHECK} --override-reason "…"'
    places = sorted((target.loaded.locate(gap.path, *gap.span), gap.word) for gap in gaps)
    reasons = tuple(f"{place}: {word}" for place, word in places)
    raise Refused(f"{what} was not started: the plan has {number} that nobody filled in.", reasons=reasons, hint=hint)


def note_gaps(target: Target, overrides: Mapping[str, str], journal: Journal, person: str) -> None:
    """Write down that somebody goes on in spite of the gaps."""
    if overrides.get(CHECK) and gaps_of(target):
        journal.append("override", {"check": CHECK, "reason": overrides[CHECK], "by": person})


def gaps_of(target: Target) -> tuple[Gap, ...]:
    """Give what nobody filled in, in the order of the document."""
    from rollback_gov.policy.texts import machine_texts

    plan = target.loaded.require()
    found = tuple(unfilled(machine_texts(plan.records)))
    return tuple(_not_waived(target, found)) if found else ()


def _not_waived(target: Target, gaps: tuple[Gap, ...]) -> Iterator[Gap]:
    from rollback_gov.commands.waivers import load_waivers
    from rollback_gov.policy.subject import step_path, step_paths

    plan = target.loaded.require()
    written = (entry.waiver for entry in load_waivers(target.workspace.files).waivers)
    steps = {one.step for one in written if one.rule == CODE and one.operation == plan.metadata.operation}
    paths = step_paths(plan)
    yield from (gap for gap in gaps if "" not in steps and (step_path(paths, gap.path) or None) not in steps)
