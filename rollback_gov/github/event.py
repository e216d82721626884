"""Which pull request a job is about: what started it says so, or the commit that it runs for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rollback_gov.github.action.event import number_of, pull_number, read_event
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from github.Repository import Repository

_HINT = "Name the pull request: --reviews NUMBER"


def pull_of_event(environ: Mapping[str, str], repository: Repository) -> int:
    """Give the number of the pull request that started this job, or that became the commit which was pushed.

    Raises UsageError where there is none, or more than one.
    """
    event = read_event(environ)
    commented = number_of(event, "issue") if _is_pull(event) else 0
    return pull_number(event) or commented or _of_commit(environ.get("GITHUB_SHA", ""), repository)


def _is_pull(event: Mapping[str, Any]) -> bool:
    """A comment on a pull request comes as one on an issue."""
    issue = event.get("issue")
    return isinstance(issue, dict) and "pull_request" in issue


def _of_commit(sha: str, repository: Repository) -> int:
    if not sha:
        raise UsageError("Neither the event nor GITHUB_SHA says which pull request this is about.", hint=_HINT)
    pulls = repository.get_commit(sha).get_pulls()
    numbers = sorted(pull.number for pull in pulls if pull.merge_commit_sha == sha and pull.merged_at)
    if len(numbers) != 1:
        found = (
            f"{len(numbers)} pull requests ({', '.join(map(str, numbers))}) have" if numbers else "No pull request has"
        )
        raise UsageError(f"{found} become the commit {sha[:12]}.", hint=_HINT)
    return numbers[0]
