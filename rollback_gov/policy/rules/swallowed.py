"""RG207, RG220: failures that nobody learns of."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.knowledge.exit_codes import hides_failure, may_fail
from rollback_gov.policy.knowledge.programs import BUILTINS, KEYWORDS
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.options import options
from rollback_gov.policy.shell.script import (
    BACKGROUND,
    CONDITION,
    FALLBACK,
    FED,
    FUNCTION,
    LOOP,
    NEGATED,
    PIPED,
    SUBSTITUTION,
    TRIED,
    Command,
    Fallback,
    Script,
)
from rollback_gov.policy.subject import Subject

_OTHERWISE = frozenset({"trap", ".", "source", *KEYWORDS})
"""By these a script may end in a way that is not seen; keywords where the grammar has lost its way."""
_TELLS = frozenset({"echo", "printf", "logger"})
"""What only says that something has failed has not failed itself."""
_FAR = 64
"""So many commands are looked at on either side: nobody writes more into one line."""
_COUNTS = "Leave it out, or set `on_failure: continue` where the step may fail."


@rule(
    "RG207",
    "A failure is swallowed in a step that counts",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script goes on after a failure as if nothing had happened: `|| true`, `|| :`, at its end also "
        "`|| exit 0` and `|| echo …`, `set +e`, a script under `uses` without `set -e`. It is an error where that is "
        "all the script does, and a warning where it is a part of it, or where the failure is told at least. "
        "Commands whose failure means nothing (`rm -f`, `grep`, `pkill`), messages, and steps with `on_failure: "
        "continue` are left alone.",
        why="The run takes the step for done and goes on to the next one: traffic comes back to a database that was "
        "not restored.",
        bad="steps:\n  - {id: flag, run: 'curl -fsS -m 5 -X POST http://flags/new/off || true'}",
        good="steps:\n  - {id: flag, run: 'curl -fsS -m 5 -X POST http://flags/new/off', on_failure: continue}",
    ),
)
def swallowed(subject: Subject) -> Iterator[Finding]:
    """Look at what stands right of ``||``, and at ``set +e``."""
    for placed in subject.scripts:
        if not placed.counts:
            continue
        script = placed.script
        for fallback in script.fallbacks:
            word = _gives_up(script, fallback)
            if word:
                whole = _is_whole(script, fallback) and not placed.judged_by_output
                sure = whole and placed.role == "acts" and _verify(placed) is None and word not in _TELLS
                what = "Whatever happens, this step has passed" if sure else "A failure is swallowed here"
                end = script.commands[fallback.right.start].end
                yield subject.in_script(
                    placed, f"{what}: '|| {word}'.", _COUNTS, span=(fallback.start, end), doubt=not sure
                )
        yield from _lenient(subject, placed)
        yield from _goes_on(subject, placed)


def _verify(placed: PlanScript) -> object:
    return placed.step.verify if placed.step is not None else None


def _is_whole(script: Script, fallback: Fallback) -> bool:
    """Whether the script does nothing else. It asks no further than to the first other command."""
    others = (*range(min(fallback.left.start, _FAR)), *range(fallback.right.stop, len(script.commands))[:_FAR])
    return all(script.commands[other].name == "set" for other in others)


def _gives_up(script: Script, fallback: Fallback) -> str:
    """Give what stands there instead of an answer to the failure; empty where it is an answer, or nothing may fail."""
    if len(fallback.right) != 1 or not fallback.left:
        return ""
    command = script.commands[fallback.right.start]
    word = _said(script, command, last=fallback.right.stop == len(script.commands))
    if not word or command.inside(CONDITION, SUBSTITUTION, FUNCTION):
        return ""
    left = script.commands[max(fallback.left.start, fallback.left.stop - _FAR) : fallback.left.stop]
    return word if may_fail(left) else ""


def _said(script: Script, command: Command, *, last: bool) -> str:
    """Give how a command says that all is well; empty for one that does not. Some count as the script's last one."""
    if command.name in ("true", ":"):
        return command.name
    if last and command.name in _TELLS and not command.inside(LOOP) and not _kept(script, command):
        return command.name
    zero = command.name in ("exit", "return") and [word.value for word in command.arguments] == ["0"]
    return f"{command.name} 0" if zero and last else ""


def _kept(script: Script, command: Command) -> bool:
    """Whether what it says goes into a file, where another step may look."""
    behind = (redirect for redirect in script.redirects if redirect.target.start > command.start)
    return any(redirect.writes and not redirect.target.value.startswith("/dev/") for redirect in behind)


def _lenient(subject: Subject, placed: PlanScript) -> Iterator[Finding]:
    """``set +e`` without a look at ``$?`` afterwards, and without going back."""
    script = placed.script
    if any(use.name == "?" for use in script.expansions):
        return
    calls = script.by_program.get("set", ())
    last_back = max((command.start for command in calls if "-e" in _values(command)), default=-1)
    for command in calls:
        for word in command.arguments:
            is_off = word.value.startswith("+") and "e" in word.value and command.start >= last_back
            if is_off and not command.inside(SUBSTITUTION):
                message = "From here on a failure does not end the script."
                hint = "Leave it out; where one command may fail, say so for that one."
                yield subject.in_script(placed, message, hint, span=(command.start, command.end), doubt=True)


def _goes_on(subject: Subject, placed: PlanScript) -> Iterator[Finding]:
    """A script of its own without ``set -e``: the first command whose failure nothing looks at, the last one apart."""
    script = placed.script
    if placed.call is None or placed.is_sourced or options(script, placed.call).failure:
        return
    if any(use.name == "?" for use in script.expansions) or not script.by_program.keys().isdisjoint(_OTHERWISE):
        return
    last = max((command.end for command in script.commands), default=0)
    for command in script.commands:
        looked_at = command.inside(CONDITION, TRIED, NEGATED, SUBSTITUTION, FUNCTION, BACKGROUND, FED, PIPED, FALLBACK)
        is_program = command.name not in BUILTINS and command.name not in script.functions
        if (
            command.end < last
            and is_program
            and not looked_at
            and may_fail([command])
            and not _before_and(script, command)
        ):
            message = f"{placed.file} has no `set -e`: when this fails, it goes on."
            hint = "Begin it with `set -euo pipefail`."
            yield subject.in_script(placed, message, hint, span=(command.start, command.end), doubt=True)
            return


def _before_and(script: Script, command: Command) -> bool:
    """``a && b``: what follows does not happen when ``a`` fails."""
    return script.text[command.end :].lstrip(" \t").startswith("&&")


def _values(command: Command) -> list[str]:
    return [word.value for word in command.words]


@rule(
    "RG220",
    "A program that says success when it failed",
    severity=Severity.WARNING,
    page=Page(
        what="`psql` reads a file or its input without `ON_ERROR_STOP`; `curl` is called without `--fail` and nothing "
        "looks at its answer.",
        why="psql goes on after an error and exits with 0; so does curl when the server answers 404 or 500. The step "
        "has passed, and nothing was done.",
        bad="steps:\n  - {id: fix, run: psql -X -f sql/fix.sql, timeout: 1m}",
        good="steps:\n  - {id: fix, run: psql -X -v ON_ERROR_STOP=1 -f sql/fix.sql, timeout: 1m}",
    ),
)
def says_success(subject: Subject) -> Iterator[Finding]:
    """Look at the programs that are known for it, in scripts whose failure counts."""
    for placed in subject.scripts:
        if not placed.counts:
            continue
        for command in placed.script.calls(("psql", "curl")):
            hidden = hides_failure(command)
            if hidden is not None and not (placed.judged_by_output and command.program == "curl"):
                message, hint = hidden
                word = command.words[0]
                from rollback_gov.policy.shell.mending import behind

                mend = behind(placed.script, word, "-v ON_ERROR_STOP=1") if command.program == "psql" else None
                yield subject.in_script(placed, message, hint, span=(word.start, word.end), mend=mend)
