"""A permit is taken back, and nobody can make the gate forget it."""

from __future__ import annotations

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.records.places import STATUS_LIST as FILE
from rollback_gov.records.statement import read
from rollback_gov.records.times import stamp
from tests.loop.conftest import Repository
from tests.loop.forging import forge, forge_permit, statement_of

NOW = datetime.now(UTC)


def with_list(repository: Repository) -> Repository:
    """Give somebody the role, and write the first list."""
    generate = ("keys", "generate", "--out", "keys/status.pem", "--id", "status", "--role", "status-list")
    repository.gov(*generate, "--add-to-trust")
    refresh(repository)
    return repository


def refresh(repository: Repository, *more: str, ends: int = 0) -> str:
    return repository.gov("permit", "status-list", "refresh", "--key", "keys/status.pem", *more, ends=ends)


def revoke(repository: Repository, *more: str, ends: int = 0) -> str:
    arguments = (str(repository.permit), "--reason", "the dump was not restorable", *more)
    return repository.gov("permit", "revoke", *arguments, "--key", "keys/status.pem", ends=ends)


@pytest.fixture
def listed(issued: Repository) -> Repository:
    """A permit that was issued when there was a list."""
    issued.permit.unlink()
    with_list(issued).issue()
    return issued


def test_a_revoked_permit_is_refused_with_the_reason(listed: Repository) -> None:
    listed.verify()
    assert "in version 2 of" in revoke(listed)
    said = listed.verify(ends=1)
    assert "revoked: The permit was revoked by linus at" in said
    assert "the dump was not restorable" in said


@pytest.mark.parametrize("by", ["its file", "its identity", "an identity that nobody knows"])
def test_a_revocation_is_an_entry_about_its_operation(listed: Repository, by: str) -> None:
    """An auditor who asks about the operation sees what became of its permit."""
    (listed.folder / "permits" / "broken.dsse.json").write_text("{}")
    permit = next(listed.folder.glob("permits/production*"))
    named = {"its file": str(permit), "its identity": read(permit).sha256}.get(by, "a" * 64)
    listed.gov("permit", "revoke", named, "--reason", "wrong dump", "--key", "keys/status.pem")
    listed.gov("audit", "sync")
    last = json.loads(listed.gov("audit", "export", "--format", "json"))[-1]
    about = "" if by.startswith("an ") else "op-9"
    assert (last["event"], last["operation"], last["data"]["reason"]) == ("permit.revoked", about, "wrong dump")


def test_a_permit_asks_for_the_list_of_its_issue(listed: Repository) -> None:
    assert statement_of(listed.permit)["predicate"]["status_list"] == 1
    (listed.root / FILE).unlink()
    assert "status-missing: There is no status list, and the permit asks for version 1 at least." in listed.verify(
        ends=1
    )


def test_where_somebody_has_the_role_there_is_a_list(issued: Repository) -> None:
    with_list(issued)
    issued.verify()
    (issued.root / FILE).unlink()
    assert "status-missing: There is no status list, so nobody knows what was revoked." in issued.verify(ends=1)


def test_an_older_list_is_not_the_list(listed: Repository) -> None:
    old = (listed.root / FILE).read_bytes()
    refresh(listed)
    listed.permit.unlink()
    listed.issue()
    listed.verify()
    (listed.root / FILE).write_bytes(old)
    assert "status-rolled-back: The status list is version 1; the permit asks for 2" in listed.verify(ends=1)


def test_a_list_lasts_a_week_and_is_refreshed(listed: Repository) -> None:
    assert refresh(listed, "--now", stamp(NOW - timedelta(days=8)))
    said = listed.verify(ends=1)
    assert "status-stale: The status list was good until" in said
    assert "permit status-list refresh" in said
    assert "PAST ITS END" in listed.gov("permit", "status-list", "show", ends=1)
    refresh(listed, "--valid", "1h")
    listed.verify()
    assert "lasts at most 30 days" in refresh(listed, "--valid", "721h", ends=2)


def test_a_list_from_the_future_tells_of_a_wrong_clock(listed: Repository) -> None:
    refresh(listed, "--now", stamp(NOW + timedelta(hours=1)))
    assert "clock: It is" in listed.verify(ends=1)


@pytest.mark.parametrize("key", ["", "issuer", "ada"])
def test_a_list_is_signed_by_its_role(listed: Repository, key: str) -> None:
    forge(listed, listed.root / FILE, statement_of(listed.root / FILE), key=key)
    assert "status-untrusted: The status list does not count:" in listed.verify(ends=1)
    if key:
        assert "a list that may be wrong is not continued" in revoke(listed, ends=2)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff" * 100])
def test_a_damaged_list_is_no_list(listed: Repository, raw: bytes) -> None:
    (listed.root / FILE).write_bytes(raw)
    assert "status-untrusted" in listed.verify(ends=1)
    assert "does not count" in listed.gov("permit", "status-list", "show", ends=2)


def test_a_list_with_a_day_that_no_calendar_has_is_no_list(listed: Repository) -> None:
    statement = statement_of(listed.root / FILE)
    statement["predicate"]["next_update"] = "2027-02-30T00:00:00Z"
    from rollback_gov.records.statement import STATUS_LIST, _subjects

    statement["subject"] = _subjects(STATUS_LIST, statement["predicate"])
    forge(listed, listed.root / FILE, statement, key="status")
    assert "is no time" in listed.verify(ends=1)


def test_the_list_of_another_repository_says_nothing(listed: Repository) -> None:
    listed.git("remote", "add", "origin", "https://example.org/acme/other")
    said = listed.verify(ends=1)
    assert "status-untrusted: The status list is that of 'repository', not of 'example.org/acme/other'." in said


def test_a_new_key_continues_the_list_of_the_old_one(listed: Repository) -> None:
    yesterday = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    listed.trust("role: status-list", f"role: status-list\n    not_after: {yesterday}")
    assert "status-untrusted" in listed.verify(ends=1)
    assert "is not valid today" in refresh(listed, ends=2)
    generate = ("keys", "generate", "--out", "keys/status2.pem", "--id", "status2", "--role", "status-list")
    listed.gov(*generate, "--add-to-trust")
    listed.gov("permit", "status-list", "refresh", "--key", "keys/status2.pem")
    listed.verify()


def test_at_level_2_an_unsigned_list_will_do_until_somebody_has_the_role(tried_out: Repository) -> None:
    tried_out.verify()
    tried_out.gov("permit", "revoke", str(tried_out.permit), "--reason", "no")
    assert "revoked" in tried_out.verify(ends=1)
    assert "NOT SIGNED" in tried_out.gov("permit", "status-list", "show")
    said = tried_out.gov("permit", "revoke", "a" * 64, "--reason", "no", "--as", "x\n::error::y", "--json")
    assert json.loads(said)["revoked"][1]["by"] == "x ::error::y"
    with_list_refused = (
        "keys",
        "generate",
        "--out",
        "keys/s.pem",
        "--id",
        "s",
        "--role",
        "status-list",
        "--add-to-trust",
    )
    tried_out.gov(*with_list_refused)
    assert "it is not signed" in tried_out.verify(ends=1)
    assert "sign with --key" in tried_out.gov("permit", "status-list", "refresh", ends=2)


def test_a_permit_that_asks_for_more_than_there_is(listed: Repository) -> None:
    forge_permit(listed, status_list=2)
    assert "status-rolled-back" in listed.verify(ends=1)


def test_what_revoke_and_show_say(listed: Repository) -> None:
    assert "needs a reason" in listed.gov("permit", "revoke", "a" * 64, "--reason", " ", ends=2)
    assert "Cannot read the record" in listed.gov("permit", "revoke", "nothing", "--reason", "no", ends=2)
    revoke(listed)
    assert "is revoked already" in revoke(listed, ends=2)
    assert "linus: the dump was not restorable" in listed.gov("permit", "status-list", "show")
    assert json.loads(listed.gov("permit", "status-list", "show", "--json"))["version"] == 2
    said = json.loads(refresh(listed, "--json"))
    assert (said["version"], said["signed"]) == (3, True)
    (listed.root / FILE).unlink()
    assert "There is no status list" in listed.gov("permit", "status-list", "show", ends=3)


def test_a_list_that_cannot_be_written_is_said(listed: Repository) -> None:
    (listed.root / FILE).unlink()
    (listed.root / FILE).mkdir()
    assert "does not count" in refresh(listed, ends=2)


def revoke_in_a_process(arguments: tuple[str, int]) -> int:
    root, number = arguments
    os.chdir(root)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    from rollback_gov.cli.main import run

    return run(["permit", "revoke", f"{number:064x}", "--reason", "all at once", "--key", "keys/status.pem"])


def test_of_many_revocations_at_once_none_is_lost(listed: Repository) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        codes = list(pool.map(revoke_in_a_process, [(str(listed.root), number) for number in range(12)]))
    assert codes == [0] * 12
    status = statement_of(listed.root / FILE)["predicate"]
    assert status["version"] == 13
    assert {item["permit"] for item in status["revoked"]} == {f"{number:064x}" for number in range(12)}
    assert list(Path(listed.root / FILE).parent.glob("*.part")) == []


def test_an_older_list_brings_no_permit_back(listed: Repository) -> None:
    """It is signed and not past its time, and the permit asks for no newer one: only the audit log knows of it."""
    before = (listed.root / FILE).read_bytes()
    revoke(listed)
    listed.gov("audit", "sync")
    (listed.root / FILE).write_bytes(before)
    said = listed.verify(ends=1)
    assert "status-rolled-back: The status list is version 1; the audit log tells of 2." in said


def test_a_list_that_was_never_asked_for_is_missed_where_the_log_tells_of_it(issued: Repository) -> None:
    """Who takes the role out of trust.yaml, and the list with it, brings back what was revoked."""
    generate = ("keys", "generate", "--out", "keys/status.pem", "--id", "status", "--role", "status-list")
    before = (issued.root / ".rollback-gov" / "trust.yaml").read_text()
    issued.gov(*generate, "--add-to-trust")
    revoke(issued)
    issued.gov("audit", "sync")
    (issued.root / FILE).unlink()
    (issued.root / ".rollback-gov" / "trust.yaml").write_text(before)
    said = issued.verify(ends=1)
    assert "status-missing: There is no status list, and the audit log tells of version 1." in said
