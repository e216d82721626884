"""What is said when nobody wrote a text, and how the fields get into one that somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping

FIELDS = (
    "operation",
    "title",
    "environment",
    "run",
    "reason",
    "eta",
    "elapsed",
    "sla",
    "phase",
    "step",
    "result",
    "report",
    "text",
    "from",
    "to",
    "level",
)
"""The closed list of fields. Each is replaced literally; nothing else in a text has a meaning."""

TITLES = {
    "started": ("ROLLBACK STARTED", "error"),
    "progress": ("ROLLBACK UPDATE", "info"),
    "gate": ("ROLLBACK WAITS FOR A PERSON", "warning"),
    "completed": ("ROLLBACK COMPLETE", "info"),
    "failed": ("ROLLBACK FAILED", "critical"),
    "escalated": ("ROLLBACK ESCALATED", "critical"),
    "acknowledged": ("SOMEBODY HAS TAKEN IT", "info"),
    "watch": ("THE WATCH NEEDS A PERSON", "critical"),
    "step": ("ROLLBACK", "info"),
    "test": ("TEST MESSAGE", "info"),
}
"""Event -> title and severity."""

DEFAULTS = {
    "started": "Rollback of {operation} in {environment} started: {reason}. Back from {to} to {from} in about {eta}.",
    "progress": "{operation} in {environment}: {phase} begins, {elapsed} of {sla} have passed.",
    "gate": "{operation} in {environment} waits at {step}: {text} Answer: rollback-gov approve {run} {step}",
    "completed": "{operation} in {environment} is back at {from}, verified after {elapsed}. An analysis follows.",
    "failed": "The rollback of {operation} in {environment} did not succeed: {text}. People are needed now.",
    "escalated": "{operation} in {environment}, escalation: {text}",
    "acknowledged": "{operation} in {environment}: {text}",
    "watch": "{operation} in {environment}: {text}",
    "step": "{operation} in {environment}: {text}",
    "test": "This is a test of the channel. Nothing has happened.",
}
_FIELD = re.compile(r"\{(" + "|".join(FIELDS) + r")\}")
_BRACES = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill(text: str, fields: Mapping[str, str]) -> str:
    """Put fields into a text. A field that is not known at that moment is named as such, an unknown one stays."""
    return _FIELD.sub(lambda match: fields.get(match[1]) or f"({match[1]} not known)", text)


def unknown_fields(text: str) -> tuple[str, ...]:
    """Name what looks like a field of an unfilled text and is none, each once."""
    return tuple(dict.fromkeys(name for name in _BRACES.findall(text) if name not in FIELDS))
