"""Which repository this is, however it was cloned."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rollback_gov.commands.repository import normalised, repository_name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/acme/shop.git", "github.com/acme/shop"),
        ("https://GitHub.com/acme/shop/", "github.com/acme/shop"),
        ("https://token@github.com/acme/shop", "github.com/acme/shop"),
        ("https://ada:pa%40ss@github.com:443/acme/shop.git", "github.com/acme/shop"),
        ("git@github.com:acme/shop.git", "github.com/acme/shop"),
        ("github.com:acme/shop", "github.com/acme/shop"),
        ("ssh://git@github.com/acme/shop.git", "github.com/acme/shop"),
        ("ssh://git@github.com:22/acme/shop", "github.com/acme/shop"),
        ("git://git.example.org/Acme/Shop.git", "git.example.org/Acme/Shop"),
        ("ssh://git@[::1]:2222/acme/shop.git", "[::1]/acme/shop"),
        ("git@host:/srv/git/shop.git", "host/srv/git/shop"),
        ("file:///srv/git/shop.git", "srv/git/shop"),
        ("/srv/git/shop.git", "/srv/git/shop"),
        ("../shop", "../shop"),
    ],
)
def test_the_way_to_clone_it_makes_no_difference(url: str, name: str) -> None:
    assert normalised(url) == name


def git(folder: Path, *arguments: str) -> None:
    environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, env=environ)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "Begin")
    return folder


def test_without_a_remote_it_is_the_folders_name(shop: Path, tmp_path: Path) -> None:
    assert repository_name(shop) == "shop"
    git(shop, "remote", "add", "upstream", "https://example.org/other")
    assert repository_name(shop) == "shop"
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    assert repository_name(lonely) == "lonely"


def test_a_folder_inside_is_the_same_repository(shop: Path) -> None:
    git(shop, "remote", "add", "origin", "git@example.org:acme/shop.git")
    (shop / "services" / "api").mkdir(parents=True)
    assert repository_name(shop / "services" / "api") == "example.org/acme/shop"


def test_a_work_tree_of_its_own_is_the_same_repository(shop: Path, tmp_path: Path) -> None:
    git(shop, "remote", "add", "origin", "https://example.org/acme/shop")
    git(shop, "worktree", "add", "--quiet", str(tmp_path / "elsewhere"))
    assert repository_name(tmp_path / "elsewhere") == "example.org/acme/shop"


def test_a_submodule_is_its_own_repository(shop: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "submodule", "--quiet", "add", str(shop), "inner")
    assert repository_name(outer / "inner") == str(shop)


def test_a_configuration_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "odd" / ".git" / "config").mkdir(parents=True)
    assert repository_name(tmp_path / "odd") == "odd"
