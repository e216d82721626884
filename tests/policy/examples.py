"""The good and bad plans under ``tests/examples/rules``: one folder a rule."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rollback_gov.model.finding import Finding
from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import LoadedPlan, load_plan, load_record
from rollback_gov.policy.check import Report, check
from rollback_gov.policy.levels import floor, requirements
from rollback_gov.policy.subject import Subject
from rollback_gov.records.digests import digests
from tests.policy.rehearsals import NOW, rehearsals

FOLDER = Path(__file__).resolve().parent.parent / "examples" / "rules"
_EXPECT = re.compile(r"^(?:# expect: )?(RG\d{3}) line (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One plan. What lies beside it has its name: ``.policy.yaml``, ``.parameters.json``, ``.evidence.json``,
    ``.unreadable.json``."""

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
        return judge(loaded, self.path).findings if loaded.plan else loaded.findings


def examples(kind: str) -> list[Example]:
    """Give all plans of the folders ``good`` or ``bad``."""
    paths = sorted(FOLDER.glob(f"*/{kind}/*.yaml"))
    return [Example(code=path.parts[-3], path=path) for path in paths if not path.name.endswith(".policy.yaml")]


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
        )
    )


def _json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default
