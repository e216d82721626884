"""What the GitHub Action does with runs: rehearsals, rollbacks, and their reports."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.cli.action_step import Outcome, annotate, annotate_each, as_text, captured, document, text
from rollback_gov.cli.main import run
from rollback_gov.github.action.arguments import Place, issue_arguments, post_mortem_arguments
from rollback_gov.github.action.inputs import Inputs
from rollback_gov.reports.job_summary import evidence_summary


def rehearse(words: list[str], _inputs: Inputs, place: Place) -> Outcome:
    """Rehearse, and name the evidence that came of it."""
    with as_text():
        code = run(words)
    evidence = document(place.result).get("evidence", [])
    files = "\n".join(item["file"] for item in evidence)
    return Outcome(code=code, outputs={"evidence": files}, summary=evidence_summary(evidence))


def execute(words: list[str], inputs: Inputs, place: Place) -> Outcome:
    """Roll back, and open the incident's issue where that is asked for."""
    with as_text():
        code = run(words)
    result = document(place.result)
    if not result:
        return Outcome(code=code)
    outputs = {"run": result["run"], "report": result["report"], "incident-folder": str(Path(result["report"]).parent)}
    _, outputs["issue"] = _issue(result["run"], inputs, place)
    return Outcome(code=code, outputs=outputs, summary=text(result["report"]))


def report(words: list[str], inputs: Inputs, place: Place) -> Outcome:
    """Write the report of a run, and its post-mortem where that is asked for."""
    code, written = captured(words)
    if not written:
        return Outcome(code=code)
    folder = str(Path(written["report"]).parent)
    outputs = {"report": written["report"], "incident-folder": folder}
    issue_code, outputs["issue"] = _issue(folder, inputs, place)
    code = code or issue_code
    if inputs.is_on("post-mortem"):
        proposed_code, proposed = captured(post_mortem_arguments(folder, place))
        annotate_each("error", proposed.get("troubles", []))
        if proposed.get("pull"):
            annotate("notice", f"The post-mortem is proposed: {proposed['pull']}")
        outputs |= {"post-mortem": proposed.get("post-mortem", ""), "pull-request": proposed.get("pull", "")}
        code = code or proposed_code
    return Outcome(code=code, outputs=outputs, summary=text(written["report"]))


def _issue(run: str, inputs: Inputs, place: Place) -> tuple[int, str]:
    """Tell the run's issue what its report says, where that is wanted; gives how that ended, and its address."""
    words = issue_arguments(run, inputs, place)
    if not words:
        return 0, ""
    code, written = captured(words)
    if code:
        annotate("warning", "GitHub does not show the incident; the log of this step says why.")
    return code, str(written.get("issue", ""))
