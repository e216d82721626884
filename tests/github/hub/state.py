"""What the GitHub of the tests remembers, and how a resource answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.github.hub.branches import Snapshot
    from tests.github.hub.checks import CheckRun
    from tests.github.hub.comments import Comment
    from tests.github.hub.commits import Commit
    from tests.github.hub.deployments import Deployment
    from tests.github.hub.issues import Issue
    from tests.github.hub.pulls import Pull
    from tests.github.hub.users import User
    from tests.github.hub.workflow_runs import WorkflowRun

NOON = "2026-01-31T12:00:00Z"


class RefusalError(Exception):
    """GitHub says no: a status, and the message that stands in the body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Call(NamedTuple):
    """A request that fits the description: the values of its path, its query and its body."""

    operation: str
    values: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]


class Page(NamedTuple):
    """A list of which one page is given; it has ``key`` around it where GitHub puts one."""

    items: list[Any]
    key: str = ""


Answer = tuple[int, Any]
"""Status and document; of the document only what matters, the rest is filled in."""


@dataclass
class Trouble:
    """What a request hears instead of an answer, ``times`` times; ``operation`` empty: whatever it asks."""

    status: int
    message: str = "the server says no"
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    times: int = 1
    seconds: float = 0.0
    """How long it waits before it says so."""
    raw: bytes = b""
    """What is sent in the place of JSON."""
    done: bool = False
    """Whether the request is carried out all the same, and only its answer is lost."""


class File(NamedTuple):
    """A file in git: its bytes and its mode."""

    raw: bytes
    mode: str = "100644"


@dataclass
class Rate:
    """The limit of an hour: how many requests there are, how many are left, and when the next hour begins (epoch)."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """What stands in every answer."""
        told = {"Limit": self.limit, "Remaining": max(0, self.remaining), "Reset": self.reset}
        return {f"X-RateLimit-{name}": str(number) for name, number in told.items()}


@dataclass
class Repository:
    """A repository: who may do what in it, and what it holds by number."""

    full_name: str
    permissions: dict[str, str] = field(default_factory=dict)
    """Login -> ``admin``, ``maintain``, ``write``, ``triage`` or ``read``."""
    pulls: dict[int, Pull] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    """Name -> colour."""
    may_label: bool = True
    """Whether the token may set labels and assignees when it opens an issue; GitHub drops them without a word else."""
    comments: dict[int, Comment] = field(default_factory=dict)
    """Under issues and pull requests, by their own number."""
    last_comment: int = 0
    check_runs: list[CheckRun] = field(default_factory=list)
    workflow_runs: dict[int, WorkflowRun] = field(default_factory=dict)
    history: dict[str, list[Commit]] = field(default_factory=dict)
    """File -> its commits."""
    deployments: dict[int, Deployment] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    shas: set[str] = field(default_factory=set)
    """Commits that can be deployed."""
    branches: dict[str, str] = field(default_factory=dict)
    """Name -> commit."""
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    """Commit -> what it has."""
    files: dict[str, File] = field(default_factory=dict)
    """The tree of the default branch, by path."""
    closed: str = ""
    """``archived`` or ``disabled``; empty: neither."""
    refused: int = 0
    """The status with which everything about it is refused; 0: nothing is."""
    most_entries: int = 100_000
    """How many entries of a tree one answer has."""

    def next_number(self) -> int:
        """Issues and pull requests share their numbers."""
        return max((0, *self.pulls, *self.issues)) + 1


@dataclass
class Hub:
    """The whole of it. ``wrong`` collects what did not fit the description; a test with any of it fails."""

    url: str = ""
    """Of the API, without a slash at its end."""
    tokens: dict[str, str] = field(default_factory=lambda: {"ghs_secret": "github-actions[bot]"})
    """Token -> login."""
    denied: set[str] = field(default_factory=set)
    """Permissions to write that tokens lack, such as ``checks``: those of a fork's job lack all."""
    users: dict[str, User] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    """Old name -> name of today, of repositories; lower case."""
    rate: Rate | None = None
    """None: nobody counts."""
    statuses: dict[int, int] = field(default_factory=dict)
    """How many answers there were of each status."""
    most_at_once: int = 0
    """How many requests were waiting for their answers at the same time."""
    troubles: list[Trouble] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path, in their order."""
    before: Callable[[str], object] = lambda _: None
    """Called with each operation before it is answered: what somebody else does in between."""
    wrong: list[str] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """What a job of Actions has."""
        return {"GITHUB_TOKEN": next(iter(self.tokens), ""), "GITHUB_API_URL": self.url}

    def repository(self, full_name: str = "team/service", **permissions: str) -> Repository:
        """Make a repository."""
        return self.repositories.setdefault(full_name.lower(), Repository(full_name, dict(permissions)))

    def found(self, call: Call) -> Repository:
        """Give the repository that a request is about."""
        name = f"{call.values['owner']}/{call.values['repo']}".lower()
        if name not in self.repositories:
            raise RefusalError(404, "Not Found")
        if self.repositories[name].refused:
            raise RefusalError(self.repositories[name].refused, "Resource not accessible by personal access token")
        return self.repositories[name]

    def demand(self, permission: str) -> None:
        """Refuse as GitHub does where the token may not write there."""
        if permission in self.denied:
            raise RefusalError(403, "Resource not accessible by integration")

    def asked(self, text: str) -> list[str]:
        """Give the paths of the requests in which a text stands."""
        return [path for _, path in self.requests if text in path]


ANSWERS: dict[str, Callable[[Hub, Call], Answer]] = {}


def answers(operation: str) -> Callable[[Callable[[Hub, Call], Answer]], Callable[[Hub, Call], Answer]]:
    """Let a function answer an operation."""

    def register(function: Callable[[Hub, Call], Answer]) -> Callable[[Hub, Call], Answer]:
        ANSWERS[operation] = function
        return function

    return register
