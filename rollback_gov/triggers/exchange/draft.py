"""A draft of triggers: what is known, and what a person has to add."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTrigger:
    """One trigger as far as it is known: lines of YAML below its id, and what is missing."""

    id: str
    metric: str
    lines: tuple[str, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft. ``gaps`` says what a person has to add; ``elsewhere`` what was said and belongs to other sections."""

    triggers: tuple[DraftTrigger, ...]
    mode: str
    gaps: tuple[str, ...]
    elsewhere: Mapping[str, str]

    @property
    def every_gap(self) -> tuple[str, ...]:
        """All that is missing, trigger by trigger and then of the whole."""
        return (*(f"{one.id}: {gap}" for one in self.triggers for gap in one.gaps), *self.gaps)

    @property
    def text(self) -> str:
        """The draft as YAML with comments. It is no valid plan before its gaps are filled."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# A draft. Each GAP is something that the configuration does not say; TODO stands where it belongs."
        yield "triggers:"
        for trigger in self.triggers:
            yield f"  - id: {trigger.id}"
            yield from (f"    # GAP: {gap}" for gap in trigger.gaps)
            yield f"    query: {{source: TODO}}  # {trigger.metric}"
            yield from (f"    {line}" for line in trigger.lines)
        yield "decision:"
        yield f"  - {{action: rollback, any: [{', '.join(trigger.id for trigger in self.triggers)}]}}"
        yield from (f"# GAP: {gap}" for gap in self.gaps)
        if self.mode:
            yield f"watch: {{mode: {self.mode}}}"
        yield from (f"# {said} -> {home}" for said, home in self.elsewhere.items())


def shown(value: Any) -> str:
    """Give a piece of the configuration on one line, as it may stand in a comment."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return "".join(letter if letter.isprintable() else " " for letter in text)[:100]
