from __future__ import annotations

import pytest

from rollback_gov.model.finding import Finding, Place, Severity


def test_a_place_reads_as_compilers_write_it() -> None:
    assert str(Place("plan.yaml", 3, 7)) == "plan.yaml:3:7"


def test_without_a_position_a_place_is_the_beginning_of_the_file() -> None:
    assert str(Place("plan.yaml")) == "plan.yaml:1:1"


def test_places_sort_by_file_line_and_column() -> None:
    places = [Place("b", 1, 1), Place("a", 10, 1), Place("a", 2, 5), Place("a", 2, 1)]
    assert [str(place) for place in sorted(places)] == ["a:2:1", "a:2:5", "a:10:1", "b:1:1"]


def test_a_severity_is_its_word() -> None:
    assert [f"{severity}" for severity in Severity] == ["error", "warning", "notice"]


def test_a_finding_cannot_be_changed() -> None:
    finding = Finding(code="RG001", severity=Severity.ERROR, message="Something is wrong.", place=Place("f"))
    with pytest.raises(AttributeError):
        finding.code = "RG002"  # type: ignore[misc]
    assert (finding.hint, finding.path, finding.operation, finding.step) == ("", (), "", "")
