"""Approvals that were given as reviews of a pull request on GitHub: asked for where a permit is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.github_repository import github_repository
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.permit_objections import excluded_of
from rollback_gov.commands.plan_at import PlanHistory
from rollback_gov.git import Git
from rollback_gov.github.event import pull_of_event
from rollback_gov.github.logins import with_logins
from rollback_gov.github.reviews import reviewed_change
from rollback_gov.github.run_approvals import run_approvals
from rollback_gov.model.errors import UsageError
from rollback_gov.records.exclusion import Excluded
from rollback_gov.records.reviews import ReviewedChange, decide
from rollback_gov.records.times import stamp

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EVENT = "event"
NEEDS = "contents: read, pull-requests: read"
NEEDS_OF_RUN = "actions: read, contents: read"


def with_reviews(request: PermitRequest, pull: str, key: Ed25519PrivateKey | None) -> PermitRequest:
    """Give the request with what became of a pull request's reviews; ``pull`` is a number, or ``event``.

    Raises UsageError where GitHub does not tell all that is needed, and for a pull request that is not about the plan.
    """
    request.loaded.require()
    history = PlanHistory(Git(request.loaded.folder, request.environ), request.loaded.path)
    with github_repository(request.environ, request.workspace.root, needs=NEEDS) as repository:
        number = pull_of_event(request.environ, repository) if pull == EVENT else int(pull)
        change = reviewed_change(repository, number)
        if not change.files.intersection(_names(request, history)):
            raise UsageError(
                f"Pull request {number} changes neither the plan nor a file that it uses: "
                f"who reviewed it had nothing of the plan before them.",
                hint="Name the pull request that changed the plan: --reviews NUMBER",
            )
    return _with_change(request, change, history, key)


def with_run_approvals(request: PermitRequest, environment: str, key: Ed25519PrivateKey | None) -> PermitRequest:
    """Give the request with what became of the approvals of this job's workflow run for a GitHub environment.

    Raises UsageError outside of GitHub Actions, and where GitHub does not tell all that is needed.
    """
    request.loaded.require()
    run = request.environ.get("GITHUB_RUN_ID", "")
    if not run.isdecimal():
        raise UsageError(
            "GITHUB_RUN_ID is not set: only in a job of GitHub Actions is there a workflow run to approve.",
            hint="Elsewhere count reviews (--reviews NUMBER) or signed approvals.",
        )
    history = PlanHistory(Git(request.loaded.folder, request.environ), request.loaded.path)
    names = sorted(set(_names(request, history)))
    with github_repository(request.environ, request.workspace.root, needs=NEEDS_OF_RUN) as repository:
        change = run_approvals(repository, int(run), environment, names, stamp(request.now))
    return _with_change(request, change, history, key)


def _with_change(
    request: PermitRequest, change: ReviewedChange, history: PlanHistory, key: Ed25519PrivateKey | None
) -> PermitRequest:
    facts = replace(change, excluded=_everybody(request, change, key))
    found = decide(facts, request.digests, history.digests_at)
    return replace(request, reviews=request.reviews.and_also(found))


def _names(request: PermitRequest, history: PlanHistory) -> Iterator[str]:
    """Name what the plan is made of, from the repository's root, also by the names that are links."""
    for path in (request.loaded.path, *(request.loaded.folder / name for name in request.plan.uses)):
        yield history.name(path)
        yield history.name(Path(os.path.realpath(path)))


def _everybody(request: PermitRequest, change: ReviewedChange, key: Ed25519PrivateKey | None) -> Excluded:
    """Join who had a hand in the pull request with who had one in the plan, under every name that they have."""
    _, plan = excluded_of(request, key)
    known = request.keyring.known_as
    authors = known(with_logins((*plan.authors, *change.excluded.authors)))
    return Excluded(
        authors=authors,
        committers=known(with_logins((*plan.committers, *change.excluded.committers))) - authors,
        starters=known((*plan.starters, *change.excluded.starters)),
    )
