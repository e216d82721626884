"""Which repository this is, however it was cloned."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rollback_gov.commands.repository import checked_out, git_folder, normalised, repository_name, tip_of


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


class TestTip:
    """What a ref names, read without git: the same as git says."""

    REF = "refs/heads/log"

    def commit(self, folder: Path) -> str:
        git(folder, "commit", "--quiet", "--allow-empty", "--message", "More")
        said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
        return said.stdout.strip()

    def tip(self, folder: Path) -> str | None:
        found = git_folder(folder)
        assert found is not None
        return tip_of(found, self.REF)

    def test_a_ref_of_its_own_a_packed_one_and_a_newer_one_over_it(self, shop: Path) -> None:
        assert self.tip(shop) == ""
        first = self.commit(shop)
        git(shop, "update-ref", self.REF, first)
        git(shop, "update-ref", f"{self.REF}-2", self.commit(shop))
        assert self.tip(shop) == first
        git(shop, "pack-refs", "--all")
        assert not (shop / ".git" / self.REF).exists()
        assert self.tip(shop) == first
        newer = self.commit(shop)
        git(shop, "update-ref", self.REF, newer)
        assert self.tip(shop) == newer
        git(shop, "update-ref", "-d", self.REF)
        assert self.tip(shop) == ""

    def test_a_further_work_tree_has_the_same_refs(self, shop: Path, tmp_path: Path) -> None:
        git(shop, "update-ref", self.REF, self.commit(shop))
        git(shop, "worktree", "add", "--quiet", str(tmp_path / "other"))
        assert self.tip(tmp_path / "other") == self.tip(shop) != ""

    def test_what_only_git_can_tell(self, shop: Path) -> None:
        ref = shop / ".git" / self.REF
        git(shop, "symbolic-ref", self.REF, "refs/heads/elsewhere")
        assert self.tip(shop) is None
        ref.unlink()
        ref.mkdir()
        assert self.tip(shop) is None
        ref.rmdir()
        (shop / ".git" / "packed-refs").unlink(missing_ok=True)
        (shop / ".git" / "packed-refs").mkdir()
        assert self.tip(shop) is None
        (shop / ".git" / "reftable").mkdir()
        assert self.tip(shop) is None

    def test_beneath_a_ref_that_is_a_file_there_is_none(self, shop: Path) -> None:
        git(shop, "update-ref", "refs/heads/log", self.commit(shop))
        assert tip_of(shop / ".git", "refs/heads/log/more") == ""


def head(folder: Path) -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return asked.stdout.strip()


@pytest.mark.parametrize(
    "made",
    [
        (),
        (("pack-refs", "--all"),),
        (("checkout", "--quiet", "--detach"),),
        (("checkout", "--quiet", "-b", "team/deep/name"),),
        (("checkout", "--quiet", "-b", "team/deep/name"), ("pack-refs", "--all")),
    ],
)
def test_what_is_checked_out_is_read_without_git(shop: Path, made: tuple[tuple[str, ...], ...]) -> None:
    for words in made:
        git(shop, *words)
    (shop / "deep" / "er").mkdir(parents=True)
    assert checked_out(shop) == checked_out(shop / "deep" / "er") == head(shop) != ""


@pytest.mark.parametrize("made", [("-b", "other"), ("--detach",)])
def test_a_further_work_tree_has_a_head_of_its_own(shop: Path, tmp_path: Path, made: tuple[str, ...]) -> None:
    other = tmp_path / "other"
    git(shop, "worktree", "add", "--quiet", *made, str(other))
    git(other, "commit", "--quiet", "--allow-empty", "--message", "Go on")
    assert checked_out(other) == head(other) != checked_out(shop) == head(shop)
    git(shop, "pack-refs", "--all")
    assert checked_out(other) == head(other) != checked_out(shop) == head(shop)


def test_where_nothing_is_checked_out_there_is_no_commit(tmp_path: Path) -> None:
    assert checked_out(tmp_path) == ""
    git(tmp_path, "init", "--quiet")
    assert checked_out(tmp_path) == ""
    (tmp_path / ".git" / "HEAD").write_text("nonsense\n")
    assert checked_out(tmp_path) == ""


def test_refs_that_only_git_can_read_are_left_to_git(shop: Path) -> None:
    """A table of refs, and a branch that stands for another one."""
    git(shop, "branch", "real")
    git(shop, "symbolic-ref", "refs/heads/alias", "refs/heads/real")
    git(shop, "symbolic-ref", "HEAD", "refs/heads/alias")
    assert checked_out(shop) is None
    (shop / ".git" / "reftable").mkdir()
    git(shop, "symbolic-ref", "HEAD", "refs/heads/real")
    assert checked_out(shop) is None
