"""The state of a watch on disk, so that a watcher that was restarted goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rollback_gov.triggers.clock_set import TOLERANCE, Instant, moved, set_by, was_set
from rollback_gov.triggers.digest import digest
from rollback_gov.triggers.line import Line
from rollback_gov.triggers.quiet import quiet_states
from rollback_gov.triggers.state import State, from_document, to_document
from rollback_gov.triggers.tick import Rules

LIFE = 3600.0
"""Seconds after which a saved state is set aside: an hour old, it says nothing about the system of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a watch remembers: a state for each trigger, and the decisions that were carried out already.

    ``notes`` says what was not taken over, and why. ``at`` is the time of the newest tick in it, 0 for none.
    ``clock_set`` is by how many milliseconds the clock was set since then, which the states do not know of yet; None
    where nobody can tell.
    """

    states: Mapping[str, State] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    at: float = 0.0
    clock_set: int | None = None

    @property
    def today(self) -> Memory:
        """The same by the clock as it goes now."""
        if self.clock_set is None or abs(self.clock_set) <= TOLERANCE * 1000:
            return self
        notes = (*self.notes, was_set(self.clock_set))
        return replace(self, states=moved(self.states, self.clock_set), clock_set=0, notes=notes)


def digests_of(rules: Rules) -> dict[str, str]:
    """Give what tells a trigger (by id) and the bands (under the empty name) from what they were before a change."""
    return {"": digest(rules.bands), **{trigger.id: digest(trigger) for trigger in rules.triggers}}


def save(
    path: Path,
    rules: Rules,
    memory: Memory,
    *,
    at: float,
    digests: Mapping[str, str] | None = None,
    clock: Instant | None = None,
) -> None:
    """Write the state; a reader sees the old file or the new one. Raises OSError.

    ``digests`` is what ``digests_of`` gives for the rules, for whoever writes at every tick. ``clock`` lets a reader
    of this machine know later whether its clock was set.
    """
    known = digests if digests is not None else digests_of(rules)
    entries = {
        trigger.id: {"trigger": known[trigger.id], "state": to_document(memory.states[trigger.id])}
        for trigger in rules.triggers
        if trigger.id in memory.states
    }
    document = {"at": at, "tick": memory.at, "done": sorted(memory.done), "bands": known[""], "states": entries}
    if clock is not None:
        document["clock"] = clock._asdict()
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)


def load(path: Path, rules: Rules, *, at: float, clock: Instant | None = None) -> Memory:
    """Read a state. What is damaged, too old or of a trigger that has changed is left out, with a note.

    With ``clock``, a clock of this machine that was set meanwhile makes nothing older.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        clock_set = set_by(Instant(**document["clock"]), clock) if clock and "clock" in document else None
        age, done = at - (clock_set or 0) / 1000 - document["at"], frozenset(document["done"])
        newest = float(document.get("tick", 0))
        entries = {
            name: (entry["trigger"], from_document(entry["state"])) for name, entry in document["states"].items()
        }
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return Memory(notes=(f"{path.name} cannot be read; the watch begins anew",))
    if age > LIFE:
        return Memory(notes=(f"{path.name} is {age / 60:.0f} minutes old; the watch begins anew",))
    digests = digests_of(rules)
    kept = {name: state for name, (before, state) in entries.items() if digests.get(name) == before}
    changed = tuple(f"trigger {name} has changed and begins anew" for name in entries if name not in kept)
    same_bands = document.get("bands") == digests[""]
    return Memory(
        states=kept,
        done=done if same_bands else frozenset(),
        notes=changed,
        at=newest,
        clock_set=clock_set,
    )


def caught_up(memory: Memory, ticks: Iterable[Line]) -> Memory:
    """Take over the ticks of the log that came after the state, one by one.

    Only of triggers that are known to be what they were.
    """
    for line in ticks:
        try:
            before = _moved(memory, int(line.data.get("clock_set", 0)))
            after = {name: from_document(entry["after"]) for name, entry in line.data["triggers"].items()}
            after |= quiet_states(line.data.get("quiet", ()), before.states, line.at)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            return memory
        known = {name: after.get(name, state) for name, state in before.states.items()}
        memory = replace(before, states=known, at=line.at)
    return memory


def _moved(memory: Memory, clock_set: int) -> Memory:
    """Let a memory know of a clock that was set before one of the ticks that it takes over."""
    left = None if memory.clock_set is None else memory.clock_set - clock_set
    return replace(memory, states=moved(memory.states, clock_set), clock_set=left)
