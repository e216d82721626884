"""``audit`` at the command line: what waits is sent, shown, checked and given to an auditor."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.cli.main import run
from rollback_gov.commands.audit import Trail
from tests.records.audit.logs import git

Run = Callable[..., tuple[int, str, str]]
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 1}
phases: [{id: undo, steps: [{id: undo, run: 'true'}]}]
"""


@pytest.fixture(params=["in git", "without git"])
def repository(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one plan."""
    folder = tmp_path / "here"
    (folder / ".rollback-gov").mkdir(parents=True)
    (folder / "rollback" / "op-7" / "permits").mkdir(parents=True)
    (folder / "rollback" / "op-7" / "plan.yaml").write_text(PLAN)
    if request.param == "in git":
        git(folder, "init", "--quiet")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def audit(repository: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``audit`` and give exit code, output and messages."""

    def call(*words: str) -> tuple[int, str, str]:
        code = run(["audit", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def decide(folder: Path, event: str = "permit.issued", operation: str = "op-7", day: int = 1, **data: Any) -> None:
    now = datetime(2026, 11, day, 12, tzinfo=UTC)
    assert Trail(root=folder, environ=os.environ).record(event, operation=operation, by="ann", now=now, data=data) == ""


def test_an_empty_log(audit: Run) -> None:
    assert audit("show", "op-7")[0] == 3
    assert audit("show", "op-7")[2] == "The audit log says nothing about op-7.\n"
    assert audit("verify")[0] == 0
    assert audit("sync")[1] == "0 entries sent.\n"
    assert json.loads(audit("sync", "--json")[1])["head"] is None


def test_what_was_decided_waits_until_it_is_sent(repository: Path, audit: Run) -> None:
    decide(repository, environment="production", permit="ab" * 32, reasons=["expired", "::error::x"])
    code, out, err = audit("verify")
    assert (code, out.splitlines()[1]) == (0, "entries 0")
    assert err == "1 more wait here for: rollback-gov audit sync\n"
    code, out, _ = audit("sync")
    assert out.startswith("1 entries sent. The log's head is 1:")
    out_of_sync = out
    code, out, _ = audit("show", "op-7")
    what = "environment production, permit abababababab, reasons expired, ::error::x"
    assert out == f"    1  2026-11-01T12:00:00Z  permit.issued           op-7  by ann  {what}\n"
    assert audit("show", "op-8")[0] == 3
    head = out_of_sync.partition(" head is ")[2].rstrip(".\n")
    assert json.loads(audit("sync", "--json")[1]) == {"sent": 0, "head": head, "damaged": []}


def test_nothing_of_it_shows_in_the_work_tree(repository: Path, audit: Run) -> None:
    decide(repository)
    audit("sync")
    if (repository / ".git").exists():
        assert git(repository, "status", "--porcelain", ".rollback-gov") == ""
    else:
        assert (repository / ".rollback-gov" / "audit" / "log.jsonl").read_text().count("\n") == 1


def test_a_checkpoint_finds_a_log_that_was_written_anew(repository: Path, audit: Run, tmp_path: Path) -> None:
    decide(repository)
    audit("sync")
    key = str(tmp_path / "auditor.pem")
    run(["keys", "generate", "--id", "auditor", "--role", "auditor", "--out", key, "--add-to-trust"])
    audit("checkpoint")
    code, out, _ = audit("checkpoint", "--key", key)
    assert code == 0
    head, signed = out.splitlines()
    file = signed.removeprefix("signed: ")
    assert "held by the checkpoint" in audit("verify")[1]
    assert "held by the head that was given" in audit("verify", "--against", head, "--against", file)[1]
    forget(repository)
    decide(repository, "permit.revoked")
    audit("sync")
    code, out, _ = audit("verify")
    assert code == 1
    assert out.startswith("BROKEN")
    assert f"The first 1 entries are not those that the checkpoint {Path(file).name} saw" in out
    found = json.loads(audit("verify", "--json")[1])
    assert (found["whole"], found["size"], len(found["problems"])) == (False, 2, 1)


def forget(folder: Path) -> None:
    """Remove the log, as somebody does who wants to write it anew."""
    if (folder / ".git").exists():
        git(folder, "update-ref", "-d", "refs/heads/rollback-gov-audit")
    else:
        (folder / ".rollback-gov" / "audit" / "log.jsonl").unlink()


def test_a_log_that_nothing_holds_says_so(repository: Path, audit: Run) -> None:
    assert "held by nothing" not in audit("verify")[1]
    decide(repository)
    head = audit("sync")[1].partition(" head is ")[2].rstrip(".\n")
    code, out, _ = audit("verify")
    assert code == 0
    assert "held by nothing: whether its end was cut off" in out
    assert "held by nothing" not in audit("verify", "--against", head)[1]


def test_a_remote_that_has_lost_entries_is_a_broken_log(repository: Path, audit: Run, tmp_path: Path) -> None:
    if not (repository / ".git").exists():
        pytest.skip("there is no remote without git")
    git(tmp_path, "init", "--quiet", "--bare", "remote")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote"))
    decide(repository)
    audit("sync")
    git(tmp_path / "remote", "update-ref", "-d", "refs/heads/rollback-gov-audit")
    code, out, _ = audit("verify", "--json")
    found = json.loads(out)
    assert (code, found["whole"], [one["code"] for one in found["problems"]]) == (1, False, ["log-rewritten"])
    assert audit("verify", "--offline")[0] == 0


def test_what_is_no_text_is_kept_as_well_as_it_can_be(repository: Path, audit: Run) -> None:
    """A command line holds any bytes."""
    decide(repository, reason="\udcff!", reasons=["\udcff"], more={"text": "\udcff"})
    audit("sync")
    (entry,) = json.loads(audit("show", "--json")[1])
    assert entry["data"] == {"reason": "\N{REPLACEMENT CHARACTER}!"} | {
        "reasons": ["\N{REPLACEMENT CHARACTER}"],
        "more": {"text": "\N{REPLACEMENT CHARACTER}"},
    }


def test_an_unsigned_checkpoint_is_no_evidence(repository: Path, audit: Run, tmp_path: Path) -> None:
    key = str(tmp_path / "auditor.pem")
    run(["keys", "generate", "--id", "auditor", "--role", "auditor", "--out", key, "--add-to-trust"])
    audit("checkpoint", "--key", key)
    (repository / ".rollback-gov" / "trust.yaml").unlink()
    code, out, _ = audit("verify")
    assert code == 0
    assert "does not count: no auditor and no permit-issuer of trust.yaml has signed it." in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["verify", "--against", "7:abc"], "'7:abc' is no checkpoint: Cannot read the record: No such file"),
        (["export", "--pack", "x"], "--pack needs --operation ID."),
        (["export", "--operation", "op-9", "--pack", "x"], "There is no plan of the operation 'op-9'"),
        (["export", "--from", "yesterday"], "Invalid value for '--from'"),
        (["export", "--output", "nowhere/x.csv"], "Cannot write nowhere/x.csv: No such file or directory."),
        (["checkpoint", "--key", "nothing.pem"], "Cannot read the key nothing.pem"),
    ],
)
def test_wrong_usage_is_one_clear_sentence(audit: Run, words: list[str], message: str) -> None:
    code, _, err = audit(*words)
    assert code == 2
    assert message in err


def test_a_key_that_is_no_auditor_s_signs_no_checkpoint(audit: Run, tmp_path: Path) -> None:
    key = str(tmp_path / "issuer.pem")
    run(["keys", "generate", "--id", "issuer", "--role", "permit-issuer", "--out", key, "--add-to-trust"])
    code, _, err = audit("checkpoint", "--key", key)
    assert (code, err) == (2, "rollback-gov: The key 'issuer' has the role permit-issuer, not auditor.\n")


def test_an_auditor_gets_the_whole_population(repository: Path, audit: Run) -> None:
    for day in (1, 2, 3, 4):
        decide(repository, operation=f"op-{day % 2}", day=day, reason='=cmd|"x"')
    audit("sync")
    code, out, _ = audit("export", "--from", "2026-11-02", "--to", "2026-11-03")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["at"][:10] for row in rows] == ["2026-11-02", "2026-11-03"]
    assert [row["number"] for row in rows] == ["2", "3"]
    assert json.loads(rows[0]["data"]) == {"reason": '=cmd|"x"'}
    assert audit("export", "--operation", "op-1", "--format", "json", "--output", "x.json")[0] == 0
    assert [entry["number"] for entry in json.loads(Path("x.json").read_text())] == [1, 3]
    assert json.loads(audit("export", "--format", "json", "--from", "2026-12-01")[1]) == []
    assert list(Path.cwd().glob(".x*")) == []


def test_a_cell_is_no_formula(repository: Path, audit: Run) -> None:
    trail = Trail(root=repository, environ=os.environ)
    trail.record("permit.denied", operation="", by="=1+1", now=datetime(2026, 11, 1, tzinfo=UTC), data={})
    audit("sync")
    assert next(csv.DictReader(io.StringIO(audit("export")[1])))["by"] == "'=1+1"


def test_a_broken_log_is_not_exported_as_if_it_were_whole(repository: Path, audit: Run) -> None:
    if (repository / ".git").exists():
        pytest.skip("a branch is broken by whoever can write git objects; the file shows the same")
    for day in (1, 2):
        decide(repository, day=day)
    audit("sync")
    log = repository / ".rollback-gov" / "audit" / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"ann"', b'"eve"', 1))
    code, _, err = audit("export", "--output", "x.csv")
    assert code == 2
    assert "log.jsonl:2: the chain is broken: the line before it was changed." in err
    assert not Path("x.csv").exists()


def test_the_pack_of_an_operation(repository: Path, audit: Run) -> None:
    environments = repository / ".rollback-gov" / "environments.yaml"
    environments.write_text("environments: {production: {class: production}}\n")
    (repository / "rollback" / "op-7" / "issuer.pem").write_text("a key that somebody left here")
    assert run(["execute", "rollback/op-7/plan.yaml", "-e", "production", "--reason", "errors", "--yes"]) == 0
    audit("sync")
    code, out, _ = audit("export", "--operation", "op-7", "--pack", "pack")
    assert code == 0
    assert out.endswith("files and SHA256SUMS in pack\n")
    names = {path.relative_to("pack").as_posix() for path in Path("pack").rglob("*") if path.is_file()}
    assert {"audit.json", "findings.json", "plan/plan.yaml", "settings/environments.yaml", "SHA256SUMS"} <= names
    assert "plan/issuer.pem" not in names
    assert any(name.startswith("runs/op-7-") and name.endswith("/journal.jsonl") for name in names)
    assert not any("/." in name for name in names)
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd="pack", check=False).returncode == 0
    events = [entry["event"] for entry in json.loads(Path("pack/audit.json").read_text())]
    assert events == ["run.started", "run.without-permit", "run.overridden", "run.ended"]
    code, _, err = audit("export", "--operation", "op-7", "--pack", "pack")
    assert (code, "pack is there already." in err) == (2, True)


def test_a_spool_that_cannot_be_written_is_said(repository: Path, audit: Run) -> None:
    spool = Trail(root=repository, environ=os.environ).spool.folder
    spool.parent.mkdir(parents=True, exist_ok=True)
    spool.write_text("a file")
    said = Trail(root=repository, environ=os.environ).record(
        "permit.issued", operation="op-7", by="ann", now=datetime.now(UTC), data={}
    )
    assert said.startswith("The audit log lacks 'permit.issued': ")


def test_a_file_in_the_spool_that_is_no_entry_is_named(repository: Path, audit: Run) -> None:
    spool = Trail(root=repository, environ=os.environ).spool.folder
    spool.mkdir(parents=True)
    (spool / "x.json").write_text("no entry")
    code, out, err = audit("sync")
    assert (code, out) == (0, "0 entries sent.\n")
    assert "x.json is no entry; it stays where it is." in err


def test_a_run_goes_on_without_its_log_and_says_so_once(
    repository: Path, audit: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / ".rollback-gov" / "environments.yaml").write_text("environments: {production: {class: production}}\n")
    spool = Trail(root=repository, environ=os.environ).spool.folder
    spool.parent.mkdir(parents=True, exist_ok=True)
    spool.write_text("a file")
    assert run(["execute", "rollback/op-7/plan.yaml", "-e", "production", "--reason", "errors", "--yes"]) == 0
    assert capsys.readouterr().out.count("WARNING: The audit log lacks 'run.started': ") == 1
    (journal,) = repository.glob("incidents/*/journal.jsonl")
    warnings = [
        event["data"]["message"]
        for event in map(json.loads, journal.read_text().splitlines())
        if event["type"] == "warning"
    ]
    assert len(warnings) == 1
    assert warnings[0].startswith("The audit log lacks 'run.started': ")


def test_who_decided_is_one_line_in_the_log(repository: Path, audit: Run) -> None:
    trail = Trail(root=repository, environ=os.environ)
    trail.record("permit.denied", operation="", by="eve\n::error::x", now=datetime(2026, 11, 1, tzinfo=UTC), data={})
    audit("sync")
    (entry,) = json.loads(audit("show", "--json")[1])
    assert entry["by"] == "eve ::error::x"
