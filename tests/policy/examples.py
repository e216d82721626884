"""The good and bad plans under ``tests/examples/rules``: one folder a rule."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rollback_gov.commands.own_gate import compare
from rollback_gov.commands.settings import POLICY, WAIVERS
from rollback_gov.commands.waivers import WaiverFile, load_waivers
from rollback_gov.model.finding import Finding
from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import LoadedPlan, load_plan, load_record
from rollback_gov.plans.source import Source, read_source
from rollback_gov.policy.check import Report, check
from rollback_gov.policy.governance import Register
from rollback_gov.policy.levels import floor, requirements
from rollback_gov.policy.registry import rules
from rollback_gov.policy.subject import Subject
from rollback_gov.records.digests import digests
from tests.policy.rehearsals import NOW, rehearsals

FOLDER = Path(__file__).resolve().parent.parent / "examples" / "rules"
_EXPECT = re.compile(r"^(?:# expect: )?(RG\d{3}) line (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One plan. What lies beside it has its name: ``.policy.yaml``, ``.waivers.yaml``, ``.base.yaml`` (the policy where
    the branch began), ``.parameters.json``, ``.evidence.json``, ``.unreadable.json``."""

    code: str
    path: Path

    @property
    def name(self) -> str:
        """How a test report shows it."""
        return f"{self.code}-{self.path.parent.name}-{self.path.stem}"

    @property
    def expected(self) -> list[tuple[str, int]]:
        """Codes and lines of the comments ``# expect: RG103 line 9``, or of the file ``.expect``."""
        beside = self.path.with_suffix(".expect")
        text = beside.read_text(encoding="utf-8") if beside.exists() else self.path.read_text(encoding="utf-8")
        return [(code, int(line)) for code, line in _EXPECT.findall(text)]

    def findings(self) -> tuple[Finding, ...]:
        """Judge it: what the loader says, or all rules."""
        loaded = load_plan(self.path)
        found = judge(loaded, self.path).findings if loaded.plan else loaded.findings
        return (*found, *_about_waivers(self.path, loaded, found), *_about_the_branch(self.path))


def _waivers(path: Path) -> WaiverFile:
    return load_waivers(_Beside({WAIVERS: path.with_suffix(".waivers.yaml")}))


def _about_waivers(path: Path, loaded: LoadedPlan, found: tuple[Finding, ...]) -> list[Finding]:
    file = _waivers(path)
    register = Register(file.waivers)
    if loaded.plan:
        level = requirements(loaded.plan.metadata.level, Policy())
        register.plan(loaded.plan.metadata.operation, level.waiver_longest, found)
    today = datetime.fromisoformat(NOW).date()
    about = register.findings(today=today, policy=Policy(), rules=rules(), all_plans=True)
    return [*file.findings, *about]


def _about_the_branch(path: Path) -> list[Finding]:
    if not path.with_suffix(".base.yaml").exists():
        return []
    here, base = (_Beside({POLICY: path.with_suffix(kind)}) for kind in (".policy.yaml", ".base.yaml"))
    return [finding for file in compare(POLICY, here, base, "main") for finding in file.findings]


class _Beside:
    """Files that lie beside an example under other names."""

    ref = ""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files

    def read(self, name: str) -> Source | None:
        path = self._files[name]
        return read_source(path, name=path.name) if path.exists() else None


def examples(kind: str) -> list[Example]:
    """Give all plans of the folders ``good`` or ``bad``."""
    paths = sorted(FOLDER.glob(f"*/{kind}/*.yaml"))
    return [Example(code=path.parts[-3], path=path) for path in paths if path.name.count(".") == 1]


def judge(loaded: LoadedPlan, path: Path) -> Report:
    """Ask all rules, with the policy, the evidence and the target's parameters that lie beside the plan."""
    plan = loaded.require()
    beside = path.with_suffix(".policy.yaml")
    policy = load_record(beside, "policy-v1", Policy) if beside.exists() else Policy()
    evidence = _json(path.with_suffix(".evidence.json"), [])
    level = max(plan.metadata.level, floor(plan.change.services, policy)[0])
    return check(
        Subject(
            loaded=loaded,
            plan=plan,
            policy=policy,
            requirements=requirements(level, policy),
            now=datetime.fromisoformat(NOW),
            evidence=rehearsals(loaded, evidence),
            unreadable=tuple(_json(path.with_suffix(".unreadable.json"), {}).items()),
            digests=digests(plan, loaded.files),
            environment="production",
            parameters=_json(path.with_suffix(".parameters.json"), None),
            waivers=tuple(written.waiver for written in _waivers(path).waivers),
        )
    )


def _json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default
