from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.reports.keep import (
    compose,
    digest,
    is_lost,
    keep_written,
    parts,
    placed,
    sealed,
    segments,
    shared_before,
    told,
    with_shared,
    written_parts,
)

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


def part(name: str, text: str) -> str:
    return f"<!-- write: {name} -->\n{text}<!-- end -->\n"


def test_the_parts_of_a_document_are_given_with_their_lines() -> None:
    text = "# x\n\n" + part("a", "one\n") + "\n" + part("b", "two\n")
    assert placed(text) == [("a", 4, "one\n"), ("b", 8, "two\n")]
    assert segments(text) == [("", "# x\n\n"), ("a", "one\n"), ("", "\n\n"), ("b", "two\n"), ("", "\n")]


def test_only_what_people_changed_was_written() -> None:
    prompts = part("a", "Why?\n") + part("b", "When?\n")
    assert written_parts(part("a", "Why?\n") + part("b", "Now.\n") + part("c", "Own.\n"), prompts) == {
        "b": "Now.\n",
        "c": "Own.\n",
    }


def test_what_one_document_says_all_of_them_say() -> None:
    assert told([{"a": "x\n"}, {"b": "y\n"}], []) == {"a": "x\n", "b": "y\n"}


def test_of_two_that_differ_the_one_counts_that_was_changed_since() -> None:
    before = {"a": digest("old\n")}
    assert told([{"a": "old\n"}, {"a": "new\n"}], [before, {}]) == {"a": "new\n"}
    assert told([{"a": "old\n"}, {"a": "old\n"}], [before]) == {"a": "old\n"}


def test_of_two_that_were_both_changed_neither_counts() -> None:
    assert told([{"a": "one\n"}, {"a": "two\n"}], [{"a": digest("old\n")}]) == {}
    assert told([{"a": "one\n"}, {"a": "two\n"}], [{"b": digest("one\n")}]) == {}


def test_a_document_remembers_what_it_shares() -> None:
    text = with_shared("# x\n", {"b": "y\n", "a": "x\n"})
    assert shared_before(text) == {"a": digest("x\n"), "b": digest("y\n")}
    assert with_shared(text, {"a": "x\n"}).count("the same in") == 1
    assert with_shared(text, {}) == "# x\n"
    assert shared_before("# x\n") == {}


@given(st.dictionaries(st.sampled_from("abc"), st.text(alphabet="xyz\n", max_size=5), max_size=3))
def test_what_was_composed_says_what_was_written(written: dict[str, str]) -> None:
    whole = {name: text if text.endswith("\n") else f"{text}\n" for name, text in written.items()}
    document = compose(part("a", "?\n") + part("b", "?\n"), whole)
    assert {"a": "?\n", "b": "?\n", **whole} == dict(parts(document))
    assert compose(document, whole) == document


def test_what_is_written_between_markers_is_not_lost_and_around_them_it_is() -> None:
    old = sealed(NEW)
    assert sealed(old) == old
    assert not is_lost("", NEW)
    assert not is_lost(old, NEW)
    assert not is_lost(sealed(written("A pool was too small.\n")), NEW)
    assert not is_lost(old.replace("To be written.", "A pool."), NEW)
    assert is_lost(old.replace("anew.", "anew.\nThe vendor says it is known."), NEW)
    assert is_lost(old.replace("<!-- write: root-cause -->\n", ""), NEW)


def test_a_part_of_their_own_that_people_put_somewhere_is_not_lost_when_it_moves_to_the_end() -> None:
    own = "<!-- write: own-notes -->\nAsk the vendor.\n<!-- end -->\n"
    old = sealed(NEW).replace("## Lessons\n", f"{own}## Lessons\n")
    new = sealed(keep_written(old, NEW))
    assert "Ask the vendor." in new
    assert not is_lost(old, new)
    assert is_lost(old.replace(own, "Ask the vendor.\n"), new)


def test_what_a_longer_journal_changes_is_lost_by_nobody() -> None:
    longer = NEW.replace("anew", "anew, and more")
    assert not is_lost(sealed(NEW), longer)
    assert not is_lost(sealed(with_shared(NEW, {"lessons": "1. x\n"})), longer)
    assert is_lost(sealed(NEW).replace("Generated", "Made"), longer)


def test_other_ends_of_lines_and_spaces_change_nothing() -> None:
    longer = NEW.replace("anew", "anew, and more")
    assert not is_lost(sealed(NEW).replace("\n", "\r\n"), longer)
    assert not is_lost(sealed(NEW).replace("anew.\n", "anew.  \n\n"), longer)
    assert not is_lost(sealed(NEW).rstrip("\n"), longer)


def test_of_a_document_that_remembers_nothing_only_what_is_new_is_known() -> None:
    assert not is_lost(NEW, NEW)
    assert is_lost(NEW, NEW.replace("anew", "anew, and more"))


def test_what_a_document_remembers_is_no_part_of_it() -> None:
    open_at_the_end = sealed(with_shared(NEW, {"lessons": "x"})).replace(
        "1. To be written.\n<!-- end -->\n", "1. One.\n"
    )
    assert parts(open_at_the_end)["lessons"] == "1. One.\n"
