"""Environments: where a plan runs, with which values, sources and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Header
from rollback_gov.model.people import Contact
from rollback_gov.model.record import Record


class SourceSettings(Record):
    """A metric source under a name: its kind, where it is, and how to identify ourselves to it."""

    kind: Literal["prometheus", "http", "health", "openmetrics", "alertmanager", "exec"]
    url: str = ""
    headers: Mapping[str, Header] | None = None
    bearer_token_env: str = ""
    username_env: str = ""
    password_env: str = ""
    ca_file: str = ""
    """Authorities (PEM) to trust instead of the system's; a relative path begins at the repository's root."""
    timeout: Duration = field(default=Duration(5_000))


class Channel(Record):
    """Where messages go. Secrets are named, never written: ``*_env`` is the name of an environment variable."""

    kind: Literal["slack", "pagerduty", "email", "webhook", "teams", "apprise"]
    url: str = ""
    url_env: str = ""
    routing_key_env: str = ""
    mention: Literal["", "here", "channel"] = ""
    """Whom Slack calls for what nobody should miss: everybody there, or who is active."""
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_tls: Literal["", "required", "implicit"] = ""
    """Encryption: where the server offers it, always (STARTTLS), or from the first byte (port 465)."""
    username_env: str = ""
    password_env: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()


class Environment(Record):
    """One environment. ``class`` decides what a rehearsal in it is worth."""

    class_: Literal["staging", "production-like", "production"]
    parameters: Mapping[str, str] | None = None
    endpoints: Mapping[str, str] | None = None
    sources: Mapping[str, SourceSettings] | None = None
    channels: Mapping[str, Channel] | None = None
    contacts: tuple[Contact, ...] = ()
    journal_mirror: str = ""
    """Where the journals of runs are copied to while they run: ``git:REF``, ``https://…`` or ``postgresql://…``."""


class Environments(Record):
    """All environments of a repository, by name; ``channels`` and ``sources`` here are shared by all."""

    environments: Mapping[str, Environment]
    sources: Mapping[str, SourceSettings] | None = None
    channels: Mapping[str, Channel] | None = None
    journal_mirror: str = ""
