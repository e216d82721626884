"""What a permit holds against: rehearsals, approvals, changes, time, and its single use."""

from __future__ import annotations

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from tests.loop.conftest import ATTEST, Repository


def permitted(repository: Repository) -> Repository:
    repository.rehearse()
    repository.approve()
    repository.issue()
    return repository


def test_before_the_rehearsals_every_reason_stands_on_its_own_line(repository: Repository) -> None:
    said = repository.issue(ends=1)
    reasons = [line for line in said.splitlines() if line.startswith("  - ")]
    assert "never rehearsed" in reasons[0]
    assert "0 of 2 approvals" in said
    assert sum("Nobody attests" in line for line in reasons) == 3
    assert len(reasons) == 5


def test_after_rehearsals_and_approvals_it_is_issued_verified_and_claimed_once(repository: Repository) -> None:
    permitted(repository)
    assert "allows the deployment" in repository.verify()
    assert "baseline 'data' of production is missing" in repository.claim(ends=1)
    repository.capture()
    assert "is claimed" in repository.claim()
    assert "already-used: The permit has been used: by linus" in repository.claim(ends=1)
    assert "already-used" in repository.verify(ends=1)


def test_one_character_of_a_command_voids_it_and_names_the_phase(repository: Repository) -> None:
    permitted(repository)
    repository.edit('echo 0 > "$SERVICE/errors"', 'echo  0 > "$SERVICE/errors"')
    said = repository.verify(ends=1)
    assert "plan-changed: The plan has changed since the permit was issued: phase quiet." in said
    said = repository.issue(ends=1)
    assert "quiet" in next(line for line in said.splitlines() if "RG402" in line)
    assert "0 of 2 approvals" in said


def test_after_a_new_title_the_rehearsal_counts_and_the_approval_does_not(repository: Repository) -> None:
    permitted(repository)
    repository.edit("title: Version two", "title: The second version")
    said = repository.issue(ends=1)
    assert "RG4" not in said
    assert "0 of 2 approvals" in said
    assert "its wording" in said
    repository.approve()
    repository.issue()


def test_after_a_script_changed_both_are_void(repository: Repository) -> None:
    permitted(repository)
    repository.edit("echo 1", "echo  1", repository.folder / "scripts" / "back.sh")
    assert "file scripts/back.sh" in repository.verify(ends=1)
    said = repository.issue(ends=1)
    assert "RG402" in said
    assert "what runs" in said


def test_comments_order_and_spacing_change_nothing(repository: Repository) -> None:
    permitted(repository)
    repository.edit("sla: 5m\n", "# five minutes\nsla:   '5m'\n")
    repository.edit("uses: [scripts/back.sh]\n", "")
    repository.edit("sla:", "uses:\n  - scripts/back.sh\nsla:")
    repository.verify()


def test_only_the_phase_that_changed_is_rehearsed_again(repository: Repository) -> None:
    permitted(repository)
    repository.edit("budget: 30s\n    steps: [{id: errors", "budget: 40s\n    steps: [{id: errors")
    assert "RG402" in repository.issue(ends=1)
    repository.rehearse()
    repository.approve()
    repository.issue()


def test_the_author_cannot_approve(repository: Repository) -> None:
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/linus.pem", ends=1)
    assert "Linus wrote the plan" in said


def test_an_approval_smuggled_in_by_the_author_does_not_count(repository: Repository) -> None:
    repository.rehearse()
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", *ATTEST)
    author = repository.root / ".git"
    hidden = repository.root / "hidden"
    author.rename(hidden)
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/linus.pem")
    hidden.rename(author)
    said = repository.issue(ends=1)
    assert "1 of 2 approvals" in said
    assert "Linus wrote the plan" in said


def test_one_person_with_two_keys_is_one_approver(repository: Repository) -> None:
    more = ("--out", "keys/ada2.pem", "--id", "ada2", "--role", "approver", "--person", "Ada", "--add-to-trust")
    repository.gov("keys", "generate", *more)
    repository.rehearse()
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", *ATTEST)
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada2.pem")
    assert "1 of 2 approvals" in repository.issue(ends=1)


def test_a_key_of_another_role_signs_nothing(repository: Repository) -> None:
    said = repository.gov("permit", "approve", str(repository.plan), "--key", "keys/issuer.pem", ends=2)
    assert "has the role permit-issuer, not approver" in said
    permitted(repository)
    said = repository.gov("permit", "issue", str(repository.plan), "-e", "production", "--key", "keys/ada.pem", ends=1)
    assert "has the role approver, not permit-issuer" in said


def test_a_permit_expires_and_is_not_valid_too_early(repository: Repository) -> None:
    permitted(repository)
    assert "expired" in repository.verify("--now", "2040-01-01T00:00:00Z", ends=1)
    assert "not-yet-valid" in repository.verify("--now", "2020-01-01T00:00:00Z", ends=1)


def test_another_environment_needs_another_permit(repository: Repository) -> None:
    permitted(repository)
    permit = next(repository.folder.glob("permits/*.dsse.json"))
    said = repository.gov("permit", "verify", str(repository.plan), "-e", "blue", "--permit", str(permit), ends=1)
    assert "wrong-environment: The permit is for the environment 'production', not 'blue'." in said


def test_other_values_need_another_permit(repository: Repository) -> None:
    permitted(repository)
    assert "Parameter values differ from those of the permit: SPEED" in repository.verify(
        "--param", "SPEED=slow", ends=1
    )


def test_evidence_that_is_gone_or_forged_is_noticed(repository: Repository) -> None:
    permitted(repository)
    first = next(repository.folder.glob("evidence/*staging.dsse.json"))
    kept = first.read_bytes()
    first.unlink()
    assert "evidence-missing" in repository.verify(ends=1)
    envelope = json.loads(kept)
    envelope["signatures"] = []
    first.write_text(json.dumps(envelope))
    assert "evidence-untrusted" in repository.verify(ends=1)
    first.write_bytes(kept[:-40])
    assert "evidence-missing" in repository.verify(ends=1)


def test_a_forged_permit_is_refused(repository: Repository) -> None:
    permitted(repository)
    permit = next(repository.folder.glob("permits/*.dsse.json"))
    envelope = json.loads(permit.read_text())
    envelope["signatures"][0]["sig"] = "A" * 86 + "=="
    permit.write_text(json.dumps(envelope))
    assert "signature: The permit" in repository.verify(ends=1)
    permit.write_text("{}")
    assert "unreadable" in repository.verify(ends=1)
    permit.unlink()
    assert "missing: There is no permit for production" in repository.verify(ends=1)


def test_an_unsigned_permit_is_for_trying_out(repository: Repository) -> None:
    repository.edit("level: 3", "level: 2")
    repository.gov("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes")
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem")
    said = repository.gov("permit", "issue", str(repository.plan), "-e", "production")
    assert "It is not signed" in said
    assert "It is not signed" in repository.verify(), "and whoever sees it is told"
    assert json.loads(repository.verify("--json"))["signed"] is False
    shown = json.loads(repository.gov("permit", "show", str(repository.permit)))
    assert (shown["signature"], shown["signed_by"]) == ("unsigned", [])
    assert "allows (not signed)" in repository.gov("permit", "list", str(repository.plan))
    repository.verify()
    repository.edit("level: 2", "level: 3")
    assert "it is not signed" in repository.verify(ends=1)


def test_json_says_the_same_in_words(repository: Repository) -> None:
    said = json.loads(repository.verify("--json", ends=1))
    assert said["allowed"] is False
    assert said["exit"] == "findings"
    assert [reason["code"] for reason in said["reasons"]] == ["missing"]


def claim_in_a_process(arguments: tuple[str, str]) -> int:
    root, plan = arguments
    os.chdir(root)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    from rollback_gov.cli.main import run

    return run(["permit", "claim", plan, "-e", "production"])


def test_of_twenty_claims_exactly_one_is_allowed(repository: Repository) -> None:
    permitted(repository)
    repository.capture()
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        codes = list(pool.map(claim_in_a_process, [(str(repository.root), str(repository.plan))] * 20))
    assert sorted(codes) == [0] + [1] * 19


def test_show_prints_what_a_permit_says(repository: Repository) -> None:
    permitted(repository)
    permit = next(repository.folder.glob("permits/*.dsse.json"))
    document = json.loads(repository.gov("permit", "show", str(permit)))
    assert document["operation"] == "op-9"
    assert (document["signature"], document["signed_by"]) == ("trusted", ["issuer"])
    assert {approval["person"] for approval in document["approvals"]} == {"Ada", "Grace"}
    assert len(document["evidence"]) == 4


def test_verify_runs_nothing_of_the_plan(repository: Repository) -> None:
    permitted(repository)
    trap = Path("trap")
    script = repository.folder / "scripts" / "back.sh"
    script.write_text(f"#!/usr/bin/env bash\ntouch {trap.absolute()}\n")
    repository.verify(ends=1)
    assert not trap.exists()


WAIVER = """\
waivers:
  - rule: {rule}
    operation: op-9
    reason: Accepted once.
    owner: team
    approved_by: Ada
    created: "2020-01-01"
    expires: "2020-01-02"
"""


def waive(repository: Repository, rule: str, *, owner: str = "team") -> None:
    today = datetime.now(UTC).date()
    text = WAIVER.format(rule=rule).replace("2020-01-01", f"{today}").replace("2020-01-02", f"{today}")
    path = repository.root / ".rollback-gov" / "waivers.yaml"
    path.write_text(text.replace("owner: team", f"owner: {owner}"), encoding="utf-8")


def too_slow(repository: Repository) -> Repository:
    """A timeout that is longer than its phase's budget: nothing else stands against a permit."""
    repository.edit("timeout: 20s", "timeout: 61s")
    return permitted(repository)


def test_a_waiver_lets_a_permit_pass_which_names_it_and_ends_with_it(repository: Repository) -> None:
    waive(repository, "RG105")
    too_slow(repository)
    permit = json.loads(repository.gov("permit", "show", str(repository.permit)))
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert [item["rule"] for item in permit["waivers"]] == ["RG105"]
    assert permit["waivers"][0]["approved_by"] == "Ada"
    waivers = repository.root / ".rollback-gov" / "waivers.yaml"
    assert permit["waivers_file"] == sha256(waivers.read_bytes()).hexdigest()
    assert permit["expires"] <= f"{tomorrow}T00:00:00Z"
    repository.verify()


def test_a_waiver_that_its_owner_approves_lets_nothing_pass(repository: Repository) -> None:
    waive(repository, "RG105", owner="Ada")
    repository.edit("timeout: 20s", "timeout: 61s")
    assert "RG105" in repository.issue(ends=1)
