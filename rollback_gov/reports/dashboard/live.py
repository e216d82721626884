"""The running rollback as the page shows it: what runs, how much time is left, who is waited for. Pure.

Two of these are equal as long as nothing but time has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rollback_gov.execution.glance import DAMAGED, Glance
from rollback_gov.execution.progress import PhaseProgress, Progress, StepProgress
from rollback_gov.execution.projection import left, phase_seconds
from rollback_gov.execution.questions import next_step, questions
from rollback_gov.execution.state import GOOD
from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.met import CheckSeen, Mishap
from rollback_gov.reports.dashboard.timing import Timing, epoch, timing_of
from rollback_gov.reports.dashboard.watched import Seen, Watched

_TONES = {"running": "runs", "waiting": "wait", "passed": "good", "not started": "none"}
_WORDS = {
    "running": "Running",
    "waiting": "Waiting for a person",
    "interrupted": "Interrupted",
    "dead": "Nobody runs it",
    "passed": "Rolled back",
    "failed": "Failed",
    "aborted": "Given up",
    "not started": "Not started",
    DAMAGED: "Damaged journal",
}
_GOES_ON = ("runs", "wait")
_PHASE_TONES = {"passed": "good", "failed": "bad", "aborted": "bad", "not started": "bad", "cut off": "bad"}


class Standing(Record, kw_only=False):
    """A state: its tone (``good``, ``bad``, ``wait``, ``runs``, ``none``) and the word for it."""

    tone: str
    word: str


class Asked(Record):
    """Something that a person has to say. ``since`` and ``until`` are seconds since 1970, 0 where there is none."""

    key: str
    where: str
    """The region, where there are several."""
    ask: str
    whom: str
    answers: tuple[str, ...]
    since: float = 0.0
    until: float = 0.0


class StepRow(Record):
    """A step of a phase. ``began`` is a moment while it runs, else 0."""

    title: str
    path: str
    tone: str
    word: str
    detail: str
    attempt: int
    began: float
    took: float
    timeout: float


class PhaseRow(Record):
    """A phase against its budget. ``began`` is a moment while it runs, else 0; ``took`` is set when it has ended."""

    number: int
    title: str
    path: str
    tone: str
    word: str
    way: str
    """The alternatives that were tried, in words."""
    began: float
    took: float | None
    budget: float
    slow: bool
    steps: tuple[StepRow, ...] = ()

    @property
    def step(self) -> StepRow | None:
        """The step that runs, else the one that began last."""
        return next((step for step in self.steps if step.tone in _GOES_ON), self.steps[-1] if self.steps else None)


class Lane(Record):
    """A region: how it stands, in which of its phases it is, its time, and what it waits for."""

    region: str
    run: str
    standing: Standing
    phases: tuple[PhaseRow, ...]
    at: PhaseRow | None
    timing: Timing | None
    detail: str
    waits: tuple[str, ...]


class Live(Record):
    """All that the page shows of a run, but its lines."""

    run: str
    operation: str
    where: str
    title: str
    mode: str
    by: str
    standing: Standing
    detail: str
    asked: tuple[Asked, ...]
    command: str
    """What to do next, where somebody has to run a command; with its words before it in ``todo``."""
    todo: str
    region: str
    """The region that ``timing`` and ``phases`` are about: the one that has least time; empty where there is one."""
    timing: Timing | None
    phases: tuple[PhaseRow, ...]
    at: PhaseRow | None
    lanes: tuple[Lane, ...]
    because: str
    why: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, CheckSeen], ...]
    """Each with its region."""
    mishaps: tuple[tuple[str, Mishap], ...]

    @property
    def then(self) -> str:
        """The phase that comes next, while something runs; empty where there is none."""
        first = next((row for row in self.phases if row.tone == "none"), None)
        return first.title if first and self.standing.tone in ("runs", "wait") else ""

    @property
    def said(self) -> str:
        """What is read out when it changes: the phase, and what is waited for."""
        about = f"{self.region}: " if self.region else ""
        phase = f"{about}phase {self.at.number} of {len(self.phases)}, {self.at.title}." if self.at else ""
        waits = " ".join(f"{one.where} waits for {one.whom}: {one.ask}".strip() for one in self.asked)
        return f"{self.standing.word}. {phase} {waits}".strip()


def live_of(watched: Watched, now: datetime) -> Live:
    """Give what the page shows of a run at a moment (UTC)."""
    seen, progress = watched.run.glance, watched.run.glance.progress
    lanes = tuple(_lanes(watched, now)) if watched.is_regional else ()
    name, focus = _focus(watched, now) if lanes else ("", seen)
    rows = _phases(focus, now) if not lanes or name else ()
    todo, command = _todo(seen)
    streams = (("", watched.run), *watched.regions.items())
    return Live(
        run=seen.run,
        operation=progress.operation,
        where=f"{progress.environment}{f' / {progress.region}' if progress.region else ''}",
        title=progress.title,
        mode=progress.mode,
        by=progress.started_by,
        standing=standing_of(
            seen, a_region_waits=any(one.glance.state == "waiting" for one in watched.regions.values())
        ),
        detail=seen.problem or progress.detail or _ending(progress),
        asked=tuple(asked for region, one in streams for asked in _asked(region, one.glance)),
        todo=todo,
        command=command,
        region=name,
        timing=timing_of(focus.progress, now) if not lanes or name else timing_of(progress, now),
        phases=rows,
        at=_current(rows),
        lanes=lanes,
        because=watched.run.met.because,
        why=watched.run.met.why,
        checks=tuple((region, check) for region, one in streams for check in one.met.checks.values()),
        mishaps=tuple(sorted(_mishaps(streams), key=lambda pair: pair[1].at, reverse=True)),
    )


def _mishaps(streams: tuple[tuple[str, Seen], ...]) -> Iterator[tuple[str, Mishap]]:
    return ((region, mishap) for region, one in streams for mishap in one.met.mishaps)


def standing_of(seen: Glance, *, a_region_waits: bool = False) -> Standing:
    """Give a run's state in a word, and its tone."""
    state = "waiting" if seen.state == "running" and a_region_waits else seen.state
    return Standing(_TONES.get(state, "bad"), _WORDS[state])


def _ending(progress: Progress) -> str:
    return f"To be ended by {progress.cancelled}" if progress.cancelled and not progress.result else ""


def _todo(seen: Glance) -> tuple[str, str]:
    """Part the next step from its command, where nothing runs that could be looked at."""
    if seen.goes_on:
        return "", ""
    words, colon, command = next_step(seen).partition(": rollback-gov ")
    return words, f"rollback-gov {command}" if colon else ""


def _asked(region: str, seen: Glance) -> Iterator[Asked]:
    for one in questions(seen):
        yield Asked(
            key=f"{region}:{one.step}",
            where=region,
            ask=one.ask,
            whom=one.whom,
            answers=one.answers,
            since=epoch(one.since) if one.since else 0.0,
            until=epoch(one.deadline) if one.deadline else 0.0,
        )


def _focus(watched: Watched, now: datetime) -> tuple[str, Glance]:
    """Give the region that matters most: of those that go on the one with least time, else the last that began."""
    goes_on = [(name, one.glance) for name, one in watched.regions.items() if not one.glance.progress.result]
    if goes_on:
        return min(goes_on, key=lambda pair: left(pair[1].progress, now) if pair[1].progress.sla else float("inf"))
    begun = [(name, one.glance) for name, one in watched.regions.items()]
    return max(begun, key=lambda pair: pair[1].progress.decided_at, default=("", watched.run.glance))


def _lanes(watched: Watched, now: datetime) -> Iterator[Lane]:
    for phase in watched.run.glance.progress.phases.values():
        region = phase.path.removeprefix("regions/")
        seen = watched.regions.get(region)
        if seen is None:
            yield _lane_to_come(watched.run.glance.run, region, phase)
            continue
        rows = _phases(seen.glance, now)
        yield Lane(
            region=region,
            run=seen.glance.run,
            standing=standing_of(seen.glance),
            phases=rows,
            at=_current(rows),
            timing=timing_of(seen.glance.progress, now),
            detail=seen.glance.problem or seen.glance.progress.detail,
            waits=tuple(one.ask for one in seen.glance.progress.waiting),
        )


def _lane_to_come(run: str, region: str, phase: PhaseProgress) -> Lane:
    standing = Standing("bad", "Not started") if phase.result else Standing("none", "To come")
    return Lane(
        region=region, run=f"{run}.{region}", standing=standing, phases=(), at=None, timing=None, detail="", waits=()
    )


def _phases(seen: Glance, now: datetime) -> tuple[PhaseRow, ...]:
    return tuple(_phase(number, phase, seen, now) for number, phase in enumerate(seen.progress.phases.values(), 1))


def _phase(number: int, phase: PhaseProgress, seen: Glance, now: datetime) -> PhaseRow:
    ways = [way for way in phase.tried if way]
    runs = phase.runs and seen.goes_on
    waits = runs and any(one.step.startswith(f"{phase.path}/") for one in seen.progress.waiting)
    result = phase.result or ("cut off" if phase.runs and not runs else "")
    return PhaseRow(
        number=number,
        title=phase.title,
        path=phase.path,
        tone="wait" if waits else "runs" if runs else _PHASE_TONES.get(result, "none"),
        word="waits" if waits else "runs" if runs else result or "to come",
        way=f"tried: {', '.join(ways)}" if len(ways) > 1 else f"option {ways[0]}" if ways else "",
        began=epoch(phase.began) if runs else 0.0,
        took=phase.seconds if phase.result else None,
        budget=phase.budget,
        slow=bool(phase.budget) and phase_seconds(phase, now) > phase.budget,
        steps=tuple(_steps(phase, seen.progress, runs)) if runs or result in ("failed", "cut off") else (),
    )


def _steps(phase: PhaseProgress, progress: Progress, goes_on: bool) -> Iterator[StepRow]:
    for step in progress.steps.values():
        if not step.path.startswith(f"{phase.path}/"):
            continue
        tone, word = _how(step, progress, goes_on)
        yield StepRow(
            title=step.title,
            path=step.path,
            tone=tone,
            word=word,
            detail=step.detail,
            attempt=step.attempt,
            began=epoch(step.began) if tone in _GOES_ON and step.began else 0.0,
            took=step.seconds,
            timeout=step.timeout,
        )


def _how(step: StepProgress, progress: Progress, goes_on: bool) -> tuple[str, str]:
    if step.is_unknown:
        return "bad", "nobody knows how it ended"
    if step.is_open and goes_on:
        return ("wait", "waits") if any(one.step == step.path for one in progress.waiting) else ("runs", "runs")
    tone = "good" if step.result in GOOD else "bad"
    return tone, step.result.replace("_", " ") or "cut off"


def _current(rows: tuple[PhaseRow, ...]) -> PhaseRow | None:
    """Give the phase that runs, or the one with which it failed."""
    return next((row for row in rows if row.tone in _GOES_ON), None) or next(
        (row for row in rows if row.tone == "bad"), None
    )
