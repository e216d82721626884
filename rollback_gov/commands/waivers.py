"""Reading waivers.yaml: an entry that is wrong is a finding and does not count; the others do."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from rollback_gov.commands.settings import WAIVERS, Files
from rollback_gov.model.finding import Finding, Place
from rollback_gov.model.record import Record
from rollback_gov.plans.build import build
from rollback_gov.plans.problem import DocumentError, Problem
from rollback_gov.plans.schema import MAX_PROBLEMS, check_schema
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import SourceMap
from rollback_gov.plans.yaml_reader import read_yaml
from rollback_gov.policy.rules.governance import MALFORMED

if TYPE_CHECKING:
    from rollback_gov.policy.governance import WrittenWaiver


class WaiverFile(Record):
    """The waivers of a repository, and what is wrong with those that are left out.

    ``ref`` is the git ref that has them; empty: they lie here.
    """

    waivers: tuple[WrittenWaiver, ...] = ()
    findings: tuple[Finding, ...] = ()
    source: Source | None = None
    ref: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The file's text."""
        return tuple(self.source.lines) if self.source else ()

    @property
    def sha256(self) -> str:
        """Of the file, as ``sha256sum`` gives it; empty where there is none. A byte order mark is left out."""
        return sha256(self.source.text.encode()).hexdigest() if self.source else ""

    def line(self, place: Place) -> str:
        """Give the text of the line at a place; empty where there is none."""
        return self.lines[place.line - 1] if place.line <= len(self.lines) else ""


def load_waivers(files: Files) -> WaiverFile:
    """Read all waivers; none where there is no file, or one that cannot be read or is wrong in too many places."""
    try:
        source = files.read(WAIVERS)
        if source is None:
            return WaiverFile()
        document, source_map = read_yaml(source)
    except DocumentError as error:
        return WaiverFile(findings=(_finding(str(error), error.place, error.hint),), ref=files.ref)
    from rollback_gov.model.waiver import Waiver
    from rollback_gov.policy.governance import WrittenWaiver

    problems = check_schema("waivers-v1", document)
    wrong = {problem.path[1] if len(problem.path) > 1 else None for problem in problems}
    all_told = None not in wrong and len(problems) < MAX_PROBLEMS
    entries = (document.get("waivers") or ()) if all_told else ()
    return WaiverFile(
        waivers=tuple(
            WrittenWaiver(waiver=build(Waiver, entry), place=source_map.place(("waivers", index)))
            for index, entry in enumerate(entries)
            if index not in wrong
        ),
        findings=tuple(_problem(problem, source_map) for problem in problems),
        source=source,
        ref=files.ref,
    )


def _problem(problem: Problem, source_map: SourceMap) -> Finding:
    return _finding(problem.message, source_map.place(problem.path, at_key=problem.at_key), problem.hint)


def _finding(message: str, place: Place, hint: str) -> Finding:
    return Finding(code=MALFORMED.code, severity=MALFORMED.severity, message=message, place=place, hint=hint)
