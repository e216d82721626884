"""The action's inputs: what each mode reads, and the command line that comes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.github.action.arguments import Place, arguments, issue_arguments
from rollback_gov.github.action.inputs import Inputs, read_inputs
from rollback_gov.model.errors import UsageError

PLACE = Place(base="b" * 40, folder=Path("/temp"), summary="/temp/summary.md", repository="acme/shop")
WHERE = {"plan": "--help", "environment": "production"}


def words(place: Place = PLACE, **inputs: str) -> list[str]:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return arguments(read_inputs(json.dumps(given)), place)


def test_validate_is_the_default() -> None:
    assert words() == [
        "validate",
        "--output=github",
        "--output=json=/temp/rollback-gov-findings.json",
        "--output=markdown=/temp/summary.md",
        "--",
    ]


def test_validate_reads_paths_line_by_line_behind_the_options() -> None:
    got = words(
        paths="\n a b \n--level=1\n\n", level=" 3 ", fail_on="warning", policy_from="base", changed_since="origin/x"
    )
    assert got[4:] == [
        "--level=3",
        "--fail-on=warning",
        f"--policy-from={'b' * 40}",
        "--changed-since=origin/x",
        "--",
        "a b",
        "--level=1",
    ]


def test_without_a_base_or_a_summary_nothing_is_asked_for() -> None:
    nothing = Place(base="", folder=Path("/temp"), summary="", repository="")
    assert words(nothing, policy_from="base") == [
        "validate",
        "--output=github",
        "--output=json=/temp/rollback-gov-findings.json",
        "--",
    ]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (
            {"mode": "permit-verify", "artefacts": "shop=sha256:1\napi=sha256:2", "permit": "p.json"},
            "permit verify --permit=p.json --json --environment=production --artefact=shop=sha256:1"
            " --artefact=api=sha256:2 -- --help",
        ),
        ({"mode": "permit-verify", "claim": "True"}, "permit claim --json --environment=production -- --help"),
        (
            {"mode": "permit-verify", "claim": "true", "deployment": "true"},
            "permit claim --deployment --json --environment=production -- --help",
        ),
        (
            {"mode": "deployment", "deployment-result": "--url=x", "environment-url": "https://x.test"},
            "deployment --json --environment=production --url=https://x.test -- --url=x --help",
        ),
        (
            {"mode": "execute", "reason": "x", "incident-issue": "true", "deployment": "true"},
            "execute --yes --result=/temp/rollback-gov-result.json --to-github=acme/shop --deployment"
            " --environment=production --reason=x -- --help",
        ),
        (
            {"mode": "permit-issue", "parameters": "A=1", "policy-from": "main"},
            "permit issue --json --environment=production --param=A=1 --policy-from=main -- --help",
        ),
        (
            {"mode": "rehearse", "scenarios": "full\napp", "participants": "sre", "region": "eu"},
            "rehearse --yes --result=/temp/rollback-gov-result.json --environment=production --region=eu"
            " --scenario=full --scenario=app --participant=sre -- --help",
        ),
        (
            {"mode": "execute", "reason": "-x", "overrides": "permit, baseline\n,tag", "override-reason": "known"},
            "execute --yes --result=/temp/rollback-gov-result.json --environment=production --reason=-x"
            " --override-reason=known --override=permit --override=baseline --override=tag -- --help",
        ),
    ],
)
def test_each_mode_gives_its_command(inputs: dict[str, str], expected: str) -> None:
    given = {**WHERE, **inputs}
    assert arguments(read_inputs(json.dumps(given)), PLACE) == expected.split(" ")


def test_a_report_may_go_to_this_repository() -> None:
    assert words(mode="report") == ["report", "incident", "--json", "--", "latest"]
    assert words(mode="report", run="-x", incident_issue="true") == ["report", "incident", "--json", "--", "-x"]
    told = [issue_arguments("-x", Inputs({"incident-issue": text}), PLACE) for text in ("true", "false")]
    assert told == [["report", "incident", "--json", "--to-github=acme/shop", "--", "-x"], []]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mode": 1}'])
def test_inputs_that_are_no_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a JSON object of texts"):
        read_inputs(text)
