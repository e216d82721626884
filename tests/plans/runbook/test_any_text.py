"""No text crashes the import, none takes long, and nothing runs what it drafts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.plans.load import LoadedPlan, load_text
from rollback_gov.plans.markdown.blocks import MAX_BLOCKS, TooManyBlocks, weight
from rollback_gov.plans.markdown.fences import lengthen
from rollback_gov.plans.runbook.account import account_of
from rollback_gov.plans.runbook.document import MOST
from rollback_gov.plans.runbook.draft import read_runbook
from rollback_gov.plans.runbook.writing import draft_text
from rollback_gov.plans.source import Source
from tests.conftest import ROOT
from tests.plans.runbook import hostile
from tests.plans.runbook.hostile import NAMES, WAYS, text_of
from tests.thoroughness import examples

BATCH = 10
OPEN = {"RG006", "RG008", "RG011"}
"""What a draft may be reported for: something is missing, a name stands for a phase to be chosen, a gap."""
TITLES = (
    "# Rollback Plan: Shop",
    "## Rollback procedure",
    "### Phase 1: Undo (2 minutes)",
    "### Step 2: Verify (within 5 minutes)",
    "#### Option A: Docker",
    "#### B) Backup (5-15 minutes)",
    "**Option C: by hand**",
    "## Automatic rollback triggers",
    "### Manual triggers",
    "## Decision matrix",
    "## Troubleshooting",
    "**Symptoms:**",
    "**Solutions**:",
    "## Last resort",
    "## Point of no return",
    "## Forward fix",
    "## Partial rollback",
    "### Scenario: Database (8 minutes)",
    "## Verification",
    "## Checklist",
    "## Post-rollback validation",
    "### Soon (0-15 minutes)",
    "## Escalation",
    "**Level 2: Retry (5-15 minutes)**",
    "## Contacts",
    "## Communication",
    "## Testing requirements",
    "## State capture",
    "## Automatic rollback system",
    "## 回滚步骤",
    "## Vorgehen",
    "<h2>Rollback procedure</h2>",
)
LINES = (
    "```bash",
    "```",
    "```markdown",
    "```yaml",
    "```json",
    "```console",
    "~~~",
    "kubectl rollout undo deployment/<name> -n YOUR_NS",
    "$ docker pull app:[latest-tag]",
    "# 1. Stop",
    "# 2. Start",
    '# Expected: "healthy"',
    "A=1; echo $A âœ…",
    "- [ ] Done",
    "- Run `./undo.sh --now`",
    "1. **Stop**: do it",
    "   ```bash",
    "   ./stop.sh",
    "   ```",
    "- Error rate > 1% for 2 consecutive minutes",
    "| Signal | Threshold | Action |",
    "|---|---|---|",
    "| Error rate | > 5% | ROLLBACK NOW |",
    "| Users | 3+ reports | Investigate 10 min, then rollback |",
    "**SLA**: 15 minutes",
    "**Owner**: me",
    "**Point of No Return**: after `terraform apply`",
    "**Rollback**: Phases 1-3, 5",
    "- On-call: [Contact info]",
    "trigger: a",
    "condition: b > 1",
    '{"auto_rollback": {"triggers": [{}]}}',
    "> [!WARNING]",
    "> careful",
    "---",
    "",
    "<details>",
    "text within 24 hours: every 5 minutes",
)
PIECES = st.one_of(st.sampled_from(TITLES), st.sampled_from(LINES), st.text(max_size=40))


def drafts_of(text: str) -> list[LoadedPlan]:
    found = []
    for draft in read_runbook(Source("RUNBOOK.md", text)):
        assert account_of(draft).sentence
        written = draft_text(draft, "RUNBOOK.md")
        found.append(load_text(Path("plan.yaml"), Source("plan.yaml", written)))
    return found


@settings(max_examples=examples(450), deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_nothing_crashes_and_no_draft_with_gaps_is_a_plan(pieces: list[str]) -> None:
    for loaded in drafts_of("\n".join(pieces) or "\n"):
        codes = {finding.code for finding in loaded.findings}
        assert "RG011" in codes
        assert codes <= OPEN, [finding for finding in loaded.findings if finding.code not in OPEN]
        assert loaded.plan is None


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=400), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_characters(text: str, end: str) -> None:
    for loaded in drafts_of(f"\ufeff# R{end}{end}## Rollback procedure{end}{end}{text}{end}{end}```{end}ls{end}{text}"):
        assert {finding.code for finding in loaded.findings} <= OPEN


def no_square_of_the_time(size: int, *names: str) -> None:
    """Read texts that are hostile to a reader in a process of its own, which nothing traces."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    words = [sys.executable, "-m", hostile.__name__, str(size), *names]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    measured = json.loads(done.stdout)
    assert len(measured) == len(names) * len(WAYS) > 0
    assert [f"{what}: {said}" for what, is_tame, said in measured if not is_tame] == []


QUICK = ("blank lines", "comments that are never closed")


def test_sixteen_times_the_text_takes_no_square_of_the_time() -> None:
    no_square_of_the_time(
        150_000, "numbers in a script", "messages", "phases", "labels", "documents in a document", *QUICK
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "names", [NAMES[at : at + BATCH] for at in range(0, len(NAMES), BATCH)], ids=lambda names: names[0]
)
def test_no_megabyte_takes_a_square_of_the_time(names: tuple[str, ...]) -> None:
    no_square_of_the_time(990_000, *names)


@pytest.mark.parametrize("name", NAMES)
def test_every_hostile_text_is_read_and_not_refused(name: str) -> None:
    """Else the measurements would be of refusals. What a text has too many of is another test's."""
    source = Source("RUNBOOK.md", text_of(name, 20_000))
    read_runbook(source)
    _, outside = lengthen(Source("RUNBOOK.md", text_of(name)).lines)
    assert weight(outside) <= MAX_BLOCKS


def test_a_runbook_that_shows_too_many_documents_is_refused() -> None:
    shown = "```markdown\n# x\n```\n"
    assert read_runbook(Source("RUNBOOK.md", shown * MOST)) == []
    with pytest.raises(TooManyBlocks, match="more than 1000 others"):
        read_runbook(Source("RUNBOOK.md", shown * (MOST + 1)))
