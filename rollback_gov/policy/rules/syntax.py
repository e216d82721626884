"""RG200: scripts that are not bash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.shell.script import UNREAD, Fault
from rollback_gov.policy.subject import Subject

_CLOSING = frozenset({"fi", "done", "esac", "}", ")"})


@rule(
    "RG200",
    "A script that is not bash",
    from_level=2,
    warn_from=1,
    page=Page(
        what="The grammar of bash does not know what to make of a piece of a script: a quote or a parenthesis that is "
        "not closed, an `if` without `fi`. It is an error where something is missing that nothing "
        "else can stand for, and a warning otherwise: the grammar does not know every form that bash knows.",
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
        if placed.unread:
            message = f"The script {placed.file} is too long to be read here, and no rule has looked at it."
            yield subject.in_script(placed, message, "Split it.", span=(0, 0), doubt=True)
        for fault in placed.script.faults[:1]:
            if fault.missing == UNREAD:
                message = "This script could not be read: it does not look like bash, and no rule has looked at it."
                yield subject.in_script(placed, message, "Try it with `bash -n`.", span=(0, len(placed.text)))
                continue
            what = _certain(fault, placed.text)
            if what:
                found = subject.in_script(
                    placed,
                    f"Bash does not understand this script: {what}.",
                    "Try it with `bash -n`; shellcheck says more.",
                    span=(fault.start, fault.start + 1),
                )
                yield replace(found, severity=Severity.ERROR if fault.missing else Severity.WARNING)


def _certain(fault: Fault, text: str) -> str:
    """Say what is wrong where it can only be that; the grammar does not know every form that bash knows."""
    if fault.missing in _CLOSING:
        return f"'{fault.missing}' is missing here"
    rest = text[fault.start :].lstrip()
    opened = rest[:1] in ("'", '"') and fault.end >= len(text.rstrip())
    return f"the quote {rest[0]} is not closed" if opened else ""
