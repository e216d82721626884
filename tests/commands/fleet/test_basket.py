"""Files are taken within bounds, and nothing leads out of the place where they are put."""

from __future__ import annotations

import pytest

from rollback_gov.commands.fleet import basket as module
from rollback_gov.commands.fleet.basket import Basket, BasketFiles, is_safe
from rollback_gov.commands.fleet.snapshot import Kept, Snapshot
from rollback_gov.commands.settings import POLICY
from rollback_gov.github.fleet.asking import Asking
from rollback_gov.github.fleet.tree import Entry, Tree, listing, read_tree
from rollback_gov.model.errors import UsageError
from tests.github.hub.git_trees import blob_sha
from tests.github.hub.state import File, Hub

NAME = "team/service"


def basket(hub: Hub, asking: Asking, before: Snapshot | None = None, **files: File) -> Basket:
    hub.repository(NAME).files = {name.replace("__", "/"): file for name, file in files.items()}
    tree = read_tree(asking, NAME, listing(asking, NAME))
    hub.requests.clear()
    return Basket(asking, NAME, tree, before)


def test_a_file_is_asked_for_once(hub: Hub, asking: Asking) -> None:
    one = basket(hub, asking, a__b=File(b"text"), c=File(b"text"))
    assert [one.take(path) for path in ("a/b", "a/b", "c", "d")] == [b"text", b"text", b"text", None]
    assert len(hub.requests) == 1
    assert one.files == {path: Kept(sha=blob_sha(b"text"), raw=b"text") for path in ("a/b", "c")}
    assert not one.left_out


def test_what_was_there_before_is_not_asked_for(hub: Hub, asking: Asking) -> None:
    before = Snapshot(repository=NAME, files={"old": Kept(sha=blob_sha(b"text"), raw=b"text")})
    assert basket(hub, asking, before, a=File(b"text")).take("a") == b"text"
    assert hub.requests == []


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (File(b"/etc/passwd", "120000"), "a: it is a link"),
        (File(b"x" * 101), "a: it has 101 bytes, and at most 100 are read"),
        (File(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "a: its text is in Git LFS"),
    ],
)
def test_what_is_left_out_is_said(hub: Hub, asking: Asking, file: File, said: str) -> None:
    one = basket(hub, asking, a=file)
    assert one.take("a", most=100) is None
    (sentence,) = one.left_out
    assert sentence.startswith(said)
    assert one.files == {}


def test_all_files_together_have_a_bound(hub: Hub, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_TOGETHER", 100)
    one = basket(hub, asking, a=File(b"a" * 60), b=File(b"b" * 60), c=File(b"c" * 40))
    assert [bool(one.take(path)) for path in "abc"] == [True, False, True]
    assert len(hub.requests) == 2


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "a/../x", "/x", "a//b", "a/./b", ".", "..", "", "a/", ".git/config", "a/.GIT/hooks/x", "a\\..\\b"),
        *("a\0b", "C:/x", "a\nb", "a\u202eb", "x" * 256, "a /b.", "...", "a/ /b", "con|x", "\ud800"),
    ],
)
def test_paths_that_lead_elsewhere_are_not_followed(asking: Asking, path: str) -> None:
    assert is_safe(path) is (path == "a /b.")
    if path != "a /b.":
        tree = Tree(sha="0", files={path: Entry(sha="0" * 40, size=1)})
        one = Basket(asking, NAME, tree, None)
        assert one.take(path) is None
        assert len(one.left_out) == 1
        assert all(sentence.isprintable() for sentence in one.left_out)


@pytest.mark.parametrize("path", ["a", "rollback/op-7/plan.yaml", ".rollback-gov/policy.yaml", "ä/ü.md", ".github/x"])
def test_usual_paths_are_followed(path: str) -> None:
    assert is_safe(path)


def test_a_policy_that_was_not_read_is_not_taken_for_none(hub: Hub, asking: Asking) -> None:
    link = {".rollback-gov__policy.yaml": File(b"x", "120000")}
    files = BasketFiles(basket(hub, asking, None, **link))
    with pytest.raises(UsageError, match=r"policy.yaml was not read"):
        files.read(POLICY)
    assert files.read(".rollback-gov/trust.yaml") is None
