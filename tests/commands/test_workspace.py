"""Where a repository begins, and what stands in its three files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.environment import Environment, Environments
from rollback_gov.model.errors import Refused, RollbackGovError, UsageError
from rollback_gov.model.policy import Policy
from rollback_gov.model.trust import Trust


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "rollback" / "op-1" / "plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("", encoding="utf-8")
    return path


@pytest.mark.parametrize("mark", [".rollback-gov", ".git"])
def test_the_root_is_the_nearest_folder_that_is_one(plan: Path, mark: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop" / mark).mkdir()
    assert Workspace.around(plan).root == tmp_path / "shop"
    assert Workspace.around(plan.parent).root == tmp_path / "shop"
    assert Workspace.around(plan.parent / "not-yet.yaml").root == tmp_path / "shop"


def test_a_work_tree_marks_itself_with_a_file(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "shop" / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    assert Workspace.around(plan).root == tmp_path / "shop"


def test_without_a_root_it_is_the_plans_own_folder(plan: Path) -> None:
    assert Workspace.around(plan).root == plan.parent


def test_a_link_leads_to_the_repository_of_its_plan(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "shop" / ".git").mkdir()
    link = tmp_path / "linked.yaml"
    link.symlink_to(plan)
    assert Workspace.around(link).root == tmp_path / "shop"


def test_a_link_that_leads_to_itself_is_no_endless_way(tmp_path: Path) -> None:
    link = tmp_path / "plan.yaml"
    link.symlink_to(link)
    assert Workspace.around(link).root == tmp_path


def test_without_files_there_are_defaults(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.policy == Policy()
    assert workspace.environments == Environments(environments={})
    assert workspace.trust == Trust(keys=())


def test_files_are_read_when_they_are_asked_for_and_once(tmp_path: Path) -> None:
    folder = tmp_path / ".rollback-gov"
    folder.mkdir()
    workspace = Workspace(tmp_path)
    (folder / "environments.yaml").write_text("environments: {staging: {class: staging}}\n", encoding="utf-8")
    (folder / "policy.yaml").write_text("evidence: error\n", encoding="utf-8")
    assert workspace.environment("staging") == Environment(class_="staging")
    assert workspace.policy.evidence == "error"
    (folder / "environments.yaml").unlink()
    assert workspace.environment("staging") == Environment(class_="staging")


@pytest.mark.parametrize(("text", "known"), [("{}", "none"), ("{a: {class: staging}, b: {class: staging}}", "a, b")])
def test_an_unknown_environment_is_answered_with_the_known_ones(text: str, known: str, tmp_path: Path) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / ".rollback-gov" / "environments.yaml").write_text(f"environments: {text}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"no environment 'production' .*known: {known}\)") as caught:
        Workspace(tmp_path).environment("production")
    assert "production: {class: …}" in caught.value.hint


def test_a_file_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    path = tmp_path / ".rollback-gov" / "environments.yaml"
    path.write_text("environments:\n  staging: {class: playground}\n", encoding="utf-8")
    with pytest.raises(RollbackGovError) as caught:
        _ = Workspace(tmp_path).environments
    said = f"{caught.value} {getattr(caught.value, 'reasons', '')} {caught.value.hint}"
    assert "environments.yaml" in said
    assert "playground" in said


@pytest.mark.parametrize("name", ["../../etc", "a/b", ".hidden", "-e", "two words"])
def test_an_environment_whose_name_is_no_name_of_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / ".rollback-gov" / "environments.yaml").write_text(f'environments: {{"{name}": {{class: staging}}}}')
    with pytest.raises(Refused) as refused:
        _ = Workspace.around(tmp_path).environments
    (reason,) = refused.value.reasons
    assert f"'environments' cannot have the key '{name}'" in reason
    assert "folders are named after it" in reason


def test_whoever_stands_in_a_folder_that_is_gone_finds_the_repository_all_the_same(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop" / ".git").mkdir()
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert Workspace.around(plan).root == tmp_path / "shop"
