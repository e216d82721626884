"""An emergency: what it sets aside and what not, who may, for how long, and the review that follows."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.commands.audit import Trail
from rollback_gov.records.places import BREAK_GLASSES as FOLDER
from rollback_gov.records.times import stamp
from tests.loop.conftest import Repository
from tests.loop.forging import forge, statement_of

NOW = datetime.now(UTC)
LATER = stamp(NOW + timedelta(days=5))
LATE = ("--now", stamp(NOW + timedelta(minutes=90)))


@pytest.fixture
def glassed(issued: Repository) -> Repository:
    """A permit that has expired, and people with keys to break the glass and to review it."""
    issued.capture()
    for name, role, person in (("barbara", "break-glass", "Barbara"), ("alan", "auditor", "Alan")):
        arguments = ("--out", f"keys/{name}.pem", "--id", name, "--role", role, "--person", person, "--add-to-trust")
        issued.gov("keys", "generate", *arguments)
    return issued


def open_(repository: Repository, *more: str, ends: int = 0, key: str = "barbara", waive: str = "expired") -> str:
    arguments = ("break-glass", "open", str(repository.plan), "-e", "production", "--incident", "INC-1")
    who = ("--reason", "customers cannot pay", *(("--waive", waive) if waive else ()))
    return repository.gov(*arguments, *who, *(("--key", f"keys/{key}.pem") if key else ()), *more, ends=ends)


def glass(repository: Repository) -> Path:
    """The last break-glass."""
    return max((repository.root / FOLDER).glob("*production*.dsse.json"))


def review(repository: Repository, key: str = "alan", *more: str, ends: int = 0) -> str:
    arguments = ("break-glass", "review", str(glass(repository)), "--conclusion", "it was necessary")
    return repository.gov(*arguments, *(("--key", f"keys/{key}.pem") if key else ()), *more, ends=ends)


def claim(repository: Repository, *more: str, ends: int = 0) -> str:
    arguments = ("permit", "claim", str(repository.plan), "-e", "production", "--break-glass", str(glass(repository)))
    return repository.gov(*arguments, *more, ends=ends)


def at(hours: float) -> tuple[str, str]:
    return "--now", stamp(NOW + timedelta(hours=hours))


# What it sets aside


def test_it_sets_aside_what_it_names_and_is_used_once(glassed: Repository) -> None:
    assert "Asked for by linus, authorised by Barbara; waives expired." in open_(glassed, *at(20))
    assert "expired" in glassed.verify(*at(20.5), ends=1)
    shown = glassed.verify(*at(20.5), "--break-glass", str(glass(glassed)))
    assert "waived by break-glass" in shown
    said = json.loads(claim(glassed, *at(20.5), "--json"))
    assert [reason["code"] for reason in said["waived"]] == ["expired"]
    assert said["break_glass"]
    assert len(list(glassed.folder.glob("permits/claims/*.json"))) == 2, "the permit's use, and its own"
    assert "it has been used: by linus" in claim(glassed, *at(20.6), ends=1)


def test_the_audit_log_says_what_was_set_aside_and_who_was_refused(glassed: Repository) -> None:
    open_(glassed, "--as", "Barbara", ends=1)
    open_(glassed, *at(20))
    identity = json.loads(claim(glassed, *at(20.5), "--json"))["break_glass"]
    glassed.gov("permit", "approve", str(glassed.plan), "--key", "keys/linus.pem", ends=1)
    glassed.gov("audit", "sync")
    log = json.loads(glassed.gov("audit", "export", "--operation", "op-9", "--format", "json"))
    refused, opened, claimed, approval = log[-4:]
    assert (refused["event"], refused["by"]) == ("break-glass.refused", "Barbara")
    assert refused["data"]["refused"].startswith("Barbara asks for the break-glass; at level 3 another person")
    assert opened["event"] == "break-glass.opened"
    assert (claimed["event"], claimed["data"]["break_glass"]) == ("permit.claimed", identity)
    assert claimed["data"]["waived"] == ["expired"]
    assert approval["event"] == "approval.refused"
    assert approval["data"]["refused"] == "Linus wrote the plan; somebody else approves it."


def test_it_sets_nothing_else_aside(glassed: Repository) -> None:
    open_(glassed, *at(80))
    said = claim(glassed, *at(80.1), ends=1)
    assert "evidence-stale" in said
    assert "  - expired" not in said


def test_where_there_is_no_permit_it_stands_for_one(glassed: Repository) -> None:
    open_(glassed, waive="missing")
    glassed.permit.unlink()
    assert "The break-glass is claimed for the deployment." in claim(glassed)
    assert "it has been used" in claim(glassed, ends=1)


@pytest.mark.parametrize(
    "code", ["signature", "plan-changed", "threshold", "wrong-environment", "audit-log-unreachable", "nonsense"]
)
def test_some_things_are_never_set_aside(glassed: Repository, code: str) -> None:
    assert f"'{code}' cannot be waived; possible: missing" in open_(glassed, waive=code, ends=2)


def test_a_forged_waiver_of_a_signature_waives_nothing(glassed: Repository) -> None:
    open_(glassed)
    statement = statement_of(glass(glassed))
    statement["predicate"]["waived"] = ["signature", "plan-changed", "missing"]
    forge(glassed, glass(glassed), statement, key="barbara")
    forge(glassed, glassed.permit, statement_of(glassed.permit), key="runner")
    assert "signature: The permit does not count" in claim(glassed, ends=1)


def test_another_plan_is_another_emergency(glassed: Repository) -> None:
    open_(glassed, waive="missing")
    glassed.permit.unlink()
    glassed.edit('echo 0 > "$SERVICE/errors"', 'echo  0 > "$SERVICE/errors"')
    assert "break-glass: The break-glass" in claim(glassed, ends=1)
    assert "the plan has changed since it was opened" in claim(glassed, ends=1)


def test_another_operation_environment_or_repository_is_another_emergency(glassed: Repository) -> None:
    open_(glassed)
    statement = statement_of(glass(glassed))
    statement["predicate"] |= {"operation": "op-8", "environment": "blue", "repository": "other", "level": 2}
    forge(glassed, glass(glassed), statement, key="barbara")
    said = claim(glassed, ends=1)
    for text in ("the operation 'op-8'", "environment 'blue'", "repository 'other'", "it was opened at level 2"):
        assert text in said


# Who, and for how long


def test_at_level_3_another_person_authorises_it(glassed: Repository) -> None:
    assert "At level 3 another person authorises a break-glass with a key" in open_(glassed, key="", ends=1)
    assert "Barbara asks for the break-glass" in open_(glassed, "--as", "BARBARA", ends=1)
    assert "has the role approver, not break-glass" in open_(glassed, key="ada", ends=2)
    open_(glassed)
    statement = statement_of(glass(glassed))
    statement["predicate"]["asked_by"] = "Barbara"
    forge(glassed, glass(glassed), statement, key="barbara")
    assert "Barbara asked for it and authorised it" in claim(glassed, ends=1)


@pytest.mark.parametrize("key", ["", "ada", "alan"])
def test_a_signature_of_nobody_authorises_nothing(glassed: Repository, key: str) -> None:
    open_(glassed)
    forge(glassed, glass(glassed), statement_of(glass(glassed)), key=key)
    assert "nobody authorised it with a key" in claim(glassed, ends=1)


def test_who_was_trusted_yesterday_authorises_nothing(glassed: Repository) -> None:
    open_(glassed)
    glassed.trust("id: barbara", f"id: barbara\n    not_after: {NOW - timedelta(days=1):%Y-%m-%d}")
    assert "nobody authorised it with a key" in claim(glassed, ends=1)


def test_it_lasts_an_hour_and_never_more_than_four(glassed: Repository) -> None:
    open_(glassed, "--now", stamp(NOW - timedelta(minutes=61)))
    assert "it ended at" in claim(glassed, ends=1)
    assert "lasts at most 4 hours" in open_(glassed, "--for", "4h1s", ends=2)
    open_(glassed, "--for", "4h")
    statement = statement_of(glass(glassed))
    statement["predicate"]["expires"] = stamp(NOW + timedelta(hours=5))
    forge(glassed, glass(glassed), statement, key="barbara")
    assert "the longest is four hours" in claim(glassed, ends=1)
    statement["predicate"] |= {"opened": stamp(NOW + timedelta(hours=1)), "expires": stamp(NOW + timedelta(hours=2))}
    forge(glassed, glass(glassed), statement, key="barbara")
    assert "it was opened at" in claim(glassed, ends=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [(("--incident", " "), "--incident"), (("--reason", ""), "--reason")],
)
def test_it_says_what_it_is_about(glassed: Repository, options: tuple[str, str], message: str) -> None:
    assert f"needs a text for {message}" in open_(glassed, *options, ends=2)
    assert "Say what is waived, one by one" in open_(glassed, waive="", ends=2)


def test_at_level_2_one_person_is_enough(tried_out: Repository) -> None:
    said = json.loads(open_(tried_out, "--json", key="", waive="baseline"))
    assert said["asked_by"] == said["authorised_by"] == "linus"
    assert "is claimed for" in claim(tried_out)
    assert "Reviewed by Grace" in review(tried_out, "", "--as", "Grace")


def test_a_file_that_is_none_breaks_nothing(glassed: Repository) -> None:
    open_(glassed)
    glass(glassed).write_text("{}")
    assert "not a DSSE envelope" in claim(glassed, ends=2)


# The review


def test_an_overdue_review_blocks_the_next_permit_of_the_service(glassed: Repository) -> None:
    open_(glassed)
    assert "review due" in glassed.gov("break-glass", "list")
    said = glassed.verify("--now", LATER, ends=1)
    assert "break-glass-overdue: The break-glass of op-9 in production" in said
    assert "rollback-gov break-glass review" in said
    assert "was to be reviewed by" in glassed.issue("--now", LATER, ends=1)
    assert "OVERDUE" in glassed.gov("break-glass", "list", "--now", LATER, ends=1)
    review(glassed)
    assert "break-glass-overdue" not in glassed.verify("--now", LATER, ends=1)
    assert "reviewed by Alan: it was necessary" in glassed.gov("break-glass", "list", "--now", LATER)
    assert glassed.gov("break-glass", "list", "--open") == ""


def test_another_operation_of_the_service_waits_too_and_no_other_service(glassed: Repository) -> None:
    open_(glassed)
    statement = statement_of(glass(glassed))
    for services, blocked in ((["file", "other"], True), (["other"], False)):
        statement["predicate"] |= {"operation": "op-1", "services": services}
        forge(glassed, glass(glassed), statement, key="barbara")
        said = glassed.verify("--now", LATER, ends=1)
        assert ("break-glass-overdue: The break-glass of op-1 in production" in said) is blocked


def test_a_reason_may_speak_of_a_review(glassed: Repository) -> None:
    """Whoever opens it chooses the words; they do not choose what kind of record it is."""
    words = "docs/predicates.md#break-glass-review-v1"
    open_(glassed, "--reason", f"https://github.com/rollback-gov/rollback-gov/blob/main/{words}")
    assert "review due" in glassed.gov("break-glass", "list")
    glassed.verify()


def test_what_cannot_be_read_may_be_one(glassed: Repository) -> None:
    open_(glassed)
    glass(glassed).write_text("{}")
    assert "may be a break-glass that waits for its review" in glassed.verify(ends=1)
    assert "cannot be read" in glassed.gov("break-glass", "list", ends=1)


def test_who_had_a_part_in_it_does_not_review_it(glassed: Repository) -> None:
    open_(glassed, "--as", "Alan")
    assert "Alan had a part in this break-glass" in review(glassed, ends=1)
    assert "is reviewed with a key of the role auditor" in review(glassed, "", ends=1)
    assert "has the role break-glass, not auditor" in review(glassed, "barbara", ends=2)
    assert "needs a conclusion" in review(glassed, "alan", "--conclusion", " ", ends=2)


def test_it_is_reviewed_once(glassed: Repository) -> None:
    open_(glassed)
    review(glassed, "alan", "--action", "rehearse weekly")
    assert "It was reviewed by Alan" in review(glassed, ends=2)
    shown = json.loads(glassed.gov("break-glass", "show", str(glass(glassed))))
    assert shown["review"]["actions"] == ["rehearse weekly"]


@pytest.mark.parametrize(("key", "who"), [("", "Grace"), ("barbara", "Barbara"), ("alan", "Grace"), ("ada", "Ada")])
def test_a_review_that_nobody_may_write_does_not_count(glassed: Repository, key: str, who: str) -> None:
    open_(glassed)
    review(glassed)
    (file,) = (glassed.root / FOLDER).glob("*review*")
    statement = statement_of(file)
    statement["predicate"]["reviewer"] = who
    forge(glassed, file, statement, key=key)
    assert "break-glass-overdue" in glassed.verify("--now", LATER, ends=1)


def test_an_auditor_is_a_person(glassed: Repository) -> None:
    open_(glassed)
    glassed.trust("    person: Alan\n", "")
    assert "does not say whose the auditor's key is" in review(glassed, ends=2)


def test_list_says_it_in_json(glassed: Repository) -> None:
    open_(glassed)
    (one,) = json.loads(glassed.gov("break-glass", "list", "--json"))["break_glass"]
    assert one["record"]["incident"] == "INC-1"
    assert one["state"].startswith("review due")


# A rollback opens one by itself


def roll_back(repository: Repository, *more: str) -> str:
    return repository.gov("execute", str(repository.plan), "-e", "production", "--yes", "--reason", "errors", *more)


def test_a_rollback_without_a_permit_opens_one_and_goes_on(glassed: Repository) -> None:
    glassed.permit.unlink()
    said = roll_back(glassed)
    assert "break-glass" in said
    record = statement_of(glass(glassed))["predicate"]
    assert (record["purpose"], record["waived"], record["authorised_by"]) == ("rollback", ["missing"], "")
    assert (record["asked_by"], record["reason"]) == ("linus", "errors")
    (journal,) = glassed.root.glob(f"incidents/{record['run']}/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    (opened,) = (event["data"] for event in events if event["type"] == "break_glass.opened")
    assert opened["waived"] == ["missing"]
    assert "break-glass-overdue" in glassed.verify("--now", LATER, ends=1)
    assert "it was opened for a rollback" in claim(glassed, ends=1)
    review(glassed)
    assert "break-glass-overdue" not in glassed.verify("--now", LATER, ends=1)


@pytest.mark.parametrize(("floor", "opens"), [("", False), ("floors: {environments: {production: 3}}\n", True)])
def test_a_plan_that_calls_itself_harmless_opens_one_all_the_same(glassed: Repository, floor: str, opens: bool) -> None:
    glassed.permit.unlink()
    glassed.edit("level: 3", "level: 1")
    (glassed.root / ".rollback-gov" / "policy.yaml").write_text(floor)
    roll_back(glassed)
    assert (glassed.root / FOLDER).exists() is opens


def test_a_rollback_with_a_permit_opens_none(glassed: Repository) -> None:
    glassed.claim()
    assert "permit: valid" in roll_back(glassed)
    assert not (glassed.root / FOLDER).exists()


def test_an_overdue_review_does_not_stop_a_rollback_or_make_it_one_without_permit(glassed: Repository) -> None:
    open_(glassed, "--now", stamp(NOW - timedelta(days=6)))
    assert "permit: valid" in roll_back(glassed)


@pytest.mark.parametrize("policy", ["levels: {'3': {sla: 99h}}\n", "nonsense: true\n"])
def test_neither_a_broken_policy_nor_a_folder_that_cannot_be_written_stops_a_rollback(
    glassed: Repository, policy: str
) -> None:
    glassed.permit.unlink()
    (glassed.root / ".rollback-gov" / "policy.yaml").write_text(policy)
    roll_back(glassed)
    assert statement_of(glass(glassed))["predicate"]["level"] == 3
    folder = glassed.root / FOLDER
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("in the way")
    assert "WARNING: the break-glass of this rollback could not be written down" in roll_back(glassed)


def test_in_another_environment_than_production_there_is_none(glassed: Repository) -> None:
    glassed.gov("capture", str(glassed.plan), "-e", "blue")
    glassed.gov("execute", str(glassed.plan), "-e", "blue", "--yes", "--reason", "errors")
    assert not (glassed.root / FOLDER).exists()


def test_a_rollback_of_several_regions_opens_one(repository: Repository) -> None:
    regions = "regions: {order: [eu, us], parameters: {eu: {SERVICE: staging-service}, us: {SERVICE: blue-service}}}\n"
    repository.edit("level: 3", "level: 2")
    repository.edit("sla: 5m\n", f"sla: 5m\n{regions}")
    for region in ("eu", "us"):
        repository.gov("capture", str(repository.plan), "-e", "production", "--region", region)
    roll_back(repository)
    (file,) = (repository.root / FOLDER).glob("*.dsse.json")
    run = statement_of(file)["predicate"]["run"]
    assert (repository.root / "incidents" / run / "journal.jsonl").exists(), "the run of all regions"


# What the audit log knows


def synced(repository: Repository) -> None:
    repository.gov("audit", "sync")


def identity(repository: Repository) -> str:
    (one,) = json.loads(repository.gov("break-glass", "list", "--json"))["break_glass"]
    return str(one["sha256"])


@pytest.mark.parametrize("change", ["remove", "change"])
def test_an_overdue_review_does_not_hang_on_the_file(glassed: Repository, change: str) -> None:
    open_(glassed)
    synced(glassed)
    sha256 = identity(glassed)
    assert "gone" not in glassed.gov("audit", "verify")
    if change == "remove":
        glass(glassed).unlink()
    else:
        statement = statement_of(glass(glassed))
        statement["predicate"]["review_due"] = "2099-01-01T00:00:00Z"
        forge(glassed, glass(glassed), statement, key="barbara")
    glassed.verify()
    said = glassed.verify("--now", LATER, ends=1)
    assert f"break-glass-overdue: The break-glass {sha256[:12]} of op-9, which linus opened at " in said
    assert f"rollback-gov break-glass review {sha256}" in said
    assert f"gone    The break-glass {sha256[:12]} of op-9, opened by linus" in glassed.gov("audit", "verify", ends=1)
    (gone,) = json.loads(glassed.gov("audit", "verify", "--json", ends=1))["gone"]
    assert gone["sha256"] == sha256


def test_before_it_was_sent_it_waits_beside_the_log(glassed: Repository) -> None:
    synced(glassed)
    open_(glassed)
    glass(glassed).unlink()
    assert "break-glass-overdue" in glassed.verify("--now", LATER, ends=1)


def test_one_that_is_lost_is_reviewed_by_its_identity(glassed: Repository) -> None:
    open_(glassed, "--as", "Grace")
    synced(glassed)
    sha256 = identity(glassed)
    glass(glassed).unlink()
    words = ("break-glass", "review", sha256, "--conclusion", "it was necessary")
    assert "level 3 is reviewed with a key of the role auditor" in glassed.gov(*words, ends=1)
    unknown = ("break-glass", "review", "0" * 64, "--conclusion", "x", "--key", "keys/alan.pem")
    assert f"tells of no break-glass {'0' * 64}" in glassed.gov(*unknown, ends=2)
    glassed.gov(*words, "--key", "keys/alan.pem")
    assert "break-glass-overdue" not in glassed.verify("--now", LATER, ends=1)
    synced(glassed)
    glassed.gov("audit", "verify")
    assert "It was reviewed by Alan." in glassed.gov(*words, "--key", "keys/alan.pem", ends=2)


def test_who_had_a_part_in_a_lost_one_does_not_review_it(glassed: Repository) -> None:
    open_(glassed, "--as", "Alan")
    synced(glassed)
    sha256 = identity(glassed)
    glass(glassed).unlink()
    words = ("break-glass", "review", sha256, "--conclusion", "fine", "--key", "keys/alan.pem")
    assert "Alan had a part in this break-glass" in glassed.gov(*words, ends=1)


def test_a_review_that_is_gone_is_told(glassed: Repository) -> None:
    open_(glassed)
    review(glassed)
    synced(glassed)
    glassed.gov("audit", "verify")
    (file,) = (glassed.root / FOLDER).glob("*review*")
    file.unlink()
    assert "by Alan is not in the repository" in glassed.gov("audit", "verify", ends=1)
    assert "break-glass-overdue" in glassed.verify("--now", LATER, ends=1)
    glass(glassed).unlink()
    assert "gone" not in glassed.gov("audit", "verify"), "what was reviewed may be cleared away as a whole"
    assert "break-glass-overdue" not in glassed.verify("--now", LATER, ends=1)


def test_another_operation_and_another_service_are_none_of_its_business(glassed: Repository) -> None:
    open_(glassed)
    synced(glassed)
    glass(glassed).unlink()
    glassed.edit("operation: op-9", "operation: op-10")
    assert "break-glass-overdue" in glassed.verify("--now", LATER, ends=1), "its service is the same"
    glassed.edit("services: [file]", "services: [shop]")
    assert "break-glass-overdue" not in glassed.verify("--now", LATER, ends=1)


def test_a_log_that_cannot_be_read_holds_the_permit(glassed: Repository) -> None:
    open_(glassed)
    synced(glassed)
    glassed.git("update-ref", "refs/heads/rollback-gov-audit", "HEAD")
    said = glassed.verify(ends=1)
    assert "Nobody can tell whether a review of a break-glass is overdue" in said


def opened_by_the_log(repository: Repository, year: int) -> None:
    """Let the log tell of one that was opened on the first or the last day of a year."""
    data = {"sha256": "ab" * 32, "services": ["file"], "level": 3, "authorised_by": "Barbara"}
    now = datetime(year, 12, 31, tzinfo=UTC)
    trail = Trail(root=repository.root, environ=os.environ)
    assert trail.record("break-glass.opened", operation="op-9", by="eve\n::error::x", now=now, data=data) == ""
    synced(repository)


def test_a_time_that_leaves_none_for_a_review_crashes_no_gate(glassed: Repository) -> None:
    opened_by_the_log(glassed, 9999)
    why = "the break-glass abababababab was opened at 9999-12-31T00:00:00Z, which leaves no time for a review."
    said = json.loads(glassed.verify("--json", ends=1))
    (reason,) = said["reasons"]
    assert (reason["code"], why in reason["message"]) == ("break-glass-overdue", True)
    assert why in glassed.issue(ends=1)
    assert why in glassed.claim(ends=1)
    assert f"Nobody can tell which files are lost: The audit log says that {why}" in glassed.gov(
        "break-glass", "list", ends=1
    )


def test_one_of_the_first_year_is_overdue_like_any_other(glassed: Repository) -> None:
    opened_by_the_log(glassed, 1)
    assert "was to be reviewed by 0002-01-02T00:00:00Z" in glassed.verify(ends=1)


def test_one_whose_file_is_lost_is_listed_with_its_identity(glassed: Repository) -> None:
    open_(glassed)
    synced(glassed)
    sha256 = identity(glassed)
    (kept,) = json.loads(glassed.gov("break-glass", "list", "--json"))["break_glass"]
    glass(glassed).unlink()
    due = kept["record"]["review_due"]
    state = f"review due {due}, its file is lost or was changed"
    assert (
        glassed.gov("break-glass", "list", "--open") == f"{sha256}  {kept['record']['opened']}  op-9, linus: {state}\n"
    )
    (lost,) = json.loads(glassed.gov("break-glass", "list", "--json", "--now", LATER, ends=1))["break_glass"]
    assert (lost["sha256"], lost["file"], lost["review"]) == (sha256, "", None)
    assert lost["record"].items() <= kept["record"].items()
    assert lost["state"] == f"OVERDUE, {state}"
    assert lost.keys() == kept.keys()
    glassed.gov("break-glass", "review", sha256, "--conclusion", "fine", "--key", "keys/alan.pem")
    assert glassed.gov("break-glass", "list", "--now", LATER) == ""


def test_what_the_log_says_is_shown_on_one_line(glassed: Repository) -> None:
    opened_by_the_log(glassed, 2024)
    (row,) = glassed.gov("break-glass", "list", ends=1).splitlines()
    assert row.startswith(f"{'ab' * 32}  2024-12-31T00:00:00Z  op-9, eve ::error::x: OVERDUE, review due 2025-01-02")
