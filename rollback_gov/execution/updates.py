"""How a run stands, in the words of its messages; and the update that people get every few minutes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from rollback_gov.execution.clock import parse_stamp, stamp
from rollback_gov.execution.contacts import contacts_of, in_words
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.progress import Progress
from rollback_gov.execution.progression import take
from rollback_gov.execution.projection import elapsed, projected
from rollback_gov.execution.sla import human
from rollback_gov.model.duration import Duration


class Updates:
    """Adds to every message how the run stands. While anything runs or waits, people hear of it again and again.

    ``context`` sends the messages. Everything that is said comes out of the journal.
    """

    def __init__(self, context: Context, journal: Journal) -> None:
        self._context = context
        self._journal = journal
        self._every = context.plan.communication.progress_every.seconds
        self._told = context.clock.monotonic()
        self._progress = Progress()
        self._reason = ""
        self._seen = 0
        self._contacts = in_words(contacts_of(context.plan, context.environment))

    def tell(self, event: str, fields: Mapping[str, str]) -> None:
        """Send a message with everything that is known now. After each one the time to the next update begins anew."""
        self._told = self._context.clock.monotonic()
        known: dict[str, str] = {}
        with suppress(Exception):  # a message without numbers is better than a rollback that ends for their sake
            known = self._standing()
        self._context.notify(event, {**known, **fields})

    def tick(self) -> None:
        """Send an update if it is time for one, and the run goes on. Called by everything that waits.

        Every ``0s`` is never: a phase that begins is told all the same.
        """
        if not self._every or self._context.clock.monotonic() - self._told < self._every:
            return
        self._told = self._context.clock.monotonic()
        with suppress(Exception):
            self._catch_up()
        if self._progress.run and not self._progress.result:
            self.tell("progress", {})

    def _catch_up(self) -> None:
        for event in self._journal.events[self._seen :]:
            self._seen += 1
            if event.type == "run.started":
                self._reason = event.data.get("reason", {}).get("text", "")
            self._progress = take(self._progress, event)

    def _standing(self) -> dict[str, str]:
        self._catch_up()
        now = self._context.clock.now()
        fields = {"time": _minute(now), "at": stamp(now), "contacts": self._contacts, "reason": self._reason}
        return {**fields, **standing(self._progress, now)} if self._progress.run else fields


def standing(progress: Progress, now: datetime) -> dict[str, str]:
    """Give what a message may say of a run at one moment; what is not known is not in it."""
    passed = elapsed(progress, now)
    phase = progress.phase
    fields = {
        "started": _minute(parse_stamp(progress.decided_at)),
        "elapsed": human(passed),
        "sla": _about(progress.sla),
        "eta": _about(projected(progress, now) - passed),
        "phase": phase.title if phase else "",
        "current": _current(progress),
        "next": next((other.title for other in progress.phases.values() if not other.began and not other.result), ""),
        "done": _done(progress),
        "checks": _checks(progress),
    }
    return {name: text for name, text in fields.items() if text}


def _current(progress: Progress) -> str:
    """What goes on: a question to people before everything else, then the phase and its step; regions side by side."""
    if progress.waiting:
        return f"waiting for a person: {progress.waiting[-1].ask}"
    if progress.verified is not None:
        return "verified"
    phases = ", ".join(phase.title for phase in progress.phases.values() if phase.runs)
    if not phases:
        return "" if any(phase.began for phase in progress.phases.values()) else "getting ready"
    return f"{phases}: {progress.step.title}" if progress.step else phases


def _done(progress: Progress) -> str:
    """Phases that are behind the run; of several regions, the regions."""
    wanted = [phase for phase in progress.phases.values() if not phase.path.startswith("recovery/")]
    kind = "regions" if any(phase.path.startswith("regions/") for phase in wanted) else "phases"
    done = sum(phase.result == "passed" for phase in wanted)
    return f"{done} of {len(wanted)} {kind}" if wanted else ""


def _checks(progress: Progress) -> str:
    passed = sum(result == "passed" for result in progress.checks.values())
    return f"{passed} of {len(progress.checks)} checks passed" if progress.checks else ""


def _about(seconds: float) -> str:
    """Write whole seconds; nothing for none, which is no time limit and no estimate."""
    return str(Duration(round(seconds) * 1000)) if round(seconds) > 0 else ""


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
