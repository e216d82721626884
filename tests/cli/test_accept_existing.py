"""Adopting rules: what is there today is debt with a date, and what comes tomorrow fails."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from rollback_gov.commands import yaml_file
from rollback_gov.commands.settings import FolderFiles
from rollback_gov.commands.waivers import load_waivers
from rollback_gov.plans.source import REGISTER, Size, Source
from rollback_gov.plans.source_map import SourceMap
from rollback_gov.plans.yaml_reader import read_yaml
from tests.commands.test_settings import write
from tests.policy.subjects import SMALL
from tests.thoroughness import examples

SLOW = SMALL.replace(
    "      - {id: undo, run: ./undo.sh, timeout: 2m}", "      - {id: undo, run: ./undo.sh, timeout: 5m}"
)
ACCEPT = ["accept-existing", "--owner", "payments", "--approved-by", "Ada"]
DAY = ["--today", "2025-12-01"]


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "rollback" / "op-7" / "plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SLOW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def _waivers(plan: Path) -> Path:
    return plan.parent.parent.parent / ".rollback-gov" / "waivers.yaml"


def test_what_is_there_is_accepted_and_its_age_is_told(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", *DAY]) == 1
    capsys.readouterr()

    assert run([*ACCEPT, *DAY]) == 0
    assert capsys.readouterr().out == "1 finding accepted as debt, in 1 waiver: .rollback-gov/waivers.yaml\n"

    assert run(["validate", "--today", "2026-01-10"]) == 0
    assert "Accepted debt: 1 finding, the oldest for 40 days.\n" in capsys.readouterr().out

    assert run(["validate", "--today", "2026-03-02"]) == 1, "debt is due after the 90 days of level 2"


def test_a_new_finding_still_fails(plan: Path) -> None:
    run([*ACCEPT, *DAY])
    more = "timeout: 5m}\n      - {id: more, run: ./more.sh, timeout: 9m}"
    plan.write_text(SLOW.replace("timeout: 5m}", more), encoding="utf-8")

    assert run(["validate", *DAY]) == 1


def test_what_is_already_accepted_is_not_accepted_twice(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run([*ACCEPT, *DAY])
    before = _waivers(plan).read_text(encoding="utf-8")
    capsys.readouterr()

    assert run([*ACCEPT, *DAY]) == 0
    assert capsys.readouterr().out == "There is nothing to accept.\n"
    assert _waivers(plan).read_text(encoding="utf-8") == before


def test_comments_and_other_waivers_stay(plan: Path, tmp_path: Path) -> None:
    kept = "# Look at these on Mondays.\nwaivers:\n  # the vendor\n  - rule: RG130\n    operation: op-9\n"
    rest = '    reason: x\n    owner: a\n    approved_by: b\n    created: "2025-11-30"\n    expires: "2025-12-31"\n'
    write(tmp_path, gov__waivers=kept + rest)

    assert run([*ACCEPT, *DAY]) == 0
    assert _waivers(plan).read_text(encoding="utf-8").startswith(kept + rest)


def test_as_json(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ACCEPT, *DAY, "--until", "2025-12-31", "--ticket", "PAY-7", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["exit"] == "passed"
    assert document["left"] == []
    assert document["accepted"] == [
        {
            "rule": "RG105",
            "operation": "op-7",
            "step": "phases/undo/undo",
            "reason": "Was there when the rules were adopted.",
            "ticket": "PAY-7",
            "owner": "payments",
            "approved_by": "Ada",
            "created": "2025-12-01",
            "expires": "2025-12-31",
            "count": 1,
            "debt": True,
        }
    ]


def test_each_operation_s_debt_is_an_entry_of_the_audit_log(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = plan.parent.parent / "op-8" / "plan.yaml"
    other.parent.mkdir()
    more = "timeout: 5m}\n      - {id: more, run: ./more.sh, timeout: 9m}"
    other.write_text(SLOW.replace("op-7", "op-8").replace("timeout: 5m}", more), encoding="utf-8")
    run([*ACCEPT, *DAY, "--until", "2025-12-31", "--ticket", "PAY-7"])
    run([*ACCEPT, *DAY])
    run(["audit", "sync"])
    capsys.readouterr()

    run(["audit", "export", "--format", "json"])
    entries = json.loads(capsys.readouterr().out)
    assert [(entry["event"], entry["operation"]) for entry in entries] == [
        ("waivers.accepted", "op-7"),
        ("waivers.accepted", "op-8"),
    ]
    assert entries[1]["data"] == {
        "owner": "payments",
        "approved_by": "Ada",
        "reason": "Was there when the rules were adopted.",
        "ticket": "PAY-7",
        "rules": ["RG105"],
        "findings": 2,
        "until": "2025-12-31",
    }


def test_debt_lives_no_longer_than_the_level_allows(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ACCEPT, *DAY, "--until", "2027-12-31", "--json"]) == 0

    (entry,) = json.loads(capsys.readouterr().out)["accepted"]
    assert entry["expires"] == "2026-03-01"


def test_a_file_that_nobody_could_read_is_not_written(
    plan: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = list[int]()

    def small(source: Source) -> tuple[object, SourceMap]:
        sizes.append(len(source.text))
        return read_yaml(replace(source, size=Size(bytes=1000, values=5)))

    monkeypatch.setattr(yaml_file, "read_yaml", small)
    assert run([*ACCEPT, *DAY]) == 2
    assert "waivers.yaml would become unreadable, so nothing was written: " in capsys.readouterr().err
    assert sizes
    assert not _waivers(plan).exists()


def test_warnings_too_if_asked(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ACCEPT, *DAY, "--fail-on", "warning"]) == 0
    capsys.readouterr()

    assert run(["validate", *DAY, "--fail-on", "warning"]) == 0
    assert re.search(r"\n1 plan: \d+ waived\.\n$", capsys.readouterr().out)


def test_what_is_no_plan_cannot_be_accepted(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text("kind: [", encoding="utf-8")

    assert run([*ACCEPT, *DAY]) == 1
    out = capsys.readouterr().out
    assert out.startswith("There is nothing to accept.\nCannot be accepted: rollback/op-7/plan.yaml:")
    assert not _waivers(plan).exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--owner", "ada "], "Owner and approver are the same."),
        (["--until", "2025-11-30"], "2025-11-30 has passed."),
    ],
)
def test_wrong_usage(plan: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str) -> None:
    assert run([*ACCEPT, *DAY, *options]) == 2
    assert sentence in capsys.readouterr().err


def test_a_broken_file_is_mended_by_a_person(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, gov__waivers="waivers:\n  - {rule: RG105}\n")

    assert run([*ACCEPT, *DAY]) == 2
    assert ".rollback-gov/waivers.yaml:2:5: Entry 1 of 'waivers' has no 'operation'." in capsys.readouterr().err


def test_a_file_that_cannot_be_written(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    monkeypatch.setattr("os.urandom", bytes)
    (tmp_path / ".rollback-gov" / f".waivers.yaml.{'00' * 8}.part").touch()

    assert run([*ACCEPT, *DAY]) == 2
    assert "Cannot write" in capsys.readouterr().err


MANY = 2_400
"""More entries than a document of the size of a plan has room for: each is twenty values."""


@pytest.mark.slow
def test_a_repository_has_as_many_waivers_as_it_needs(plan: Path, tmp_path: Path) -> None:
    run([*ACCEPT, *DAY])
    entry = read_yaml(Source("waivers.yaml", _waivers(plan).read_text(encoding="utf-8")))[0]["waivers"][0]
    more = [{**entry, "operation": f"op-1{number}"} for number in range(MANY)]
    yaml_file.append(_waivers(plan), "waivers", more, size=REGISTER)

    assert len(load_waivers(FolderFiles(tmp_path)).waivers) == MANY + 1
    assert run(["validate", *DAY]) == 0


def test_many_findings_of_one_plan_are_accepted_one_by_one(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = examples(300)
    steps = "".join(f"      - {{id: s{number}, run: ./undo.sh, timeout: 5m}}\n" for number in range(many))
    plan.write_text(SLOW.replace("      - {id: undo, run: ./undo.sh, timeout: 5m}\n", steps), encoding="utf-8")

    assert run([*ACCEPT, *DAY]) == 0
    assert capsys.readouterr().out.startswith(f"{many} findings accepted as debt, in {many} waivers")
    assert run(["validate", *DAY]) == 0
    assert run([*ACCEPT, *DAY]) == 0
    assert "nothing to accept" in capsys.readouterr().out


WRITTEN = {
    "flush": "waivers:\n- rule: RG130 # one\n  operation: op-9\n",
    "in brackets": "waivers: [{rule: RG130, operation: op-9}]\n",
    "empty": "waivers: []\n",
    "nothing": "# later\n",
    "without a line end": "waivers:\n  - rule: RG130\n    operation: op-9",
    "another key behind it": "waivers:\n  - rule: RG130\n    operation: op-9\nmore: 1\n",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_entries_are_added_however_the_list_is_written(tmp_path: Path, text: str, end: str) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_bytes(text.replace("\n", end).encode())
    entry = {"rule": "RG105", "created": "2025-12-01", "reason": "yes: no # 0o17", "count": 1, "debt": True}
    yaml_file.append(path, "waivers", [entry, {**entry, "rule": "0o17"}])

    after = path.read_bytes().decode()
    found = read_yaml(Source("waivers.yaml", after))[0]["waivers"]
    assert found[-2:] == [entry, {**entry, "rule": "0o17"}]
    assert len(found) == ("op-9" in text) + 2
    assert ("\r\n" in after) is (end == "\r\n")
    assert after.replace("\r", "").count("\n") == after.count(end)
    if text.endswith("op-9\n"):
        assert after.startswith(text.replace("\n", end))


def test_what_two_steps_share_is_accepted_for_both(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared = "- {id: one, run: &script redis-cli FLUSHALL, timeout: 1m}\n      - {id: two, run: *script, timeout: 1m}"
    plan.write_text(SMALL.replace("- {id: undo, run: ./undo.sh, timeout: 2m}", shared), encoding="utf-8")

    assert run([*ACCEPT, *DAY]) == 0
    assert capsys.readouterr().out.startswith("2 findings accepted as debt, in 2 waivers:")
    assert run(["validate", *DAY]) == 0
    assert "RG503" not in capsys.readouterr().out, "both waivers are needed"
