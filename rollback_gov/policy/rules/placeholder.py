"""RG010: placeholders that nobody filled in."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.placeholders import script_placeholders
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.unfilled import CODE, unfilled


@rule(
    CODE,
    "A placeholder that nobody filled in",
    page=Page(
        what="Something that is executed, sent or called still has a placeholder: `<PREVIOUS_SHA>`, `YOUR_ORG`, "
        "`TODO`, `CHANGEME`, `backup-TIMESTAMP`, `[latest-backup]`.",
        why="A shell does not stop at it: `deployment/<name>-x` is two redirections to bash, which then runs something "
        "else.",
        bad="steps:\n  - {id: undo, run: 'docker pull registry.example.com/app:<PREVIOUS_SHA>'}",
        good="parameters:\n  PREVIOUS_SHA: {pattern: '[0-9a-f]{40}'}\nsteps:\n"
        "  - {id: undo, run: 'docker pull \"registry.example.com/app:$PREVIOUS_SHA\"'}",
    ),
)
def unresolved(subject: Subject) -> Iterator[Finding]:
    """Look at every text that a machine reads, and at how people are reached."""
    for gap in unfilled(subject.texts):
        yield subject.finding(
            gap.path,
            f"{gap.word} is a placeholder that nobody filled in.",
            "Write the value, or make it a parameter and use it as an environment variable.",
            span=gap.span,
        )
    for placed in subject.called:
        for start, end in script_placeholders(placed.text):
            message = f"{placed.text[start:end]} is a placeholder that nobody filled in."
            hint = "Write the value, or use a parameter: it is an environment variable there too."
            yield subject.in_script(placed, message, hint, span=(start, end), doubt=True)
