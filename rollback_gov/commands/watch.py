"""Watching the triggers of a plan, and doing what follows: tell, ask, or roll back."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from rollback_gov import __version__
from rollback_gov.commands.runs import unfinished_run
from rollback_gov.commands.target import Target
from rollback_gov.commands.triggers_look import with_triggers
from rollback_gov.commands.watch_sources import baseline_numbers, folder_of, open_sources
from rollback_gov.commands.world import World
from rollback_gov.execution.context import Context
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.plan import Plan
from rollback_gov.model.reason import RollbackReason
from rollback_gov.triggers.decision import Decision, Mode
from rollback_gov.triggers.digest import rules_digest
from rollback_gov.triggers.firing import reason_of_trigger
from rollback_gov.triggers.line import Line, stamp
from rollback_gov.triggers.log import open_log, started_data
from rollback_gov.triggers.narrative import blind
from rollback_gov.triggers.reading import Reader
from rollback_gov.triggers.response import OURSELVES, End, Execute, Responder
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.store import Memory, load
from rollback_gov.triggers.tick import Rules
from rollback_gov.triggers.watcher import Record, Report, Watcher

_SLICE = 0.1
"""Longest sleep in one piece, in seconds: a wish to stop is seen after it at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What a person chose beside the plan; None leaves it as the plan says. ``limit`` ends the watch after a time."""

    mode: Mode | None = None
    every: Duration | None = None
    limit: Duration | None = None
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears of a watch while it goes on: every tick, and every line of the decision log."""

    ticked: Callable[[Report], None] = field(default=lambda _report: None)
    logged: Callable[[Line], None] = field(default=lambda _line: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchResult:
    """How a watch ended: its exit code, a sentence, which triggers had fired, and which could not be evaluated."""

    exit_code: int
    text: str
    fired: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    ticks: int = 0


def rules_of(plan: Plan, baseline_folder: Path, options: WatchOptions | None = None) -> Rules:
    """Give what decides beside the readings. Raises UsageError for a plan without triggers."""
    chosen = options or WatchOptions()
    numbers = baseline_numbers(with_triggers(plan), baseline_folder)
    return Rules.of(plan, every=chosen.every, mode=chosen.mode, baseline=numbers)


def watch(
    target: Target, world: World, options: WatchOptions, *, execute: Execute, listener: Listener | None = None
) -> WatchResult:
    """Watch until a rollback is decided, the time is over, or somebody stops it.

    Exit codes: 0 nothing fired, or rolled back; 1 something fired and was told or refused, or a trigger was blind at
    the end; 5 the rollback failed; 130 stopped. Monitoring that fails never rolls back.
    """
    rules, hears = rules_of(target.loaded.require(), target.baseline_folder, options), listener or Listener()
    with ExitStack() as stack:
        book = stack.enter_context(open_sources(target, world))
        reader = stack.enter_context(closing(Reader(book, rules.every)))
        log, state = open_log(folder_of(target), heard=hears.logged)
        record = Record(log, state, say=world.console.say)
        stack.callback(record.close)
        responder = _responder(target, world, rules, execute=execute, record=record)
        memory = _begin(target, world, responder, record)
        watcher = Watcher(rules, reader, memory=memory, now=_now(world))
        return _watch(watcher, responder, world, record, options=options, hears=hears)


def wait_for_trigger(
    context: Context,
    trigger_id: str,
    *,
    timeout: float,
    ticked: Callable[[Report], None] = lambda _report: None,
) -> RollbackReason | None:
    """Watch with the plan's own machines until this trigger fires, or any other; nothing is decided or written down.

    Gives the reason for a rollback, or None after ``timeout`` seconds or a wish to stop.
    """
    rules = rules_of(context.plan, context.baseline_folder)
    with closing(Reader(context.sources, rules.every)) as reader:
        watcher = Watcher(rules, reader, memory=Memory(), now=_now(context))
        limit = context.clock.monotonic() + timeout
        while _sleep(context, watcher, limit):
            report = watcher.tick(_now(context))
            ticked(report)
            fired = [name for name, state in report.tick.states.items() if state.status is Status.FIRED]
            if fired:
                chosen = trigger_id if trigger_id in fired else fired[0]
                return reason_of_trigger(chosen, report.tick, rules, decided_by=OURSELVES)
    return None


def _begin(target: Target, world: World, responder: Responder, record: Record) -> Memory:
    """Go on from the saved state, or begin anew after a rollback that is over, and write the log's first line."""
    now, rules = _now(world), responder.rules
    memory = load(record.state, rules, at=now)
    if responder.begin(memory.done):
        memory = Memory(notes=("an earlier rollback of this operation is over; the watch begins anew",))
        responder.done = memory.done
    for note in memory.notes:
        world.console.say(note)
    about = {
        "operation": target.loaded.require().metadata.operation,
        "environment": target.environment,
        "plan": os.path.relpath(target.loaded.path.resolve(), target.workspace.root),
        "rules": rules_digest(target.loaded.require()),
        "done": sorted(memory.done),
        "tool_version": __version__,
    }
    record.write("started", started_data(rules, states=memory.states, about=about), at=now)
    return memory


def _responder(target: Target, world: World, rules: Rules, *, execute: Execute, record: Record) -> Responder:
    def by_hand(decision: Decision) -> str:
        scenario = ["--scenario", decision.scenario] if decision.scenario else []
        words = ["--environment", target.environment, *scenario, "--reason", decision.reason]
        return shlex.join(["rollback-gov", "execute", str(target.loaded.path), *words])

    return Responder(
        rules=rules,
        folder=folder_of(target),
        what=f"{target.loaded.require().metadata.operation} in {target.environment}",
        person=world.person,
        console=world.console,
        execute=execute,
        by_hand=by_hand,
        write=lambda kind, data: record.write(kind, data, at=_now(world)),
        stopped=lambda: world.stop.requested,
        unfinished=lambda: unfinished_run(target),
    )


def _watch(
    watcher: Watcher, responder: Responder, world: World, record: Record, *, options: WatchOptions, hears: Listener
) -> WatchResult:
    end = _tick_by_tick(watcher, responder, world, record, options=options, hears=hears)
    fired = tuple(name for name, state in watcher.states.items() if state.status is Status.FIRED)
    result = WatchResult(
        exit_code=int(end.exit_code), text=end.text, fired=fired, blind=blind(watcher.states), ticks=watcher.ticks
    )
    data = {"exit": result.exit_code, "text": end.text, "fired": list(fired), "blind": list(result.blind)}
    record.write("ended", data, at=_now(world))
    return result


def _tick_by_tick(
    watcher: Watcher, responder: Responder, world: World, record: Record, *, options: WatchOptions, hears: Listener
) -> End:
    limit = world.clock.monotonic() + options.limit.seconds if options.limit else None
    while _sleep(world, watcher, limit):
        report = watcher.tick(_now(world))
        for line in report.changes:
            world.console.say(f"{stamp(report.tick.at)[11:19]} {line}")
        record.ticked(report.tick, watcher.rules, responder.done)
        hears.ticked(report)
        end = responder.respond(report.tick)
        if end is not None:
            record.forget()
            return end
        record.remember(watcher.rules, Memory(states=watcher.states, done=responder.done), at=report.tick.at)
        if options.once:
            break
    if world.stop.requested:
        return End(ExitCode.INTERRUPTED, f"stopped by {world.stop.signal}; started again within the hour, it goes on")
    return _over(watcher)


def _over(watcher: Watcher) -> End:
    """End a watch whose time is over. What could not be seen is not taken for fine."""
    unseen = blind(watcher.states)
    if any(state.status is Status.FIRED for state in watcher.states.values()):
        return End(ExitCode.FINDINGS, "triggers have fired, and no rollback was decided")
    if unseen:
        return End(ExitCode.FINDINGS, f"nothing fired, but {', '.join(unseen)} could not be evaluated")
    return End(ExitCode.PASSED, "nothing fired")


def _sleep(world: World | Context, watcher: Watcher, limit: float | None) -> bool:
    """Sleep until the next tick. Gives False when somebody wants to stop, or the time is over before."""
    while not world.stop.requested:
        left, steady = watcher.wait(_now(world)), world.clock.monotonic()
        if limit is not None and steady >= limit:
            return False
        if left <= 0:
            return True
        world.clock.sleep(min(left, _SLICE) if limit is None else min(left, _SLICE, limit - steady))
    return False


def _now(world: World | Context) -> float:
    return world.clock.now().timestamp()
