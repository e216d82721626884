from __future__ import annotations

import pytest

from rollback_gov.reports.actions import Action, actions, entries


@pytest.mark.parametrize(
    ("line", "owner", "due"),
    [
        ("- [ ] Enlarge the pool (@ann, 2026-02-10)", "@ann", "2026-02-10"),
        ("- [ ] Enlarge the pool (ann, due 2026-02-10)", "ann", "2026-02-10"),
        ("- [ ] Enlarge the pool (owner: api team, due date: 2026-02-10)", "api team", "2026-02-10"),
        ("* [ ] @ann enlarges the pool until 2026-02-10", "@ann", "2026-02-10"),
        ("1. [ ] Enlarge the pool (ann)", "ann", ""),
        ("- [ ] Enlarge the pool (2026-02-10)", "", "2026-02-10"),
        ("- [ ] Enlarge the pool (2026-02-30, ben, 2026-02-10)", "ben", "2026-02-10"),
        ("- [ ] Enlarge the pool (owner, due date)", "", ""),
        ("- [ ] Enlarge the pool (TBD, 2026-02-30)", "", ""),
        ("- [ ] Enlarge the pool (by ?, due 2026-02-10)", "", "2026-02-10"),
        ("- [ ] Enlarge the pool", "", ""),
    ],
)
def test_an_item_of_a_list(line: str, owner: str, due: str) -> None:
    (action,) = actions(f"Some words.\n{line}\n")
    assert (action.line, action.owner, action.due) == (1, owner, due)
    assert action.is_accepted == bool(owner or due)


@pytest.mark.parametrize("line", ["- [x] Done (owner, due date)", "- [X] Done", "- no box (owner)", "[ ] no list"])
def test_what_is_done_or_no_item_is_no_open_action(line: str) -> None:
    assert list(actions(line)) == []


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
        Action(3, "Alert on the pool", "", ""),
        Action(6, "A \\| pipe", "ben", ""),
    ]


def test_a_table_without_owners_holds_no_actions() -> None:
    assert list(actions("| UTC | Action |\n|---|---|\n| 12:00 | restart |\n")) == []


def test_two_tables_have_heads_of_their_own() -> None:
    found = list(entries("| A | B |\n|---|---|\n| 1 | 2 |\n\n| C |\n|---|\n| 3 |\n"))
    assert [(entry.line, entry.cells) for entry in found] == [(2, {"a": "1", "b": "2"}), (6, {"c": "3"})]
