"""What programs read of a scan fits its schema, whatever stands in plans."""

from __future__ import annotations

import json

import pytest

from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.outputs.fleet.json import parts
from rollback_gov.plans.schema import check_schema
from tests.outputs.fleet.reports import HOSTILE, report


@pytest.mark.parametrize("name", ["pay", HOSTILE, "\ud800"])
def test_it_fits_its_schema(name: str) -> None:
    document = json.loads("".join(parts(report(name), ExitCode.FINDINGS)))
    assert check_schema("fleet-v1", document) == ()
    assert document["services"][1]["service"] == name


def test_the_numbers_add_up() -> None:
    document = json.loads("".join(parts(report(), ExitCode.FINDINGS)))
    summary = document["summary"]
    assert summary["services"] == len(document["services"]) == 6
    assert [summary[state] for state in ("not_ready", "no_plan", "unknown", "ready", "new")] == [3, 1, 1, 1, 1]
    assert (document["result"], document["exit_code"]) == ("findings", 1)
    assert document["repositories"][1]["plans"][0]["age_seconds"] == 8 * 86_400 + 3_600
    assert document["repositories"][0]["plans"][0]["age_seconds"] is None


@pytest.mark.parametrize(
    ("code", "word"), [(ExitCode.PASSED, "passed"), (ExitCode.NOTHING_TO_CHECK, "nothing_to_check")]
)
def test_the_exit_code_stands_in_it_in_words(code: ExitCode, word: str) -> None:
    document = json.loads("".join(parts(report(), code)))
    assert (document["exit_code"], document["result"]) == (int(code), word)
    assert check_schema("fleet-v1", document) == ()
