"""For GitHub Actions: workflow commands that become annotations, within the limits of one step.

Ten annotations of a kind are shown per step and a message is cut at 4,096 characters:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.registry import Manner
from rollback_gov.outputs.result import WEIGHTS, CheckedPlan, Summary
from rollback_gov.outputs.words import acceptance, closing, counted, printable, standing, weight

SHOWN = 10
LONGEST = 4096


class Writer:
    """Writes annotations, the heaviest first. Where GitHub would drop some, all findings stand in the log as well."""

    def __init__(self, manner: Manner) -> None:
        self._counts: Counter[Severity] = Counter()
        self._first: dict[Severity, list[Finding]] = {severity: [] for severity in WEIGHTS}
        self._held: list[tuple[str, bool]] = []
        """Lines of the log that are not written yet, and whether an annotation will say the same."""
        self._is_long = False

    def plan(self, plan: CheckedPlan) -> str:
        """Write the plan's log lines, once there are so many findings that annotations are not enough."""
        return self._take(plan.findings, f"{plan.file}: {standing(plan)}")

    def end(self, summary: Summary) -> str:
        """Write the annotations, behind a pointer to the log where there are more than GitHub shows, and the total."""
        log = [self._take(file.findings) for file in summary.settings]
        if self._is_long:
            log.append(_lines(["::endgroup::"]))
        rest = [_plain(line) for line, is_annotation in self._held if not is_annotation]
        return "".join([*log, _lines([*self._annotations(), *rest, *map(printable, closing(summary))])])

    def _take(self, findings: Iterable[Finding], last: str = "") -> str:
        for finding in findings:
            level = _level(finding)
            self._counts[level] += 1
            if len(self._first[level]) < SHOWN:
                self._first[level].append(finding)
            self._held.append((f"{finding.place}: {weight(finding)} {finding.code}: {finding.message}", True))
        self._held += [(last, False)] if last else []
        if not self._is_long and all(self._counts[severity] <= SHOWN for severity in WEIGHTS):
            return ""
        group = [] if self._is_long else ["::group::All findings, plan by plan"]
        self._is_long, held, self._held = True, self._held, []
        return _lines([*group, *(_plain(line) for line, _ in held)])

    def _annotations(self) -> Iterator[str]:
        for severity in WEIGHTS:
            count, found = self._counts[severity], self._first[severity]
            if count > SHOWN:
                text = f"{counted(count, severity.value)}; {SHOWN - 1} of them follow. The full list is in the log."
                yield f"::{severity.value} title=rollback-gov::{escape_message(text)}"
                found = found[: SHOWN - 1]
            yield from map(_annotation, found)


def message(text: str) -> str:
    """Give a command's message: readable, no longer than is shown, and escaped."""
    shown = printable(text)
    return escape_message(shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…")


def escape_message(text: str) -> str:
    """Escape a command's message; the per cent sign first, because the others bring new ones."""
    encodable = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return encodable.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape the value of a command's property."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def _level(finding: Finding) -> Severity:
    """Give the kind of annotation; what is waived only informs."""
    return Severity.NOTICE if finding.waived else finding.severity


def _annotation(finding: Finding) -> str:
    place = finding.place
    properties = {"file": place.file, "line": str(place.line), "col": str(place.column)}
    if place.end_column:
        properties["endColumn"] = str(place.end_column)
    properties["title"] = f"{finding.code} (waived)" if finding.waived else finding.code
    written = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    more = acceptance(finding.waived) if finding.waived else finding.hint
    return f"::{_level(finding).value} {written}::{message(f'{finding.message} {more}'.strip())}"


def _plain(text: str) -> str:
    """Make a line that the runner cannot take for a command: those start with ``::`` or hold ``##[``."""
    return "- " + printable(text)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
