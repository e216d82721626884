"""What a worker is told about one region: plain JSON, without a secret, without anything that would be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One region of one run. ``plan`` is the plan's path below the root of the repository, with ``/``."""

    run: str
    region: str
    plan: str
    executable: str
    """Digest of what runs; a worker whose checkout says something else does not begin."""
    environment: str
    given: Mapping[str, str]
    started: Mapping[str, Any]
    """What ``run.started`` of the run says of choices, reason and time."""
    decided_at: str
    person: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    settle: Mapping[str, str] = field(default_factory=dict)
    point_of_no_return: str = ""
    last_resort: str = ""
    patience: float = 0.0

    @property
    def document(self) -> dict[str, Any]:
        """As it goes through the queue."""
        return asdict(self)
