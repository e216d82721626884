"""Cases of triggers for people and for CI systems: value in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rollback_gov.outputs.words import printable
from rollback_gov.outputs.xml import BEGINNING, attribute, text
from rollback_gov.triggers.cases.compare import Mismatch
from rollback_gov.triggers.cases.run import CaseResult


def case_lines(case: CaseResult) -> Iterator[str]:
    """Give a case in lines: one where it passed; where it failed, what was expected, what came, and the readings."""
    yield printable(f"{'FAILED' if case.mismatches else 'passed'}  {case.place.file}:{case.place.line} {case.name}")
    for mismatch in case.mismatches:
        yield from map(printable, mismatch_lines(mismatch))


def mismatch_lines(mismatch: Mismatch) -> Iterator[str]:
    """Give one difference, like a diff, and the readings before it."""
    yield f"  at {mismatch.at}, line {mismatch.place.line}: {mismatch.what}"
    yield f"  - {mismatch.expected}"
    yield f"  + {mismatch.got}"
    trigger = ""
    for seen in mismatch.readings:
        if seen.trigger != trigger:
            trigger = seen.trigger
            yield f"    readings of {trigger}:"
        yield f"      {seen.at!s:>8}  {seen.value:>10}  {seen.verdict:<7}  {seen.state}: {seen.reason}"


def junit(cases: Sequence[CaseResult], *, plan: str, now: datetime) -> str:
    """Give JUnit's XML: the plan is a suite, a case is a test."""
    failed = sum(bool(case.mismatches) for case in cases)
    numbers = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="0" time="0"'
    head = f'name={attribute(plan)} package="rollback-gov" id="0" hostname="localhost"'
    return (
        f'{BEGINNING}<testsuite {head} {numbers} timestamp="{now:%Y-%m-%dT%H:%M:%S}">\n<properties/>\n'
        f"{''.join(map(_test, cases))}<system-out></system-out>\n<system-err></system-err>\n"
        "</testsuite>\n</testsuites>\n"
    )


def _test(case: CaseResult) -> str:
    head = f'<testcase name={attribute(case.name)} classname={attribute(case.place.file)} time="0"'
    if not case.mismatches:
        return f"{head}/>\n"
    said = "\n".join(line for mismatch in case.mismatches for line in mismatch_lines(mismatch))
    first = case.mismatches[0]
    message = f"{first.what} at {first.at}: expected {first.expected}, got {first.got}"
    return f'{head}><failure message={attribute(message)} type="mismatch">{text(said)}</failure></testcase>\n'
