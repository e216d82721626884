"""Runbooks as they were written: the mistakes that are known to be in them are found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.model.finding import Finding
from rollback_gov.plans.load import LoadedPlan, load_text
from rollback_gov.plans.source import Source
from rollback_gov.policy.check import check
from tests.policy.runbooks import FOLDER, fences, plan_of, runbook
from tests.policy.subjects import SMALL, subject

SEEDS = sorted(FOLDER.glob("*.txt")) if FOLDER else []
KNOWN = {
    "000": {
        ("RG210", "git checkout HEAD~1"),
        ("RG202", "ROLLBACK_DURATION=$((ROLLBACK_END - ROLLBACK_START))"),
        ("RG207", "docker-compose down || true"),
        ("RG208", "mongorestore --drop /home/genesis/genesis-rebuild-backup-TIMESTAMP/mongodb_dump/"),
        ("RG208", "docker system prune -af"),
        ("RG203", "htop"),
        ("RG204", "docker stats"),
        ("RG010", "git checkout [last-known-production-tag]"),
        ("RG010", "git clone https://github.com/YOUR_ORG/genesis-rebuild.git genesis-rebuild-emergency"),
        ("RG219", "docker-compose restart"),
    },
    "001": {
        ("RG214", "-d production_db backup-pre-v2.1.sql"),
        ("RG211", "sha256sum -c backup-pre-v2.1.sql.sha256"),
        ("RG203", "kubectl exec -it postgresql-primary -- psql -c \\"),
        ("RG208", "redis-cli FLUSHDB"),
        ("RG219", "auth=auth:v1.5.2 --record"),
        ("RG217", "cp $PREVIOUS_STATE terraform.tfstate"),
        ("RG211", "EXPECTED_COUNT=$(cat pre-rollback-counts.txt | grep users | awk '{print $2}')"),
        ("RG211", "kubectl apply -f config-snapshot-20251209.json"),
        ("RG216", "kubectl scale deployment api-service --replicas=10"),
        ("RG201", '-H "X-N8N-API-KEY: $N8N_API_KEY"'),
    },
    "002": {
        ("RG010", "docker pull registry.example.com/app-backend:<PREVIOUS_SHA>"),
        ("RG010", "--version <PREVIOUS_STABLE_SHA> \\"),
        ("RG201", '--db-url "$STAGING_DB_URL" \\'),
    },
    "003": {
        ("RG210", "kubectl rollout undo deployment/dwcp-manager"),
        ("RG216", "kubectl rollout undo deployment/${SYSTEM}-canary"),
    },
    "004": {
        ("RG208", "redis-cli FLUSHALL"),
        ("RG214", "--clean --if-exists backup_20250113_0200.sql"),
    },
}
"""Rule, and the line where it has to find something."""


def found(loaded: LoadedPlan) -> set[tuple[str, str]]:
    lines = loaded.source.lines
    return {(finding.code, lines[finding.place.line - 1].strip()) for finding in findings(loaded)}


def findings(loaded: LoadedPlan) -> tuple[Finding, ...]:
    return check(subject(loaded=loaded, plan=loaded.require())).findings


@pytest.mark.skipif(not SEEDS, reason="the runbooks are not beside this checkout")
@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem[:3])
def test_what_is_wrong_in_a_runbook_is_found(path: Path) -> None:
    assert found(runbook(path)) >= KNOWN[path.stem[:3]]


@pytest.mark.skipif(not SEEDS, reason="the runbooks are not beside this checkout")
def test_every_fence_of_bash_is_read() -> None:
    counts = {path.stem[:3]: len(list(fences(path.read_text(encoding="utf-8"), "bash"))) for path in SEEDS}

    assert counts == {"000": 29, "001": 29, "002": 5, "003": 3, "004": 14}


WHY = {
    "error-rate-high": {"RG302", "RG307", "RG309", "RG310"},
    "latency-p99-high": {"RG307", "RG310"},
    "success-rate-low": {"RG302", "RG307"},
    "throughput-low": {"RG307", "RG312"},
    "byzantine-attack-detected": {"RG307", "RG308", "RG313"},
    "dag-corruption-detected": {"RG307", "RG308", "RG313"},
    "memory-exhaustion": {"RG307", "RG308", "RG314"},
    "circuit-breaker-storm": {"RG307", "RG311"},
}
"""What is wrong with each trigger of the runbook about automated rollback."""


@pytest.mark.skipif(not SEEDS, reason="the runbooks are not beside this checkout")
def test_each_defective_trigger_is_explained() -> None:
    text = next(path for path in SEEDS if path.stem.startswith("003")).read_text(encoding="utf-8")
    loaded = load_text(
        Path("plan.yaml"), Source("plan.yaml", SMALL.replace("phases:", "".join(_triggers(text)) + "phases:"))
    )

    codes: dict[str, set[str]] = {}
    for finding in findings(loaded):
        if finding.code.startswith("RG3"):
            name = loaded.require().triggers[int(finding.path[1])].id
            codes.setdefault(name, set()).add(finding.code)

    assert codes == WHY


def _triggers(text: str) -> Iterator[str]:
    """Make a trigger of each pair of fences: the words in YAML, the expression in PromQL."""
    yield "triggers:\n"
    pattern = r"```yaml\ntrigger: (?P<id>\S+)\ncondition: \|\n(?P<words>.*?)\naction.*?```promql\n(?P<expr>.*?)```"
    for match in re.finditer(pattern, text, re.DOTALL):
        words = " ".join(match["words"].split())
        minutes = re.search(r"duration >= (\d+) minutes", words)
        patience = f"for: {minutes[1]}m" if minutes else "count: 1"
        expr = "".join(f"        {line}\n" for line in match["expr"].splitlines())
        yield f"  - id: {match['id']}\n    rationale: '{words}'\n    query:\n      source: prometheus\n      expr: |\n"
        yield f"{expr}    above: 0\n    {patience}\n"


OWN_WORDS = {
    "RG214": ("pg_dump shop > before.sql", "pg_restore --clean -d shop before.sql"),
    "RG211": ("sha256sum before.sql", "sha256sum --check before.sql.sha256"),
    "RG203": ("kubectl -n shop exec -ti db-0 -- psql",),
    "RG210": ("git checkout HEAD^",),
    "RG207": ("docker compose stop || true",),
    "RG208": ("redis-cli -n 2 flushdb",),
    "RG219": ("kubectl set image deploy/shop shop=shop:v1 --record=true",),
    "RG010": ("helm rollback shop <REVISION>",),
    "RG202": ("T0=$(date +%s)", "echo $(( $(date +%s) - $T0 ))"),
    "RG217": ("mv old/terraform.tfstate.backup ./terraform.tfstate",),
    "RG205": ("kubectl -n shop rollout status deploy/shop",),
}


@pytest.mark.parametrize("code", OWN_WORDS)
def test_the_same_mistakes_in_other_words(code: str) -> None:
    assert code in {finding.code for finding in findings(plan_of(OWN_WORDS[code]))}
