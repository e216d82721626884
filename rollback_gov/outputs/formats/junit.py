"""For CI systems that show test results: a plan is a test suite, a finding is a test that failed.

What does not fail stands in the suite's output, and what is waived is a skipped test.
"""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.outputs.registry import Manner
from rollback_gov.outputs.result import CheckedFile, CheckedPlan, Summary, fails
from rollback_gov.outputs.words import acceptance, closing, printable, standing
from rollback_gov.outputs.xml import BEGINNING, attribute, text


class Writer:
    """Writes a suite a plan, as Ant's schema demands it."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._suites = 0

    def plan(self, plan: CheckedPlan) -> str:
        """Write one suite. Its first test is that the document is a plan; a plan without findings has no other."""
        return self._suite(plan, standing(plan))

    def end(self, summary: Summary) -> str:
        """Write the settings' suites and the end."""
        settings = [self._suite(file, "") for file in summary.settings]
        beginning = "" if self._suites else BEGINNING
        remarks = "".join(f"<!-- {printable(line).replace('--', '- -')} -->\n" for line in closing(summary))
        return f"{beginning}{''.join(settings)}{remarks}</testsuites>\n"

    def _suite(self, file: CheckedFile, says: str) -> str:
        failing = [finding for finding in file.findings if fails(finding, self._manner.fail_on)]
        waived = [finding for finding in file.findings if finding.waived]
        notes = [f"{finding.place}: {finding.code} {finding.message}" for finding in file.findings]
        numbers = f'tests="{len(failing) + len(waived) + 1}" failures="{len(failing)}" errors="0"'
        beginning = "" if self._suites else BEGINNING
        head = f'package="rollback-gov" id="{self._suites}" hostname="localhost" time="0"'
        self._suites += 1
        return (
            f"{beginning}<testsuite name={attribute(file.file)} {head} {numbers} "
            f'skipped="{len(waived)}" timestamp="{self._manner.now:%Y-%m-%dT%H:%M:%S}">\n<properties/>\n'
            f"{_case(file, 'checked')}/>\n{''.join(_tests(file, failing, waived))}"
            f"<system-out>{text(chr(10).join([*notes, *filter(None, [says])]))}</system-out>\n"
            "<system-err></system-err>\n</testsuite>\n"
        )


def _tests(file: CheckedFile, failing: list[Finding], waived: list[Finding]) -> Iterator[str]:
    for finding in failing:
        message = f"message={attribute(finding.message)} type={attribute(finding.code)}"
        body = text(f"{finding.place}: {finding.message} {finding.hint}".strip())
        yield f"{_case(file, _named(file, finding))}><failure {message}>{body}</failure></testcase>\n"
    for finding in waived:
        why = acceptance(finding.waived) if finding.waived else ""
        yield f"{_case(file, _named(file, finding))}><skipped message={attribute(why)}/></testcase>\n"


def _case(file: CheckedFile, name: str) -> str:
    return f'<testcase name={attribute(name)} classname={attribute(file.file)} time="0"'


def _named(file: CheckedFile, finding: Finding) -> str:
    return f"{finding.code} {file.where(finding)}"
