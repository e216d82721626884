"""RG208, RG209: commands after which something is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.knowledge.destructive import Loss, keeps, losses, sent
from rollback_gov.policy.knowledge.programs import is_opaque
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.script import Command, Script
from rollback_gov.policy.shell.unwrapping import REPEATED
from rollback_gov.policy.subject import Subject

_COPIES = ("backup", "back-up", "dump", "snapshot", "save", "copy", "export", "archive")


@rule(
    "RG208",
    "A destructive command in a step that is not marked",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script drops, flushes, empties, prunes or overwrites (`DROP TABLE`, `FLUSHALL`, `mongorestore --drop`, "
        '`rm -rf "$X"/`, `docker system prune`, `terraform apply -auto-approve`), and its step is not marked '
        "`destructive`. A check, a question or a capture must not do so at all.",
        why="A step that is marked is shown as such, is never repeated in silence after a crash, and needs a "
        "baseline. A "
        "step that is not marked is taken for harmless by whoever reads the plan at night.",
        bad="steps:\n  - {id: cache, run: redis-cli -e FLUSHALL, timeout: 10s}",
        good="steps:\n  - {id: cache, run: redis-cli -e FLUSHALL, timeout: 10s, destructive: true, idempotent: true}",
    ),
)
def unmarked(subject: Subject) -> Iterator[Finding]:
    """Look at every command of every script but those of a rehearsal."""
    for placed, _, loss in _every_loss(subject):
        marked = placed.role == "acts" and getattr(placed.owner, "destructive", False)
        if marked or (placed.role != "acts" and not loss.sure):
            continue
        hint = "Mark the step `destructive: true`, and say with `idempotent` or `verify` whether it may run again."
        if placed.role != "acts":
            hint = "Put it into a step; what only looks or keeps must change nothing."
        why = "the step is not marked so" if placed.role == "acts" else "this is no step"
        message = f"'{_said(loss)}' {loss.what}, and {why}."
        yield subject.in_script(placed, message, hint, span=(loss.word.start, loss.word.end), doubt=not loss.sure)


@rule(
    "RG209",
    "A destructive command and no copy of what it destroys",
    severity=Severity.WARNING,
    page=Page(
        what="A script destroys something, and nothing before it keeps the same kind of thing: no `pg_dump` before a "
        "`DROP`, no `mongodump` before `mongorestore --drop`. Scripts that cannot be read here count as a copy.",
        why="If the step fails half-way, or was a mistake, there is nothing to go back to.",
        bad="steps:\n  - {id: old, run: 'mongorestore --drop /backup/dump', destructive: true, idempotent: true}",
        good="baseline:\n  - {id: database, run: 'mongodump --archive=\"$SAVE\"', save: shop.archive, required: true}\n"
        "steps:\n  - {id: old, run: 'mongorestore --drop --archive=\"$BASELINE/shop.archive\"', destructive: true, "
        "idempotent: true}",
    ),
)
def no_copy(subject: Subject) -> Iterator[Finding]:
    """Look at what sure losses destroy, and at what was kept before."""
    kept = _Kept(subject.scripts)
    for placed, command, loss in _every_loss(subject):
        if placed.role == "acts" and loss.sure and not kept.before(placed, command, loss.thing):
            message = f"Nothing before '{_said(loss)}' keeps a copy of what it destroys ({loss.thing})."
            hint = "Keep one in `baseline` or `capture`, or in a step before."
            yield subject.in_script(placed, message, hint, span=(loss.word.start, loss.word.end))


def _every_loss(subject: Subject) -> Iterator[tuple[PlanScript, Command, Loss]]:
    for placed in subject.scripts:
        if placed.role != "rehearses":
            for command, found in placed.script.told(losses):
                for loss in found:
                    yield placed, command, replace(loss, sure=loss.sure and not placed.may_not_run(command))
            for reader, loss in _sent(placed.script):
                yield placed, reader, replace(loss, sure=loss.sure and not placed.may_not_run(reader))


def _sent(script: Script) -> Iterator[tuple[Command, Loss]]:
    """Look at what is told to a client through a pipe."""
    for pipeline in script.pipelines:
        for left, right in pairwise(pipeline.parts):
            if len(left) == 1 and len(right) == 1:
                reader = script.commands[right.start]
                yield from ((reader, loss) for loss in sent(script.commands[left.start], reader))


def _said(loss: Loss) -> str:
    text = loss.said or " ".join(loss.word.value.split())
    return text if len(text) <= 50 else text[:47] + "..."


class _Kept:
    """Where a plan first keeps a copy of each thing, in the order of its scripts: found once, however much is lost."""

    def __init__(self, scripts: Sequence[PlanScript]) -> None:
        self._scripts = scripts
        self._numbers = {id(placed): number for number, placed in enumerate(scripts)}
        self._called: dict[int, list[PlanScript]] = {}
        for placed in scripts:
            if placed.caller is not None:
                self._called.setdefault(id(placed.caller), []).append(placed)
        self._starts: dict[tuple[int, str], int | None] = {}
        self._first: dict[str, int] = {}

    def before(self, placed: PlanScript, command: Command, thing: str) -> bool:
        """Tell whether an earlier script, or an earlier command of this one, may keep such a thing."""
        number = self._numbers[id(placed)]
        if command.inside(REPEATED) or self._first_script(thing) < number:
            return True
        start = self._start(number, thing)
        if start is not None and start < command.start:
            return True
        return any(
            each.call is not None
            and each.call.start < command.start
            and self._start(self._numbers[id(each)], thing) is not None
            for each in self._called.get(id(placed), ())
        )

    def _first_script(self, thing: str) -> int:
        if thing not in self._first:
            found = (
                number
                for number, placed in enumerate(self._scripts)
                if placed.role in ("saves", "acts") and self._start(number, thing) is not None
            )
            self._first[thing] = next(found, len(self._scripts))
        return self._first[thing]

    def _start(self, number: int, thing: str) -> int | None:
        """Give where a script first keeps such a thing; None where it does not."""
        if (number, thing) not in self._starts:
            placed = self._scripts[number]
            keeping = (command.start for command in placed.script.runs if _may_keep(command, thing, placed))
            self._starts[number, thing] = next(keeping, None)
        return self._starts[number, thing]


def _may_keep(command: Command, thing: str, placed: PlanScript) -> bool:
    """A script of their own may keep anything where the plan keeps things, or where its name says so."""
    if keeps(command, thing):
        return True
    words = " ".join(word.value for word in command.words).lower()
    return is_opaque(command) and (placed.role == "saves" or any(word in words for word in _COPIES))
