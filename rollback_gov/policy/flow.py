"""The way of data through a plan: which file is there when a script wants it, in the order of a run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from posixpath import basename

from rollback_gov.model.plan import Plan, Saved, Scenario
from rollback_gov.model.record import Record
from rollback_gov.policy.files import FileUse, file_uses, mentioned
from rollback_gov.policy.knowledge.formats import format_written
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.script import FUNCTION, SUBSTITUTION

ORDER = {"baseline": 0, "safety_checks": 1, "capture": 2, "phases": 3, "verification": 4, "recovery": 5}
"""In which order the sections of a plan run. What stands elsewhere runs at another time, and is not followed."""
KEPT = {"baseline": "${BASELINE}/", "capture": "${INCIDENT_DIR}/captures/"}
"""Where the files of a section's ``save`` are."""


Moment = tuple[int, ...]
"""When in a run: the section's order, the order of the document, and the place in the script. For a script that is
called, that is where its caller calls it, and then the place in itself."""


class Supply(Record):
    """A file that something of the plan provides, and when."""

    name: str
    moment: Moment
    format: str = ""
    by: PlanScript | None = None
    """The script that writes it; None where a request or a query does."""


class Demand(Record):
    """A file that a script of the plan reads, and when."""

    use: FileUse
    by: PlanScript
    moment: Moment


class Flow:
    """All files of a plan that its scripts read and write."""

    def __init__(self, plan: Plan, scripts: tuple[PlanScript, ...]) -> None:
        self.plan = plan
        self._scripts = scripts
        self.supplies = [*_saved(plan), *(supply for item in _numbered(scripts) for supply in _written(*item))]
        self.demands = [demand for item in _numbered(scripts) for demand in _read(*item)]
        self._by_name: dict[str, list[Supply]] = {}
        self._inside: dict[str, list[Supply]] = {}
        for supply in self.supplies:
            self._by_name.setdefault(supply.name, []).append(supply)
            for folder in folders(supply.name):
                self._inside.setdefault(folder, []).append(supply)

    def before(self, demand: Demand) -> Iterator[Supply]:
        """Give what provides the file before it is read: in an earlier script, or earlier in the same one.

        A folder that holds the file counts, and so does a file inside of a folder that is wanted.
        """
        name = demand.use.name
        for place in (name, *folders(name)):
            yield from (supply for supply in self._by_name.get(place, ()) if _is_before(supply, demand))
        yield from (supply for supply in self._inside.get(name, ()) if _is_before(supply, demand))

    def after(self, demand: Demand) -> Iterator[Supply]:
        """Give what writes that very file, only too late."""
        for supply in self._by_name.get(demand.use.name, ()):
            if not _is_before(supply, demand) and supply.by is not None:
                yield supply

    def mentions(self, name: str, *, but: object = None) -> bool:
        """Tell whether a script speaks of a file other than by reading it; that of the owner ``but`` does not count."""
        if but is None:
            return basename(name) in self._mentioned
        return any(basename(name) in mentioned(placed.script) for placed in self._scripts if placed.owner is not but)

    @cached_property
    def _mentioned(self) -> str:
        return "\n".join(dict.fromkeys(mentioned(placed.script) for placed in self._scripts))

    def skips(self, scenario: Scenario, placed: PlanScript | None) -> bool:
        """Tell whether a scenario leaves a script out."""
        if placed is None or placed.section != "phases" or placed.phase is None or placed.step is None:
            return False
        for selection in scenario.phases:
            if selection.id == placed.phase.id:
                chosen = (scenario.options or {}).get(selection.id, placed.way)
                return (bool(selection.steps) and placed.step.id not in selection.steps) or chosen != placed.way
        return True


def _numbered(scripts: tuple[PlanScript, ...]) -> Iterator[tuple[int, PlanScript]]:
    """Count the scripts of the plan; those that one calls have its number."""
    number = -1
    for placed in scripts:
        number += placed.caller is None
        yield number, placed


def _moment(index: int, placed: PlanScript) -> Moment | None:
    rank = ORDER.get(placed.section)
    if rank is None or placed.role == "looks":
        return None
    calls = [each.call.start for each in (placed, *placed.callers) if each.call is not None]
    return (rank, index, *reversed(calls))


def _saved(plan: Plan) -> Iterator[Supply]:
    """Give the files that ``save`` names; a script there writes to ``$SAVE``, or its output is kept."""
    for section, items in (("baseline", plan.baseline), ("capture", plan.capture.items)):
        for item in items:
            moment = (ORDER[section], -1)
            yield Supply(name=KEPT[section] + item.save, moment=moment, format=_format_of(item))


def _format_of(item: Saved) -> str:
    """Give the format of a saved file: that of what its script writes to ``$SAVE``, or of its only command."""
    if not item.run:
        return ""
    from rollback_gov.policy.shell.reader import read_script

    script = read_script(item.run)
    for use in file_uses(script):
        if use.writes and use.name == "${SAVE}":
            return use.format
    commands = [command for command in script.commands if not command.inside(SUBSTITUTION)]
    return format_written(commands[0]) if len(commands) == 1 else ""


def _written(index: int, placed: PlanScript) -> Iterator[Supply]:
    moment = _moment(index, placed)
    if moment is not None:
        for use in placed.files:
            name = use.name
            if name == "${SAVE}" and placed.call is not None and isinstance(placed.owner, Saved):
                name = KEPT[placed.section] + placed.owner.save
            if use.writes and name != "${SAVE}":
                yield Supply(name=name, moment=(*moment, use.word.start), format=use.format, by=placed)


def _read(index: int, placed: PlanScript) -> Iterator[Demand]:
    moment = _moment(index, placed)
    if moment is not None:
        for use in placed.files:
            if not use.writes and not (placed.call is not None and use.command.inside(FUNCTION)):
                yield Demand(use=use, by=placed, moment=(*moment, use.word.start))


def folders(name: str) -> Iterator[str]:
    """Give the folders that a file lies in, from the inside out."""
    while "/" in name.strip("/"):
        name = name.rpartition("/")[0]
        if name not in ("", "${BASELINE}", "${INCIDENT_DIR}"):
            yield name


def is_ours(name: str) -> bool:
    """Tell whether a file belongs to the run or to the plan's folder, and is not somewhere on the machine."""
    return name.startswith(("${INCIDENT_DIR}/", "${BASELINE}/")) or not name.startswith(("/", "${"))


def _is_before(supply: Supply, demand: Demand) -> bool:
    return supply.moment < demand.moment
