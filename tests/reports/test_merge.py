"""What was written here and there: each change is kept, and two different ones are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.reports.keep import compose, with_shared
from rollback_gov.reports.merge import is_same, merge

BLANK = "# Report\n<!-- write: one -->\nasked\n<!-- end -->\nfacts\n<!-- write: two -->\nasked\n<!-- end -->\n"


def said(one: str = "asked", two: str = "asked", facts: str = "facts") -> str:
    return compose(BLANK.replace("facts", facts), {"one": f"{one}\n", "two": f"{two}\n"})


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "then"),
    [
        ("asked", "asked", "asked", "asked"),
        ("asked", "theirs", "asked", "theirs"),
        ("asked", "asked", "ours", "ours"),
        ("asked", "both", "both", "both"),
        ("before", "before", "ours", "ours"),
        ("before", "theirs", "before", "theirs"),
        ("before", "before", "asked", "before"),  # a fresh machine, where nobody has written yet
        ("before", "theirs", "asked", "theirs"),
        ("before", "asked", "before", "before"),
        ("before", "theirs", "ours", None),
        ("asked", "theirs", "ours", None),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_part(base: str, theirs: str, ours: str, then: str | None, known: bool) -> None:
    if not known and base != "asked":
        pytest.skip("nobody knows what it was before")
    found = merge(said(ours), said(theirs), base=said(base) if known else "", blank=BLANK)
    assert found.conflicts == (() if then else ("one",))
    assert found.parts.get("one") == (f"{then}\n" if then else None)
    assert found.parts["two"] == "asked\n"
    assert found.foreign == ""


def test_what_came_from_there_was_not_written_here() -> None:
    versions = (said("third"), said("second"))
    assert merge(said("second"), said("third"), base=BLANK, blank=BLANK, since=versions).parts["one"] == "third\n"
    assert merge(said("ours"), said("third"), base=BLANK, blank=BLANK, since=versions).conflicts == ("one",)
    met = merge(said("ours"), said("third"), base=BLANK, blank=BLANK, since=versions, met=said("third"))
    assert met.parts["one"] == "ours\n"


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "foreign"),
    [
        ("facts", "facts", "news", ""),
        ("facts", "news", "news", ""),
        ("facts", "better facts", "facts", "better facts"),
        ("facts", "facts\nI know", "news", "I know"),
        ("facts\nmore", "facts", "news", "(lines were taken out)"),
        ("", "facts", "facts", ""),
        ("", "other facts", "facts", "other facts"),
    ],
)
def test_what_is_written_anew(base: str, theirs: str, ours: str, foreign: str) -> None:
    before = said(facts=base) if base else ""
    assert merge(said(facts=ours), said(facts=theirs), base=before, blank=BLANK).foreign == foreign


def test_markers_that_were_taken_away_are_a_change_of_what_is_written_anew() -> None:
    theirs = BLANK.replace("<!-- write: two -->\n", "")
    found = merge(BLANK, theirs, base=BLANK, blank=BLANK)
    assert found.foreign == "asked"
    assert found.parts["two"] == "asked\n"


def test_what_a_document_remembers_of_others_and_how_its_lines_end_makes_no_difference() -> None:
    other = with_shared(said("x"), {"one": "x\n"}).replace("\n", "\r\n")
    assert is_same(said("x"), other)
    assert not is_same(said("x"), said("y"))
    assert merge(said("x"), other, base=said("x"), blank=BLANK).foreign == ""


@given(st.tuples(*[st.sampled_from(["asked", "a", "b"])] * 6))
def test_nothing_that_only_one_has_written_is_lost(texts: tuple[str, ...]) -> None:
    base, theirs, ours = said(*texts[:2]), said(*texts[2:4]), said(*texts[4:])
    found = merge(ours, theirs, base=base, blank=BLANK)
    for name, before, there, here in zip(("one", "two"), texts[:2], texts[2:4], texts[4:], strict=True):
        kept = found.parts.get(name, "").strip()
        changed = {text for text in (there, here) if text not in (before, "asked")}
        assert (name in found.conflicts) == (len(changed) == 2)
        assert name in found.conflicts or changed <= {kept}
