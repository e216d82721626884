"""Whether the rehearsals of a plan are enough, against a second opinion that knows how each was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.model.finding import Severity
from rollback_gov.plans.load import LoadedPlan, load_plan
from rollback_gov.policy.check import check
from rollback_gov.policy.coverage import coverage
from rollback_gov.policy.evidence import moment, named
from rollback_gov.records.digests import digests
from tests.policy.examples import FOLDER
from tests.policy.rehearsals import rehearsals
from tests.policy.subjects import subject
from tests.thoroughness import examples

PLAN = FOLDER / "RG121" / "good" / "one.yaml"
FLAWS: dict[str, Mapping[str, Any]] = {
    "": {},
    "old": {"finished": "2025-10-01T10:%02d:00Z"},
    "failed": {"result": "failed"},
    "slow": {"seconds": 100_000.0},
    "unsigned": {"signature": "unsigned"},
    "foreign": {"operation": "op-6"},
    "future": {"finished": "2025-12-24T10:%02d:00Z"},
    "nothing": {"version_deployed": "v3.1.8"},
    "other file": {"digests": {"files": {"undo.sh": "0" * 64}}},
    "other phase": {"digests": {"phases": {"phases/undo": "0" * 64}}},
    "other triggers": {"digests": {"sections": {"triggers": "0" * 64}}},
}
NEWEST_COUNTS = {"failed", "slow"}
ROLES: dict[str, Mapping[str, Any]] = {
    "staging": {},
    "production-like": {"kind": "production-like-test", "triggered": "automatic"},
    "by hand": {"kind": "production-like-test"},
    "scenario": {"scenario": "flag-only"},
}
Choice = tuple[str, str]


@settings(max_examples=examples(100))
@given(
    choices=st.lists(
        st.tuples(st.sampled_from(sorted(ROLES)), st.sampled_from(["", "", "", *FLAWS])), min_size=0, max_size=6
    )
)
def test_a_permit_needs_every_kind_without_a_flaw(choices: Sequence[Choice]) -> None:
    assert bool(_errors(choices)) == (not _enough(choices))


def _enough(choices: Sequence[Choice]) -> bool:
    """Level 3: staging, production-like by a trigger, the scenario; the newest of each does not speak against it."""
    good = {role for role, flaw in choices if not flaw}
    covered = {"staging", "production-like", "scenario"} <= good
    newest = {_group(role): flaw for role, flaw in sorted(choices, key=_finished(choices))}
    return covered and not NEWEST_COUNTS & set(newest.values())


def _group(role: str) -> str:
    return "production-like" if role == "by hand" else role


def _finished(choices: Sequence[Choice]) -> Any:
    moments = {id(choice): entry["finished"] for choice, entry in zip(choices, _entries(choices), strict=True)}
    return lambda choice: moments[id(choice)]


def _entries(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    entries = []
    for number, (role, flaw) in enumerate(choices):
        finished = FLAWS[flaw].get("finished", "2025-12-09T10:%02d:00Z") % number
        entries.append({**ROLES[role], **FLAWS[flaw], "finished": finished})
    return entries


def _errors(choices: Sequence[Choice]) -> list[str]:
    loaded = load_plan(PLAN)
    report = check(_about(loaded, _entries(choices), purpose="permit"))
    return [finding.code for finding in report.findings if finding.severity is Severity.ERROR]


def _about(loaded: LoadedPlan, entries: Sequence[Mapping[str, Any]], **changes: Any) -> Any:
    plan = loaded.require()
    evidence = rehearsals(loaded, entries)
    return subject(loaded=loaded, plan=plan, level=3, evidence=evidence, digests=digests(plan, loaded.files), **changes)


def test_enough_is_enough() -> None:
    assert _errors([("staging", ""), ("production-like", ""), ("scenario", "")]) == []


def test_without_any_rehearsal_that_counts_only_the_reasons_are_named() -> None:
    assert _errors([("staging", "old")]) == ["RG403"]


def test_each_gap_is_named() -> None:
    assert sorted(_errors([("staging", "")])) == ["RG406", "RG408", "RG409"]


def test_what_is_old_does_not_matter_beside_what_is_fresh() -> None:
    fresh = [("staging", ""), ("production-like", ""), ("scenario", "")]

    assert _errors([("scenario", "old"), ("by hand", "unsigned"), *fresh]) == []


def test_the_reasons_stand_beside_the_gaps() -> None:
    found = _errors([("staging", ""), ("production-like", "unsigned"), ("scenario", "")])

    assert set(found) == {"RG408", "RG409", "RG413"}


def test_a_plan_without_rehearsals_has_no_gaps_to_explain() -> None:
    view = coverage(_about(load_plan(PLAN), [{"scenario": "flag-only"}]))

    assert {gap.code for gap in view.gaps} == {"RG408", "RG409", "RG417"}


def test_a_rehearsal_is_named_by_what_it_rehearsed() -> None:
    document = load_plan(PLAN)
    full, part, fix = (
        stored.evidence for stored in rehearsals(document, [{}, {"scenario": "flag-only"}, {"forward_fix": True}])
    )

    assert named(full) == "The rehearsal in staging on 2025-12-09"
    assert named(part) == "The rehearsal of scenario 'flag-only' in staging on 2025-12-09"
    assert named(fix) == "The rehearsal of the forward fix in staging on 2025-12-09"


def test_a_time_without_a_zone_is_utc() -> None:
    assert moment("2025-12-09T10:00:00") == moment("2025-12-09T10:00:00Z") == moment("2025-12-09T11:00:00+01:00")
    assert moment("soon") is None
