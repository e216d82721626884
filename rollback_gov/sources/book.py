"""The one way to read metrics: which source a query names, and how it is reached."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from rollback_gov.model.environment import Environment, Environments, SourceSettings
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation
from rollback_gov.sources.interface import CommandRunner, Historian, Source
from rollback_gov.sources.span import Span

if TYPE_CHECKING:
    from rollback_gov.sources.transport import Transport

KINDS = {
    "prometheus": "Prometheus",
    "http": "Http",
    "health": "Health",
    "exec": "Exec",
    "openmetrics": "OpenMetrics",
    "alertmanager": "Alertmanager",
    "manual": "Manual",
}
"""Each kind is a module of this package and the class in it."""
HISTORIANS = ("prometheus",)
"""Kinds that keep what was."""
MASK = "***"


class SourceBook:
    """Reads queries of one environment; threads may share it.

    ``environment`` and ``shared`` name sources and endpoints. ``environ`` holds credentials, ``parameters`` what
    headers refer to. ``run`` runs the commands of ``exec`` and may be set later; ``reports`` is the file of what people
    report (``manual``). ``mask`` is asked to blot out secrets in every reason. ``stopped`` says that nobody waits for
    answers any more. ``now`` is our clock, which is held against the servers' clocks, and ``root`` where a relative
    ``ca_file`` begins; both may be set before the first reading.
    """

    def __init__(
        self,
        environment: Environment | None = None,
        shared: Environments | None = None,
        *,
        environ: Mapping[str, str],
        parameters: Mapping[str, str],
        run: CommandRunner | None = None,
        reports: Path | None = None,
        mask: Callable[[str], str] = str,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        shared_sources = (shared.sources if shared else None) or {}
        own_sources = (environment.sources if environment else None) or {}
        self._settings: Mapping[str, SourceSettings] = {**shared_sources, **own_sources}
        self._endpoints = (environment.endpoints if environment else None) or {}
        self._environ, self._parameters = environ, parameters
        self.run = run
        self._reports, self._mask, self._stopped = reports, mask, stopped
        self.now: Callable[[], float] = time.time
        self.root = Path()
        self._sources: dict[str, Source] = {}
        self._secrets: set[str] = set()
        self._notes: deque[str] = deque(maxlen=100)
        self._transport: Transport | None = None
        self._is_shared = False
        self._lock = Lock()

    def read(self, query: Query, at: float) -> Observation:
        """Read one number at a time (seconds since the epoch). Never raises for what the outside does."""
        kind = self.kind(query)
        if kind not in KINDS:
            known = ", ".join([*self._settings, *(name for name in KINDS if name not in self._settings)])
            return Error(f"there is no source '{query.source}' (known: {known})")
        return self._told(self._source(query.source, kind).read(query, at))

    def read_new(self, query: Query, at: float, *, since: float) -> Observation:
        """Read like ``read``; of alerts, count only those that began after a time (seconds since the epoch)."""
        kind = self.kind(query)
        if kind != "alertmanager":
            return self.read(query, at)
        source: Any = self._source(query.source, kind)
        return self._told(source.read_since(query, at, since=since))

    def has_history(self, query: Query) -> bool:
        """Say whether the query's source can tell what was."""
        return self.kind(query) in HISTORIANS

    def read_span(self, query: Query, span: Span, *, infinite: bool = False) -> Sequence[Observation] | Error:
        """Give what ``read`` would have given at each time of a span, or why that cannot be known.

        A span has at most ``span.LONGEST`` times. ``infinite``: infinity is a number too.
        """
        kind = self.kind(query)
        if kind not in HISTORIANS:
            return Error(f"the source '{query.source}' keeps no history")
        historian = cast("Historian", self._source(query.source, kind))
        seen = historian.read_span(query, span, infinite=infinite)
        return replace(seen, reason=self._masked(seen.reason)) if isinstance(seen, Error) else seen

    def _told(self, observation: Observation) -> Observation:
        if isinstance(observation, NoData | Error):
            return replace(observation, reason=self._masked(observation.reason))
        return observation

    def share(self, transport: Transport) -> None:
        """Use connections that other books use too. Whoever made them closes them."""
        self._transport, self._is_shared = transport, True

    def kind(self, query: Query) -> str:
        """Give the kind of a query's source. A source that the environment names goes before a kind of that name."""
        settings = self._settings.get(query.source)
        return settings.kind if settings else query.source

    def notes(self) -> tuple[str, ...]:
        """Give what the sources had to say beside their numbers since the last call, without repetitions."""
        with self._lock:
            notes = tuple(dict.fromkeys(self._notes))
            self._notes.clear()
        return notes

    def close(self) -> None:
        """Let go of all connections."""
        for source in self._sources.values():
            source.close()
        if self._transport is not None and not self._is_shared:
            self._transport.close()

    def __enter__(self) -> SourceBook:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _source(self, name: str, kind: str) -> Source:
        with self._lock:
            if name not in self._sources:
                self._sources[name] = self._create(name, kind)
            return self._sources[name]

    def _create(self, name: str, kind: str) -> Source:
        cls: Any = getattr(import_module(f"rollback_gov.sources.{kind}"), KINDS[kind])
        if kind == "manual":
            source: Source = cls(self._reports)
            return source
        from rollback_gov.sources.client import Client

        client = Client(
            kind=kind,
            settings=self._settings.get(name),
            endpoints=self._endpoints,
            environ=self._environ,
            parameters=self._parameters,
            transport=self._connections,
            note=self._note,
            secret=self._secrets.add,
            root=self.root,
        )
        made: Source = cls(client, lambda: self.run) if kind == "exec" else cls(client)
        return made

    def _connections(self) -> Transport:
        from rollback_gov.sources.transport import Transport

        with self._lock:
            if self._transport is None:
                self._transport = Transport(stopped=self._stopped, now=self.now)
            return self._transport

    def _note(self, text: str) -> None:
        masked = self._masked(text)
        with self._lock:
            self._notes.append(masked)

    def _masked(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            if len(secret) > 2:
                text = text.replace(secret, MASK)
        return self._mask(text)
