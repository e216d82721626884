"""A deployment in GitHub's own view: begun when a permit's use was taken, and reported when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollback_gov.commands.github_repository import github_repository
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.git import Git
from rollback_gov.github.deployments import DEPLOY, News, Ours, Subject, Wanted, begin, ours, supersede
from rollback_gov.github.job import job_url
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.verdict import Verdict

if TYPE_CHECKING:
    from github.Repository import Repository

NEEDS = "deployments: write"
STATES = {"success": "success", "failure": "failure", "cancelled": "error", "skipped": "inactive"}
"""How a job ended, in Actions' words -> the state of a deployment."""


class Shown(Record):
    """The deployment's number at GitHub; zero, and a sentence, where GitHub does not show it."""

    id: int = 0
    problem: str = ""


def begin_deployment(request: PermitRequest, verdict: Verdict) -> Shown:
    """Show the deployment for which a permit was claimed, ``in_progress``: the commit of this checkout. Never raises.

    The use is taken by now. What GitHub shows is no gate: a deployment does not stop for want of it.
    """
    try:
        operation, identity = request.plan.metadata.operation, verdict.permit_sha256 or verdict.break_glass
        environment = request.workspace.environment(request.environment)
        wanted = Wanted(
            subject=Subject(operation=operation, identity=identity, services=request.plan.change.services),
            environment=request.environment,
            ref=Git(request.workspace.root, request.environ).ask("rev-parse", "HEAD"),
            task=DEPLOY,
            description=f"{operation}, permitted by {identity[:12]}",
            is_production=environment is not None and environment.class_ == "production",
        )
        with github_repository(request.environ, request.workspace.root, needs=NEEDS) as repository:
            deployment = begin(repository, wanted)
            if not deployment.state():
                text = f"Permit {identity[:12]} is claimed"
                deployment.report(News(state="in_progress", description=text, log_url=job_url(request.environ)))
            return Shown(id=deployment.deployment.id)
    except Exception as error:
        return Shown(problem=_problem(error))


def report_deployment(request: PermitRequest, result: str, url: str = "") -> Shown:
    """Report how the latest deployment of the plan's operation to the environment has ended: one of ``STATES``.

    One that succeeded takes the place of those before it. ``url`` is where it can be seen. What GitHub does not take is
    said in what comes back, and not raised. Raises Refused for a plan that cannot be read.
    """
    operation = request.plan.metadata.operation
    news = News(
        state=STATES[result],
        description=f"{operation}: {result}",
        log_url=job_url(request.environ),
        url=url,
    )
    try:
        with github_repository(request.environ, request.workspace.root, needs=NEEDS) as repository:
            deployment = _latest(repository, operation, request.environment)
            deployment.report(news)
            if news.state == "success":
                supersede(repository, deployment, news.log_url)
            return Shown(id=deployment.deployment.id)
    except UsageError as error:
        return Shown(problem=_problem(error))


def _latest(repository: Repository, operation: str, environment: str) -> Ours:
    there = ours(repository, environment, DEPLOY)
    found = next((one for one in there if one.subject.operation == operation), None)
    if found is None:
        raise UsageError(
            f"GitHub has no deployment of {operation} to {environment}.",
            hint="Begin it where the permit is claimed: rollback-gov permit claim --deployment",
        )
    return found


def _problem(error: Exception) -> str:
    """Say it in one line. A defect is named by its kind alone: its text may hold anything."""
    if isinstance(error, RollbackGovError):
        return f"GitHub does not show the deployment. {error} {error.hint}".strip()
    return f"GitHub does not show the deployment ({type(error).__name__})."
