"""The small readers: text of a line, spans, titles, conditions, phrases."""

from __future__ import annotations

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.duration import Duration
from rollback_gov.plans.markdown import inline
from rollback_gov.plans.markdown.conditions import without_condition
from rollback_gov.plans.markdown.inline import LONGEST, code_only, plain, without_checkbox
from rollback_gov.plans.markdown.labels import label_of
from rollback_gov.plans.markdown.nearest import nearest
from rollback_gov.plans.markdown.page import Said
from rollback_gov.plans.markdown.phrases import fence, is_script, phrase, phrases
from rollback_gov.plans.markdown.reader import SECTIONS
from rollback_gov.plans.markdown.spans import in_words, leading_span, length_of, same_span, span_of
from rollback_gov.plans.markdown.titles import LONGEST_ID, is_id, number_of, slug, with_span, without_number

from .texts import TEXTS


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a  b", "a b"),
        ("**bold** and *soft*", "bold and soft"),
        ("`a  **b**` c", "a  **b** c"),
        (r"\*not bold\*", "*not bold*"),
        ("[text](http://e.org) and ![image](i.png)", "text and image"),
        ("one\ntwo  \nthree *x*", "one two three x"),
        ("<PREVIOUS_SHA> and <b>", "<PREVIOUS_SHA> and <b>"),
        ("a &amp; b", "a & b"),
        ("snake_case_name", "snake_case_name"),
        ("*" * (LONGEST + 1), "*" * (LONGEST + 1)),
    ],
)
def test_what_a_line_says(text: str, wanted: str) -> None:
    assert plain(text) == wanted


def test_code_and_boxes() -> None:
    assert code_only("`a`") == "a"
    assert code_only("`a` b") is None
    assert code_only("a") is None
    assert without_checkbox("[x] done") == "done"
    assert without_checkbox("[link] x") == "[link] x"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("90s", "90s"),
        ("2 minutes", "2m"),
        ("1 Minute", "1m"),
        ("2 min", "2m"),
        ("1 hour 30 minutes", "1h30m"),
        ("1 hour and 30 minutes", "1h30m"),
        ("30 minutes, 1 hour", "1h30m"),
        ("500 ms", "500ms"),
        ("24 hrs", "24h"),
        ("3 days", "3d"),
        ("2 minutes max", None),
        ("2 minutes 3 minutes", None),
        ("minutes", None),
        ("5 apples", None),
        ("", None),
    ],
)
def test_spans_in_words(text: str, wanted: str | None) -> None:
    assert span_of(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("15 minutes (Level 3)", "15m"),
        ("24 hours before", "24h"),
        ("1 hour 5 minutes, then", "1h5m"),
        ("soon", None),
        ("", None),
    ],
)
def test_a_span_at_the_beginning(text: str, wanted: str | None) -> None:
    assert leading_span(text) == wanted


@given(st.integers(0, 3_000 * 86_400_000))
def test_a_span_in_words_is_the_same_span(milliseconds: int) -> None:
    span = str(Duration(milliseconds))
    assert same_span(span_of(in_words(span)), span)


def test_what_is_no_span_is_as_long_as_nothing() -> None:
    assert length_of("soon") is None
    assert not same_span("soon", "soon")
    assert same_span("60s", "1m")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Stop Traffic (v2.1)", "stop-traffic-v2-1"),
        ("Überprüfung", "uberprufung"),
        ("確認", ""),
        ("a" * 63 + " b", "a" * 63),
        ("--", ""),
    ],
)
def test_the_id_that_follows_from_a_name(name: str, wanted: str) -> None:
    assert slug(name) == wanted


@given(st.text())
def test_an_id_that_follows_is_an_id(name: str) -> None:
    assert slug(name) == "" or is_id(slug(name))
    assert len(slug(name)) <= LONGEST_ID


def test_titles() -> None:
    assert number_of("Phase 12: x") == 12
    assert number_of("Option A: x") is None
    assert number_of("Phases") is None
    assert without_number(Said("Option A: Fast", 3, 4)) == Said("Fast", 3, 14)
    assert without_number(Said("Fast: x", 3, 4)) == Said("Fast: x", 3, 4)
    title, span = with_span(Said("Drain (2 minutes)", 0, 4))
    assert (title, span and span.value, span and span.column) == (Said("Drain", 0, 4), "2m", 11)
    assert with_span(Said("Drain (all)", 0, 4)) == (Said("Drain (all)", 0, 4), None)


def test_what_stands_before_a_condition() -> None:
    assert without_condition("Error rate > 1% for 2 consecutive minutes") == "Error rate"
    assert without_condition("> 1%") == "> 1%"
    assert without_condition("Looks bad") == "Looks bad"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("**Owner**: a", ("Owner", "a")),
        ("**Owner:** a", ("Owner", "a")),
        ("__Owner__ : a", ("Owner", "a")),
        ("**Owner** a", None),
        ("Owner: a", None),
        ("**a `b`**: c", None),
    ],
)
def test_labels(line: str, wanted: tuple[str, str] | None) -> None:
    found = label_of(Said(line, 0, 0))
    assert (found and (found[0].text, found[1].text)) == wanted


@given(TEXTS)
def test_a_phrase_says_its_text(text: str) -> None:
    said = phrase(text)
    if said is not None:
        assert plain(said) == text
        assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Stop traffic, then wait (30 s)", "Stop traffic, then wait (30 s)"),
        ("Error rate > 1%", "Error rate > 1%"),
        ("1. first", "`1. first`"),
        ("see https://e.org", "`see https://e.org`"),
        ("ask @ops", "`ask @ops`"),
        ("<b>", "`<b>`"),
        ("a `b`", "`` a `b` ``"),
        ("_a_", "`_a_`"),
        ("a_b", "a_b"),
        ("commit deadbeef1", "`commit deadbeef1`"),
        ("two\nlines", None),
        (" a", None),
        ("a **b**", None),
        ("", None),
        (None, None),
        ("right\u202eleft", None),
    ],
)
def test_phrases(text: object, wanted: str | None) -> None:
    assert phrase(text) == wanted


def test_lists_of_phrases_are_whole_or_nothing() -> None:
    assert phrases(["a", "b"]) == ["a", "b"]
    assert phrases(["a", "b\nc"]) is None
    assert phrases([]) is None
    assert phrases("a") is None


def test_a_fence_is_longer_than_any_inside() -> None:
    assert fence("bash", "a\n```\n") == ["````bash", "a", "```", "````"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a", True),
        ("a\n", False),
        ("a\nb\n", True),
        ("a\nb", False),
        ("a\nb\n\n", True),
        ("\n", False),
        ("a\x1b", False),
        ("\ta", True),
    ],
)
def test_what_a_block_of_code_can_say(text: str, wanted: bool) -> None:
    assert is_script(text) is wanted


@given(st.data(), st.sampled_from([0.6, 0.8, 0.85]))
def test_the_nearest_name_is_difflibs(data: st.DataObject, cutoff: float) -> None:
    letters = list(data.draw(st.sampled_from(sorted(SECTIONS))))
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, len(letters)))
        letters[at : at + data.draw(st.integers(0, 2))] = data.draw(st.text("abcelort ", max_size=2))
    name = "".join(letters)
    assert [nearest(name, tuple(SECTIONS), cutoff=cutoff)] == (get_close_matches(name, SECTIONS, 1, cutoff) or [""])


@given(
    st.lists(st.sampled_from(["`", "`", " ", "a", "<b>", "*", "_", "\\", "\n", "é", "&amp;", "\u00a0"]), max_size=12)
)
def test_code_alone_is_read_as_the_parser_reads_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    if "`" in text:
        assert plain(text) == inline._said(inline._parser().parseInline(text)[0].children or ()).strip(" ")
