"""What a branch has changed, in real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rollback_gov.commands.changes import Changes, changes_since, is_touched
from rollback_gov.commands.own_gate import own_gate
from rollback_gov.commands.ref_files import RefFiles
from rollback_gov.plans.load import load_plan
from tests.commands.test_settings import committed, git, write
from tests.policy.subjects import SMALL


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two plans on main, one of which uses a script outside of its folder, and a branch."""
    for name, uses in (("op-7", ""), ("op-8", "uses: [../scripts/undo.sh]\n")):
        folder = tmp_path / "rollback" / name
        folder.mkdir(parents=True)
        (folder / "plan.yaml").write_text(SMALL + uses, encoding="utf-8")
    (tmp_path / "rollback" / "scripts").mkdir()
    (tmp_path / "rollback" / "scripts" / "undo.sh").write_text("true\n")
    (tmp_path / ".gitignore").write_text("*.log\n")
    committed(tmp_path)
    git(tmp_path, "checkout", "--quiet", "-b", "branch")
    return tmp_path


def _since(root: Path, ref: str = "main") -> Changes:
    return changes_since(root, ref, os.environ)


def _touched(root: Path) -> list[str]:
    changes = _since(root)
    plans = sorted((root / "rollback").glob("*/plan.yaml"))
    return [path.parent.name for path in plans if is_touched(load_plan(path), changes, root)]


def test_nothing_has_changed(repository: Path) -> None:
    assert _since(repository) == Changes(remark="Only plans that changed since 'main' are checked:")
    assert _touched(repository) == []


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("rollback/op-7/plan.yaml", ["op-7"]),
        ("rollback/scripts/undo.sh", ["op-8"]),
        ("rollback/op-7/evidence/new.dsse.json", ["op-7"]),
        ("rollback/op-7/notes.md", []),
        ("rollback/op-8/run.log", []),
    ],
)
def test_what_belongs_to_a_plan(repository: Path, file: str, touched: list[str], commit: bool) -> None:
    path = repository / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{path.read_text() if path.exists() else ''}# more\n")
    if commit:
        committed(repository, "More")

    assert _touched(repository) == touched


def test_what_others_changed_on_the_base_meanwhile_does_not_count(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "main")
    (repository / "rollback" / "op-7" / "plan.yaml").write_text(f"{SMALL}# more\n")
    committed(repository, "Others")
    git(repository, "checkout", "--quiet", "branch")

    assert _touched(repository) == []


def test_a_script_that_is_gone_touches_its_plan(repository: Path) -> None:
    (repository / "rollback" / "scripts" / "undo.sh").unlink()

    assert _touched(repository) == ["op-8"]


def test_a_link_counts_as_what_it_leads_to(repository: Path) -> None:
    (repository / "rollback" / "op-9").symlink_to("op-7")
    committed(repository, "Link")
    git(repository, "branch", "--force", "main")
    (repository / "rollback" / "op-7" / "plan.yaml").write_text(f"{SMALL}# more\n")

    assert _touched(repository) == ["op-7", "op-9"]


def test_a_changed_policy_touches_everything(repository: Path) -> None:
    write(repository, gov__policy="evidence: error\n")
    changes = _since(repository)

    assert changes.everything
    assert changes.remark == ".rollback-gov/policy.yaml changed, so every plan is checked."
    assert _touched(repository) == ["op-7", "op-8"]


@pytest.mark.parametrize("ref", ["origin/main", "--all", "unrelated"])
def test_without_a_base_everything_is_checked_and_that_is_said(repository: Path, ref: str) -> None:
    git(repository, "checkout", "--quiet", "--orphan", "unrelated")
    committed(repository, "Unrelated")
    git(repository, "checkout", "--quiet", "branch")
    changes = _since(repository, ref)

    assert changes.everything
    assert changes.remark.startswith(f"It cannot be told what has changed since '{ref}' (git ")
    assert changes.remark.endswith("so everything is checked. In a shallow clone, fetch all of it: `fetch-depth: 0`.")


def test_outside_of_a_repository_everything_is_checked(tmp_path: Path) -> None:
    assert _since(tmp_path).everything


def test_a_shallow_clone_checks_everything(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (repository / "rollback" / "op-7" / "plan.yaml").write_text(f"{SMALL}# more\n")
    committed(repository, "More")
    clone = tmp_path_factory.mktemp("clones") / "shallow"
    command = ["git", "clone", "--quiet", "--depth=1", f"file://{repository}", str(clone)]
    subprocess.run(command, check=True, capture_output=True)

    assert _since(clone, "origin/main").everything


def test_a_link_that_leads_elsewhere_counts(repository: Path) -> None:
    for name in ("one", "two"):
        (repository / f"{name}.yaml").write_text(SMALL, encoding="utf-8")
        (repository / f"{name}.sh").write_text("true\n", encoding="utf-8")
    for link, target in {
        "rollback/op-7/plan.yaml": "../../near.yaml",
        "rollback/scripts/undo.sh": "../../one.sh",
    }.items():
        (repository / link).unlink()
        (repository / link).symlink_to(target)
    near = repository / "near.yaml"
    near.symlink_to("one.yaml")
    committed(repository, "Links")
    git(repository, "branch", "--force", "main")
    assert _touched(repository) == []

    near.unlink()
    near.symlink_to("two.yaml")
    assert _touched(repository) == ["op-7"]

    (repository / "rollback" / "scripts" / "undo.sh").unlink()
    (repository / "rollback" / "scripts" / "undo.sh").symlink_to("../../two.sh")
    assert _touched(repository) == ["op-7", "op-8"]


def test_what_lies_in_a_submodule_counts_when_that_moves(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("others") / "plans"
    (other / "op-9").mkdir(parents=True)
    (other / "op-9" / "plan.yaml").write_text(SMALL, encoding="utf-8")
    committed(other)
    subprocess.run(["git", "clone", "--quiet", str(other), str(repository / "rollback" / "sub")], check=True)
    committed(repository, "Submodule")
    git(repository, "branch", "--force", "main")
    (other / "op-9" / "plan.yaml").write_text(f"{SMALL}# more\n", encoding="utf-8")
    committed(other, "More")
    git(repository / "rollback" / "sub", "pull", "--quiet")
    changes = _since(repository)

    assert changes.files == {"rollback/sub"}
    assert is_touched(load_plan(repository / "rollback" / "sub" / "op-9" / "plan.yaml"), changes, repository)
    assert _touched(repository) == []


# The gate's own files


def _gate(root: Path, ref: str = "main") -> list[tuple[str, int]]:
    files = own_gate(root, RefFiles(root, ref, os.environ))
    return [(str(finding.place.file), finding.place.line) for file in files for finding in file.findings]


@pytest.fixture
def governed(repository: Path) -> Path:
    git(repository, "checkout", "--quiet", "main")
    write(
        repository,
        gov__policy="extends: ../base.yaml\n# strict\nevidence: error\n",
        base="levels: {2: {sla: 20m}}\n",
        gov__trust="keys: []\n",
        gov__waivers="waivers: []\n",
    )
    committed(repository, "Govern")
    git(repository, "checkout", "--quiet", "-B", "branch")
    return repository


def test_an_unchanged_gate_is_nothing_to_speak_of(governed: Path) -> None:
    assert _gate(governed) == []


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("gov__policy", "extends: ../base.yaml\n# strict\nevidence: warning\n", 3),
        ("gov__policy", "extends: ../base.yaml\n", 2),
        ("gov__policy", "broken: [\n", 1),
        ("base", "{}\n", 1),
        ("gov__trust", "keys: [{id: mine}]\n", 1),
        ("gov__waivers", "waivers:\n  - {}\n", 1),
    ],
)
def test_a_changed_gate_is_a_finding_at_the_first_line_that_differs(
    governed: Path, name: str, text: str, line: int
) -> None:
    write(governed, **{name: text})

    assert [place[1] for place in _gate(governed)] == [line]


def test_a_file_that_is_new_or_gone(governed: Path) -> None:
    (governed / ".rollback-gov" / "waivers.yaml").unlink()
    write(governed, gov__policy="extends: ../other.yaml\n# strict\nevidence: error\n", other="{}\n")

    assert sorted(_gate(governed)) == [
        (".rollback-gov/policy.yaml", 1),
        (".rollback-gov/waivers.yaml", 1),
        ("other.yaml", 1),
    ]


def test_what_others_changed_in_the_gate_meanwhile_is_not_held_against_the_branch(governed: Path) -> None:
    git(governed, "checkout", "--quiet", "main")
    write(governed, gov__waivers="waivers: [] # by others\n")
    committed(governed, "Others")
    git(governed, "checkout", "--quiet", "branch")

    assert _gate(governed) == []


def test_without_a_common_history_the_ref_itself_is_compared(governed: Path) -> None:
    git(governed, "checkout", "--quiet", "--orphan", "unrelated")
    write(governed, gov__trust="keys: [] # mine\n")
    committed(governed, "Unrelated")

    assert _gate(governed) == [(".rollback-gov/trust.yaml", 1)]


def test_settings_further_down_and_a_link_in_the_place_of_the_folder_are_told_too(governed: Path) -> None:
    write(governed / "rollback" / "op-7", gov__policy="{}\n")
    assert _gate(governed) == [("rollback/op-7/.rollback-gov/policy.yaml", 1)]

    (governed / ".rollback-gov").rename(governed / "settings")
    (governed / ".rollback-gov").symlink_to("settings")
    assert (".rollback-gov", 1) in _gate(governed)
