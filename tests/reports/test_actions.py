from __future__ import annotations

import pytest

from rollback_gov.reports.actions import Action, accepted, actions, entries


@pytest.mark.parametrize(
    ("line", "owner", "date"),
    [
        ("- [ ] Enlarge the pool (@ann, 2026-02-10)", "@ann", "2026-02-10"),
        ("- [ ] Enlarge the pool (ann, due 2026-02-10)", "ann", "2026-02-10"),
        ("- [ ] Enlarge the pool (owner: api team, due date: 2026-02-10)", "api team", "2026-02-10"),
        ("* [ ] @ann enlarges the pool until 2026-02-10", "@ann", "2026-02-10"),
        ("1. [ ] Enlarge the pool (ann)", "ann", ""),
        ("- [ ] Enlarge the pool (2026-02-10)", "", "2026-02-10"),
        ("- [ ] Enlarge the pool (owner, due date)", "", ""),
        ("- [ ] Enlarge the pool (TBD, 2026-02-30)", "", ""),
        ("- [ ] Enlarge the pool (by ?, due 2026-02-10)", "", "2026-02-10"),
        ("- [ ] Enlarge the pool", "", ""),
    ],
)
def test_an_item_of_a_list(line: str, owner: str, date: str) -> None:
    (action,) = actions(f"Some words.\n{line}\n")
    assert (action.line, action.owner, action.due) == (1, owner, date)


@pytest.mark.parametrize(
    ("text", "owner", "title"),
    [
        ("Enlarge the pool (@ann, 2026-02-10)", "@ann", "Enlarge the pool"),
        ("Enlarge the pool (of the shop) (ann)", "ann", "Enlarge the pool (of the shop)"),
        ("Enlarge the pool (of the shop)", "ann", "Enlarge the pool (of the shop)"),
        ("Enlarge **the** `pool`", "ann", "Enlarge the pool"),
        ("A \\| pipe", "ann", "A | pipe"),
        ("closes #7 @team/all <!-- x -->", "ann", "closes #7 @team/all <!-- x -->"),
    ],
)
def test_its_title_says_what_will_be_done(text: str, owner: str, title: str) -> None:
    assert Action(0, text, owner).title == title


def test_its_key_is_that_of_its_words() -> None:
    one = Action(0, "Enlarge the pool (@ann, 2026-02-10)", "@ann", "2026-02-10")
    other = Action(7, "enlarge  the Pool (@ben, 2026-03-01)", "@ben", "2026-03-01", "done")
    assert one.key == other.key != Action(0, "Enlarge the pools", "@ann").key


@pytest.mark.parametrize(
    ("owner", "login"),
    [("@ann", "ann"), ("ann-b", "ann-b"), ("@team/all", ""), ("shop team", ""), ("", ""), ("-x", ""), ("a" * 40, "")],
)
def test_an_owner_may_be_a_login(owner: str, login: str) -> None:
    assert Action(0, "x", owner).login == login


@pytest.mark.parametrize("line", ["- [x] Done (owner, due date)", "- [X] Done", "- no box (owner)", "[ ] no list"])
def test_what_is_done_or_no_item_is_no_open_action(line: str) -> None:
    assert list(actions(line)) == []


def test_what_is_done_or_dropped_was_accepted_all_the_same() -> None:
    listed = "- [x] One (@ann, 2026-02-10)\n- [ ] Two (ben)\n"
    assert [(one.title, one.state) for one in accepted(listed)] == [("One", "done"), ("Two", "open")]
    assert [one.state for one in accepted(TABLE)] == ["open", "open", "dropped", "open"]


TABLE = """\
| # | Action | Owner | Due date | Status |
|---|:---|---|---|---|
| 1 | Enlarge the pool | @ann | 2026-02-10 | open |
| 2 | Alert on the pool | - | soon | open |
| 3 | Old idea | | | Dropped |
| 4 | | | | open |
| 5 | A \\| pipe | ben
"""


def test_the_rows_of_a_table() -> None:
    assert list(actions(TABLE)) == [
        Action(2, "Enlarge the pool", "@ann", "2026-02-10"),
        Action(3, "Alert on the pool"),
        Action(6, "A \\| pipe", "ben"),
    ]


def test_a_table_without_owners_holds_no_actions() -> None:
    assert list(actions("| UTC | Action |\n|---|---|\n| 12:00 | restart |\n")) == []


def test_two_tables_have_heads_of_their_own() -> None:
    found = list(entries("| A | B |\n|---|---|\n| 1 | 2 |\n\n| C |\n|---|\n| 3 |\n"))
    assert [(entry.line, entry.cells) for entry in found] == [(2, {"a": "1", "b": "2"}), (6, {"c": "3"})]
