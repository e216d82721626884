"""The running rollback as the page shows it: what runs, how much time is left, who is waited for. Pure.

Two of these are equal as long as nothing but time has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rollback_gov.execution.glance import DAMAGED, Glance
from rollback_gov.execution.progress import PhaseProgress, Progress
from rollback_gov.execution.projection import left
from rollback_gov.execution.questions import next_step, questions
from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.met import CheckSeen, Mishap
from rollback_gov.reports.dashboard.phase_rows import GOES_ON, PhaseRow, current, phase_rows
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
    def goes_on(self) -> bool:
        """A process runs it."""
        return self.standing.tone in GOES_ON

    @property
    def then(self) -> str:
        """The phase that comes next, while something runs; empty where there is none."""
        first = next((row for row in self.phases if row.tone == "none"), None)
        return first.title if first and self.goes_on else ""

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
    rows = phase_rows(focus, now) if not lanes or name else ()
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
        at=current(rows),
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
        rows = phase_rows(seen.glance, now)
        yield Lane(
            region=region,
            run=seen.glance.run,
            standing=standing_of(seen.glance),
            phases=rows,
            at=current(rows),
            timing=timing_of(seen.glance.progress, now),
            detail=seen.glance.problem or seen.glance.progress.detail,
            waits=tuple(one.ask for one in seen.glance.progress.waiting),
        )


def _lane_to_come(run: str, region: str, phase: PhaseProgress) -> Lane:
    standing = Standing("bad", "Not started") if phase.result else Standing("none", "To come")
    return Lane(
        region=region, run=f"{run}.{region}", standing=standing, phases=(), at=None, timing=None, detail="", waits=()
    )
