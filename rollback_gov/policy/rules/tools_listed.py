"""RG218: programs that nobody makes sure of."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.knowledge.programs import BASIC, BUILTINS
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.shell.script import Command
from rollback_gov.policy.shell.unwrapping import REMOTE
from rollback_gov.policy.subject import Subject


@rule(
    "RG218",
    "A program that `tools` does not name",
    severity=Severity.WARNING,
    page=Page(
        what="A script of the run calls a program that is not among `tools`, and that not every machine has. Each is "
        "told once. Programs that the plan brings along (`scripts/…`) belong under `uses`.",
        why="Whatever `tools` names is looked for before the first step. What is missing shows itself then, and not in "
        "the fourth phase.",
        bad="tools: [kubectl]\nsteps:\n  - {id: count, run: 'psql -Atc \"SELECT count(*) FROM users\"'}",
        good="tools: [kubectl, psql]\nsteps:\n  - {id: count, run: 'psql -Atc \"SELECT count(*) FROM users\"'}",
    ),
)
def not_listed(subject: Subject) -> Iterator[Finding]:
    """Look at the first call of each program."""
    known = set(subject.plan.tools) | BUILTINS | BASIC
    for placed in subject.scripts:
        if placed.role in ("looks", "rehearses"):
            continue
        for command in placed.script.runs:
            if _is_program(command, placed.script.functions) and command.name not in known:
                known.add(command.name)
                word = command.words[0]
                message = f"The program '{command.name}' is not among `tools`."
                yield subject.finding(
                    placed.path, message, f"Add it: `tools: [{command.name}]`.", span=(word.start, word.end)
                )


def _is_program(command: Command, functions: frozenset[str]) -> bool:
    name = command.name
    return bool(name) and "/" not in name and name not in functions and name[0].isalnum() and not command.inside(REMOTE)
