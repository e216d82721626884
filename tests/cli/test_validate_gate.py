"""``validate`` with waivers, a policy from elsewhere, and plans that changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.cli.main import run
from rollback_gov.cli.permit_options import make_request
from rollback_gov.git import Git
from rollback_gov.model.policy import Floors
from tests.commands.test_settings import committed, git, write
from tests.policy.subjects import SMALL

FAILING = SMALL.replace("timeout: 2m", "timeout: 5m")
WAIVER = """\
waivers:
  - rule: RG105
    operation: op-7
    step: phases/undo/undo
    reason: It takes five minutes.
    owner: payments
    approved_by: Ada
    created: "2025-12-01"
    expires: "2025-12-31"
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rollback" / "op-7").mkdir(parents=True)
    (tmp_path / "rollback" / "op-7" / "plan.yaml").write_text(FAILING, encoding="utf-8")
    write(tmp_path, gov__waivers=WAIVER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _document(capsys: pytest.CaptureFixture[str], *options: str, ends: int) -> Any:
    assert run(["validate", "-o", "json", *options]) == ends
    return json.loads(capsys.readouterr().out)


def _codes(document: Any, key: str) -> list[str]:
    return [finding["code"] for file in document[key] for finding in file["findings"]]


@pytest.mark.parametrize(
    ("day", "ends", "said"),
    [
        ("2025-12-10", 0, []),
        ("2025-12-20", 0, ["RG508"]),
        ("2025-12-31", 0, ["RG508"]),
        ("2026-01-01", 1, ["RG501"]),
        ("2025-11-30", 1, ["RG504"]),
    ],
)
def test_the_life_of_a_waiver(
    repository: Path, capsys: pytest.CaptureFixture[str], day: str, ends: int, said: list[str]
) -> None:
    document = _document(capsys, "--today", day, ends=ends)

    assert _codes(document, "settings") == said
    (found,) = (each for each in document["plans"][0]["findings"] if each["code"] == "RG105")
    assert (found["waived"] is not None) is (ends == 0)


def test_a_mended_plan_needs_its_waiver_no_more(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "rollback" / "op-7" / "plan.yaml").write_text(SMALL, encoding="utf-8")

    assert _codes(_document(capsys, "--today", "2025-12-10", ends=0), "settings") == ["RG503"]


def test_a_broken_waiver_leaves_the_others(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(repository, gov__waivers=f"{WAIVER}  - {{rule: RG105}}\n")
    document = _document(capsys, "--today", "2025-12-10", ends=1)

    assert set(_codes(document, "settings")) == {"RG504"}
    assert document["summary"]["waived"] == 1


def test_every_format_shows_what_is_waived_but_sarif(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("text", "github", "markdown", "junit", "json"):
        assert run(["validate", "-o", name, "--today", "2025-12-10"]) == 0
        assert "It takes five minutes." in capsys.readouterr().out
    assert run(["validate", "-o", "sarif", "--today", "2025-12-10"]) == 0
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert "RG105" not in [each["ruleId"] for each in results]


def test_quiet_leaves_out_what_is_waived(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "-q", "--today", "2025-12-10"]) == 0
    assert capsys.readouterr().out == ""

    write(repository, gov__waivers=WAIVER.replace("Ada", "payments"))
    assert run(["validate", "-q", "--today", "2025-12-10"]) == 1
    out = capsys.readouterr().out
    assert "error RG105" in out
    assert "error RG506" in out
    assert out.endswith("1 plan: 2 errors.\n")


def test_a_branch_cannot_switch_its_own_gate_off(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / ".rollback-gov" / "waivers.yaml").unlink()
    write(repository, gov__policy="evidence: error\n")
    committed(repository)
    git(repository, "checkout", "--quiet", "-b", "branch")
    write(repository, gov__policy="evidence: warning\n", gov__waivers=WAIVER)
    committed(repository, "Switch it off")

    lenient = _document(capsys, "--today", "2025-12-10", ends=0)
    strict = _document(capsys, "--today", "2025-12-10", "--policy-from", "main", ends=1)

    assert _codes(lenient, "settings") == []
    assert _codes(strict, "settings") == ["RG509", "RG509"]
    assert {"RG105", "RG401"} <= {each["code"] for each in strict["plans"][0]["findings"] if each["fails"]}


def test_a_ref_that_is_not_there_fails_closed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(repository)

    assert run(["validate", "--policy-from", "origin/main"]) == 2
    assert "There is no commit 'origin/main' in this clone." in capsys.readouterr().err


def test_only_what_changed_is_checked_and_that_is_said(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = repository / "rollback" / "op-8" / "plan.yaml"
    other.parent.mkdir()
    other.write_text(SMALL.replace("op-7", "op-8"), encoding="utf-8")
    committed(repository)
    git(repository, "branch", "base")

    assert run(["validate", "--changed-since", "base", "--today", "2025-12-10"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Only plans that changed since 'base' are checked: 0 of 2 plans.",
        "0 plans: no findings.",
    ]

    other.write_text(f"{SMALL.replace('op-7', 'op-8')}# more\n", encoding="utf-8")
    document = _document(capsys, "--changed-since", "base", "--today", "2025-12-10", ends=0)
    assert [plan["file"] for plan in document["plans"]] == ["rollback/op-8/plan.yaml"]
    assert document["remarks"] == ["Only plans that changed since 'base' are checked: 1 of 2 plans."]
    assert document["settings"] == []


def test_without_a_base_everything_is_checked(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(repository)
    document = _document(capsys, "--changed-since", "origin/main", "--today", "2025-12-10", ends=0)

    assert len(document["plans"]) == 1
    assert "so everything is checked" in document["remarks"][0]


def test_many_plans_are_checked_in_processes_and_come_in_order(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(70):
        folder = repository / "rollback" / f"op-1{number:02}"
        folder.mkdir()
        (folder / "plan.yaml").write_text(FAILING.replace("op-7", f"op-1{number:02}"), encoding="utf-8")
    document = _document(capsys, "--today", "2025-12-10", ends=1)

    names = [plan["file"] for plan in document["plans"]]
    assert names == sorted(names)
    assert document["summary"] | {"warnings": 0} == {
        "plans": 71,
        "errors": 70,
        "warnings": 0,
        "notices": 0,
        "waived": 1,
        "debt": 0,
        "oldest_debt_days": 0,
    }


def test_a_waiver_whose_plan_was_not_looked_at_is_not_called_unused(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = repository / "rollback" / "op-8" / "plan.yaml"
    other.parent.mkdir()
    other.write_text(SMALL.replace("op-7", "op-8"), encoding="utf-8")

    document = _document(capsys, "--today", "2025-12-10", str(other), ends=0)
    assert "RG503" not in _codes(document, "settings")


def test_more_mistakes_than_are_told_leave_no_waiver(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = WAIVER.removeprefix("waivers:\n").replace("    approved_by: Ada\n", "")
    write(repository, gov__waivers="waivers:\n" + entry * 130)

    document = _document(capsys, "--today", "2025-12-10", ends=1)
    assert _codes(document, "settings").count("RG504") == 100
    assert document["summary"]["waived"] == 0


def test_a_policy_that_is_extended_decides_about_every_plan(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repository, gov__policy="extends: ../shared/base.yaml\n", shared__base="levels: {2: {sla: 20m}}\n")
    committed(repository)
    git(repository, "checkout", "--quiet", "-b", "branch")
    write(repository, shared__base="levels: {2: {sla: 4m}}\n")

    document = _document(capsys, "--today", "2025-12-10", "--changed-since", "main", ends=0)
    assert [plan["file"] for plan in document["plans"]] == ["rollback/op-7/plan.yaml"]
    assert document["summary"]["plans"] == 1


def _branch(repository: Path) -> None:
    committed(repository)
    git(repository, "checkout", "--quiet", "-b", "branch")
    (repository / "rollback" / "op-7" / "plan.yaml").write_text(f"{FAILING}# more\n", encoding="utf-8")
    committed(repository, "More")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (
            "github",
            "::warning file=.rollback-gov/waivers.yaml,line=2,col=5,title=RG501::The waiver of RG105 for op-7, ",
        ),
        ("sarif", '"uri": ".rollback-gov/waivers.yaml"'),
        ("text", ".rollback-gov/waivers.yaml:2:5: warning RG501: The waiver of RG105 for op-7, phases/undo/undo: it "),
    ],
)
def test_what_is_said_of_a_waiver_of_the_ref_points_at_its_file(
    repository: Path, capsys: pytest.CaptureFixture[str], form: str, said: str
) -> None:
    _branch(repository)

    assert run(["validate", "-o", form, "--today", "2026-01-10", "--policy-from", "main"]) == 1
    out = capsys.readouterr().out
    assert said in out
    assert "it expired on 2025-12-31. This is how main has it." in out
    assert "main:" not in out


def test_a_broken_file_of_the_ref_points_at_itself_too(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(repository, gov__waivers="waivers: [\n")
    _branch(repository)

    document = _document(capsys, "--policy-from", "main", ends=1)
    assert [file["file"] for file in document["settings"]] == [".rollback-gov/waivers.yaml"]
    assert document["settings"][0]["findings"][0]["message"].endswith("This is how main has it.")


def test_git_is_started_a_few_times_only(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, gov__policy="evidence: warning\n")
    _branch(repository)
    started: list[str] = []
    run_git = Git.run

    def note(self: Git, *words: str, text: bytes = b"") -> bytes:
        started.append(words[0])
        return run_git(self, *words, text=text)

    monkeypatch.setattr(Git, "run", note)

    assert run(["validate", "--policy-from", "main", "--changed-since", "main", "--today", "2025-12-10"]) == 0
    assert started == ["rev-parse", "ls-tree", "cat-file", "merge-base", "diff", "ls-files"]


def test_what_others_have_changed_since_is_not_held_against_the_branch(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repository, gov__policy="evidence: warning\n")
    _branch(repository)
    git(repository, "checkout", "--quiet", "main")
    write(repository, gov__policy="evidence: error\n")
    committed(repository, "Stricter")
    git(repository, "checkout", "--quiet", "branch")

    document = _document(capsys, "--policy-from", "main", "--today", "2025-12-10", ends=1)
    assert _codes(document, "settings") == []
    assert "RG401" in {each["code"] for each in document["plans"][0]["findings"] if each["fails"]}


@pytest.mark.parametrize("options", [(), ("--changed-since", "main")])
def test_a_plan_that_leaves_the_search_is_told(
    repository: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    other = repository / "rollback" / "op-8" / "plan.yaml"
    other.parent.mkdir()
    other.write_text(SMALL.replace("op-7", "op-8"), encoding="utf-8")
    committed(repository)
    git(repository, "checkout", "--quiet", "-b", "branch")
    git(repository, "mv", "rollback/op-7/plan.yaml", "rollback/op-7/undo.yaml")
    committed(repository, "Rename it")

    document = _document(capsys, "--policy-from", "main", "--today", "2025-12-10", *options, ends=0)
    said = "Checked no more, because this branch has removed or renamed them: rollback/op-7/plan.yaml."
    assert said in document["remarks"]


def test_a_plan_that_no_search_ever_found_is_not_missed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(repository)
    git(repository, "checkout", "--quiet", "-b", "branch")
    write(repository, rollback__node_modules__x__plan=SMALL, rollback__new__plan=SMALL)
    committed(repository, "More")

    document = _document(capsys, "--policy-from", "main", "--today", "2025-12-10", ends=0)
    assert not any("Checked no more" in remark for remark in document["remarks"])

    git(repository, "mv", "rollback/op-7/plan.yaml", "rollback/node_modules/plan.yaml")
    document = _document(capsys, "--policy-from", "main", "--today", "2025-12-10", ends=0)
    (gone,) = (remark for remark in document["remarks"] if "Checked no more" in remark)
    assert gone.endswith("renamed them: rollback/op-7/plan.yaml.")


def test_plans_that_become_a_submodule_are_held_against_the_gate_of_the_ref(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path_factory.mktemp("source")
    write(source, op__plan=SMALL.replace("level: 2}", "level: 1}\nchange: {services: [payments]}"))
    committed(source)
    write(repository, gov__policy="floors: {services: {payments: 3}}\n")
    committed(repository)
    git(repository, "checkout", "--quiet", "-b", "branch")
    git(repository, "rm", "-r", "--quiet", "rollback")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(source), "rollback")
    committed(repository, "Elsewhere")

    document = _document(capsys, "--policy-from", "main", "--today", "2025-12-10", "rollback", ends=1)
    (plan,) = document["plans"]
    assert "RG502" in {each["code"] for each in plan["findings"] if each["fails"]}

    permit = make_request(Path("rollback/op/plan.yaml"), "production", policy_from="main")
    assert permit.workspace.policy.floors == Floors(services={"payments": 3})
    assert permit.workspace.root == repository


def test_settings_beside_a_named_plan_do_not_switch_the_gate_off(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repository, gov__policy="evidence: error\n", gov__waivers="waivers: []\n")
    committed(repository)
    git(repository, "checkout", "--quiet", "-b", "branch")
    write(repository / "rollback" / "op-7", gov__policy="{}\n", gov__waivers=WAIVER)
    committed(repository, "Switch it off")

    document = _document(capsys, "--policy-from", "main", "--today", "2025-12-10", "rollback/op-7/plan.yaml", ends=1)
    assert {"RG105", "RG401"} <= {each["code"] for each in document["plans"][0]["findings"] if each["fails"]}
    assert _codes(document, "settings") == ["RG509", "RG509"]
