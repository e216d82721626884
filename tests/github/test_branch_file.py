"""A file on a branch of ours: never over what somebody has written since."""

from __future__ import annotations

import pytest

from rollback_gov.github import branch_file
from rollback_gov.github.branch_file import BranchFile, Content, Versions
from rollback_gov.github.branch_pull import BranchPull, PullText
from rollback_gov.github.writing import Writing
from rollback_gov.model.errors import UsageError
from tests.github.hub.branches import MAIN, branches, commit
from tests.github.hub.pulls import pull
from tests.github.hub.state import ANSWERS, Hub, Trouble
from tests.github.pens import writing_to

BRANCH, PATH = "ours/x", "a folder/ä #1?.md"


def file(writing: Writing) -> BranchFile:
    return BranchFile(writing, "team/service", BRANCH, PATH)


def test_it_is_written_read_and_written_again(hub: Hub) -> None:
    with writing_to(hub) as writing:
        one = file(writing)
        assert one.tip() == ""
        one.begin(MAIN)
        assert one.read() is None
        assert one.write("one ä\n", before=None, message="Write it")
        there = one.read()
        assert there is not None
        assert there.text == "one ä\n"
        assert one.write("two\n", before=there, message="Write it")
        assert one.versions() == Versions(ours="two\n")
    (newest,) = [one for one in hub.repository().snapshots.values() if one.files.get(PATH) == b"two\n"]
    assert newest.message == "Write it\n\nWritten-by: rollback-gov"


@pytest.mark.parametrize("before", [None, Content(text="old", sha="0" * 40)])
def test_what_somebody_has_written_since_is_not_overwritten(hub: Hub, before: Content | None) -> None:
    with writing_to(hub) as writing:
        file(writing).begin(MAIN)
        commit(hub.repository(), BRANCH, PATH, b"theirs")
        assert not file(writing).write("ours", before=before, message="x")
        assert hub.repository().snapshots[hub.repository().branches[BRANCH]].files[PATH] == b"theirs"


def test_versions_of_others_stand_before_ours_and_have_an_end(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch_file, "_MOST_VERSIONS", 2)
    with writing_to(hub) as writing:
        one = file(writing)
        one.begin(MAIN)
        one.write("ours", before=None, message="x")
        for number in range(3):
            commit(hub.repository(), BRANCH, PATH, b"%d" % number)
        assert one.versions() == Versions(ours="ours", since=("2", "1"))
        commit(hub.repository(), BRANCH, PATH, None)
        assert one.versions() == Versions(ours="ours", since=("", "2"))


def test_a_message_that_only_names_us_is_not_ours(hub: Hub) -> None:
    with writing_to(hub) as writing:
        file(writing).begin(MAIN)
        commit(hub.repository(), BRANCH, PATH, b"x", "Written-by: rollback-gov")
        assert file(writing).versions() == Versions(since=("x",))


def test_a_branch_that_is_begun_by_somebody_else_at_this_moment_is_taken(hub: Hub) -> None:
    def meanwhile(operation: str) -> None:
        if operation == "git/create-ref":
            branches(hub.repository())[BRANCH] = commit(hub.repository(), MAIN, "x", b"x")

    hub.before = meanwhile
    with writing_to(hub) as writing:
        file(writing).begin(MAIN)
        assert file(writing).tip() == hub.repository().branches[BRANCH]


@pytest.mark.parametrize(
    ("status", "operation"),
    [
        (422, "git/create-ref"),
        (403, "git/create-ref"),
        (422, "repos/create-or-update-file-contents"),
        (403, "repos/create-or-update-file-contents"),
        (403, "repos/get-content"),
    ],
)
def test_what_github_refuses_is_raised(hub: Hub, status: int, operation: str) -> None:
    hub.troubles = [Trouble(status, "it may not", operation=operation, times=9)]

    def do() -> None:
        with writing_to(hub) as writing:
            file(writing).begin(MAIN)
            file(writing).read()
            file(writing).write("x", before=None, message="x")

    with pytest.raises(UsageError, match=f"status {status}: it may not"):
        do()


def test_something_is_there_or_not_or_nobody_knows(hub: Hub) -> None:
    hub.repository().permissions["ann"] = "triage"
    with writing_to(hub) as writing:
        assert writing.has("/repos/team/service/assignees/ann")
        assert not writing.has("/repos/team/service/assignees/ben")
    hub.troubles = [Trouble(403, operation="issues/check-user-can-be-assigned")]
    with pytest.raises(UsageError, match="status 403"), writing_to(hub) as writing:
        writing.has("/repos/team/service/assignees/ann")


SAID = PullText(title="Ours", marker="<!-- rollback-gov x: 1 -->", text="text")


def test_a_pull_request_that_is_opened_at_this_moment_is_taken(hub: Hub) -> None:
    branches(hub.repository())[BRANCH] = commit(hub.repository(), MAIN, "x", b"x")
    commit(hub.repository(), BRANCH, PATH, b"x")

    def meanwhile(operation: str) -> None:
        if operation == "pulls/create":
            hub.before = lambda _: None
            pull(hub.repository(), "github-actions[bot]", branch=BRANCH, title="of another")

    hub.before = meanwhile
    with writing_to(hub) as writing:
        assert BranchPull(writing, "team/service", BRANCH).open(MAIN, SAID)["title"] == "of another"
    assert len(hub.repository().pulls) == 1


def test_a_branch_without_a_change_is_no_pull_request(hub: Hub) -> None:
    there = branches(hub.repository())
    there[BRANCH] = there[MAIN]
    with pytest.raises(UsageError, match="No commits between main and ours/x"), writing_to(hub) as writing:
        BranchPull(writing, "team/service", BRANCH).open(MAIN, SAID)


@pytest.mark.parametrize(
    ("pulls", "found"),
    [
        ([], 0),
        ([{"is_closed": True}, {"merged_as": "a" * 40}, {}], 3),
        ([{"merged_as": "a" * 40}, {"is_closed": True}], 1),
        ([{"is_closed": True}, {"is_closed": True}], 2),
        ([{"fork": "mallory"}, {"branch": "another"}], 0),
    ],
)
def test_the_open_one_is_found_else_the_merged_one_else_the_latest(
    hub: Hub, pulls: list[dict[str, object]], found: int
) -> None:
    for fields in pulls:
        pull(hub.repository(), "ann", **{"branch": BRANCH, **fields})
    with writing_to(hub) as writing:
        one = BranchPull(writing, "team/service", BRANCH).find()
    assert (one["number"] if one else 0) == found


@pytest.mark.parametrize("fields", [{"branch": "another"}, {"branch": BRANCH, "fork": "mallory"}])
def test_a_server_that_passes_over_the_filter_gives_none_of_others(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]
) -> None:
    """GitHub does so, in prose only, where it does not understand the filter."""
    pull(hub.repository(), "ann", **fields)
    listed = ANSWERS["pulls/list"]
    monkeypatch.setitem(ANSWERS, "pulls/list", lambda hub, call: listed(hub, call._replace(query={"state": "all"})))
    with writing_to(hub) as writing:
        assert BranchPull(writing, "team/service", BRANCH).find() is None
