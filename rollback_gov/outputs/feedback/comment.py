"""The one comment under a pull request: levels, findings by plan, what runs differently, evidence, and permits.

Everything is a line of its own, so that it can be cut behind any of them. Text of a plan stands in code spans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from rollback_gov.model.cut import cut_at_line
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.feedback.facts import Change, PermitNeeds, PlanFacts, Rehearsals
from rollback_gov.outputs.findings import Findings
from rollback_gov.outputs.markup import item, span, words
from rollback_gov.outputs.result import WEIGHTS, CheckedFile, CheckedPlan, Summary
from rollback_gov.outputs.words import closing, counted, standing

_SPAN = 400
_ROWS = 50
_FINDINGS = 30
_EDITS = 20
_POINTS = 20
_ORDER = (*WEIGHTS, None)


def comment(found: Findings, facts: Mapping[str, PlanFacts], *, pointer: str, most: int) -> str:
    """Write the text, at most ``most`` bytes. ``facts`` are by the plan's file; ``pointer`` says where the rest is."""
    lines = [f"## Rollback plans: {verdict(found.summary)}", ""]
    lines += [f"{words(line)}\n" for line in closing(found.summary)]
    lines += _table(found)
    for file in found.summary.settings:
        lines += [f"### {span(file.file, _SPAN)}", "", *_findings(file), ""]
    for plan in found.heaviest_first:
        lines += _section(plan, facts.get(plan.file))
    return cut_at_line(
        "\n".join(lines).rstrip() + "\n", most, f"\n\nThe rest is left out for want of room. {pointer}\n"
    )


def verdict(summary: Summary) -> str:
    """Say it in a word or two."""
    if summary.exit_code is ExitCode.NOTHING_TO_CHECK:
        return "nothing to check"
    if summary.exit_code:
        return f"❌ {counted(summary.failing, 'finding')} to mend"
    heavy = summary.count(Severity.WARNING)
    return f"⚠️ passed, with {counted(heavy, 'warning')}" if heavy else "✅ all good"


def _table(found: Findings) -> Iterator[str]:
    if not found.plans:
        return
    yield "| plan | level required | level achieved | findings |"
    yield "|---|---|---|---|"
    for plan in islice(found.heaviest_first, _ROWS):
        name = span(plan.file, _SPAN).replace("|", "\\|")
        levels = f"{plan.required} | {plan.achieved or 'none'}" if plan.usable else "? | cannot be used as a plan"
        yield f"| {name} | {levels} | {'❌ ' if plan.file in found.failing else ''}{_counts(plan)} |"
    if len(found.plans) > _ROWS:
        yield f"\nand {counted(len(found.plans) - _ROWS, 'more plan')}."
    yield ""


def _counts(file: CheckedFile) -> str:
    counts = Counter(_weight(finding) for finding in file.findings)
    parts = [counted(counts[severity], severity.value) for severity in WEIGHTS if counts[severity]]
    waived = [f"{counts[None]} waived"] if counts[None] else []
    return ", ".join((*(parts or ["✅ none"]), *waived))


def _weight(finding: Finding) -> Severity | None:
    """Give what a finding weighs; None for one that is waived."""
    return None if finding.waived else finding.severity


def _section(plan: CheckedPlan, facts: PlanFacts | None) -> Iterator[str]:
    if not plan.findings and facts is None:
        return
    yield f"### {span(plan.file, _SPAN)}"
    yield ""
    operation = f"{span(plan.operation, _SPAN)}: " if plan.operation else ""
    yield f"{operation}{words(standing(plan))}"
    yield ""
    yield from _findings(plan)
    if facts is not None:
        yield from _change(facts.change)
        yield from _rehearsals(facts.rehearsals)
        for needs in facts.permits:
            yield from _permit(needs)
        yield from _points("Could not be evaluated", facts.unknown)


def _findings(file: CheckedFile) -> Iterator[str]:
    for finding in sorted(file.findings, key=lambda finding: _ORDER.index(_weight(finding)))[:_FINDINGS]:
        yield item(file, finding, _SPAN)
    if len(file.findings) > _FINDINGS:
        yield f"- and {len(file.findings) - _FINDINGS} more"
    if file.findings:
        yield ""


def _change(change: Change | None) -> Iterator[str]:
    if change is None:
        return
    if not change.edits:
        yield f"**What runs** is what was rehearsed {words(change.since)}."
    else:
        yield f"**What runs differently** since it was rehearsed {words(change.since)}:"
        yield ""
    for edit in islice(change.edits, _EDITS):
        yield f"- {span(edit.text, _SPAN)}"
        yield from (f"  - {span(line, _SPAN)}" for line in edit.lines)
    if len(change.edits) > _EDITS:
        yield f"- and {len(change.edits) - _EDITS} more: `rollback-gov evidence diff` shows all"
    yield ""
    if change.again:
        yield f"To be rehearsed again: {span(', '.join(change.again), _SPAN)}."
        yield ""


def _rehearsals(state: Rehearsals | None) -> Iterator[str]:
    if state is None:
        return
    if not state.rehearsals:
        yield "**Evidence**: the plan was never rehearsed."
        yield ""
        return
    enough = "enough" if state.enough else "not enough"
    yield from _points(f"Evidence, {enough} for level {state.level}", state.rehearsals)
    yield from _points("Left open by the rehearsals", state.gaps)


def _permit(needs: PermitNeeds) -> Iterator[str]:
    where = span(needs.environment, _SPAN)
    if not needs.missing:
        yield f"**Permit** to {where}: nothing is missing."
        yield ""
    yield from _points("Missing for a permit", needs.missing, f" to {where}")


def _points(title: str, points: tuple[str, ...], more: str = "") -> Iterator[str]:
    """Give a list with a title; nothing where there is no point."""
    if not points:
        return
    yield f"**{title}**{more}:"
    yield ""
    yield from (f"- {span(point, _SPAN)}" for point in points[:_POINTS])
    if len(points) > _POINTS:
        yield f"- and {len(points) - _POINTS} more"
    yield ""
