"""Asking for a permit, and looking at those that there are."""

from __future__ import annotations

import json
import shutil

from tests.loop.conftest import ATTEST, Repository
from tests.loop.forging import forge, statement_of


def ask(repository: Repository, *more: str, ends: int = 0) -> str:
    return repository.gov("permit", "request", str(repository.plan), "-e", "production", *more, ends=ends)


def listed(repository: Repository, *more: str, ends: int = 0) -> str:
    return repository.gov("permit", "list", str(repository.plan), *more, ends=ends)


def test_request_names_everything_that_is_missing_and_who_can_give_it(repository: Repository) -> None:
    said = ask(repository, ends=1)
    assert "For op-9 to production at level 3 is missing:" in said
    assert "RG401" in said
    assert "0 of 2 approvals" in said
    assert "Approved by: nobody; may approve: Ada, Grace" in said, "Linus wrote it"
    assert "To be signed by 1 of: issuer" in said
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem", *ATTEST)
    assert "Approved by: Ada; may approve: Grace" in ask(repository, ends=1)


def test_request_says_when_nothing_is_missing_and_writes_nothing(issued: Repository) -> None:
    before = sorted(issued.folder.rglob("*"))
    assert "For op-9 to production at level 3 nothing is missing." in ask(issued)
    said = json.loads(ask(issued, "--json"))
    assert (said["allowed"], said["objections"], said["exit"]) == (True, [], "passed")
    assert sorted(issued.folder.rglob("*")) == before
    said = json.loads(ask(issued, "--now", "2040-01-01T00:00:00Z", "--json", ends=1))
    assert "RG403" in {objection["code"] for objection in said["objections"]}


def test_list_says_how_each_stands(issued: Repository) -> None:
    assert " allows " in listed(issued)
    assert "expired, evidence-stale" in listed(issued, "--now", "2040-01-01T00:00:00Z").replace("lifetime, ", "")
    issued.capture()
    issued.claim()
    issued.issue()
    said = listed(issued)
    assert len(said.splitlines()) == 2
    assert "used by linus at" in said
    states = [item["state"].split()[0] for item in json.loads(listed(issued, "--json"))["permits"]]
    assert sorted(states) == ["allows", "used"]
    assert listed(issued, "-e", "blue", ends=3) == ""


def test_without_a_plan_list_shows_those_of_all(issued: Repository) -> None:
    other = issued.root / "rollback" / "op-10"
    shutil.copytree(issued.folder, other)
    issued.edit("operation: op-9", "operation: op-10", other / "plan.yaml")
    said = issued.gov("permit", "list").splitlines()
    assert [line.split()[1] for line in said] == ["op-10", "op-9"]
    assert ["wrong-operation" in line for line in said] == [True, False]
    found = json.loads(issued.gov("permit", "list", "--json"))["permits"]
    assert [item["signature"] for item in found] == ["trusted", "trusted"]
    (other / "plan.yaml").write_text("broken")
    assert "op-10" in issued.gov("permit", "list"), "a permit is there, whatever became of its plan"


def test_list_shows_what_does_not_count(issued: Repository) -> None:
    for name, content in (("a", "{}"), ("b", "")):
        (issued.folder / "permits" / f"{name}.dsse.json").write_text(content)
    for path in issued.folder.glob("permits/production*"):
        statement = statement_of(path)
        statement["predicate"]["environment"] = "nowhere"
        forge(issued, path, statement)
    said = listed(issued)
    assert said.count("unreadable") == 2
    assert "wrong-environment" in said


def test_without_any_there_is_nothing_to_list(repository: Repository) -> None:
    assert listed(repository, ends=3) == ""
