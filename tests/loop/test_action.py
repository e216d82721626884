"""The action's modes on a repository with rehearsals, approvals and keys: the gate, the rehearsal, the rollback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.action.runner import use
from tests.loop.conftest import Repository


@pytest.fixture
def approved(issued: Repository) -> Repository:
    """Everything is there for a permit, and there is none yet."""
    issued.permit.unlink()
    return issued


def test_a_permit_is_issued_and_then_its_use_is_taken_once(approved: Repository) -> None:
    key = (approved.root / "keys" / "issuer.pem").read_text()
    approved.capture()
    where = {"plan": "rollback/op-9/plan.yaml", "environment": "production"}
    refused = use(approved.root, {"mode": "permit-verify", **where})
    assert refused.code == 1
    assert "::error title=rollback-gov::missing: " in refused.log
    assert refused.outputs["reasons"] == "missing"
    assert "## Permit: ❌ refused for `rollback/op-9/plan.yaml` to `production`" in refused.summary

    issued = use(approved.root, {"mode": "permit-issue", **where}, secrets={"ROLLBACK_GOV_KEY": key})
    assert issued.code == 0, issued.log
    assert (approved.root / issued.outputs["permit"]).is_file()
    assert "## Permit: ✅ issued" in issued.summary
    assert key.splitlines()[1] not in issued.log + issued.summary

    allowed = use(approved.root, {"mode": "permit-verify", "claim": "true", **where})
    assert allowed.code == 0, allowed.log
    assert "## Permit: ✅ allows" in allowed.summary
    again = use(approved.root, {"mode": "permit-verify", "claim": "true", **where})
    assert again.outputs["reasons"] == "already-used"


def test_a_rehearsal_leaves_evidence(approved: Repository) -> None:
    where = {"plan": "rollback/op-9/plan.yaml", "environment": "staging"}
    job = use(approved.root, {"mode": "rehearse", "scenarios": "full", "participants": "team", **where})
    assert job.code == 0, job.log
    assert (approved.root / job.outputs["evidence"]).is_file()
    assert job.summary.startswith("## Rehearsal: ✅ passed")


def test_a_rollback_leaves_its_folder_and_its_report(approved: Repository) -> None:
    approved.capture()
    where = {"plan": "rollback/op-9/plan.yaml", "environment": "production"}
    job = use(approved.root, {"mode": "execute", "reason": 'errors: "4 %"', "scenario": "service-only", **where})
    assert job.code == 0, job.log
    outputs = job.outputs
    assert Path(outputs["incident-folder"]).name == outputs["run"]
    assert Path(outputs["report"]).is_file()
    assert job.summary.startswith("# Incident report")
    report = use(approved.root, {"mode": "report", "run": outputs["run"]})
    assert report.outputs["report"] == outputs["report"]


def test_a_check_that_failed_is_overridden_by_a_person_and_the_rollback_goes_on(approved: Repository) -> None:
    where = {"plan": "rollback/op-9/plan.yaml", "environment": "production", "reason": "errors"}
    refused = use(approved.root, {"mode": "execute", **where})
    assert refused.code == 1
    assert "--override baseline" in refused.log
    done = use(
        approved.root,
        {"mode": "execute", "overrides": "baseline", "override-reason": "it was never kept", **where},
    )
    report = Path(done.outputs["report"]).read_text()
    assert "it was never kept" in report


def test_what_a_step_prints_is_no_command_of_the_runner(approved: Repository) -> None:
    approved.edit("run: scripts/back.sh,", "run: 'echo ::error::planted; scripts/back.sh',")
    where = {"plan": "rollback/op-9/plan.yaml", "environment": "production"}
    job = use(approved.root, {"mode": "execute", "reason": "planted", **where})
    lines = job.log.splitlines()
    stop = next(number for number, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[stop].removeprefix("::stop-commands::")
    assert len(token) == 32
    assert f"::{token}::" in lines[stop + 1 :]
    assert not [line for line in lines[:stop] if "planted" in line]


def forget_log(repository: Repository) -> None:
    """Have no more of the log than a fresh checkout of one branch has."""
    for ref in ("refs/heads", "refs/remotes/origin", "refs/rollback-gov"):
        repository.git("update-ref", "-d", f"{ref}/rollback-gov-audit")


def with_remote(repository: Repository, folder: Path) -> Path:
    """Give the repository a remote that holds nothing yet."""
    remote = folder / "remote.git"
    repository.git("init", "--quiet", "--bare", str(remote))
    repository.git("remote", "add", "origin", str(remote))
    return remote


def test_the_gate_asks_the_log_that_no_checkout_brings_along(issued: Repository, tmp_path: Path) -> None:
    with_remote(issued, tmp_path)
    issued.permit.unlink()
    issued.issue()
    issued.capture()
    forget_log(issued)
    where = {"plan": "rollback/op-9/plan.yaml", "environment": "production"}
    allowed = use(issued.root, {"mode": "permit-verify", **where})
    assert allowed.code == 0, f"a remote without a log stands in no way: {allowed.log}"

    issued.gov("permit", "claim", str(issued.plan), "-e", "production", "--local")
    issued.gov("audit", "sync")
    next(issued.folder.glob("permits/claims/*.json")).unlink()
    forget_log(issued)
    issued.verify()
    refused = use(issued.root, {"mode": "permit-verify", **where})
    assert (refused.code, refused.outputs["reasons"]) == (1, "already-used"), refused.log


def test_a_gate_that_cannot_ask_the_log_refuses_and_a_rollback_goes_on(issued: Repository, tmp_path: Path) -> None:
    """The permit was used, and only the log, which nobody reaches, has it still."""
    remote = with_remote(issued, tmp_path)
    issued.permit.unlink()
    issued.issue()
    issued.capture()
    issued.gov("permit", "claim", str(issued.plan), "-e", "production", "--local")
    issued.git("push", "--quiet", "origin", "refs/heads/rollback-gov-audit")
    issued.gov("audit", "sync")
    next(issued.folder.glob("permits/claims/*.json")).unlink()
    forget_log(issued)
    remote.rename(tmp_path / "away.git")
    issued.verify()
    where = {"plan": "rollback/op-9/plan.yaml", "environment": "production"}
    key = {"ROLLBACK_GOV_KEY": (issued.root / "keys" / "issuer.pem").read_text()}
    for mode, title in (("permit-verify", "refused"), ("permit-issue", "not issued")):
        job = use(issued.root, {"mode": mode, **where}, secrets=key)
        assert (job.code, job.outputs["reasons"], job.outputs["permit"]) == (1, "audit-log-unreachable", ""), job.log
        (said,) = [line for line in job.log.splitlines() if line.startswith(("::error", "::warning"))]
        assert "audit-log-unreachable: The gate of a deployment fails closed, and cannot ask the audit log. " in said
        assert "then run the job again." in said
        assert f"## Permit: ❌ {title} for `rollback/op-9/plan.yaml` to `production`" in job.summary
    back = use(issued.root, {"mode": "execute", "reason": "errors", **where})
    assert back.code == 0, back.log


def test_a_log_that_lacks_what_was_seen_stops_the_gate(issued: Repository, tmp_path: Path) -> None:
    with_remote(issued, tmp_path)
    job = use(issued.root, {"mode": "permit-verify", "plan": "rollback/op-9/plan.yaml", "environment": "production"})
    assert job.outputs["reasons"] == "audit-log-unreachable"
    assert "begin it there: git push origin refs/heads/rollback-gov-audit" in job.log
