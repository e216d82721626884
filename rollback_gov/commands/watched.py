"""One plan that is watched, tick by tick, and what is carried out beside the ticks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread

from rollback_gov.commands.instant import now_of, now_seconds
from rollback_gov.commands.world import World
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.triggers.clock_set import Instant
from rollback_gov.triggers.line import Line, stamp
from rollback_gov.triggers.narrative import blind, short_of_traffic
from rollback_gov.triggers.reading import Asked
from rollback_gov.triggers.response import Responder
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.store import Memory
from rollback_gov.triggers.terms import End
from rollback_gov.triggers.tick import Tick
from rollback_gov.triggers.watcher import Record, Report, Watcher


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
        self._record.write("ended", data, at=now_seconds(self._world))

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
