"""Findings for people."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from rollback_gov.model.finding import Place, Severity
from rollback_gov.outputs.formats.text import WIDTH
from rollback_gov.outputs.result import CheckedFile
from tests.outputs.results import FILE, WAIVED, finding, plan, rendered, result

render = partial(rendered, "text")


def test_a_finding_shows_the_line_and_what_to_do() -> None:
    assert render(result(plan(finding()))) == (
        f"{FILE}:3:6: error RG103: The budgets add up to 17m, 2m more than the SLA of 15m.\n"
        "     3 | sla: 15m\n"
        "       |      ^^^\n"
        "  next: Shorten phases.\n"
        f"-- {FILE}: required level 3, achieved level 2 (RG103 stands between)\n"
        "\n"
        "1 plan: 1 error.\n"
    )


def test_a_plan_that_passes_is_one_line() -> None:
    assert render(result(plan())) == f"ok {FILE}: required level 3, achieved level 3\n\n1 plan: no findings.\n"


def test_two_plans() -> None:
    other = finding(code="RG104", severity=Severity.WARNING, hint="")
    lines = render(result(plan(finding(), other), plan(name="b.yaml"))).splitlines()

    assert lines[-1] == "2 plans: 1 error, 1 warning."
    assert "-- rollback/op-7/plan.yaml: required level 3, achieved level 2 (RG103, RG104 stand between)" in lines
    assert "ok b.yaml: required level 3, achieved level 3" in lines
    assert sum(line.startswith("  next:") for line in lines) == 1


def test_a_plan_that_meets_no_level() -> None:
    assert "required level 3, achieved no level (RG103 stands between)" in render(result(plan(finding(), achieved=0)))


def test_a_document_that_is_no_plan() -> None:
    text = render(result(plan(finding(code="RG002"), required=0, achieved=0)))

    assert f"-- {FILE}: cannot be used as a plan until this is mended\n" in text


def test_nothing_to_check_names_where_it_looked() -> None:
    assert render(result(searched=("rollback/**/plan.yaml",))) == (
        "There is no plan to check under rollback/**/plan.yaml.\n"
    )
    assert render(result()) == "There is no plan to check.\n"


def test_a_place_without_an_end_has_one_caret() -> None:
    text = render(result(plan(finding(place=Place(FILE, 2, 12)))))

    assert "     2 | metadata: {level: 3}\n       |            ^\n" in text


def test_a_place_behind_the_text_has_no_excerpt() -> None:
    assert "|" not in render(result(plan(finding(place=Place(FILE, 4, 1)))))
    assert "|" not in render(result(plan(finding(place=Place(FILE, 99, 1)))))


def test_a_long_line_is_cut_around_the_place() -> None:
    text = "a" * 300 + "HERE" + "b" * 300 + "\n"
    shown = render(result(plan(finding(place=Place(FILE, 1, 301, 305)), text=text))).splitlines()

    excerpt, carets = shown[1][9:], shown[2][9:]
    assert len(excerpt) == WIDTH
    assert excerpt[carets.index("^") : carets.rindex("^") + 1] == "HERE"


def test_text_of_a_plan_cannot_speak_to_the_terminal() -> None:
    evil = "title: \x1b[31mred\u202e\n"
    hostile = finding(message="The title \x1b]0;x\x07 is\nodd.", place=Place(FILE, 1, 8, 12))

    text = render(result(plan(hostile, text=evil)))

    assert "\x1b" not in text
    assert "\\u{1b}[31mred\\u{202e}" in text
    assert "The title \\u{1b}]0;x\\u{7} is odd." in text
    assert "       |        ^^^^" in text


def test_a_windows_line_end_does_not_reach_the_terminal() -> None:
    assert "\r" not in render(result(plan(finding(place=Place(FILE, 1, 1, 4)), text="sla: 15m\r\n")))


def test_colours_only_if_asked() -> None:
    plain, coloured = render(result(plan(finding()))), render(result(plan(finding())), colour=True)

    assert "\x1b" not in plain
    assert "\x1b[31merror RG103\x1b[0m" in coloured


def test_a_waived_finding_says_who_accepted_it() -> None:
    lines = render(result(plan(finding(waived=WAIVED), required=2))).splitlines()

    assert lines[0] == f"{FILE}:3:6: waived RG103: The budgets add up to 17m, 2m more than the SLA of 15m."
    assert lines[3] == "  accepted by Ada until 2026-01-31: The vendor mends it in May. (PAY-7)"
    assert lines[-1] == "1 plan: 1 waived."


def test_debt_has_an_age() -> None:
    lines = render(result(plan(finding(waived=replace(WAIVED, debt=True))))).splitlines()

    assert lines[-2:] == ["Accepted debt: 1 finding, the oldest for 30 days.", "1 plan: 1 waived."]


def test_findings_of_the_settings_come_before_the_total() -> None:
    file = CheckedFile(
        file="w.yaml", findings=(finding(code="RG503", place=Place("w.yaml", 1)),), lines={("w.yaml", 1): "waivers:"}
    )

    assert render(result(plan(), settings=(file,), remarks=("Everything is checked.",))).splitlines()[2:] == [
        "w.yaml:1:1: error RG503: The budgets add up to 17m, 2m more than the SLA of 15m.",
        "     1 | waivers:",
        "       | ^",
        "  next: Shorten phases.",
        "",
        "Everything is checked.",
        "1 plan: 1 error.",
    ]


def test_the_caret_stands_under_the_word_also_behind_wide_characters() -> None:
    text = "title: 🙂漢字e\u0301 x\n"
    lines = render(result(plan(finding(place=Place(FILE, 1, 14, 15)), text=text))).splitlines()

    assert lines[1:3] == ["     1 | title: 🙂漢字e\u0301 x", "       |" + " " * 16 + "^"]


def test_a_file_cannot_be_called_like_a_command() -> None:
    hostile = plan(finding(place=Place("::error::x.yaml", 3)), name="::error::x.yaml")

    assert not any(line.startswith("::") for line in render(result(hostile)).splitlines())
