"""Steps and the phases that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, Literal

from rollback_gov.model.action import ACTIONS, Gate, Git, Http, Kubernetes, Notify, Probe, Terraform
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Expect, Query
from rollback_gov.model.record import Record


def prose() -> Any:
    """Mark a field as text for people: it counts into the plan digest and not into the executable digest."""
    return field(default="", metadata={"prose": True})


class Until(Record):
    """Repeat until the expectation holds; with ``hold`` it must stay true for that long."""

    every: Duration
    within: Duration
    hold: Duration | None = None
    on_timeout: Literal["fail", "continue"] = "fail"


class Retry(Record):
    """Try again after a failure: ``times`` more attempts, the pause growing by ``factor``."""

    SHORTHAND = "times"
    times: int
    wait: Duration = field(default=Duration(1_000))
    factor: Decimal = Decimal(2)


class Step(Record):
    """One action with its conditions. Exactly one of the action fields is set."""

    id: str
    name: str = prose()
    notes: str = prose()
    run: str = ""
    http: Http | None = None
    query: Query | None = None
    terraform: Terraform | None = None
    kubernetes: Kubernetes | None = None
    git: Git | None = None
    wait: Duration | None = None
    gate: Gate | None = None
    manual: str = ""
    notify: Notify | None = None
    env: Mapping[str, str] | None = None
    timeout: Duration | None = None
    destructive: bool = False
    idempotent: bool = False
    verify: Probe | None = None
    expect: Expect | None = None
    until: Until | None = None
    when: Probe | None = None
    retry: Retry | None = None
    on_failure: Literal["stop", "continue", "manual"] = "stop"

    @property
    def action(self) -> str:
        """The name of the step's action, such as ``run``."""
        return next(name for name in ACTIONS if getattr(self, name) not in (None, ""))

    @property
    def payload(self) -> Any:
        """The action itself: a script for ``run``, an ``Http`` for ``http``, and so on."""
        return getattr(self, self.action)

    @property
    def title(self) -> str:
        """What people read: the name, or the id where there is none."""
        return self.name or self.id


class Alternative(Record):
    """One way through a phase (option A, B, C)."""

    id: str
    name: str = prose()
    steps: tuple[Step, ...] = ()


class Phase(Record):
    """A part of the procedure with a time budget: ``steps``, or ``alternatives`` that are tried in order."""

    id: str
    name: str = prose()
    objective: str = prose()
    budget: Duration | None = None
    guard: Literal["", "before_point_of_no_return"] = ""
    steps: tuple[Step, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    @property
    def title(self) -> str:
        """What people read: the name, or the id where there is none."""
        return self.name or self.id

    @property
    def ways(self) -> tuple[Alternative, ...]:
        """The phase's alternatives; plain steps are one alternative without an id."""
        return self.alternatives or (Alternative(id="", steps=self.steps),)

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Every step of every alternative."""
        return tuple(step for way in self.ways for step in way.steps)
