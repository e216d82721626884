"""A plan as a document: what is written, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.commands.plan_edit import read_plan
from rollback_gov.commands.render import render, write
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.plans.load import load_plan
from tests.conftest import ROOT

PLAN = ROOT / "plans-example" / "kubernetes" / "plan.yaml"


def test_the_document_is_the_plan(tmp_path: Path) -> None:
    document = tmp_path / "plan.md"
    document.write_text(render(load_plan(PLAN)), encoding="utf-8")
    (tmp_path / "scripts").symlink_to(PLAN.parent / "scripts")
    (tmp_path / ".git").mkdir()

    assert load_plan(document).source_map.root.value["metadata"] == load_plan(PLAN).source_map.root.value["metadata"]


def test_a_plan_that_cannot_be_used_is_not_rendered(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("phases: []\n", encoding="utf-8")

    with pytest.raises(Refused):
        render(load_plan(tmp_path / "plan.yaml"))


def test_beside_the_plan_nothing_needs_to_be_said(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("", encoding="utf-8")

    assert write("text\n", tmp_path / "plan.md", plan) == ""
    assert (tmp_path / "plan.md").read_text(encoding="utf-8") == "text\n"


def test_elsewhere_it_is_for_reading(tmp_path: Path) -> None:
    out = tmp_path / "plan.md"

    assert write("text\n", out, PLAN) == f"{out} is for reading: the files that its steps run lie beside {PLAN}."


def test_a_plan_in_yaml_is_not_overwritten(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("a: b\n", encoding="utf-8")

    with pytest.raises(UsageError, match="is the plan itself"):
        write("text\n", plan, plan)
    assert plan.read_text(encoding="utf-8") == "a: b\n"


def test_a_document_may_be_written_anew(tmp_path: Path) -> None:
    document = tmp_path / "plan.md"
    document.write_text("old\n", encoding="utf-8")

    with pytest.raises(UsageError, match="says something else"):
        write("new\n", document, document)
    assert document.read_text(encoding="utf-8") == "old\n"
    assert write("old\n", document, document) == "", "what says the same already is no loss"
    assert write("new\n", document, document, force=True) == ""
    assert document.read_text(encoding="utf-8") == "new\n"


@pytest.mark.parametrize("force", [False, True])
def test_a_plan_in_yaml_is_never_written_over(tmp_path: Path, force: bool) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("a: b\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is the plan itself"):
        write("a: b\n", plan, plan, force=force)


def test_what_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "plan.md"
    folder.mkdir()
    (tmp_path / "plan.yaml").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        write("text\n", folder, tmp_path / "plan.yaml")
    assert folder.is_dir()


def test_editing_is_for_yaml(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a document: `plan edit` changes YAML"):
        read_plan(tmp_path / "plan.md")
