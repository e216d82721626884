"""What a step can do: exactly one of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Argument, Expect, Header, Json, Query
from rollback_gov.model.record import Record


class Http(Record):
    """One request. ``endpoint`` is a base URL that environments.yaml names; ``url`` is absolute."""

    method: str = "GET"
    url: str = ""
    endpoint: str = ""
    path: str = ""
    headers: Mapping[str, Header] | None = None
    json: Json = None
    body: str = ""
    body_file: str = ""
    max_bytes: int = 1_048_576


class Terraform(Record):
    """Plan and apply a previous configuration, pinned to a commit."""

    directory: str
    configuration: Argument
    workspace: Argument = ""
    var_files: tuple[str, ...] = ()
    variables: Mapping[str, Header] | None = None
    targets: tuple[str, ...] = ()
    backend_config: tuple[Argument, ...] = ()
    approval: Literal["gate", "none"] = "gate"


class Revision(Record):
    """A revision of a Kubernetes workload: its number, or the baseline entry that recorded it."""

    SHORTHAND = "value"
    value: int | None = None
    baseline: str = ""


class Kubernetes(Record):
    """One kubectl operation with an explicit namespace; exactly one verb is set."""

    namespace: Argument
    context: Argument = ""
    rollout_undo: str = ""
    to_revision: Revision | None = None
    rollout_status: str = ""
    rollout_restart: str = ""
    set_image: str = ""
    images: Mapping[str, Argument] | None = None
    scale: str = ""
    replicas: int | None = None
    patch: str = ""
    patch_type: Literal["strategic", "merge", "json"] = "strategic"
    content: Json = None
    apply: str = ""
    delete: str = ""
    wait: str = ""
    condition: str = ""
    selector: str = ""

    @property
    def verb(self) -> str:
        """The name of the verb that is set, such as ``rollout_undo``."""
        return next(name for name in VERBS if getattr(self, name))

    @property
    def target(self) -> str:
        """What the verb is about: a workload, a kind, or a file."""
        target: str = getattr(self, self.verb)
        return target


class Git(Record):
    """Go back to a pinned commit or tag: ``checkout`` moves the work tree, ``revert`` adds a commit that undoes one."""

    directory: str = "."
    checkout: Argument = ""
    revert: Argument = ""
    mainline: int | None = None


class Gate(Record):
    """A person decides; the answer is no unless somebody says yes in time."""

    SHORTHAND = "ask"
    ask: str
    role: str = ""
    deadline: Duration | None = None
    on_deadline: Literal["deny", "escalate", "proceed"] = "deny"


class Notify(Record):
    """A message; it never fails the run."""

    SHORTHAND = "message"
    message: str
    channels: tuple[str, ...] = ()
    severity: Literal["info", "warning", "error", "critical"] = "info"


class Probe(Record):
    """A question to the world, answered true, false or unknown: ``run``, ``http`` or ``query`` and what it must say."""

    SHORTHAND = "run"
    run: str = ""
    http: Http | None = None
    query: Query | None = None
    expect: Expect | None = None
    timeout: Duration | None = None
    name: str = field(default="", metadata={"prose": True})


VERBS = (
    "rollout_undo",
    "rollout_status",
    "rollout_restart",
    "set_image",
    "scale",
    "patch",
    "apply",
    "delete",
    "wait",
)
"""Of ``kubernetes``."""
ACTIONS = ("run", "http", "query", "terraform", "kubernetes", "git", "wait", "gate", "manual", "notify")
