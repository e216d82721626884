"""How a watch is opened: everything that it needs, its saved state, and the first line of its log."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rollback_gov import __version__
from rollback_gov.commands.instant import now_of, now_seconds
from rollback_gov.commands.readiness import make_ready
from rollback_gov.commands.runs import damage_of, unfinished_run
from rollback_gov.commands.surroundings import open_surroundings, values_of
from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_gates import Gates
from rollback_gov.commands.watch_leases import open_leases
from rollback_gov.commands.watch_sources import folder_of, old_reports, open_sources
from rollback_gov.commands.watched import Listener, Watched
from rollback_gov.commands.world import World, leases_of
from rollback_gov.execution.context import Context
from rollback_gov.triggers.carrying_out import Hands
from rollback_gov.triggers.clock_set import Instant
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.digest import rules_digest
from rollback_gov.triggers.log import open_log
from rollback_gov.triggers.reading import Reader
from rollback_gov.triggers.response import Responder
from rollback_gov.triggers.state import State
from rollback_gov.triggers.store import Memory, caught_up, load
from rollback_gov.triggers.terms import Execute
from rollback_gov.triggers.tick import Rules
from rollback_gov.triggers.watcher import Record, Watcher

if TYPE_CHECKING:
    from rollback_gov.sources.transport import Transport

_SEVERE = ("rollback", "page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What is to be watched: a plan, what decides beside its metrics, who runs it and who hears of it.

    ``again``: the operation was deployed anew after a rollback of it.
    """

    target: Target
    rules: Rules
    execute: Execute
    listener: Listener = field(default_factory=Listener)
    again: bool = False


@contextmanager
def open_watch(watching: Watching, world: World, *, transport: Transport | None = None) -> Iterator[Watched]:
    """Open everything that a watch needs, go on from its saved state, and close it all at the end."""
    target, rules = watching.target, watching.rules
    with ExitStack() as stack:
        book = stack.enter_context(open_sources(target, world, transport=transport))
        reader = stack.enter_context(closing(Reader(book, rules.every)))
        log, state = open_log(folder_of(target), heard=watching.listener.logged)
        record = Record(log, state, say=world.console.say)
        stack.callback(record.close)
        leases = stack.enter_context(open_leases(target, world))

        def write(kind: str, data: dict[str, object]) -> None:
            record.write(kind, data, at=now_seconds(world))

        values = values_of(target, world)
        surroundings = open_surroundings(
            target, world, values, run="", folder=folder_of(target), record=lambda kind, data: write(kind, dict(data))
        )
        context = stack.enter_context(surroundings)
        gates = Gates(target=target, context=context, rules=rules, leases=leases)
        hands = _hands(watching, world, context, write)
        responder = Responder(hands=hands, leases=leases, gates=gates, steady=world.clock.monotonic)
        began = now_of(world)
        memory = _begin(watching, world, responder, record, began)
        if rules.mode != "observe":
            gates.warm_up()
            make_ready(target, world)
        watcher = Watcher(rules, reader, memory=memory, now=now_seconds(world), clock=began)
        yield Watched(watcher, responder, record, world=world, hears=watching.listener)


def _hands(
    watching: Watching, world: World, context: Context, write: Callable[[str, dict[str, object]], None]
) -> Hands:
    target = watching.target

    def by_hand(decision: Decision) -> str:
        scenario = ["--scenario", decision.scenario] if decision.scenario else []
        words = ["--environment", target.environment, *scenario, "--reason", decision.reason]
        return shlex.join(["rollback-gov", "execute", str(target.loaded.path), *words])

    def page(decision: Decision, text: str) -> None:
        severity = "critical" if decision.action in _SEVERE else "warning"
        context.notify("watch", {"text": text, "reason": decision.reason, "severity": severity})

    return Hands(
        rules=watching.rules,
        what=f"{target.loaded.require().metadata.operation} in {target.environment}",
        person=world.person,
        console=world.console,
        execute=watching.execute,
        by_hand=by_hand,
        page=page,
        write=write,
        stopped=lambda: world.stop.requested,
        unfinished=lambda: unfinished_run(target),
        damage=lambda run: damage_of(target.incidents, run),
    )


def _begin(watching: Watching, world: World, responder: Responder, record: Record, clock: Instant) -> Memory:
    """Go on from the saved state, or begin anew after a rollback that is over, and write the log's first line."""
    now, rules, target = clock.wall, watching.rules, watching.target
    memory = load(record.state, rules, at=now, clock=clock)
    memory = caught_up(memory, record.ticks_after(memory.at)).today
    # A state is forgotten when its watch has ended. One that is there is that of a watcher that was killed, perhaps
    # after its rollback: then nothing begins anew by itself. Nor does it where several machines share a lease.
    ended = not record.state.exists() and not leases_of(world)
    if came := responder.begin(memory.done, again=watching.again or ended):
        aside = old_reports(target, at=now) if came == "passed" else ""
        notes = ("an earlier rollback of this operation is over; the watch begins anew", aside)
        memory = Memory(notes=tuple(note for note in notes if note))
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
    # From the beginning every trigger has its state, so that the log can be taken over after a kill at the first tick.
    whole = {trigger.id: memory.states.get(trigger.id, State()) for trigger in rules.triggers}
    record.remember(rules, replace(memory, states=whole), at=now, clock=clock)
    record.started(rules, memory.states, about, at=now)
    return memory
