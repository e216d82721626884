"""Who is told, who is asked, and who is called when it takes longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record


class Communication(Record):
    """Channels (named in environments.yaml) and message texts with a closed list of fields."""

    channels: tuple[str, ...] = ()
    messages: Mapping[str, str] | None = None
    progress_every: Duration = field(default=Duration(300_000))
    stakeholders: tuple[str, ...] = ()


class CallWhen(Record):
    """When a contact is called: after a time while the run runs or has failed, or in the case that ``case`` says."""

    SHORTHAND = "case"
    case: str = ""
    after: Duration | None = None
    while_: Literal["", "running", "failed"] = ""


class Contact(Record):
    """A role and how to reach it."""

    role: str
    reach: str
    when: CallWhen | None = None


class Escalation(Record):
    """One rung of the ladder: after a time, these actions and messages."""

    on: Literal["failed", "running"]
    after: Duration
    level: int
    name: str = ""
    actions: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
