"""The state of a watch on disk, so that a watcher that was restarted goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rollback_gov.triggers.digest import digest
from rollback_gov.triggers.state import State, from_document, to_document
from rollback_gov.triggers.tick import Rules

LIFE = 3600.0
"""Seconds after which a saved state is set aside: an hour old, it says nothing about the system of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a watch remembers: a state for each trigger, and the decisions that were carried out already.

    ``notes`` says what was not taken over, and why.
    """

    states: Mapping[str, State] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def save(path: Path, rules: Rules, memory: Memory, *, at: float) -> None:
    """Write the state; a reader sees the old file or the new one. Raises OSError."""
    entries = {
        trigger.id: {"trigger": digest(trigger), "state": to_document(memory.states[trigger.id])}
        for trigger in rules.triggers
        if trigger.id in memory.states
    }
    document = {"at": at, "done": sorted(memory.done), "bands": digest(rules.bands), "states": entries}
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)


def load(path: Path, rules: Rules, *, at: float) -> Memory:
    """Read a state. What is damaged, too old or of a trigger that has changed is left out, with a note."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        age, done = at - document["at"], frozenset(document["done"])
        entries = {
            name: (entry["trigger"], from_document(entry["state"])) for name, entry in document["states"].items()
        }
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Memory(notes=(f"{path.name} cannot be read; the watch begins anew",))
    if age > LIFE:
        return Memory(notes=(f"{path.name} is {age / 60:.0f} minutes old; the watch begins anew",))
    digests = {trigger.id: digest(trigger) for trigger in rules.triggers}
    kept = {name: state for name, (digest, state) in entries.items() if digests.get(name) == digest}
    changed = tuple(f"trigger {name} has changed and begins anew" for name in entries if name not in kept)
    same_bands = document.get("bands") == digest(rules.bands)
    return Memory(states=kept, done=done if same_bands else frozenset(), notes=changed)
