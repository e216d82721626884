"""One plan that is watched: its triggers, its log, its leases, and whoever carries out what it decides."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from threading import Thread
from typing import TYPE_CHECKING

from rollback_gov import __version__
from rollback_gov.commands.instant import now_of
from rollback_gov.commands.readiness import make_ready
from rollback_gov.commands.runs import damage_of, unfinished_run
from rollback_gov.commands.surroundings import open_surroundings, values_of
from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_gates import Gates
from rollback_gov.commands.watch_leases import open_leases
from rollback_gov.commands.watch_sources import folder_of, old_reports, open_sources
from rollback_gov.commands.world import World, leases_of
from rollback_gov.execution.context import Context
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.triggers.carrying_out import Hands
from rollback_gov.triggers.clock_set import Instant
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.digest import rules_digest
from rollback_gov.triggers.line import Line, stamp
from rollback_gov.triggers.log import open_log
from rollback_gov.triggers.narrative import blind, short_of_traffic
from rollback_gov.triggers.reading import Asked, Reader
from rollback_gov.triggers.response import Responder
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.store import Memory, caught_up, load
from rollback_gov.triggers.terms import End, Execute
from rollback_gov.triggers.tick import Rules, Tick
from rollback_gov.triggers.watcher import Record, Report, Watcher

if TYPE_CHECKING:
    from rollback_gov.sources.transport import Transport

_SEVERE = ("rollback", "page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears of a watch while it goes on: every tick, and every line of the decision log."""

    ticked: Callable[[Report], None] = field(default=lambda _report: None)
    logged: Callable[[Line], None] = field(default=lambda _line: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchResult:
    """How a watch ended: its exit code, a sentence, and the triggers that had fired, and that could not be evaluated.

    ``low_traffic`` names those that nobody could judge for want of traffic, while the monitoring answered.
    """

    exit_code: int
    text: str
    fired: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    low_traffic: tuple[str, ...] = ()
    ticks: int = 0


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


class Watched:
    """One plan that is being watched. What takes time is done beside the ticks, which go on."""

    def __init__(
        self, watcher: Watcher, responder: Responder, record: Record, *, world: World, hears: Listener
    ) -> None:
        self.result: WatchResult | None = None
        """How it ended; None while it goes on."""
        self._watcher, self._responder, self._record = watcher, responder, record
        self._world, self._hears = world, hears
        self._asked: Asked | None = None
        self._acting: _Acting | None = None
        self._woken: Callable[[], None] = lambda: None
        self._kept = responder.done
        """The decisions that the state on disk holds as carried out."""

    @property
    def ticks(self) -> int:
        """How many ticks there were."""
        return self._watcher.ticks

    @property
    def is_asking(self) -> bool:
        """Queries are under way."""
        return self._asked is not None

    @property
    def is_acting(self) -> bool:
        """Something is being carried out."""
        return self._acting is not None

    def wait(self, now: Instant) -> float:
        """Give the seconds until the next tick."""
        return self._watcher.wait(now.wall, now.uptime)

    def ask(self, now: Instant, *, woken: Callable[[], None]) -> None:
        """Send the queries of a tick.

        ``woken`` is called, in another thread, when there are answers, and when what follows was carried out.
        """
        self._woken = woken
        self._asked = self._watcher.ask(now.wall, now.uptime)
        self._asked.when_answered(woken)

    def step(self, *, wait: bool = False) -> bool:
        """Take in what was asked for, if it is there or to be waited for, and respond to it. Says whether it did."""
        if self._asked is None or not (wait or self._asked.is_ready):
            return False
        self._asked, report = None, self._watcher.step()
        for line in report.changes:
            self._world.console.say(f"{stamp(report.tick.at)[11:19]} {line}")
        self._record.ticked(report.tick, self._watcher.rules, self._responder.done, clock=self._watcher.clock)
        self._hears.ticked(report)
        if self._acting is None:
            self._respond(report.tick)
        return True

    def settle(self, *, wait: bool = False) -> None:
        """See whether what was being carried out is over. Raises what broke in there."""
        if self._acting is None or not (self._acting.is_over or wait):
            return
        acting, self._acting = self._acting, None
        acting.thread.join()
        if acting.error is not None:
            raise acting.error
        self._follow(acting.end)

    def end(self, end: End) -> None:
        """End the watch."""
        if self._record.state.exists():
            self._remember()
        fired = tuple(name for name, state in self._watcher.states.items() if state.status is Status.FIRED)
        unseen, idle = blind(self._watcher.states), short_of_traffic(self._watcher.states)
        self.result = WatchResult(
            exit_code=int(end.exit_code), text=end.text, fired=fired, blind=unseen, low_traffic=idle, ticks=self.ticks
        )
        data = {"exit": self.result.exit_code, "text": end.text, "fired": list(fired), "blind": list(unseen)}
        data |= {"low_traffic": list(idle)} if idle else {}
        self._record.write("ended", data, at=_now(self._world))

    def _remember(self) -> None:
        memory = Memory(states=self._watcher.states, done=self._responder.done, at=self._watcher.at)
        now = now_of(self._world)
        at = now.wall - self._watcher.set_by(now.wall, now.uptime) / 1000
        self._record.remember(self._watcher.rules, memory, at=at, clock=self._watcher.clock)

    def over(self) -> End:
        """Say how a watch ends whose time is over. What nobody could see, or judge, is not taken for fine."""
        unseen, idle = blind(self._watcher.states), short_of_traffic(self._watcher.states)
        if any(state.status is Status.FIRED for state in self._watcher.states.values()):
            return End(ExitCode.FINDINGS, "triggers have fired, and no rollback was decided")
        if unseen:
            return End(ExitCode.FINDINGS, f"nothing fired, but {', '.join(unseen)} could not be evaluated")
        if idle:
            text = f"nothing fired, but {', '.join(idle)} had too little traffic to be judged"
            return End(ExitCode.FINDINGS, text)
        return End(ExitCode.PASSED, "nothing fired")

    def _respond(self, tick: Tick) -> None:
        """Carry out a decision that runs something in a thread of its own: the ticks go on meanwhile."""
        if tick.decision is None or not tick.decision.runs or tick.decision.key in self._responder.done:
            self._follow(self._responder.respond(tick))
            return
        self._acting = _Acting(lambda: self._responder.respond(tick), self._woken)

    def _follow(self, end: End | None) -> None:
        if end is not None:
            self._record.forget()
            self.end(end)
            return
        if self._kept != self._responder.done:
            self._kept = self._responder.done
            self._remember()


class _Acting:
    """Something that is being carried out."""

    def __init__(self, respond: Callable[[], End | None], ended: Callable[[], None]) -> None:
        self.end: End | None = None
        self.error: BaseException | None = None
        self.is_over = False
        self._respond, self._ended = respond, ended
        self.thread = Thread(target=self._run, name="acting")
        self.thread.start()

    def _run(self) -> None:
        try:
            self.end = self._respond()
        except BaseException as error:
            self.error = error
        finally:
            self.is_over = True
            self._ended()


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
            record.write(kind, data, at=_now(world))

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
        watcher = Watcher(rules, reader, memory=memory, now=_now(world), clock=began)
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


def _now(world: World) -> float:
    return world.clock.now().timestamp()
