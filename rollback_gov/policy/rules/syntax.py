"""RG200: scripts that are not bash."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject


@rule(
    "RG200",
    "A script that bash may not understand",
    severity=Severity.WARNING,
    page=Page(
        what="The grammar of bash does not know what to make of a piece of a script: a quote or a parenthesis that is "
        "not closed, an `if` without `fi`, a word out of place.",
        why="Bash reads a script while it runs it. What stands before the mistake has happened when it stops there, in "
        "the middle of a rollback.",
        bad="steps:\n  - id: undo\n    run: |\n      if test -f backup.sql; then\n        psql -f backup.sql",
        good="steps:\n  - id: undo\n    run: |\n      if test -f backup.sql; then\n        psql -f backup.sql\n      "
        "fi",
    ),
)
def not_bash(subject: Subject) -> Iterator[Finding]:
    """Look at the first mistake of each script: those after it mostly follow from it."""
    for placed in subject.scripts:
        for fault in placed.script.faults[:1]:
            text = placed.text[fault.start : fault.end].strip()
            first = text.split("\n")[0][:40]
            what = f"'{fault.missing}' is missing here" if fault.missing else f"{first} is out of place"
            yield subject.finding(
                placed.path,
                f"Bash may not understand this script: {what}.",
                "Try it with `bash -n`, and shellcheck says more.",
                span=(fault.start, max(fault.start + len(first), fault.start + 1)),
            )
