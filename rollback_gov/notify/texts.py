"""What is said when nobody wrote a text, and how the fields get into one that somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

FIELDS = (
    "operation",
    "title",
    "environment",
    "region",
    "run",
    "reason",
    "started",
    "time",
    "eta",
    "elapsed",
    "sla",
    "phase",
    "current",
    "next",
    "done",
    "checks",
    "step",
    "role",
    "deadline",
    "answer",
    "result",
    "report",
    "contacts",
    "text",
    "from",
    "to",
    "level",
)
"""The closed list of fields. Each is replaced literally; nothing else in a text has a meaning."""

TITLES = {
    "started": ("ROLLBACK INITIATED", "error"),
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
    "started": "Rollback of {operation} in {environment} has begun: {reason}",
    "progress": "{operation} in {environment}: {current}",
    "gate": "{operation} in {environment} waits at {step}: {text}",
    "completed": "{operation} in {environment} is rolled back and verified after {elapsed}.",
    "failed": "The rollback of {operation} in {environment} did not succeed: {text}. People are needed now.",
    "escalated": "{operation} in {environment}, escalation: {text}",
    "acknowledged": "{operation} in {environment}: {text}",
    "watch": "{operation} in {environment}: {text}",
    "step": "{operation} in {environment}: {text}",
    "test": "This is a test of the channel. Nothing has happened, and nobody has to do anything.",
}
_ALWAYS = {"Operation": "{operation}", "Environment": "{environment}"}
_WHAT_FAILED = "What failed"
_FACTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "started": {
            "Reason": "{reason}",
            "Current version": "{to}",
            "Rolling back to": "{from}",
            "Started": "{started}",
            "SLA": "{sla}",
            "ETA": "{eta}",
        },
        "progress": {
            "Status": "{done} done",
            "Current": "{current}",
            "Next": "{next}",
            "Elapsed": "{elapsed}",
            "SLA": "{sla}",
            "ETA": "{eta}",
        },
        "gate": {
            "Question": "{text}",
            "Who": "{role}",
            "Until": "{deadline}",
            "Answer": "{answer}",
            "Reason of the rollback": "{reason}",
            "Elapsed": "{elapsed}",
            "SLA": "{sla}",
        },
        "completed": {
            "Duration": "{elapsed}",
            "SLA": "{sla}",
            "Status": "{checks}",
            "Rolled back to": "{from}",
            "Reason of the rollback": "{reason}",
            "Next": "Incident analysis, from {report}",
        },
        "failed": {
            _WHAT_FAILED: "{text}",
            "Next": "rollback-gov status {run}",
            "Reason of the rollback": "{reason}",
            "Status": "{done} done",
            "Elapsed": "{elapsed}",
            "SLA": "{sla}",
            "Contacts": "{contacts}",
            "Report": "{report}",
        },
        "escalated": {
            "Level": "{level}",
            "Do": "{text}",
            "Reason of the rollback": "{reason}",
            "Current": "{current}",
            "Elapsed": "{elapsed}",
            "SLA": "{sla}",
            "Contacts": "{contacts}",
        },
        "acknowledged": {"Reason of the rollback": "{reason}", "Elapsed": "{elapsed}"},
        "watch": {"Reason": "{reason}"},
        "step": {"Reason of the rollback": "{reason}", "Elapsed": "{elapsed}"},
    }
)
"""Event -> labels, and what they say, in the order in which people read it."""
_FIELD = re.compile(r"\{(" + "|".join(FIELDS) + r")\}")
_BRACES = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill(text: str, fields: Mapping[str, str]) -> str:
    """Put fields into a text. A field that is not known at that moment is named as such, an unknown one stays."""
    return _FIELD.sub(lambda match: fields.get(match[1]) or f"({match[1]} not known)", text)


def facts(event: str, fields: Mapping[str, str], *, said: str = "") -> dict[str, str]:
    """Give what is known, under labels for people. What is not known is left out: nothing stands for it.

    ``said`` is the text of the message: what failed is not told a second time beside it.
    """
    wanted = {**_FACTS.get(event, {}), **_ALWAYS, "Run": "{run}"}
    known = {label: text for label, text in wanted.items() if all(fields.get(name) for name in _FIELD.findall(text))}
    filled = {label: fill(text, fields) for label, text in known.items()}
    return {label: text for label, text in filled.items() if label != _WHAT_FAILED or text not in said}


def unknown_fields(text: str) -> tuple[str, ...]:
    """Name what looks like a field of an unfilled text and is none, each once."""
    return tuple(dict.fromkeys(name for name in _BRACES.findall(text) if name not in FIELDS))
