"""Watching the triggers of plans, and doing what follows: tell, ask, or roll back. One loop for however many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

from rollback_gov.commands.instant import now_of, now_seconds
from rollback_gov.commands.target import Target
from rollback_gov.commands.triggers_look import with_triggers
from rollback_gov.commands.watch_opening import Watching, open_watch
from rollback_gov.commands.watch_sources import baseline_numbers
from rollback_gov.commands.watched import Listener, Watched, WatchResult
from rollback_gov.commands.world import World
from rollback_gov.execution.context import Context
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.plan import Plan
from rollback_gov.model.reason import RollbackReason
from rollback_gov.triggers.carrying_out import OURSELVES
from rollback_gov.triggers.clock_set import Instant
from rollback_gov.triggers.decision import Mode
from rollback_gov.triggers.firing import reason_of_trigger
from rollback_gov.triggers.reading import Reader
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.store import Memory
from rollback_gov.triggers.terms import End, Execute
from rollback_gov.triggers.tick import Rules
from rollback_gov.triggers.watcher import Report, Watcher

_SLICE = 0.1
"""Longest sleep in one piece, in seconds: a wish to stop is seen after it at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What a person chose beside the plan; None leaves it as the plan says. ``limit`` ends the watch after a time.

    ``again``: the operation was deployed anew after a rollback of it. ``stay``: wait for the wish to stop when every
    plan has come to its end, so that a supervisor does not begin anew.
    """

    mode: Mode | None = None
    every: Duration | None = None
    limit: Duration | None = None
    once: bool = False
    again: bool = False
    stay: bool = False


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
    the end, or short of traffic; 5 the rollback failed; 130 stopped. Monitoring that fails never rolls back.
    """
    watching = Watching(
        target=target,
        rules=rules_of(target.loaded.require(), target.baseline_folder, options),
        execute=execute,
        listener=listener or Listener(),
        again=options.again,
    )
    (result,) = watch_all([(watching, world)], world, options)
    return result


def watch_all(watchings: Sequence[tuple[Watching, World]], world: World, options: WatchOptions) -> list[WatchResult]:
    """Watch several plans, each in a world of its own (its console), until each has come to its end.

    They share connections and nothing else: a source that hangs or a rollback that runs holds up no other plan.
    """
    from rollback_gov.sources.transport import Transport

    with ExitStack() as stack:
        connections = Transport(stopped=lambda: world.stop.requested, now=lambda: now_seconds(world))
        transport = stack.enter_context(closing(connections))
        opened = [stack.enter_context(open_watch(watching, own, transport=transport)) for watching, own in watchings]
        _Loop(opened, world, options).run()
        while options.stay and not world.stop.requested:
            world.clock.sleep(_SLICE)
        return [watched.result for watched in opened if watched.result is not None]


def exit_code_of(results: Sequence[WatchResult]) -> int:
    """Give the exit code of several watches: the worst that came of one."""
    codes = {result.exit_code for result in results}
    order = (ExitCode.ROLLBACK_FAILED, ExitCode.INTERRUPTED, ExitCode.FINDINGS)
    return next((code for code in order if code in codes), max(codes, default=ExitCode.PASSED))


class _Loop:
    """Tick after tick of several plans.

    With many of them, most of what wakes it concerns one: only that one is looked at, and all of them once a slice.
    """

    def __init__(self, watched: Sequence[Watched], world: World, options: WatchOptions) -> None:
        self._left, self._world, self._options = list(watched), world, options
        self._woken = Event()
        self._called: deque[Watched] = deque()
        """Plans of which an answer, or the end of what was carried out, has come."""
        self._due: dict[Watched, float] = {}
        """When the next tick is of each plan that waits for it."""
        self._latest = 0.0
        self._looked_at_all = float("-inf")
        steady = world.clock.monotonic()
        self._limit = steady + options.limit.seconds if options.limit else None

    def run(self) -> None:
        """Go on until every plan has its result."""
        while self._left:
            self._woken.clear()
            some = self._of_interest()
            for watched in some:
                watched.settle()
            if self._world.stop.requested:
                self._stop(self._left)
            elif self._is_over:
                self._end(self._left)
            else:
                self._go_on([watched for watched in some if watched.result is None])
                if any(watched.result is None for watched in self._left):
                    self._sleep()
            self._left = [watched for watched in self._left if watched.result is None]

    def _of_interest(self) -> list[Watched]:
        steady = self._world.clock.monotonic()
        if steady - self._looked_at_all >= _SLICE:
            self._looked_at_all = steady
            self._called.clear()
            return self._left
        called: dict[Watched, None] = {}
        while self._called:
            called[self._called.popleft()] = None
        return [watched for watched in called if watched.result is None]

    def _go_on(self, some: Sequence[Watched]) -> None:
        now = now_of(self._world)
        if now.wall < self._latest:  # a clock that was set back
            self._due = {watched: now.wall + watched.wait(now) for watched in self._due}
        self._latest = now.wall
        for watched in some:
            watched.step()
            if watched.result is None and not watched.is_asking:
                self._take_turn(watched, now)
        for watched in [watched for watched, at in self._due.items() if at <= now.wall]:
            del self._due[watched]
            if watched.result is None:
                watched.ask(now, woken=partial(self._wake, watched))

    def _take_turn(self, watched: Watched, now: Instant) -> None:
        if not self._options.once or watched.ticks == 0:
            if watched not in self._due:
                self._due[watched] = now.wall + watched.wait(now)
        elif not watched.is_acting:
            watched.end(watched.over())

    def _wake(self, watched: Watched) -> None:
        self._called.append(watched)
        self._woken.set()

    def _sleep(self) -> None:
        """Sleep until the next tick, an answer, or the end of what is carried out; in slices, to see a wish to stop."""
        left = min(_SLICE, min(self._due.values(), default=float("inf")) - now_seconds(self._world))
        if self._limit is not None:
            left = min(left, self._limit - self._world.clock.monotonic())
        if left > 0:
            self._woken.wait(left)

    @property
    def _is_over(self) -> bool:
        return self._limit is not None and self._world.clock.monotonic() >= self._limit

    def _stop(self, left: Sequence[Watched]) -> None:
        """Somebody wants to stop: a tick that was begun is ended, and what is carried out stops in its own way."""
        for watched in left:
            watched.step(wait=True)
        for watched in left:
            watched.settle(wait=True)
            if watched.result is None:
                signal = self._world.stop.signal
                text = f"stopped by {signal}; started again within the hour, it goes on"
                watched.end(End(ExitCode.INTERRUPTED, text))

    def _end(self, left: Sequence[Watched]) -> None:
        """The time is over. A tick that was begun is ended, and what is being carried out goes on to its end."""
        for watched in left:
            watched.step(wait=True)
            if watched.result is None and not watched.is_acting:
                watched.end(watched.over())
        if any(watched.is_acting for watched in left):
            self._woken.wait(_SLICE)


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
        watcher = Watcher(rules, reader, memory=Memory(), now=now_seconds(context))
        limit = context.clock.monotonic() + timeout
        while _sleep(context, watcher, limit):
            now = now_of(context)
            report = watcher.tick(now.wall, now.uptime)
            ticked(report)
            fired = [name for name, state in report.tick.states.items() if state.status is Status.FIRED]
            if fired:
                chosen = trigger_id if trigger_id in fired else fired[0]
                return reason_of_trigger(chosen, report.tick, rules, decided_by=OURSELVES)
    return None


def _sleep(context: Context, watcher: Watcher, limit: float) -> bool:
    """Sleep until the next tick. Gives False when somebody wants to stop, or the time is over before."""
    while not context.stop.requested:
        context.tick()
        steady, now = context.clock.monotonic(), now_of(context)
        left = watcher.wait(now.wall, now.uptime)
        if steady >= limit:
            return False
        if left <= 0:
            return True
        context.clock.sleep(min(left, _SLICE, limit - steady))
    return False
