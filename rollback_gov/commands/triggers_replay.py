"""Replaying the decision logs of a watch, and saying where another decision would have been taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rollback_gov.commands.operation_plan import plans_in
from rollback_gov.commands.triggers_look import with_triggers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.digest import rules_digest
from rollback_gov.triggers.line import FIRST, LogError, digest_of
from rollback_gov.triggers.parts import is_first, parts_of
from rollback_gov.triggers.replay import replay

MOST_DIFFERENCES = 8
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision of the log that differs from the one before: its line, its time, and the band's action."""

    line: int
    at: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of one log. ``line`` is the first that differs, 0 for none; ``problem`` says why it was refused.

    ``head`` is the sha256 of the last line: whoever kept it can tell whether lines were cut off the end.
    """

    log: str
    plan: str = ""
    lines: int = 0
    ticks: int = 0
    head: str = FIRST
    torn: int = 0
    begins: int = 1
    """The number of the first line: more than 1 where older parts of the log are not there."""
    problem: str = ""
    line: int = 0
    differences: tuple[str, ...] = ()
    note: str = ""
    decisions: tuple[Decided, ...] = ()

    @property
    def result(self) -> str:
        """``same``, ``differs`` or ``refused``."""
        return "refused" if self.problem else "differs" if self.line else "same"


def replay_logs(path: Path, plan: Path | None) -> tuple[Replayed, ...]:
    """Replay a log, or each of a watch's folder. Raises UsageError where there is no log, or no plan for it."""
    logs = [[path]]
    if path.is_dir():
        named = {_first(log) for log in path.glob("decision*.jsonl")}
        logs = [parts_of(first) for first in sorted(named)]
    if not logs:
        raise UsageError(
            f"There is no decision log in {path}.",
            hint="A watch leaves it in incidents/watch-OPERATION-ENVIRONMENT/decision.jsonl.",
        )
    return tuple(_replayed(log, plan) for log in logs)


def _first(log: Path) -> Path:
    """Give the name of the first file of a log, out of that of any."""
    return log if is_first(log) else log.with_stem(log.stem.rpartition(".")[0])


def _replayed(parts: Sequence[Path], plan_path: Path | None) -> Replayed:
    texts, torn = _read(parts)
    log = parts[0]
    started = _started(texts)
    path = plan_path or _plan_of(log, started)
    plan = with_triggers(load_plan(path).require())
    head = digest_of(texts[-1].encode("utf-8", "surrogateescape")) if texts else FIRST
    found = Replayed(log=str(log), plan=str(path), lines=len(texts), head=head, torn=torn, begins=_begins(texts))
    try:
        again = replay(texts, plan)
    except LogError as error:
        return replace(found, problem=str(error))
    number = next((index for index, (one, other) in enumerate(zip(texts, again, strict=True)) if one != other), None)
    ticks = sum('"type":"tick"' in text for text in texts)
    different = _difference(texts, again, number, plan, started)
    return replace(found, ticks=ticks, decisions=tuple(_decisions(texts)), **different)


def _begins(texts: Sequence[str]) -> int:
    """Give the number of a log's first line; 1 where it has none that can be read."""
    try:
        return int(json.loads(texts[0])["seq"])
    except (IndexError, ValueError, LookupError, TypeError):
        return 1


def _difference(
    texts: Sequence[str], again: Sequence[str], number: int | None, plan: Plan, started: Mapping[str, Any]
) -> dict[str, Any]:
    if number is None:
        return {}
    kept, given = json.loads(texts[number]), json.loads(again[number])
    differences = [*_differences(kept, given, "")] or ["the same values, written differently"]
    more = len(differences) - MOST_DIFFERENCES
    shown = differences[:MOST_DIFFERENCES] + ([f"and {more} more"] if more > 0 else [])
    return {"line": kept["seq"], "differences": tuple(shown), "note": _note(plan, started)}


def _note(plan: Plan, started: Mapping[str, Any]) -> str:
    """Say whose fault a difference is, where the log says which triggers were watched."""
    watched, version = started.get("rules", ""), started.get("tool_version", "?")
    if not watched:
        return ""
    if watched != rules_digest(plan):
        return "The triggers or the decision of the plan have changed since: replay with the plan as it was (--plan)."
    return f"The triggers are those that were watched; it was watched by rollback-gov {version}."


def _differences(kept: Any, given: Any, where: str) -> Iterator[str]:
    """Say which values differ, by their place in the line."""
    if isinstance(kept, dict) and isinstance(given, dict):
        for key in sorted({*kept, *given}):
            yield from _differences(kept.get(key, _ABSENT), given.get(key, _ABSENT), f"{where}/{key}")
    elif kept != given:
        yield f"{where}: {_shown(kept)} in the log, {_shown(given)} by these triggers"


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def _read(parts: Sequence[Path]) -> tuple[list[str], int]:
    """Give the lines of all parts, and how many bytes of a line without an end follow."""
    content = b""
    for part in parts:
        try:
            content += part.read_bytes()
        except OSError as error:
            raise UsageError(f"The decision log {part} cannot be read: {error.strerror}.") from error
    *whole, rest = content.split(b"\n")
    return [line.decode("utf-8", "surrogateescape") for line in whole], len(rest)


def _started(texts: Sequence[str]) -> Mapping[str, Any]:
    """Give what the log's first line says about the watch; nothing where it is no such line."""
    try:
        document = json.loads(texts[0])
        return (
            document["data"]
            if document["type"] in ("started", "continued") and isinstance(document["data"], dict)
            else {}
        )
    except (IndexError, ValueError, LookupError, TypeError):
        return {}


def _decisions(texts: Sequence[str]) -> Iterator[Decided]:
    before = ""
    for document in map(json.loads, texts):
        decision = document["data"].get("decision") if document["type"] == "tick" else None
        key = f"{decision['action']}:{decision['band']}" if decision else before
        if decision and key != before:
            yield Decided(line=document["seq"], at=document["at"], action=decision["action"], reason=decision["reason"])
        before = key


def _plan_of(log: Path, started: Mapping[str, Any]) -> Path:
    """Find the plan of the log's operation in the repository around it."""
    operation = started.get("operation", "")
    workspace = Workspace.around(log)
    root = workspace.root
    named = root / str(started.get("plan") or ".")
    candidates = [named] if named.is_file() else plans_in(workspace)
    for path in candidates:
        plan = load_plan(path).plan
        if plan is not None and plan.metadata.operation == operation:
            return path
    raise UsageError(
        f"There is no plan of operation '{operation}' in {root}." if operation else f"{log} names no operation.",
        hint="Name the plan: --plan PLAN.",
    )
