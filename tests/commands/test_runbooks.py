"""Which documents are plans, and which are runbooks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rollback_gov.commands.runbooks import is_runbook, load_found
from rollback_gov.plans import files


@pytest.mark.parametrize(
    ("name", "text", "runbook"),
    [
        ("docs/runbooks/rollback.md", "# How we roll back\n\n## Steps\n", True),
        ("ROLLBACK.md", "# Rollback Plan: Orders\n\n## Steps\n", True),
        ("ROLLBACK.md", "# Rollback Plan: Orders\n\n## Metadata\n", False),
        ("ROLLBACK.md", "\ufeff<!-- ours -->\r\n# Rollback plan - Orders\r\n\r\n## metadata\r\n", False),
        ("ROLLBACK.md", "---\ntitle: x\n---\n# Rollback Plan: Orders\n\n## Metadata\n", False),
        ("ROLLBACK.md", "---\nkind: RollbackPlan\n---\n", False),
        ("ROLLBACK.md", "```markdown\n# Rollback Plan: Orders\n\n## Metadata\n```\n", True),
        ("ROLLBACK.md", "", True),
        ("rollback/op-7/plan.md", "# How we roll back\n", False),
        ("rollback/op-7/plan.yaml", "a: b\n", False),
    ],
)
def test_a_runbook_is_told_from_a_plan(tmp_path: Path, name: str, text: str, runbook: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")

    assert is_runbook(path) is runbook


def test_a_found_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken for a plan is what is loaded, even where the file has become another meanwhile."""
    (tmp_path / "ROLLBACK.md").write_text("# Rollback Plan: Orders\n\n## Metadata\n", encoding="utf-8")
    (tmp_path / "runbook.md").write_text("# How we roll back\n", encoding="utf-8")
    (tmp_path / "plan.md").write_text("# How we roll back\n", encoding="utf-8")
    read: list[str] = []

    def opened(name: str, flags: int) -> int:
        read.append(Path(name).name)
        return os.open(name, flags)

    monkeypatch.setattr(files, "_regular", opened)
    loaded = [load_found(tmp_path / name) for name in ("ROLLBACK.md", "runbook.md", "plan.md")]
    assert [one and one.findings[0].code for one in loaded] == ["RG006", None, "RG001"]
    assert read == ["ROLLBACK.md", "runbook.md", "plan.md"]


def test_what_cannot_be_read_is_a_runbook(tmp_path: Path) -> None:
    (tmp_path / "ROLLBACK.md").write_bytes(b"# Rollback Plan: \xe9\n\n## Metadata\n")

    assert is_runbook(tmp_path / "ROLLBACK.md")
