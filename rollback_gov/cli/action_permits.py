"""What the GitHub Action does around a deployment: its permit, and how it ended."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rollback_gov.cli.action_step import Outcome, annotate, annotate_reasons, captured
from rollback_gov.github.action.arguments import Place
from rollback_gov.github.action.inputs import Inputs
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.reports.job_summary import issue_summary, permit_summary

if TYPE_CHECKING:
    from rollback_gov.records.verdict import Reason


def verify(words: list[str], inputs: Inputs, _place: Place) -> Outcome:
    """Ask the permit, and say each reason why it does not allow the deployment."""
    code, verdict = captured(words)
    annotate_reasons(verdict.get("reasons", []))
    if not code:
        annotate("notice", f"The permit allows the deployment to {inputs.text('environment')}.")
    outputs = {"permit": verdict.get("file", ""), "reasons": " ".join(r["code"] for r in verdict.get("reasons", []))}
    outputs["deployment"] = str(verdict.get("deployment") or "")
    if inputs.is_on("deployment") and not code and not outputs["deployment"]:
        annotate("warning", "GitHub does not show the deployment; the log of this step says why.")
    if not verdict:
        return Outcome(code=code)
    summary = permit_summary(verdict, plan=inputs.text("plan"), environment=inputs.text("environment"))
    return Outcome(code=code, outputs=outputs, summary=summary)


def issue(words: list[str], inputs: Inputs, _place: Place) -> Outcome:
    """Issue a permit, or say each reason why not."""
    code, issued = captured(words)
    annotate_reasons(issued.get("reasons", []))
    if not code:
        annotate("notice", f"The permit is issued, until {issued['expires']}: {issued['file']}")
    plan, environment = inputs.text("plan"), inputs.text("environment")
    summary = issue_summary(issued, plan=plan, environment=environment) if issued else ""
    return Outcome(code=code, outputs={"permit": issued.get("file", "")}, summary=summary)


def refused(reason: Reason, inputs: Inputs) -> Outcome:
    """Refuse what a permit's gate was asked, for a reason that nothing of the permit can change."""
    reasons = [asdict(reason)]
    annotate_reasons(reasons)
    where = {"plan": inputs.text("plan"), "environment": inputs.text("environment")}
    if inputs.mode == "permit-issue":
        summary = issue_summary({"reasons": reasons}, **where)
    else:
        summary = permit_summary({"allowed": False, "reasons": reasons}, **where)
    return Outcome(code=ExitCode.FINDINGS, outputs={"reasons": str(reason.code)}, summary=summary)


def deployment(words: list[str], _inputs: Inputs, _place: Place) -> Outcome:
    """Report how a deployment ended. That GitHub does not take it is no failure of the deployment."""
    code, shown = captured(words)
    if shown.get("problem"):
        annotate("warning", shown["problem"])
    outputs = {"deployment": str(shown.get("deployment") or "")}
    return Outcome(code=code, outputs=outputs, passes=frozenset({ExitCode.FINDINGS}))
