from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.reports.keep import keep_written

NEW = """# Report
Generated anew.
<!-- write: root-cause -->
To be written.
<!-- end -->
## Lessons
<!-- write: lessons -->
1. To be written.
<!-- end -->
"""


def written(root_cause: str, lessons: str = "1. To be written.\n") -> str:
    return NEW.replace("To be written.\n<!-- end -->\n## L", f"{root_cause}<!-- end -->\n## L").replace(
        "1. To be written.\n", lessons
    )


def test_what_people_wrote_stays_and_the_rest_is_new() -> None:
    old = written("A pool was too small.\nIt held ten connections.\n").replace("Generated anew", "Generated before")
    assert keep_written(old, NEW) == written("A pool was too small.\nIt held ten connections.\n")


def test_without_an_old_report_the_new_one_is_as_it_is() -> None:
    assert keep_written("", NEW) == NEW
    assert keep_written("something else", NEW) == NEW


def test_a_part_that_somebody_emptied_stays_empty() -> None:
    assert keep_written(written(""), NEW) == written("")


def test_a_part_that_the_new_report_has_no_place_for_goes_to_the_end_and_stays_there() -> None:
    old = NEW + "<!-- write: own-notes -->\nAsk the vendor.\n<!-- end -->\n"
    kept = keep_written(old, NEW)
    assert kept.startswith(NEW)
    assert kept.endswith("<!-- write: own-notes -->\nAsk the vendor.\n<!-- end -->\n")
    assert keep_written(kept, NEW) == kept


def test_an_end_marker_that_was_deleted_swallows_no_other_part() -> None:
    old = written("A pool was too small.\n").replace("small.\n<!-- end -->", "small.")
    assert keep_written(old, NEW) == written("A pool was too small.\n")


def test_a_part_without_an_end_at_the_end_of_the_file_is_kept() -> None:
    assert keep_written("<!-- write: lessons -->\nTest restores.", NEW) == written(
        "To be written.\n", "Test restores.\n"
    )


def test_a_part_that_stands_there_twice_loses_nothing() -> None:
    twice = "<!-- write: lessons -->\n1. One\n<!-- end -->\n<!-- write: lessons -->\n2. Two\n<!-- end -->\n"
    assert keep_written(twice, NEW) == written("To be written.\n", "1. One\n2. Two\n")


def test_windows_line_ends_are_understood() -> None:
    old = written("A pool was too small.\n").replace("\n", "\r\n")
    assert "A pool was too small.\r\n<!-- end -->" in keep_written(old, NEW)


def test_backslashes_that_people_write_are_no_patterns() -> None:
    assert keep_written(written("\\1 \\g<name> \\n\n"), NEW) == written("\\1 \\g<name> \\n\n")


LINES = st.lists(st.text(st.characters(exclude_characters="\r\n<#", codec="utf-8"), max_size=30), max_size=5)


@given(LINES, LINES)
def test_whatever_people_write_is_there_after_any_number_of_renderings(one: list[str], two: list[str]) -> None:
    old = written("".join(f"{line}\n" for line in one), "".join(f"{line}\n" for line in two))
    once = keep_written(old, NEW)
    assert once == old
    assert keep_written(once, NEW) == once
