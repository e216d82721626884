"""Workflow commands: exact escaping, and the limits of one step."""

from __future__ import annotations

from functools import partial

import pytest

from rollback_gov.model.finding import Finding, Place, Severity
from rollback_gov.outputs.formats.github import escape_message, escape_property
from rollback_gov.outputs.result import CheckedFile
from tests.outputs.results import FILE, WAIVED, finding, plan, rendered, result

render = partial(rendered, "github")


def _lines(*findings: Finding) -> list[str]:
    return render(result(plan(*findings))).splitlines()


def test_a_finding_is_an_annotation_with_its_place() -> None:
    assert _lines(finding()) == [
        f"::error file={FILE},line=3,col=6,endColumn=9,title=RG103"
        "::The budgets add up to 17m, 2m more than the SLA of 15m. Shorten phases.",
        f"- {FILE}: required level 3, achieved level 2 (RG103 stands between)",
        "1 plan: 1 error.",
    ]


def test_without_an_end_there_is_no_end() -> None:
    assert _lines(finding(place=Place(FILE, 3, 6), hint=""))[0].startswith(
        f"::error file={FILE},line=3,col=6,title=RG103::"
    )


@pytest.mark.parametrize(
    ("text", "message", "value"),
    [
        ("100%", "100%25", "100%25"),
        ("%0A", "%250A", "%250A"),
        ("a\nb", "a%0Ab", "a%0Ab"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a: b, c", "a: b, c", "a%3A b%2C c"),
        ("%3A", "%253A", "%253A"),
        ("odd \ud800", "odd \\ud800", "odd \\ud800"),
    ],
)
def test_escaping(text: str, message: str, value: str) -> None:
    assert escape_message(text) == message
    assert escape_property(text) == value


def test_a_message_cannot_begin_a_command_of_its_own() -> None:
    lines = _lines(finding(message="Odd\n::set-output name=x::y", hint=""))

    assert [line for line in lines if line.startswith("::")] == [lines[0]]
    assert lines[0].endswith("title=RG103::Odd ::set-output name=x::y")


def test_a_file_name_cannot_end_the_properties() -> None:
    hostile = finding(place=Place("a,line=1::b.yaml", 3, 6, 9))

    assert _lines(hostile)[0].startswith("::error file=a%2Cline=1%3A%3Ab.yaml,line=3,")


def test_the_heaviest_come_first() -> None:
    mixed = [finding(severity=severity) for severity in (Severity.NOTICE, Severity.WARNING, Severity.ERROR)]

    assert [line.split()[0] for line in _lines(*mixed)[:3]] == ["::error", "::warning", "::notice"]


def test_ten_of_a_kind_are_all_shown() -> None:
    lines = _lines(*[finding(code=f"RG1{n:02}") for n in range(10)])

    assert sum(line.startswith("::error") for line in lines) == 10
    assert not any(line.startswith("::group") for line in lines)


def test_of_eleven_nine_are_shown_behind_a_pointer_to_the_full_list() -> None:
    warnings = [finding(severity=Severity.WARNING)] * 10
    lines = _lines(*[finding(code=f"RG1{n:02}") for n in range(11)], *warnings)
    errors = [line for line in lines if line.startswith("::error")]

    assert errors[0] == "::error title=rollback-gov::11 errors; 9 of them follow. The full list is in the log."
    assert [line[line.index("title=") :][:11] for line in errors[1:]] == [f"title=RG1{n:02}" for n in range(9)]
    assert sum(line.startswith("::warning") for line in lines) == 10


def test_the_full_list_stands_in_the_log() -> None:
    lines = _lines(*[finding(code=f"RG1{n:02}", message="a\n::error::b ##[x]") for n in range(11)])
    begin, end = lines.index("::group::All findings, plan by plan"), lines.index("::endgroup::")

    assert lines[begin + 1 : end] == [
        *(f"- {FILE}:3:6: error RG1{n:02}: a ::error::b # #[x]" for n in range(11)),
        f"- {FILE}: required level 3, achieved level 2 ({', '.join(f'RG1{n:02}' for n in range(11))} stand between)",
    ]


def test_a_long_message_is_cut_where_github_cuts_it() -> None:
    line = _lines(finding(message="%" * 5000, hint=""))[0]
    message = line.partition("title=RG103::")[2]

    assert message == "%25" * 4095 + "…"


def test_nothing_to_check() -> None:
    assert render(result(searched=("**/plan.yaml",))) == "There is no plan to check under **/plan.yaml.\n"


def test_a_waived_finding_only_informs() -> None:
    line = _lines(finding(waived=WAIVED))[0]

    assert line.startswith(f"::notice file={FILE},line=3,col=6,endColumn=9,title=RG103 (waived)::")
    assert line.endswith("accepted by Ada until 2026-01-31: The vendor mends it in May. (PAY-7)")


def test_the_log_goes_on_where_annotations_have_ended() -> None:
    many = [plan(finding(code="RG103"), name=f"{n}.yaml") for n in range(12)]
    settings = (CheckedFile(file="w.yaml", findings=(finding(code="RG503", severity=Severity.WARNING),)),)
    lines = render(result(*many, settings=settings, remarks=("All are checked.",))).splitlines()
    begin, end = lines.index("::group::All findings, plan by plan"), lines.index("::endgroup::")

    assert begin == 0
    assert end == 1 + 12 * 2 + 1
    assert lines[end + 1] == "::error title=rollback-gov::12 errors; 9 of them follow. The full list is in the log."
    assert [line.split()[0] for line in lines[end + 2 :]] == ["::error"] * 9 + ["::warning", "All", "12"]


def test_few_findings_need_no_list_in_the_log() -> None:
    settings = (CheckedFile(file="w.yaml", findings=(finding(code="RG503", severity=Severity.WARNING),)),)

    assert [line.split()[0] for line in render(result(plan(), settings=settings)).splitlines()] == [
        "::warning",
        "-",
        "1",
    ]
