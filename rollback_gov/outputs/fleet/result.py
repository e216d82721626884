"""What a scan found: services with whether they could be rolled back today, and the repositories that hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from rollback_gov.model.record import Record

State = Literal["ready", "not_ready", "no_plan", "unknown"]
STATES: tuple[State, ...] = ("not_ready", "no_plan", "unknown", "ready")
"""The worst first: a plan that was made and does not hold, none at all, what nobody could find out, and the rest."""
Rehearsal = Literal["fresh", "stale", "failed", "insufficient", "never"]


class Reason(Record):
    """Why something could not be rolled back: a sentence, and a rule's code and the place, where there are any."""

    message: str
    code: str = ""
    file: str = ""
    line: int = 0


class FleetPlan(Record):
    """One plan. Levels are 0 for a document that cannot be used as a plan. Times are UTC, empty without a rehearsal."""

    file: str
    operation: str
    services: tuple[str, ...]
    required: int
    achieved: int
    rehearsal: Rehearsal
    rehearsed_at: str
    fresh_until: str
    reasons: tuple[Reason, ...]
    """The first of them; ``failing`` says how many there are."""
    failing: int
    warnings: int

    def age_seconds(self, at: datetime) -> int | None:
        """Give how old the rehearsal is; None without one."""
        if not self.rehearsed_at:
            return None
        return max(0, int((at - datetime.fromisoformat(self.rehearsed_at)).total_seconds()))

    @property
    def is_ready(self) -> bool:
        """Whether it could be run today: it is a plan, and nothing that fails stands against it."""
        return self.required > 0 and not self.failing

    @property
    def distance(self) -> tuple[bool, int, int]:
        """How far it is from being ready, to sort by."""
        return (self.required == 0, self.failing, self.required - self.achieved)


class FleetRepository(Record):
    """One repository. ``asked`` is the name that the scan was given, ``name`` that of today."""

    asked: str
    name: str
    kind: str
    """``read``, ``empty``, ``archived``, ``disabled``, ``missing``, ``forbidden`` or ``failed``."""
    reason: str = ""
    """Why it could not be read or judged; empty: it was."""
    tree: str = ""
    policy: str = ""
    """sha256 of the files of its policy; empty: it has none, and the built-in one holds."""
    plans: tuple[FleetPlan, ...] = ()
    remarks: tuple[str, ...] = ()
    """What would have mattered and was not read, one sentence each."""

    @property
    def was_renamed(self) -> bool:
        """Whether it is no longer called what the scan was given."""
        return bool(self.name) and self.name.lower() != self.asked.lower()


class Service(Record):
    """One service of one repository. ``plan`` is the one that is nearest to being ready; None where there is none."""

    repository: str
    service: str
    state: State
    reasons: tuple[Reason, ...] = ()
    plan: FleetPlan | None = None
    is_new: bool = False
    """Whether the last whole scan did not find it wanting; only with a state."""

    @property
    def rank(self) -> tuple[int, int, int, str, str]:
        """The worst first: by state, then the level it has to have, then how far it is from it."""
        plan = self.plan
        level = 5 if plan is not None and not plan.required else plan.required if plan else 0
        failing = plan.failing if plan else 0
        return (STATES.index(self.state), -level, -failing, self.repository.lower(), self.service)


class FleetReport(Record):
    """A whole scan. ``services`` are sorted, the worst first."""

    source: str
    """The organisation, or the file that named the repositories."""
    at: datetime
    """As of when it was judged, UTC."""
    services: tuple[Service, ...]
    repositories: tuple[FleetRepository, ...]
    requests: int
    unchanged: int
    """How many requests GitHub answered with "not modified"."""
    resumed: int = 0
    """How many repositories an interrupted scan had read before."""
    compared: bool = False
    """Whether there was a scan before to compare with."""

    @property
    def counts(self) -> Mapping[State, int]:
        """How many services there are of each state."""
        found = Counter(service.state for service in self.services)
        return {state: found[state] for state in STATES}

    @property
    def wanting(self) -> tuple[Service, ...]:
        """Those that could not be rolled back today, or of which nobody knows."""
        return tuple(service for service in self.services if service.state != "ready")

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many repositories there are of each kind."""
        return Counter(repository.kind for repository in self.repositories)

    @property
    def policies(self) -> Mapping[str, int]:
        """How many repositories with a plan follow each policy, the most followed first."""
        found = Counter(repository.policy for repository in self.repositories if repository.plans)
        return dict(found.most_common())
