"""A repository with a small plan whose "service" is a file: the whole loop in a second, through the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from rollback_gov.cli.main import run

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-9, title: Version two, owner: team, level: 3}
change:
  services: [file]
  from: {file: "1"}
  to: {file: "2"}
  live_version: {run: cat "$SERVICE/version"}
parameters:
  SERVICE: {varies: environment, default: production-service}
  SPEED: {default: quick, pattern: "quick|slow"}
uses: [scripts/back.sh]
sla: 5m
baseline:
  - {id: data, run: 'cp "$SERVICE/data" "$SAVE"', save: data.txt, required: true}
triggers:
  - {id: down, query: {source: exec, run: 'cat "$SERVICE/errors"'}, above: 5, count: 1, every: 100ms}
decision: [{action: rollback, any: [down]}]
watch: {mode: auto, every: 100ms}
point_of_no_return:
  description: the data was converted
  passed_when: {run: test -e "$SERVICE/converted"}
  forward_fix:
    - id: fix
      budget: 30s
      steps: [{id: go, run: 'echo 3 > "$SERVICE/version"', timeout: 5s, idempotent: true}]
phases:
  - id: service
    name: The service
    budget: 1m
    guard: before_point_of_no_return
    steps:
      - {id: back, name: Go back, run: scripts/back.sh, timeout: 20s, idempotent: true}
  - id: quiet
    budget: 30s
    steps: [{id: errors, run: 'echo 0 > "$SERVICE/errors"', timeout: 5s, idempotent: true}]
scenarios:
  - {id: service-only, use_when: No errors are counted, phases: [service, verification], sla: 2m}
verification:
  budget: 30s
  checks:
    - {id: answers, run: cat "$SERVICE/version", expect: {stdout: {matches: "[13]"}}}
    - {id: data, run: cat "$SERVICE/data", expect: {stdout: {equals: {baseline: data}}}, data_consistency: true}
  manual: [Look at it]
rehearsal:
  deploy: {run: 'echo 2 > "$SERVICE/version"'}
  simulate_failure:
    run: 'echo 9 > "$SERVICE/errors"'
    stop: 'echo 0 > "$SERVICE/errors"'
    expect_trigger: down
    timeout: 10s
  participants: [team]
checklists: {before: [Alert confirmed]}
contacts: [{role: On call, reach: the pager}]
escalation: [{on: failed, after: 0m, level: 1, actions: [Read the log]}]
"""
ENVIRONMENTS = """\
environments:
  staging: {class: staging, parameters: {SERVICE: staging-service}}
  blue: {class: production-like, parameters: {SERVICE: blue-service}}
  production: {class: production}
"""
AUTHOR = ("-c", "user.name=Linus", "-c", "user.email=linus@example.org")
ATTEST = [
    word
    for name in ("manual-rollback-tested", "stakeholders-trained", "reviewed-by-sre")
    for word in ("--attest", name)
]


@dataclass
class Repository:
    """The repository, and its commands."""

    root: Path
    output: pytest.CaptureFixture[str]
    form: str = "yaml"

    @property
    def folder(self) -> Path:
        return self.root / "rollback" / "op-9"

    @property
    def plan(self) -> Path:
        return self.folder / f"plan.{self.form}"

    def gov(self, *arguments: str, ends: int = 0) -> str:
        """Run the command line in this process, and give what it printed."""
        self.output.readouterr()
        code = run([*arguments])
        out, err = self.output.readouterr()
        assert code == ends, f"{' '.join(arguments)} ended with {code}:\n{out}{err}"
        return out + err

    def edit(self, old: str, new: str, path: Path | None = None) -> None:
        """Change a file, as the author of the plan does; what git knows is committed."""
        path = path or self.plan
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        self.git("commit", "--quiet", "--all", "--allow-empty", "--message", "Change the rollback")

    def rehearse(self, *environments: str) -> None:
        for environment in environments or ("staging", "blue"):
            manual = ("--manual",) if environment == "staging" else ("--participant", "team")
            self.gov("rehearse", str(self.plan), "-e", environment, "--key", "keys/runner.pem", "--yes", *manual)

    def approve(self) -> None:
        self.gov("permit", "approve", str(self.plan), "--key", "keys/ada.pem", *ATTEST)
        self.gov("permit", "approve", str(self.plan), "--key", "keys/grace.pem")

    def issue(self, *more: str, ends: int = 0) -> str:
        arguments = ("-e", "production", "--key", "keys/issuer.pem", *more)
        return self.gov("permit", "issue", str(self.plan), *arguments, ends=ends)

    @property
    def permit(self) -> Path:
        """The only permit."""
        (path,) = self.folder.glob("permits/*.dsse.json")
        return path

    def trust(self, old: str, new: str) -> None:
        """Change trust.yaml."""
        self.edit(old, new, self.root / ".rollback-gov" / "trust.yaml")

    def verify(self, *more: str, ends: int = 0) -> str:
        return self.gov("permit", "verify", str(self.plan), "-e", "production", *more, ends=ends)

    def capture(self) -> str:
        return self.gov("capture", str(self.plan), "-e", "production")

    def claim(self, ends: int = 0) -> str:
        return self.gov("permit", "claim", str(self.plan), "-e", "production", ends=ends)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *AUTHOR, *arguments], cwd=self.root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Repository:
    """The repository before any rehearsal, with four keys and the plan committed by its author."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("ROLLBACK_GOV_PERSON", "linus")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    repository = Repository(tmp_path / "repository", capsys)
    (repository.folder / "scripts").mkdir(parents=True)
    monkeypatch.chdir(repository.root)
    repository.plan.write_text(PLAN)
    script = repository.folder / "scripts" / "back.sh"
    script.write_text('#!/usr/bin/env bash\nset -euo pipefail\necho 1 > "$SERVICE/version"\n')
    script.chmod(0o755)
    for name in ("staging", "blue", "production"):
        service = repository.folder / f"{name}-service"
        service.mkdir()
        (service / "version").write_text("1\n")
        (service / "data").write_text("precious\n")
        (service / "errors").write_text("0\n")
    (repository.root / ".rollback-gov").mkdir()
    (repository.root / ".rollback-gov" / "environments.yaml").write_text(ENVIRONMENTS)
    for key, role, *person in (
        ("runner", "rehearsal-runner"),
        ("issuer", "permit-issuer"),
        ("ada", "approver", "--person", "Ada", "--email", "ada@example.org"),
        ("grace", "approver", "--person", "Grace", "--email", "grace@example.org"),
        ("linus", "approver", "--person", "Linus", "--email", "linus@example.org"),
    ):
        arguments = ("--out", f"keys/{key}.pem", "--id", key, "--role", role, *person, "--add-to-trust")
        repository.gov("keys", "generate", *arguments)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.git("add", "rollback/op-9/plan.yaml", "rollback/op-9/scripts")
    repository.git("commit", "--quiet", "--message", "Plan the rollback")
    return repository


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first repository with a permit is kept, for all tests that start from one."""
    return tmp_path_factory.mktemp("template") / "repository"


@pytest.fixture
def issued(repository: Repository, template: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The repository with rehearsals, two approvals and a permit for production, at level 3."""
    if template.exists():
        monkeypatch.chdir(repository.root.parent)
        shutil.rmtree(repository.root)
        shutil.copytree(template, repository.root, symlinks=True)
        monkeypatch.chdir(repository.root)
    else:
        repository.rehearse()
        repository.approve()
        repository.issue()
        shutil.copytree(repository.root, template, symlinks=True)
    return repository


@pytest.fixture
def tried_out(repository: Repository) -> Repository:
    """The repository at level 2, with an unsigned rehearsal, one approval and an unsigned permit."""
    repository.edit("level: 3", "level: 2")
    repository.gov("rehearse", str(repository.plan), "-e", "staging", "--manual", "--yes", "--scenario", "full")
    repository.gov("permit", "approve", str(repository.plan), "--key", "keys/ada.pem")
    repository.gov("permit", "issue", str(repository.plan), "-e", "production")
    return repository
