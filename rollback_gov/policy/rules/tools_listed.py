"""RG218: programs that nobody makes sure of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rollback_gov.model.finding import Finding, Fix, Severity
from rollback_gov.policy.knowledge.programs import BASIC, BUILTINS, KEYWORDS
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.script import Command, Script
from rollback_gov.policy.shell.unwrapping import REMOTE
from rollback_gov.policy.subject import Subject


@rule(
    "RG218",
    "A program that `tools` does not name",
    severity=Severity.WARNING,
    page=Page(
        what="A script of the run calls a program that is not among `tools`, and that not every machine has. Each is "
        "told once, and all in one sentence where the plan names no `tools` at all. Programs that the plan brings "
        "along (`scripts/…`) belong under `uses`.",
        why="Whatever `tools` names is looked for before the first step. What is missing shows itself then, and not in "
        "the fourth phase.",
        bad="tools: [kubectl]\nsteps:\n  - {id: count, run: 'psql -Atc \"SELECT count(*) FROM users\"'}",
        good="tools: [kubectl, psql]\nsteps:\n  - {id: count, run: 'psql -Atc \"SELECT count(*) FROM users\"'}",
    ),
)
def not_listed(subject: Subject) -> Iterator[Finding]:
    """Look at the first call of each program. Where a plan names no tools at all, that is one finding and not ten."""
    calls = list(_unknown(subject))
    names = ", ".join(command.name for _, command in calls)
    for placed, command in calls if subject.plan.tools else calls[:1]:
        message = f"The program '{command.name}' is not among `tools`."
        hint = f"Add it: `tools: [{command.name}]`."
        if not subject.plan.tools:
            message = f"The plan names no `tools`; its scripts need {names}."
            hint = f"Add `tools: [{names}]`."
        word = command.words[0]
        found = subject.in_script(placed, message, hint, span=(word.start, word.end))
        missing = (command.name,) if subject.plan.tools else tuple(each.name for _, each in calls)
        yield replace(found, fix=Fix(path=("tools",), value=missing, add=True))


def _unknown(subject: Subject) -> Iterator[tuple[PlanScript, Command]]:
    """Give the first call of each program that is neither named nor everywhere."""
    known = set(subject.plan.tools) | BUILTINS | BASIC
    for placed in subject.scripts:
        if placed.role in ("looks", "rehearses") or _may_define(placed.script):
            continue
        for command in placed.script.runs:
            if command.name not in known and _is_program(command, placed.script):
                known.add(command.name)
                yield placed, command


def _may_define(script: Script) -> bool:
    """What a script reads with ``source`` may be functions that it calls; what could not be read may be anything."""
    return bool(script.faults) or not script.by_program.keys().isdisjoint((".", "source", "eval"))


def _is_program(command: Command, script: Script) -> bool:
    """Tell a program on PATH from paths, functions, and what the script itself looks for before it calls it."""
    name = command.name
    if (
        not name
        or "/" in name
        or not name[0].isalnum()
        or name in script.functions
        or command.inside(REMOTE)
        or name in KEYWORDS
    ):
        return False
    asked = script.calls(("command", "which", "type", "hash"))
    return not any(word.value == name for asking in asked for word in asking.arguments)
