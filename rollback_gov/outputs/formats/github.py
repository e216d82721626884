"""For GitHub Actions: workflow commands that become annotations, within the limits of one step.

Ten annotations of a kind are shown per step and a message is cut at 4,096 characters:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.outputs.result import WEIGHTS, ValidationResult
from rollback_gov.outputs.words import counted, printable, standing, total

SHOWN = 10
LONGEST = 4096


def render(result: ValidationResult, *, colour: bool = False) -> str:
    """Write the heaviest annotations first, then the full list as plain log lines where GitHub would drop some."""
    lines = [*_annotations(result), *_full_list(result)]
    lines += [_plain(f"{plan.source.name}: {standing(plan)}") for plan in result.plans]
    return "".join(f"{line}\n" for line in [*lines, total(result)])


def escape_message(text: str) -> str:
    """Escape a command's message; the per cent sign first, because the others bring new ones."""
    encodable = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return encodable.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape the value of a command's property."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def _annotations(result: ValidationResult) -> Iterator[str]:
    for severity in WEIGHTS:
        found = [finding for finding in result.findings() if finding.severity is severity]
        if len(found) > SHOWN:
            text = f"{counted(len(found), severity.value)}; {SHOWN - 1} of them follow. The full list is in the log."
            yield f"::{severity.value} title=rollback-gov::{escape_message(text)}"
            found = found[: SHOWN - 1]
        yield from map(_annotation, found)


def _annotation(finding: Finding) -> str:
    place = finding.place
    properties = {"file": place.file, "line": str(place.line), "col": str(place.column)}
    if place.end_column:
        properties["endColumn"] = str(place.end_column)
    properties["title"] = finding.code
    written = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    text = f"{finding.message} {finding.hint}".strip()
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f"::{finding.severity.value} {written}::{escape_message(cut)}"


def _full_list(result: ValidationResult) -> Iterator[str]:
    if all(result.count(severity) <= SHOWN for severity in WEIGHTS):
        return
    yield f"::group::All {counted(sum(1 for _ in result.findings()), 'finding')}"
    for finding in result.findings():
        yield _plain(f"{finding.place}: {finding.severity} {finding.code}: {finding.message}")
    yield "::endgroup::"


def _plain(text: str) -> str:
    """Make a line that the runner cannot take for a command: those start with ``::`` or hold ``##[``."""
    return "- " + printable(text).replace("##[", "# #[")
