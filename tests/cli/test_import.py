from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from rollback_gov.cli.main import run
from rollback_gov.plans.load import load_plan
from tests.conftest import ROOT

RUNBOOKS = ROOT / "tests" / "plans" / "runbook"
RUNBOOK = """\
# Rollback of the shop

**Owner**: shop team

## Rollback procedure

### Step 1: Undo the rollout (2 minutes)

```bash
kubectl rollout undo deployment/shop -n shop
kubectl rollout status deployment/shop -n shop
# Expected: "rolled out"
```

### Step 2: Tell the shop floor

Call the shop floor.
"""


@pytest.fixture
def runbook(tmp_path: Path) -> Path:
    path = tmp_path / "RUNBOOK.md"
    path.write_text(RUNBOOK, encoding="utf-8")
    return path


def test_a_draft_is_printed_and_the_account_beside_it(runbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(runbook)]) == 0
    printed = capsys.readouterr()
    assert "        run: |  # line 10\n" in printed.out
    assert "owner: shop team  # line 3\n" in printed.out
    assert "2 phases, 2 steps, 1 of them manual, 0 triggers" in printed.err


def test_a_draft_is_written_and_nothing_is_overwritten(runbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = runbook.parent / "rollback" / "op-7" / "plan.yaml"
    assert run(["import", str(runbook), "-o", str(out)]) == 0
    before = out.read_bytes()
    assert "Next: rollback-gov validate" in capsys.readouterr().err
    assert run(["import", str(runbook), "-o", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert out.read_bytes() == before


def test_several_plans_are_several_files_or_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fence = "```"
    inner = "# Rollback Plan: {}\n\n## Rollback Procedure\n```bash\n./undo.sh\n```\n"
    path = tmp_path / "plans.md"
    path.write_text("# Plans\n\n" + "\n".join(f"{fence}markdown\n{inner.format(name)}{fence}\n" for name in "AB"))
    taken = tmp_path / "plan-b.yaml"
    taken.write_text("mine\n")
    assert run(["import", str(path), "-o", str(tmp_path / "plan.yaml")]) == 2
    assert not (tmp_path / "plan.yaml").exists()
    taken.unlink()
    assert run(["import", str(path), "-o", str(tmp_path / "plan.yaml")]) == 0
    assert sorted(each.name for each in tmp_path.glob("*.yaml")) == ["plan-b.yaml", "plan.yaml"]
    capsys.readouterr()
    assert run(["import", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("kind: RollbackPlan") == 2
    assert "2 plans: with -o" in printed.err


def test_a_draft_becomes_a_plan_of_level_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A runbook out of a wiki, and what its team answers: then the plan meets its level and can be looked at."""
    monkeypatch.chdir(tmp_path)
    plan = tmp_path / "rollback" / "op-co-7" / "plan.yaml"
    assert run(["import", str(RUNBOOKS / "corpus" / "wiki-export.md"), "-o", str(plan)]) == 0
    answers = yaml.safe_load((RUNBOOKS / "answers" / "wiki-export.yaml").read_text(encoding="utf-8"))
    text = plan.read_text(encoding="utf-8").partition("\ngaps:")[0] + "\n"
    for change in answers["changes"]:
        assert change["there"] in text
        text = text.replace(change["there"], change["becomes"], 1)
    plan.write_text(text + answers["behind"], encoding="utf-8")
    program = plan.parent / "bin" / "freeze"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nset -eu\ntrue\n", encoding="utf-8")
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / ".rollback-gov" / "environments.yaml").write_text("environments: {production: {class: production}}\n")

    capsys.readouterr()
    assert run(["validate", str(plan), "--output", "json"]) == 0
    (checked,) = json.loads(capsys.readouterr().out)["plans"]
    assert (checked["required_level"], checked["achieved_level"]) == (3, 3)
    assert run(["execute", str(plan), "-e", "production", "--dry-run"]) == 0
    assert 'helm rollback checkout-api "$REVISION" -n checkout' in capsys.readouterr().out


def test_a_plan_needs_no_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(ROOT / "plans-example" / "markdown" / "plan.md")]) == 0
    assert "is a plan already: `rollback-gov validate" in capsys.readouterr().err


def test_the_account_as_json(runbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(runbook), "--json"]) == 0
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    assert (plan["phases"], plan["steps"], plan["manual"]) == (2, 2, 1)
    assert {"at": "sla", "missing": "How long may the whole rollback take?", "line": None} in plan["gaps"]
    assert plan["draft"].startswith("# A draft")
    assert (plan["found"], plan["rehearsals"]) == ({}, [])
    runbook.write_text(
        f"{RUNBOOK}\n## Success criteria\n\n- Orders arrive\n\n## Testing requirements\n\n1. Once in staging\n"
    )
    assert run(["import", str(runbook), "--json"]) == 0
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    assert (plan["found"], plan["rehearsals"]) == ({"success_criteria": 1}, ["Once in staging"])


def test_steps_of_alternatives_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "RUNBOOK.md"
    path.write_text(
        "## Rollback procedure\n\n**Option A: fast**\n\n1. `ls a`\n2. Call Ana\n\n**Option B: slow**\n\n1. `ls b`\n"
    )
    assert run(["import", str(path)]) == 0
    assert "1 phase, 3 steps, 1 of them manual, 0 triggers" in capsys.readouterr().err


def test_a_runbook_with_nothing_to_import_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Our service\n\nIt sells things.\n", encoding="utf-8")
    assert run(["import", str(path)]) == 3
    assert "has nothing to import" in capsys.readouterr().err
    assert run(["import", str(path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["plans"] == []


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "RUNBOOK.md"
    path.write_bytes("# Zurück\n".encode("latin-1"))
    assert run(["import", str(path)]) == 2
    assert "not UTF-8" in capsys.readouterr().err
    path.write_text("- x\n" * 40_000)
    assert run(["import", str(path)]) == 2
    assert "too many lines" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said(runbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(runbook), "-o", str(runbook / "plan.yaml")]) == 2
    assert "Cannot write" in capsys.readouterr().err


def test_nothing_runs_a_draft(runbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even with everything overridden that can be: a plan with gaps cannot be used as a plan."""
    out = runbook.parent / "plan.yaml"
    run(["import", str(runbook), "-o", str(out)])
    filled = out.read_text().replace("title:", "operation: op-7\n  level: 2\n  title:", 1)
    out.write_text(filled)
    assert {finding.code for finding in load_plan(out).findings} == {"RG011"}
    capsys.readouterr()
    everything = ("baseline", "lease", "live-version", "permit", "plan-changed", "rehearsal", "safety", "tools")
    overrides = ["--override-reason", "now", *(part for check in everything for part in ("--override", check))]
    commands = (
        ["execute", str(out), "--environment", "production", "--reason", "x", *overrides],
        ["execute", str(out), "--environment", "production", "--reason", "x", "--dry-run"],
        ["rehearse", str(out), "--environment", "staging"],
        ["capture", str(out), "--environment", "production"],
    )
    for command in commands:
        assert run(command) == 1, command
        assert "cannot be used as a plan" in capsys.readouterr().err, command
    assert not (runbook.parent / "incidents").exists()


def test_answered_gaps_make_a_plan(runbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = runbook.parent / "plan.yaml"
    run(["import", str(runbook), "-o", str(out)])
    text = out.read_text().replace("title:", "operation: op-7\n  level: 2\n  title:", 1)
    out.write_text(text[: text.index("gaps:\n")])
    loaded = load_plan(out)
    assert loaded.findings == ()
    assert loaded.plan is not None
    assert [phase.id for phase in loaded.plan.phases] == ["undo-the-rollout", "tell-the-shop-floor"]
    capsys.readouterr()
