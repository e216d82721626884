"""A post-mortem on GitHub: one pull request and one issue an action, whoever tells it and at once with whom."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.commands.post_mortem import Proposed, Publishing, publish_post_mortem
from rollback_gov.commands.post_mortem_pull import LocalDocument
from rollback_gov.commands.post_mortem_text import branch_of, file_of
from rollback_gov.github.writing import Writing
from rollback_gov.model.errors import Refused, UsageError
from tests.github.conftest import _little_patience, hub
from tests.github.hub.branches import MAIN, branches, commit, text_on
from tests.github.hub.issues import Issue
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Repository, Trouble
from tests.github.interleaving import Job, interleave
from tests.github.pens import writing_to
from tests.reports import journals
from tests.thoroughness import examples

__all__ = ["_little_patience", "hub"]

RUN = "op-7-20260131-120000-execute"
BRANCH = f"rollback-gov/post-mortem/{RUN}"
FILE = f"incidents/{RUN}/post_mortem.md"
ROWS = """\
| # | Action | Owner | Due date | Status |
|---|---|---|---|---|
| 1 | Enlarge the pool | @ann | 2026-02-10 | open |
| 2 | Alert on the pool | shop team | 2026-02-20 | open |
"""
PROMPT = "| 1 | What will be done? |  |  | open |\n"


def run_folder(root: Path) -> Path:
    """A run in a repository of its own, with a post-mortem in which two actions are accepted."""
    folder = journals.passed().write(root / "incidents" / RUN)
    (root / ".rollback-gov").mkdir(exist_ok=True)
    document = LocalDocument(folder, None, html=False)
    write(folder, "actions", ROWS)
    assert document.text.count("Enlarge the pool") == 1
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return run_folder(tmp_path)


@pytest.fixture(autouse=True)
def _ann(request: pytest.FixtureRequest) -> None:
    if "hub" in request.fixturenames:
        request.getfixturevalue("hub").repository().permissions["ann"] = "write"


def write(folder: Path, part: str, text: str) -> None:
    place = folder / "post_mortem.md"
    place.write_text(written(place.read_text("utf-8"), part, text), "utf-8")


def written(document: str, part: str, text: str) -> str:
    """Write in a part of a document."""
    head, _, rest = document.partition(f"<!-- write: {part} -->\n")
    return f"{head}<!-- write: {part} -->\n{text}<!-- end -->{rest.partition('<!-- end -->')[2]}"


def tell(hub: Hub, folder: Path, **more: object) -> Proposed:
    return publish_post_mortem(folder, "team/service", hub.environ, **more)  # type: ignore[arg-type]


def on_branch(hub: Hub) -> str:
    return text_on(hub.repository(), BRANCH, FILE)


def edit(hub: Hub, part: str, text: str) -> None:
    """A person writes in the document on its branch."""
    commit(hub.repository(), BRANCH, FILE, written(on_branch(hub), part, text).encode())


def writes(hub: Hub) -> list[str]:
    return [f"{method} {path}" for method, path in hub.requests if method != "GET"]


def test_one_pull_request_with_the_document_and_one_issue_an_action(hub: Hub, folder: Path) -> None:
    shown = tell(hub, folder)
    assert shown.troubles == ()
    repository = hub.repository()
    (pull,) = repository.pulls.values()
    assert (pull.branch, pull.base, pull.title) == (
        BRANCH,
        MAIN,
        "Post-mortem of the rollback of op-7 in production",
    )
    assert on_branch(hub) == (folder / "post_mortem.md").read_text("utf-8")
    pool, alert = repository.issues.values()
    assert (pool.title, pool.assignees, pool.labels) == ("Enlarge the pool", ["ann"], ["rollback action"])
    assert (alert.title, alert.assignees) == ("Alert on the pool", [])
    assert "- Owner: `shop team`\n- Due: 2026-02-20\n" in alert.body
    assert shown.issues == tuple(f"https://github.test/team/service/issues/{one.number}" for one in (pool, alert))
    assert shown.pull in pool.body, "linked one way"
    assert f"`Enlarge the pool` of `@ann` by 2026-02-10: open [#{pool.number}]({shown.issues[0]})" in pull.body
    assert f"](https://github.test/team/service/issues/{alert.number})" in pull.body, "and the other"


def test_told_again_nothing_is_written(hub: Hub, folder: Path) -> None:
    first = tell(hub, folder)
    hub.requests.clear()
    assert tell(hub, folder) == first
    assert writes(hub) == []


def test_what_is_written_later_comes_into_the_same_pull_request(hub: Hub, folder: Path) -> None:
    first = tell(hub, folder)
    write(folder, "summary", "The pool was too small.\n")
    assert tell(hub, folder).pull == first.pull
    assert "The pool was too small." in on_branch(hub)
    assert (len(hub.repository().pulls), len(hub.repository().issues)) == (1, 2)


def test_what_people_wrote_on_the_branch_stays_and_comes_here(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    edit(hub, "summary", "Written on the branch.\n")
    write(folder, "detection", "Written here.\n")
    tell(hub, folder)
    for text in (on_branch(hub), (folder / "post_mortem.md").read_text("utf-8")):
        assert "Written on the branch." in text
        assert "Written here." in text


def test_what_came_from_the_branch_was_not_written_here(hub: Hub, folder: Path) -> None:
    """Nothing had to be written when it came, so the last commit of ours is older than it."""
    tell(hub, folder)
    for number in range(3):
        edit(hub, "summary", f"Draft {number} of the branch.\n")
        tell(hub, folder)
        assert f"Draft {number} of the branch." in (folder / "post_mortem.md").read_text("utf-8")
    write(folder, "summary", "Written here.\n")
    tell(hub, folder)
    assert "Written here." in on_branch(hub)


def test_an_action_that_was_accepted_on_the_branch_has_its_issue(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    edit(hub, "actions", f"{ROWS}| 3 | Test the pool | @ben | 2026-03-01 | open |\n")
    tell(hub, folder)
    assert [one.title for one in hub.repository().issues.values()][2:] == ["Test the pool"]
    assert "Test the pool" in (folder / "post_mortem.md").read_text("utf-8")


def test_a_fresh_machine_takes_over_what_the_branch_has(hub: Hub, folder: Path, tmp_path: Path) -> None:
    tell(hub, folder)
    other = journals.passed().write(tmp_path / "elsewhere" / "incidents" / RUN)
    tell(hub, other)
    assert "Enlarge the pool" in (other / "post_mortem.md").read_text("utf-8")
    assert (len(hub.repository().pulls), len(hub.repository().issues)) == (1, 2)


def test_a_part_that_two_wrote_differently_is_refused_and_nothing_is_lost(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    edit(hub, "summary", "Theirs.\n")
    write(folder, "summary", "Ours.\n")
    hub.requests.clear()
    with pytest.raises(Refused, match=r"In 'summary' the branch and .*post_mortem.md say different things"):
        tell(hub, folder)
    assert writes(hub) == []
    assert "Theirs." in on_branch(hub)
    assert "Ours." in (folder / "post_mortem.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## Timeline\n", "## Timeline\n\nI know better.\n", "I know better."),
        ("## Timeline\n", "", "lines were taken out"),
        ("<!-- write: lucky -->\n", "", "1. What could easily have gone worse"),
    ],
)
def test_what_somebody_changed_outside_of_the_markers_is_refused(
    hub: Hub, folder: Path, old: str, new: str, said: str
) -> None:
    tell(hub, folder)
    changed = on_branch(hub).replace(old, new, 1)
    commit(hub.repository(), BRANCH, FILE, changed.encode())
    with pytest.raises(Refused, match="somebody changed what is written anew") as refused:
        tell(hub, folder)
    assert said in str(refused.value)
    assert on_branch(hub) == changed


def test_what_the_run_tells_later_is_no_change_of_somebody(hub: Hub, folder: Path) -> None:
    """What we wrote on the branch last is the base, not what we would write now."""
    tell(hub, folder)
    edit(hub, "summary", "Theirs.\n")
    text = (folder / "journal.jsonl").read_text("utf-8").replace("op-7 title", "x")
    (folder / "journal.jsonl").write_text(text, "utf-8")
    (folder.parent.parent / ".rollback-gov" / "templates").mkdir(parents=True)
    (folder.parent.parent / ".rollback-gov" / "templates" / "post_mortem.md.j2").write_text(
        'Reviewed on Tuesdays.\n\n{% include "rollback-gov/post_mortem.md.j2" %}'
    )
    tell(hub, folder)
    assert on_branch(hub).startswith("Reviewed on Tuesdays.")
    assert "Theirs." in on_branch(hub)


def test_windows_line_ends_of_an_editor_are_no_change(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    commit(hub.repository(), BRANCH, FILE, on_branch(hub).replace("\n", "\r\n").encode())
    assert tell(hub, folder).troubles == ()


def test_a_document_that_the_default_branch_has_is_changed_upon_it(hub: Hub, folder: Path) -> None:
    text = (folder / "post_mortem.md").read_text("utf-8")
    branches(hub.repository())
    commit(hub.repository(), MAIN, FILE, text.encode())
    shown = tell(hub, folder)
    assert (shown.pull, hub.repository().pulls, list(hub.repository().branches)) == ("", {}, [MAIN])
    assert len(shown.issues) == 2, "the same text needs no pull request; its actions have issues all the same"
    commit(hub.repository(), MAIN, FILE, written(text, "summary", "On main.\n").encode())
    write(folder, "detection", "Here.\n")
    assert tell(hub, folder).pull
    assert "On main." in on_branch(hub)
    assert "Here." in on_branch(hub)


def test_what_the_default_branch_has_from_an_older_version_is_written_anew(hub: Hub, folder: Path) -> None:
    """Nobody has changed it on our branch: it came from where that began."""
    text = written((folder / "post_mortem.md").read_text("utf-8"), "summary", "On main.\n")
    branches(hub.repository())
    commit(hub.repository(), MAIN, FILE, text.replace("## Timeline", "## Events").encode())
    assert tell(hub, folder).troubles == ()
    assert "## Timeline" in on_branch(hub)
    assert "On main." in on_branch(hub)


def test_a_pull_request_that_was_merged_stays_and_a_later_change_is_said(hub: Hub, folder: Path) -> None:
    first = tell(hub, folder)
    repository = hub.repository()
    repository.pulls[1].merged_as = commit(repository, MAIN, FILE, on_branch(hub).encode())
    del repository.branches[BRANCH]
    assert tell(hub, folder) == first
    write(folder, "summary", "Too late.\n")
    (trouble,) = tell(hub, folder).troubles
    assert f"{first.pull} was merged, and {FILE} on main does not say what is written here." in trouble
    assert (len(repository.pulls), list(repository.branches)) == (1, [MAIN])


def test_a_pull_request_that_people_closed_stays_closed(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    hub.repository().pulls[1].is_closed = True
    write(folder, "summary", "More.\n")
    hub.requests.clear()
    with pytest.raises(Refused, match="was closed without being merged"):
        tell(hub, folder)
    assert writes(hub) == []


def test_a_branch_of_a_fork_with_the_same_name_is_not_ours(hub: Hub, folder: Path) -> None:
    from tests.github.hub.pulls import pull

    pull(hub.repository(), "mallory", branch=BRANCH, fork="mallory", body="mine")
    shown = tell(hub, folder)
    assert shown.pull.endswith("/pull/2")
    assert hub.repository().pulls[1].body == "mine"


def test_what_people_wrote_below_our_text_stays(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    (pull,) = hub.repository().pulls.values()
    issue = hub.repository().issues[2]
    pull.body, issue.body = f"Please read.\r\n{pull.body}\r\nThanks!", f"{issue.body}- [x] asked the vendor\n"
    pull.title = issue.title = "A better title"
    write(folder, "actions", ROWS.replace("2026-02-10", "2026-02-11").replace("Alert on", "Look at"))
    tell(hub, folder)
    assert "by 2026-02-11" in pull.body
    assert (pull.body.startswith("Please read.\n"), pull.body.endswith("\nThanks!")) == (True, True)
    assert "- Due: 2026-02-11\n" in issue.body
    assert issue.body.endswith("- [x] asked the vendor\n")
    assert (pull.title, issue.title) == ("A better title", "A better title")


def test_without_our_marker_or_its_end_everything_is_theirs(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    issue = hub.repository().issues[2]
    issue.body = issue.body.replace("<!-- rollback-gov: what stands below is yours -->", "")
    before = issue.body
    write(folder, "actions", ROWS.replace("2026-02-10 | open", "2026-02-10 | done"))
    tell(hub, folder)
    assert (issue.body, issue.state) == (before, "open")


@pytest.mark.parametrize(("status", "reason"), [("done", "completed"), ("dropped", "not_planned")])
def test_an_action_that_is_over_closes_its_issue_once(hub: Hub, folder: Path, status: str, reason: str) -> None:
    tell(hub, folder)
    issue = hub.repository().issues[2]
    write(folder, "actions", ROWS.replace("2026-02-10 | open", f"2026-02-10 | {status}"))
    tell(hub, folder)
    assert (issue.state, issue.reason) == ("closed", reason)
    assert f"`Enlarge the pool` of `@ann` by 2026-02-10: {status} [#2]" in hub.repository().pulls[1].body
    issue.state = "open"
    tell(hub, folder)
    assert issue.state == "open", "what people open again stays open"


def test_an_issue_that_people_closed_stays_closed_and_is_said(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    hub.repository().issues[2].state = "closed"
    tell(hub, folder)
    assert hub.repository().issues[2].state == "closed"
    assert "by 2026-02-10: open here, and closed there [#2]" in hub.repository().pulls[1].body


def test_another_owner_is_another_assignee_and_who_was_assigned_by_people_stays(hub: Hub, folder: Path) -> None:
    hub.repository().permissions["ben"] = "triage"
    tell(hub, folder)
    issue = hub.repository().issues[2]
    issue.assignees = ["eve"]
    tell(hub, folder)
    assert issue.assignees == ["eve"]
    write(folder, "actions", ROWS.replace("@ann", "ben"))
    tell(hub, folder)
    assert issue.assignees == ["ben"]
    write(folder, "actions", ROWS.replace("@ann", "@nobody"))
    tell(hub, folder)
    assert issue.assignees == ["ben"], "who may not be assigned is only named"
    assert "- Owner: `@nobody`" in issue.body


def test_an_action_that_is_gone_is_said_and_its_issue_left(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    write(folder, "actions", "".join(ROWS.splitlines(keepends=True)[:3]))
    (trouble,) = tell(hub, folder).troubles
    assert "/issues/3 is open, and its action is not in the post-mortem any more" in trouble
    assert hub.repository().issues[3].state == "open"


def test_an_action_without_owner_or_date_has_no_issue_and_one_that_was_over_neither(hub: Hub, folder: Path) -> None:
    write(folder, "actions", "- [ ] One (@ann)\n- [ ] Two (2026-02-10)\n- [x] Three (@ann, 2026-02-10)\n- [ ] Four\n")
    shown = tell(hub, folder)
    assert shown.troubles == (
        "No issue is opened for an action that has no due date: One",
        "No issue is opened for an action that has no owner: Two",
        "No issue is opened for an action that has no owner and no due date: Four",
    )
    assert hub.repository().issues == {}


def test_the_same_action_in_two_documents_has_one_issue(hub: Hub, folder: Path) -> None:
    from rollback_gov.commands.report import write_incident

    report, _ = write_incident(folder)
    follow_up = "- [x] enlarge the pool (@ann, 2026-02-10)\n- [ ] Rehearse it (ben, 2026-03-01)\n"
    report.write_text(written(report.read_text("utf-8"), "follow-up", follow_up), "utf-8")
    tell(hub, folder)
    assert sorted(one.title for one in hub.repository().issues.values()) == ["Alert on the pool", "Rehearse it"]


def test_questions_that_nobody_answered_are_no_actions(hub: Hub, folder: Path) -> None:
    write(folder, "actions", f"{ROWS}{PROMPT}")
    assert (tell(hub, folder).troubles, len(hub.repository().issues)) == ((), 2)


HOSTILE = "closes #7 @team/all `x` <img src=x> fixes GH-7 resolves https://github.test/team/service/issues/7 -->"


def test_text_of_people_closes_nothing_mentions_nobody_and_stays_in_its_code_span(hub: Hub, folder: Path) -> None:
    write(folder, "actions", f"- [ ] {HOSTILE} (@ann, 2026-02-10)\n- [ ] Two (@team/all, 2026-02-10)\n")
    tell(hub, folder)
    (pull,) = hub.repository().pulls.values()
    issues = list(hub.repository().issues.values())
    for body in (pull.body, *(one.body for one in issues)):
        bare = outside_of_code(body)
        for harm in ("#7", "@team", "@ann", "<img", "closes", "GH-7", "issues/7 "):
            assert harm not in bare, bare
        assert bare.count("<!--") == bare.count("-->"), "nothing breaks out of a comment"
    assert [one.message for one in hub.repository().snapshots.values() if "closes" in one.message] == []
    assert "closes" not in pull.title, "it may become the message of a commit"
    assert tell(hub, folder).troubles == ()
    assert len(issues) == 2


def outside_of_code(markdown: str) -> str:
    """Give what stands outside of code spans, as a parser of Markdown reads it."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(markdown)
    found = [child for token in tokens for child in (token.children or [token])]
    return "\n".join(
        f"{one.content} {one.attrGet('href') or ''}" for one in found if one.type not in ("code_inline", "inline")
    )


@given(st.text(max_size=80))
@settings(max_examples=examples(60))
def test_whatever_an_action_says_it_is_nothing_but_text(text: str) -> None:
    from rollback_gov.commands.post_mortem_text import action_texts, pull_text
    from rollback_gov.reports.actions import Action
    from rollback_gov.reports.incident import incident

    run = incident(journals.passed().events).identity
    action = Action(0, f"x {text}", "@ann", "2026-02-10")
    (issue,) = action_texts(run, FILE, [action], "https://github.test/p")
    for body in (issue.body, pull_text(run, FILE, [action], {}).text):
        assert "\n" not in action.title
        assert outside_of_code(body) == outside_of_code(body.replace(action.title, "x")), body


def test_many_long_actions_are_cut_at_the_end_of_a_line(hub: Hub, folder: Path) -> None:
    write(folder, "actions", "".join(f"- [ ] {number} {'x' * 600} (@ann)\n" for number in range(100)))
    tell(hub, folder)
    body = hub.repository().pulls[1].body
    assert 30_000 < len(body) < 41_000
    assert "x…` of `@ann`: open\n- and more, in the document\n<!-- rollback-gov" in body


@pytest.mark.parametrize(
    ("denied", "said", "pulls", "issues"),
    [
        ("contents", "GitHub does not have the post-mortem. GitHub answered with status 403", 0, 2),
        ("pull-requests", "GitHub does not have the pull request. GitHub answered with status 403", 0, 2),
        ("issues", "GitHub does not have all issues of the actions. GitHub answered with status 403", 1, 0),
    ],
)
def test_what_a_permission_is_missing_for_is_said_and_the_rest_is_done(
    hub: Hub, folder: Path, denied: str, said: str, pulls: int, issues: int
) -> None:
    hub.denied = {denied}
    (trouble,) = tell(hub, folder).troubles
    assert said in trouble
    assert f"permissions: {{{denied}: write}}" in trouble
    assert (len(hub.repository().pulls), len(hub.repository().issues)) == (pulls, issues)
    if denied == "pull-requests":
        assert f"Open it by hand: https://github.test/team/service/compare/main...{BRANCH}" in trouble
    hub.denied = set()
    assert tell(hub, folder).troubles == ()
    assert (len(hub.repository().pulls), len(hub.repository().issues)) == (1, 2)
    assert all("/pull/" in one.body for one in hub.repository().issues.values()), "and the links are mended"


@pytest.mark.parametrize(
    "operation",
    ["git/create-ref", "repos/create-or-update-file-contents", "pulls/create", "pulls/update", "issues/create"],
)
@pytest.mark.parametrize(("status", "done"), [(502, True), (502, False), (200, True)])
def test_an_answer_that_got_lost_makes_nothing_twice(
    hub: Hub, folder: Path, operation: str, status: int, done: bool
) -> None:
    raw = b"<html>all is well</html>" if status == 200 else b""
    hub.troubles = [Trouble(status, operation=operation, done=done, raw=raw)]
    assert tell(hub, folder).troubles == ()
    assert (len(hub.repository().pulls), len(hub.repository().issues)) == (1, 2)
    assert len([one for one in hub.repository().snapshots.values() if FILE in one.files]) == 1


def test_a_rate_that_is_used_up_for_long_is_said_and_the_next_time_goes_on(hub: Hub, folder: Path) -> None:
    limit = Trouble(403, "You have exceeded a secondary rate limit", {"Retry-After": "300"}, operation="issues/create")
    hub.troubles = [limit]
    (trouble,) = tell(hub, folder).troubles
    assert "GitHub's rate limit is used up for 300 s" in trouble
    assert tell(hub, folder).troubles == ()
    assert len(hub.repository().issues) == 2


def test_somebody_who_writes_it_again_and_again_wins(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    write(folder, "summary", "Ours.\n")

    def meanwhile(operation: str) -> None:
        if operation == "repos/create-or-update-file-contents":
            edit(hub, "detection", f"{len(hub.requests)}\n")

    hub.before = meanwhile
    with pytest.raises(Refused, match="was changed whenever it was written"):
        tell(hub, folder)


def test_a_rule_that_keeps_the_branch_is_no_other_writer(hub: Hub, folder: Path) -> None:
    said = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"
    hub.troubles = [Trouble(409, said, operation="repos/create-or-update-file-contents", times=9)]
    shown = tell(hub, folder)
    assert "Repository rule violations found Changes must be made through a pull request." in shown.troubles[0]
    assert writes(hub).count(f"PUT /repos/team/service/contents/{FILE}") == 1
    assert len(shown.issues) == 2, "the rest is done"


def test_somebody_who_moves_the_branch_at_this_moment_is_waited_for(hub: Hub, folder: Path) -> None:
    said = f"refs/heads/{BRANCH} is at {'a' * 40} but expected {'b' * 40}"
    hub.troubles = [Trouble(409, said, operation="repos/create-or-update-file-contents")]
    assert tell(hub, folder).troubles == ()


def test_who_writes_while_we_do_is_taken_in(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    write(folder, "summary", "Ours.\n")

    def meanwhile(operation: str) -> None:
        if operation == "repos/create-or-update-file-contents":
            hub.before = lambda _: None
            edit(hub, "detection", "Theirs.\n")

    hub.before = meanwhile
    assert tell(hub, folder).troubles == ()
    assert "Ours." in on_branch(hub)
    assert "Theirs." in on_branch(hub)


def test_two_at_once_make_one_pull_request(hub: Hub, folder: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        shown = list(pool.map(lambda _: tell(hub, folder), range(2)))
    assert {one.pull for one in shown} == {"https://github.test/team/service/pull/1"}
    assert_one_of_each(hub.repository())


@given(
    order=st.lists(st.integers(0, 1), max_size=60),
    lost=st.sampled_from(
        ["", "git/create-ref", "repos/create-or-update-file-contents", "pulls/create", "issues/create"]
    ),
)
@settings(max_examples=examples(15), deadline=None)
def test_whatever_the_order_of_their_requests_there_is_one_of_each(order: list[int], lost: str) -> None:
    """Two jobs with checkouts of their own, and one answer lost."""
    with tempfile.TemporaryDirectory() as root, serving(Hub()) as hub:
        hub.repository()
        hub.troubles = [Trouble(502, operation=lost, done=True)] if lost else []
        folders = [run_folder(Path(root) / str(number)) for number in range(2)]

        def job(number: int) -> Job:
            def publish(in_turn: Callable[[Writing], Writing]) -> None:
                document = LocalDocument(folders[number], None, html=False)
                with writing_to(hub) as writing:
                    shown = Publishing(in_turn(writing), "team/service", {}, document).publish()
                    assert shown.troubles == ()

            return publish

        interleave([job(0), job(1)], order)
        assert_one_of_each(hub.repository())


def assert_one_of_each(repository: Repository) -> None:
    assert len(repository.pulls) == 1
    kept = [one for one in repository.issues.values() if one.state == "open"]
    assert sorted(one.title for one in kept) == ["Alert on the pool", "Enlarge the pool"]
    assert all(one.reason == "not_planned" for one in repository.issues.values() if one not in kept)
    (pull,) = repository.pulls.values()
    assert all(f"[#{one.number}](" in pull.body for one in kept)


def test_an_issue_with_our_marker_by_somebody_else_is_left_alone(hub: Hub, folder: Path) -> None:
    tell(hub, folder)
    stolen = hub.repository().issues[2].body
    hub.repository().issues.clear()
    hub.repository().issues[90] = Issue(90, "mine", stolen, author="mallory")
    tell(hub, folder)
    assert hub.repository().issues[90].title == "mine"
    assert len(hub.repository().issues) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe", "is no text that can be read"), (b"x" * 1_000_001, "is no text that can be read")],
)
def test_a_file_that_is_no_text_there_is_said(hub: Hub, folder: Path, content: bytes, said: str) -> None:
    branches(hub.repository())
    commit(hub.repository(), MAIN, FILE, content)
    (trouble,) = tell(hub, folder).troubles
    assert said in trouble
    assert text_on(hub.repository(), MAIN, FILE) if content[0] == 120 else True


def test_without_a_repository_or_a_token_it_is_wrong_usage_and_the_document_is_there(hub: Hub, folder: Path) -> None:
    (folder / "post_mortem.md").unlink()
    with pytest.raises(UsageError, match="status 404"):
        publish_post_mortem(folder, "team/nothing", hub.environ)
    with pytest.raises(UsageError, match="GITHUB_TOKEN is not set"):
        publish_post_mortem(folder, "team/service", {})
    assert (folder / "post_mortem.md").is_file()


@pytest.mark.parametrize(
    "run",
    ["op-7-20260131-120000-execute", "a..b", "x.lock", "x.", "", "a b/c~^:?*[\\@{", "-->", "x" * 200, "é"],
)
def test_a_branch_has_a_name_that_git_takes(run: str) -> None:
    assert subprocess.run(["git", "check-ref-format", "--branch", branch_of(run)], check=False).returncode == 0


def test_two_runs_have_two_branches() -> None:
    assert branch_of("a..b") != branch_of("a--b") != branch_of("a.-b")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    remote = "git@github.test:team/service.git"
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("document", "repository", "path"),
    [
        ("incidents/r/post_mortem.md", "team/service", "incidents/r/post_mortem.md"),
        ("shop/incidents/r/post_mortem.md", "Team/Service", "shop/incidents/r/post_mortem.md"),
        ("shop/incidents/r/post_mortem.md", "team/other", "incidents/r/post_mortem.md"),
        (".git/r/post_mortem.md", "team/service", "incidents/r/post_mortem.md"),
    ],
)
def test_the_file_lies_there_where_it_lies_here(clone: Path, document: str, repository: str, path: str) -> None:
    place = clone / document
    place.parent.mkdir(parents=True, exist_ok=True)
    assert file_of(place, "r", repository, {"PATH": "/usr/bin:/bin"}) == path
