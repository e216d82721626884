"""The files of a default branch, also where GitHub cuts the list off."""

from __future__ import annotations

import pytest

from rollback_gov.github.fleet import tree as module
from rollback_gov.github.fleet.asking import Asking, Unreadable
from rollback_gov.github.fleet.tree import is_recursive, listing, read_tree, tree_sha
from tests.github.hub.git_trees import blob_sha
from tests.github.hub.state import File, Hub, Trouble

NAME = "team/service"


def fill(hub: Hub, *paths: str) -> None:
    hub.repository().files = {path: File(path.encode()) for path in paths}


def test_all_files_come_in_one_request(hub: Hub, asking: Asking) -> None:
    fill(hub, "README.md", "rollback/op-7/plan.yaml", "a/b/c/d.txt")
    hub.repository().files["link"] = File(b"README.md", "120000")
    hub.repository().files["run.sh"] = File(b"#!", "100755")
    hub.repository().files["module"] = File(b"", "160000")
    reply = listing(asking, NAME)
    tree = read_tree(asking, NAME, reply)
    assert set(tree.files) == {"README.md", "rollback/op-7/plan.yaml", "a/b/c/d.txt", "link", "run.sh"}
    assert tree.files["README.md"].sha == blob_sha(b"README.md")
    assert tree.files["README.md"].size == 9
    assert [path for path, entry in tree.files.items() if entry.is_link] == ["link"]
    assert tree.unsearched == ()
    assert tree.sha == tree_sha(reply)
    assert len(hub.requests) == 1
    assert listing(asking, NAME, etag=reply.etag).is_unchanged


def test_a_tree_that_is_too_long_is_walked(hub: Hub, asking: Asking) -> None:
    fill(hub, *(f"src/m{one}/f{two}" for one in range(4) for two in range(4)), "rollback/op-7/plan.yaml", "a.txt")
    hub.repository().most_entries = 10
    tree = read_tree(asking, NAME, listing(asking, NAME))
    assert set(tree.files) == set(hub.repository().files)
    assert tree.unsearched == ()


def test_folders_where_plans_lie_are_walked_first(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LISTINGS", 3)
    wide = [f"{folder}/{number}" for folder in ("aaa", "zzz") for number in range(8)]
    fill(hub, *wide, "rollback/op-7/plan.yaml", ".rollback-gov/policy.yaml")
    hub.repository().most_entries = 10
    tree = read_tree(asking, NAME, listing(asking, NAME))
    assert set(tree.files) == {"rollback/op-7/plan.yaml", ".rollback-gov/policy.yaml"}
    assert tree.unsearched == ("aaa", "zzz")
    assert len(hub.requests) == 4


def test_a_folder_that_is_too_long_by_itself_is_said(hub: Hub, asking: Asking) -> None:
    fill(hub, *(f"all/{number:02}" for number in range(20)))
    hub.repository().most_entries = 10
    tree = read_tree(asking, NAME, listing(asking, NAME))
    assert len(tree.files) == 10
    assert tree.unsearched == ("all",)


def test_a_folder_that_is_too_long_as_a_whole_is_walked_floor_by_floor(hub: Hub, asking: Asking) -> None:
    fill(hub, *(f"src/m{one}/f{two}" for one in range(6) for two in range(6)))
    hub.repository().most_entries = 10
    tree = read_tree(asking, NAME, listing(asking, NAME))
    assert set(tree.files) == set(hub.repository().files)
    assert tree.unsearched == ()
    assert len(hub.requests) == 1 + 1 + 2 + 6, "the whole, the root, the folder as a whole and by itself, those in it"


@pytest.mark.parametrize(
    "entry", ["7", "null", "{}", '{"path": 7}', '{"path":"a","mode":"100644","type":"blob","sha":"../x"}']
)
def test_entries_that_are_none_are_passed_over(hub: Hub, asking: Asking, entry: str) -> None:
    good = '{"path":"b","mode":"100644","type":"blob","sha":"00","size":1}'
    hub.troubles = [Trouble(200, raw=f'{{"sha": "1", "tree": [{entry}, {good}]}}'.encode())]
    reply = listing(asking, NAME)
    assert is_recursive(reply)
    assert list(read_tree(asking, NAME, reply).files) == ["b"]


def test_an_empty_repository_has_no_tree(asking: Asking) -> None:
    with pytest.raises(Unreadable, match="empty") as error:
        listing(asking, NAME)
    assert error.value.status == 409


@pytest.mark.parametrize("page", [b"[]", b'{"sha": 7, "tree": []}', b'{"sha": "a", "tree": {}}', b"{}"])
def test_a_tree_that_is_none_is_not_github(hub: Hub, asking: Asking, page: bytes) -> None:
    hub.troubles = [Trouble(200, raw=page)]
    with pytest.raises(Unreadable, match="not GitHub's API"):
        tree_sha(listing(asking, NAME))


@pytest.mark.parametrize("paths", [("a.txt",), ("a/b.txt",), ("a.txt", "b/c.txt")])
def test_whether_folders_were_followed_is_seen(hub: Hub, asking: Asking, paths: tuple[str, ...]) -> None:
    fill(hub, *paths)
    assert is_recursive(listing(asking, NAME))
    flat = asking.get(f"/repos/{NAME}/git/trees/HEAD")
    assert is_recursive(flat) is not any("/" in path for path in paths)
