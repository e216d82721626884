"""Deployments on GitHub: ours are told from all others by their payload, and none is made twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from rollback_gov.github.writing import Document, Writing

if TYPE_CHECKING:
    from github.Deployment import Deployment
    from github.Repository import Repository

KEY = "rollback-gov"
"""Under which a deployment's payload says that it is ours, and of what."""
LONGEST = 140
"""Characters of a description that GitHub takes."""
SEARCHED = 300
"""How many of the newest deployments to an environment are looked through."""
LOOKED_BACK = 10
"""How many before it a deployment may supersede."""
DEPLOY, ROLLBACK = "deploy", "rollback"
"""What a deployment is for. Of a rollback, it is the version that comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a deployment is of. ``identity`` is the digest of the permit that was claimed, or the id of a rollback."""

    operation: str
    identity: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A deployment that there is to be: ``ref`` is a commit or a tag."""

    subject: Subject
    environment: str
    ref: str
    task: str
    description: str
    is_production: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How a deployment stands now: one of GitHub's states, a sentence, and where there is more."""

    state: str
    description: str
    log_url: str = ""
    url: str = ""
    """Of what was deployed."""


class Ours:
    """A deployment of ours. How it stands is read once, and then known by what was reported here."""

    def __init__(self, subject: Subject, deployment: Deployment) -> None:
        self.subject = subject
        self.deployment = deployment

    def state(self) -> str:
        """Give the latest state; empty where nobody reported one."""
        return self._last[0]

    def report(self, news: News) -> None:
        """Report how it stands, unless that was the last that was said. Other deployments are left as they are.

        GitHub's ``auto_inactive`` would end those of other services in the same environment too.
        """
        said = (news.state, news.description[:LONGEST])
        if self._last == said:
            return
        more = {"target_url": news.log_url, "environment_url": news.url}
        links = {name: value for name, value in more.items() if value}
        self.deployment.create_status(news.state, description=said[1], auto_inactive=False, **links)
        self._last = said

    @cached_property
    def _last(self) -> tuple[str, str]:
        last = max(self.deployment.get_statuses(), key=lambda status: status.id, default=None)
        return (last.state, last.description) if last else ("", "")


def ours(repository: Repository, environment: str, task: str) -> Iterator[Ours]:
    """Give our deployments to an environment, the newest first."""
    for deployment in islice(repository.get_deployments(environment=environment, task=task), SEARCHED):
        if subject := _subject(deployment):
            yield Ours(subject, deployment)


def begin(repository: Repository, wanted: Wanted) -> Ours:
    """Give the one deployment of a subject; it is made where there is none. Raises what PyGithub raises.

    After an answer that got lost it is looked for. Of two that were made at once the older one counts, and the other is
    set to ``inactive``.
    """
    from github.Deployment import Deployment

    if found := _of(repository, wanted):
        return found[0]

    def look() -> Document | None:
        return next(({"id": one.deployment.id} for one in _of(repository, wanted)), None)

    body = {
        "ref": wanted.ref,
        "task": wanted.task,
        "auto_merge": False,
        "required_contexts": [],
        "payload": {KEY: asdict(wanted.subject)},
        "environment": wanted.environment,
        "description": wanted.description[:LONGEST],
        "production_environment": wanted.is_production,
    }
    made = Writing(repository).send("POST", f"{repository.url}/deployments", body, look)
    first, *rest = _of(repository, wanted) or [Ours(wanted.subject, Deployment(repository.requester, {}, made))]
    for other in rest:
        if other.deployment.id == made["id"]:
            other.report(News(state="inactive", description="It is a second one: see the older deployment."))
    return first


def _of(repository: Repository, wanted: Wanted) -> list[Ours]:
    """Give the deployments of exactly this subject, the oldest first."""
    there = [one for one in ours(repository, wanted.environment, wanted.task) if _is_of(one.subject, wanted.subject)]
    return sorted(there, key=lambda one: one.deployment.id)


def _is_of(one: Subject, other: Subject) -> bool:
    return (one.operation, one.identity) == (other.operation, other.identity)


def supersede(repository: Repository, current: Ours, log_url: str = "") -> None:
    """Set our older deployments to ``inactive`` whose services all run as ``current`` deployed them."""
    services = set(current.subject.services)
    for task in (DEPLOY, ROLLBACK):
        there = ours(repository, current.deployment.environment, task)
        older = (one for one in there if one.deployment.id < current.deployment.id)
        for one in islice(older, LOOKED_BACK):
            if services.issuperset(one.subject.services) and one.state() == "success":
                text = f"Superseded by {current.subject.operation}."
                one.report(News(state="inactive", description=text, log_url=log_url))


def has_tag(repository: Repository, name: str) -> bool:
    """Tell whether the repository has a tag of exactly this name."""
    from github import GithubException

    try:
        repository.get_git_ref(f"tags/{name}").object  # noqa: B018 - only then is it asked for
    except GithubException as error:
        if error.status != 404:
            raise
        return False
    return True


def _subject(deployment: Deployment) -> Subject | None:
    """Read whose deployment it is; None for one of somebody else. What stands there is others' text."""
    from github import BadAttributeException

    try:
        payload: Any = deployment.payload
    except BadAttributeException:
        return None
    said = payload.get(KEY) if isinstance(payload, Mapping) else None
    if not isinstance(said, Mapping):
        return None
    operation, identity, services = (said.get(name) for name in ("operation", "identity", "services"))
    if not (isinstance(operation, str) and isinstance(identity, str) and isinstance(services, list)):
        return None
    return Subject(operation=operation, identity=identity, services=tuple(map(str, services)))
