"""Which files are plans."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.commands.discovery import PATTERNS, discover, resolve
from rollback_gov.model.errors import UsageError

FILES = [
    "rollback/plan.yaml",
    "rollback/op-7/plan.yaml",
    "rollback/2025/op-8/plan.yml",
    "rollback/op-7/other.yaml",
    "services/pay/undo.rollback.yaml",
    "mail.rollback.yml",
    "plans/plan.yaml",
    "rollback/plan.yaml.bak",
    ".git/rollback/plan.yaml",
    ".venv/lib/x.rollback.yaml",
    "web/node_modules/p/x.rollback.yaml",
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    return tmp_path


def _names(root: Path, found: list[Path]) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found]


def test_the_default_patterns(repository: Path) -> None:
    assert _names(repository, discover(repository, PATTERNS)) == [
        "mail.rollback.yml",
        "rollback/2025/op-8/plan.yml",
        "rollback/op-7/plan.yaml",
        "rollback/plan.yaml",
        "services/pay/undo.rollback.yaml",
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("plans/*.yaml", ["plans/plan.yaml"]),
        ("rollback/*/plan.yaml", ["rollback/op-7/plan.yaml"]),
        ("**/plan.y?l", ["rollback/2025/op-8/plan.yml"]),
        ("rollback/**", sorted(name for name in FILES if name.startswith("rollback/"))),
        ("rollback/plan.yaml", ["rollback/plan.yaml"]),
        ("nothing/**/*.yaml", []),
        ("rollback/plan(yaml", []),
        ("rollback/{plan,op-7/other}.yaml", ["rollback/op-7/other.yaml", "rollback/plan.yaml"]),
        ("{rollback,}/**/plan.yml", ["rollback/2025/op-8/plan.yml"]),
        ("{plans/*,*.rollback}.y{a,}ml", ["mail.rollback.yml", "plans/plan.yaml"]),
        ("rollback/{plan.yaml", []),
        ("rollback/}plan{.yaml", []),
        ("a,b/plan.yaml", []),
    ],
)
def test_patterns_of_a_policy(repository: Path, pattern: str, expected: list[str]) -> None:
    assert _names(repository, discover(repository, [pattern])) == expected


def test_a_name_of_two_lines_hides_nothing(tmp_path: Path) -> None:
    place = tmp_path / "rollback" / "op\n7" / "plan.yaml"
    place.parent.mkdir(parents=True)
    place.write_text("", encoding="utf-8")

    assert discover(tmp_path, PATTERNS) == [place]


def test_a_link_to_a_folder_is_not_followed(repository: Path) -> None:
    (repository / "rollback" / "loop").symlink_to(repository, target_is_directory=True)

    assert len(discover(repository, PATTERNS)) == 5


def test_a_named_file_is_a_plan_whatever_its_name(repository: Path) -> None:
    path = repository / "rollback" / "op-7" / "other.yaml"

    assert resolve([path]) == [path]


def test_a_named_folder_is_searched(repository: Path) -> None:
    assert _names(repository, resolve([repository / "plans", repository / "services"])) == [
        "plans/plan.yaml",
        "services/pay/undo.rollback.yaml",
    ]


def test_a_plan_that_is_named_twice_is_checked_once(repository: Path) -> None:
    path = repository / "plans" / "plan.yaml"

    assert resolve([path, repository / "plans", path]) == [path]


def test_a_path_that_does_not_exist(repository: Path) -> None:
    with pytest.raises(UsageError, match="no file or folder"):
        resolve([repository / "gone.yaml"])


def test_the_names_that_repositories_use_for_markdown(tmp_path: Path) -> None:
    names = [
        "ROLLBACK.md",
        "docs/rollback-plan.md",
        "docs/runbooks/rollback.md",
        "rollback/op-7/plan.md",
        "runbooks/api/rollback-runbook.md",
    ]
    for name in [*names, "README.md", "docs/deploy.md", "src/rollback.md"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")

    assert _names(tmp_path, discover(tmp_path, PATTERNS)) == names


def test_a_folder_is_searched_for_documents_too(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("", encoding="utf-8")

    assert resolve([tmp_path]) == [tmp_path / "plan.md"]
