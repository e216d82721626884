"""RG204, RG205: commands that never end, and waits without a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.knowledge.endless import LIMITS, how_to_end, is_piped, never_ends, waits_without_limit
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.script import BACKGROUND, LOOP, Command, Scope, Word
from rollback_gov.policy.shell.subcommands import family
from rollback_gov.policy.shell.unwrapping import LIMITED
from rollback_gov.policy.subject import Subject

if TYPE_CHECKING:
    from rollback_gov.policy.shell.mending import Mend


@rule(
    "RG204",
    "A command that never ends",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script follows (`tail -f`, `kubectl logs -f`), watches (`watch`, `kubectl get -w`), forwards a port in "
        "the foreground, or goes round in a loop that nothing ends.",
        why="The step runs until it is killed, and has failed then. Everything behind it waits.",
        bad="steps:\n  - {id: logs, run: kubectl -n shop logs -f deployment/shop, timeout: 2m}",
        good="steps:\n  - {id: logs, run: 'kubectl -n shop logs --tail=500 deployment/shop', timeout: 2m}",
    ),
)
def endless(subject: Subject) -> Iterator[Finding]:
    """Look at every command and every loop."""
    for placed in subject.scripts:
        if placed.role == "looks" or placed.called_in(BACKGROUND, LIMITED):
            continue
        for command, (word, said) in placed.script.told(never_ends):
            yield subject.in_script(
                placed,
                f"'{said}' never ends.",
                how_to_end(said),
                span=(word.start, word.end),
                doubt=is_piped(command) or placed.may_not_run(command),
            )
        yield from _loops(subject, placed)


def _loops(subject: Subject, placed: PlanScript) -> Iterator[Finding]:
    seen: set[int] = set()
    for command in placed.script.commands:
        loop = next((scope for scope in command.scopes() if scope.loop and scope.loop.endless), None)
        if loop is not None and loop.start not in seen and not _ends_otherwise(loop):
            seen.add(loop.start)
            end = _head_end(placed.text, loop)
            head = " ".join(placed.text[loop.start : end].split())
            yield subject.in_script(
                placed,
                f"The loop '{head}' never ends: nothing in it leaves it.",
                "Count the tries, or use `until` of the step, which has a limit.",
                span=(loop.start, end),
            )


def _head_end(text: str, loop: Scope) -> int:
    """Say where the head of a loop ends, which may stand on several lines: ``for ((;;))``, ``while true``."""
    closed = text.find("))", loop.start, loop.end) + 2 if text.startswith("for", loop.start) else 0
    if closed > 1:
        return closed
    line = text.find("\n", loop.start, loop.end)
    line = line if line != -1 else loop.end
    semicolon = text.find(";", loop.start, line)
    return semicolon if semicolon != -1 else line


def _ends_otherwise(scope: Scope | None) -> bool:
    """A loop in the background, or under a limit, is somebody else's to end."""
    while scope is not None:
        if scope.kind in (BACKGROUND, LIMITED, "function"):
            return True
        scope = scope.parent
    return False


@rule(
    "RG205",
    "A wait without a limit",
    severity=Severity.WARNING,
    page=Page(
        what="A command waits for an answer as long as it takes (`kubectl rollout status`, `curl`, `wget`), or a loop "
        "waits until something is true, and neither the command nor its step has a limit.",
        why="A rollout that cannot finish is a common reason for a rollback. Without a limit the time of the whole "
        "phase is gone before anybody learns of it.",
        bad="steps:\n  - {id: rollout, run: kubectl -n shop rollout status deployment/shop}",
        good="steps:\n  - {id: rollout, run: kubectl -n shop rollout status deployment/shop --timeout=90s, timeout: "
        "100s}",
    ),
)
def without_limit(subject: Subject) -> Iterator[Finding]:
    """Look at what waits, where the plan gives no limit of its own."""
    for placed in subject.scripts:
        if placed.limit is not None or placed.role == "looks" or placed.called_in(BACKGROUND, LIMITED):
            continue
        for command, (word, said) in placed.script.told(waits_without_limit):
            yield subject.in_script(
                placed,
                f"'{said}' waits as long as it takes.",
                "Give it a limit (`--timeout=90s`, `--max-time 10`), or the step a `timeout`.",
                span=(word.start, word.end),
                mend=_limited(placed, command, word),
            )
        for command in placed.script.by_program.get("sleep", ()):
            if _waits_for_something(command.scope, placed):
                yield subject.in_script(
                    placed,
                    "This loop waits until something is true, and nothing ends it if that never is.",
                    "Count the tries, or use `until` of the step, which has a limit.",
                    span=(command.start, command.end),
                )


def _limited(placed: PlanScript, command: Command, word: Word) -> Mend | None:
    """Let it wait as long as its phase has, in whole seconds: what takes longer has missed its time anyhow."""
    budget = placed.phase.budget if placed.role == "acts" and placed.phase is not None else None
    option = LIMITS.get(family(command))
    if budget is None or option is None or budget.milliseconds < 1000:
        return None
    from rollback_gov.policy.shell.mending import behind

    return behind(placed.script, word, option.format(budget.milliseconds // 1000))


def _waits_for_something(scope: Scope | None, placed: PlanScript) -> bool:
    """A ``while`` or ``until`` loop around a pause that its condition alone can end, and no counting in sight."""
    if scope is None or scope.kind != LOOP or scope.loop is None or scope.loop.endless or scope.loop.times is not None:
        return False
    text = placed.text[scope.start : scope.end]
    leaves = any(
        word in text for word in ("break", "exit", "return", "SECONDS", "++", "--)", "+ 1", "+1", "- 1", "-1", "date")
    )
    return text.startswith(("while", "until")) and not leaves
