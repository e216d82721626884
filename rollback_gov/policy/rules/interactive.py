"""RG203: commands that talk to a person in a step that no person sits at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollback_gov.model.finding import Finding
from rollback_gov.policy.knowledge.interactive import Dialogue, dialogue
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.shell.script import Script
from rollback_gov.policy.subject import Subject

if TYPE_CHECKING:
    from rollback_gov.policy.shell.mending import Mend


@rule(
    "RG203",
    "An interactive command where nobody sits",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script asks for a terminal (`docker exec -it`), opens an editor or a pager, waits for an answer "
        "(`read`, `apt install` without `-y`, `terraform apply` without a saved plan), or logs in somewhere without a "
        "command.",
        why="Steps run without a terminal. Some of these commands refuse, some wait until their time is over, and some "
        "read an empty answer and go on.",
        bad="steps:\n  - {id: writes, run: \"docker exec -it postgres psql -c 'SELECT 1'\"}",
        good="steps:\n  - {id: writes, run: \"docker exec postgres psql -c 'SELECT 1'\"}",
    ),
)
def interactive(subject: Subject) -> Iterator[Finding]:
    """Look at every command that may be a dialogue."""
    for placed in subject.scripts:
        if placed.role == "looks":
            continue
        for command, found in placed.script.told(dialogue):
            span = (found.word.start, found.word.end)
            doubt = not found.sure or placed.may_not_run(command)
            mend = _without_terminal(placed.script, found) if found.without else None
            yield subject.in_script(placed, found.message, found.hint, span=span, doubt=doubt, mend=mend)


def _without_terminal(script: Script, found: Dialogue) -> Mend | None:
    """``-it`` becomes ``-i``: whatever is piped in still arrives."""
    from rollback_gov.policy.shell.mending import instead, without

    rest = found.word.value.replace("t", "")
    if found.word.value.startswith("--") or rest == "-":
        return without(script, found.word)
    return instead(script, found.word, rest)
