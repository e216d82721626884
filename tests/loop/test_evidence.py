"""``evidence``: what counts, what changed since, who has seen it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.loop.conftest import Repository
from tests.loop.forging import forge, statement_of


def evidence(repository: Repository, command: str, *more: str, ends: int = 0) -> str:
    return repository.gov("evidence", command, str(repository.plan), *more, ends=ends)


@pytest.fixture
def rehearsed(issued: Repository) -> Repository:
    return issued


# list


def test_list_says_what_counts_and_until_when(rehearsed: Repository) -> None:
    lines = evidence(rehearsed, "list", "-e", "production").splitlines()
    assert len(lines) == 5
    assert all("trusted   fresh until" in line for line in lines[:4])
    assert {line.split()[1] for line in lines[:4]} == {"staging-test", "production-like-test"}
    assert lines[4] == "That is enough for level 3."


def test_list_says_what_does_not_count_and_what_is_missing(rehearsed: Repository) -> None:
    said = evidence(rehearsed, "list", "--now", "2040-01-01T00:00:00Z", ends=1)
    assert "does not count" in said
    assert "RG403" in said
    said = evidence(rehearsed, "list", "--level", "4", ends=1)
    assert "RG411 The rehearsal was not acknowledged by: team." in said
    found = json.loads(evidence(rehearsed, "list", "--level", "4", "--json", ends=1))
    assert found["enough"] is False
    assert "RG411" in {gap["code"] for gap in found["gaps"]}


def test_without_a_rehearsal_there_is_nothing(repository: Repository) -> None:
    assert "The plan was never rehearsed." in evidence(repository, "list", ends=3)
    assert evidence(repository, "verify", ends=3) == ""
    assert "There is no rehearsal in" in evidence(repository, "diff", ends=2)


@pytest.mark.parametrize("what", ["nothing deployed", "nothing restored", "all skipped"])
def test_a_rehearsal_that_proves_nothing_does_not_count(rehearsed: Repository, what: str) -> None:
    for path in rehearsed.folder.glob("evidence/*.dsse.json"):
        statement = statement_of(path)
        body = statement["predicate"]
        if what == "nothing deployed":
            body["version_deployed"] = body["version_before"]
        elif what == "nothing restored":
            body["version_restored"] = body["version_deployed"]
        else:
            body["steps"] = [{**step, "result": "skipped"} for step in body["steps"]]
        forge(rehearsed, path, statement, key="runner")
    said = evidence(rehearsed, "list", ends=1)
    assert "RG412" in said
    assert "proves nothing" in said
    rehearsed.permit.unlink()
    assert "RG412" in rehearsed.issue(ends=1)


# show, verify


def test_show_says_what_one_proved(rehearsed: Repository) -> None:
    said = evidence(rehearsed, "show")
    for text in (
        "of the whole plan of op-9",
        "1 -> 2 -> 1",
        "check answers: passed",
        "trusted by runner",
        "phases/quiet",
    ):
        assert text in said
    (blue,) = (path for path in rehearsed.folder.glob("evidence/*blue.dsse.json"))
    said = evidence(rehearsed, "show", "--file", str(blue))
    assert "automatic by trigger down" in said
    assert "there      team" in said
    assert json.loads(evidence(rehearsed, "show", "--json"))["signature"] == "trusted"


def test_what_is_no_rehearsal_is_not_shown(rehearsed: Repository) -> None:
    assert "is no rehearsal beside" in evidence(rehearsed, "show", "--file", "nothing", ends=2)
    path = max(rehearsed.folder.glob("evidence/*staging.dsse.json"))
    path.write_text("{}")
    assert "cannot be read: The file is not a DSSE envelope." in evidence(
        rehearsed, "show", "--file", str(path), ends=1
    )
    assert "does not count  " in evidence(rehearsed, "list", ends=1)


def test_what_a_program_said_is_shown_on_one_line(rehearsed: Repository) -> None:
    path = max(rehearsed.folder.glob("evidence/*blue.dsse.json"))
    statement = statement_of(path)
    statement["predicate"]["checks"][0]["observed"] = "x\n::error::y\x1b[31m"
    forge(rehearsed, path, statement, key="runner")
    said = evidence(rehearsed, "show", "--file", str(path))
    assert "saw x ::error::y\\u{1b}[31m" in said


def test_verify_tells_signed_from_unsigned(rehearsed: Repository) -> None:
    assert all(line.startswith("trusted    runner") for line in evidence(rehearsed, "verify").splitlines())
    path = next(rehearsed.folder.glob("evidence/*.dsse.json"))
    forge(rehearsed, path, statement_of(path), key="issuer")
    assert "untrusted" in evidence(rehearsed, "verify", ends=1)
    path.write_text("{}")
    assert "unreadable" in evidence(rehearsed, "verify", ends=1)
    said = json.loads(evidence(rehearsed, "verify", "--json", ends=1))
    assert [record["signature"] for record in said["records"]] == ["trusted"] * 3
    assert len(said["unreadable"]) == 1


# diff


def test_nothing_has_changed(rehearsed: Repository) -> None:
    said = evidence(rehearsed, "diff")
    assert "nothing has changed" in said
    assert "Nothing has to be rehearsed again." in said


def test_what_has_changed_is_told_by_value(rehearsed: Repository) -> None:
    rehearsed.edit("run: scripts/back.sh, timeout: 20s", "run: scripts/back.sh, timeout: 25s")
    rehearsed.edit("title: Version two", "title: The second version")
    said = evidence(rehearsed, "diff", ends=1)
    assert "  phase service: step back: timeout 20s -> 25s\n" in said
    assert "  metadata: title 'Version two' -> 'The second version'  (wording)" in said
    assert "To be rehearsed again: phase service." in said
    found = json.loads(evidence(rehearsed, "diff", "--json", ends=1))
    assert found["again"] == ["phase service"]
    assert [edit["runs"] for edit in found["edits"]] == [False, True]


def test_wording_is_not_rehearsed_again(rehearsed: Repository) -> None:
    rehearsed.edit("title: Version two", "title: The second version")
    assert "Nothing has to be rehearsed again." in evidence(rehearsed, "diff")


def test_what_every_phase_stands_on_voids_all_of_them(rehearsed: Repository) -> None:
    script = rehearsed.folder / "scripts" / "back.sh"
    rehearsed.edit("echo 1", "echo  1", script)
    said = evidence(rehearsed, "diff", ends=1)
    assert "  file scripts/back.sh changed\n" in said
    assert "To be rehearsed again: everything." in said


def test_at_level_4_everything_is_rehearsed_again(rehearsed: Repository) -> None:
    rehearsed.edit("timeout: 20s", "timeout: 25s")
    assert "To be rehearsed again: everything." in evidence(rehearsed, "diff", "--level", "4", ends=1)


def test_a_new_order_is_rehearsed_as_a_whole(rehearsed: Repository) -> None:
    text = rehearsed.plan.read_text()
    head, phases = text.split("phases:\n", 1)
    body, rest = phases.split("scenarios:", 1)
    first, second = body.split("  - id: quiet")
    rehearsed.plan.write_text(f"{head}phases:\n  - id: quiet{second}{first}scenarios:{rest}")
    said = evidence(rehearsed, "diff", ends=1)
    assert "order of phases service, quiet -> quiet, service" in said
    assert "the whole plan, in today's order" in said


def test_without_the_plan_of_then_changes_are_told_by_phase(rehearsed: Repository) -> None:
    shutil.rmtree(rehearsed.folder / "evidence" / "plans")
    rehearsed.edit("timeout: 20s", "timeout: 25s")
    said = evidence(rehearsed, "diff", ends=1)
    assert "  phase service\n" in said
    assert "The plan of then was not kept" in said
    assert json.loads(evidence(rehearsed, "diff", "--json", ends=1))["edits"] is None


def test_a_plan_of_then_that_was_edited_is_not_believed(rehearsed: Repository) -> None:
    (kept,) = (rehearsed.folder / "evidence" / "plans").glob("*.json")
    kept.write_text(kept.read_text().replace("20s", "25s"))
    assert "nothing has changed" in evidence(rehearsed, "diff")
    rehearsed.edit("timeout: 20s", "timeout: 25s")
    assert "The plan of then was not kept" in evidence(rehearsed, "diff", ends=1)


def test_a_rehearsal_goes_on_where_the_plan_cannot_be_kept(repository: Repository) -> None:
    (repository.folder / "evidence").mkdir()
    (repository.folder / "evidence" / "plans").write_text("in the way")
    repository.gov("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes", "--scenario", "full")
    assert len(list(repository.folder.glob("evidence/*.dsse.json"))) == 1


# acknowledge


@pytest.fixture
def stakeholder(rehearsed: Repository) -> Repository:
    arguments = ("--out", "keys/team.pem", "--id", "team", "--role", "stakeholder", "--person", "Team")
    rehearsed.gov("keys", "generate", *arguments, "--add-to-trust")
    return rehearsed


def acknowledge(repository: Repository, key: str = "team", *more: str, ends: int = 0) -> str:
    return evidence(repository, "acknowledge", "--key", f"keys/{key}.pem", *more, ends=ends)


def test_a_stakeholder_says_that_they_have_seen_it(stakeholder: Repository) -> None:
    """The plan calls them `team`."""
    assert "RG411" in evidence(stakeholder, "list", "--level", "4", ends=1)
    assert "Acknowledged by Team" in acknowledge(stakeholder, "team", "--remark", "fast enough")
    assert "RG411" not in evidence(stakeholder, "list", "--level", "4", ends=1)
    shown = json.loads(evidence(stakeholder, "show", "--json"))["evidence"]
    assert shown["acknowledged"] == ["Team"]
    stakeholder.verify()


def test_who_has_seen_the_old_plan_has_not_seen_the_new_one(stakeholder: Repository) -> None:
    acknowledge(stakeholder)
    stakeholder.edit("timeout: 20s", "timeout: 25s")
    stakeholder.rehearse()
    assert "RG411" in evidence(stakeholder, "list", "--level", "4", ends=1)
    acknowledge(stakeholder)
    assert "RG411" not in evidence(stakeholder, "list", "--level", "4", ends=1)


@pytest.mark.parametrize("key", ["", "ada", "runner"])
def test_nobody_else_says_it_for_them(stakeholder: Repository, key: str) -> None:
    acknowledge(stakeholder)
    (file,) = stakeholder.folder.glob("evidence/acknowledgements/*")
    forge(stakeholder, file, statement_of(file), key=key)
    assert json.loads(evidence(stakeholder, "show", "--json"))["evidence"]["acknowledged"] == []
    if key:
        assert f"has the role {'approver' if key == 'ada' else 'rehearsal-runner'}, not stakeholder" in acknowledge(
            stakeholder, key, ends=2
        )


def test_a_name_that_is_not_ones_own_counts_for_nobody(stakeholder: Repository) -> None:
    acknowledge(stakeholder)
    (file,) = stakeholder.folder.glob("evidence/acknowledgements/*")
    statement = statement_of(file)
    statement["predicate"]["person"] = "sales"
    forge(stakeholder, file, statement, key="team")
    assert json.loads(evidence(stakeholder, "show", "--json"))["evidence"]["acknowledged"] == []


def test_a_stakeholder_is_a_person(stakeholder: Repository) -> None:
    generate = ("keys", "generate", "--out", "keys/x.pem", "--id", "x", "--role", "stakeholder")
    assert "A stakeholder is a person: --person NAME." in stakeholder.gov(*generate, ends=2)
    stakeholder.trust("    person: Team\n", "")
    assert "a stakeholder is a person" in stakeholder.verify(ends=2)


def test_what_lies_there_is_not_taken_for_a_rehearsal(stakeholder: Repository) -> None:
    acknowledge(stakeholder)
    before = len(evidence(stakeholder, "verify").splitlines())
    assert before == 4
    assert Path(next(stakeholder.folder.glob("evidence/acknowledgements/*"))).exists()
