from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.records.break_glass import BreakGlass, Review, StoredBreakGlass
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.incident import incident
from rollback_gov.reports.metrics.families import FAMILIES
from rollback_gov.reports.metrics.fold import metrics
from rollback_gov.reports.metrics.material import Material, PlanFacts
from rollback_gov.reports.run_facts import AcceptedAction, StoredRun, facts_of
from tests.reports.golden_runs import GOLDEN
from tests.reports.journals import Story
from tests.reports.metrics.runs import at, deployed, run
from tests.thoroughness import examples

API = {"services": "api,auth", "environment": "production"}
Found = dict[frozenset[tuple[str, str]], float]


def text(**material: Any) -> str:
    known: dict[str, Any] = {
        "now": at(1000),
        "window": timedelta(days=30),
        "environments": ("production",),
        "unreadable": {},
    }
    return metrics(Material(**{**known, **material})).text


def all_samples(written: str) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for family in text_string_to_metric_families(written):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def of(written: str, name: str, **labels: str) -> float | None:
    return all_samples(written).get(name, {}).get(frozenset(labels.items()))


def regional() -> StoredRun:
    folder = GOLDEN / "regional"
    whole, *parts = (
        StoredRun(folder=place, facts=facts_of(incident(read_journal(place / FILE))))
        for place in (folder, *sorted((folder / "regions").iterdir()))
    )
    return replace(whole, regions=tuple(parts))


def test_three_rollbacks_of_which_one_failed_and_one_goes_on() -> None:
    runs = run(decided=0, took=300), run(decided=60, took=900.5, result="failed"), run(decided=120, took=None)
    written = text(runs=runs)
    assert of(written, "rollback_executed_total", **API) == 3
    assert of(written, "rollback_success_total", **API) == 1
    assert of(written, "rollback_unfinished", **API) == 1
    outcomes = {name: of(written, "rollback_outcomes_total", outcome=name, **API) for name in ("passed", "failed")}
    assert outcomes == {"passed": 1, "failed": 1}
    assert of(written, "rollback_outcomes_total", outcome="aborted", **API) == 0


def test_the_sla_is_met_or_missed_by_those_that_ended_and_have_one() -> None:
    runs = run(took=900), run(took=900.1), run(took=30, result="failed"), run(took=None), run(took=30, sla_seconds=0)
    written = text(runs=runs)
    assert of(written, "rollback_sla_met_total", **API) == 1
    assert of(written, "rollback_sla_missed_total", **API) == 2


def test_the_duration_is_that_of_the_newest_rollback_that_was_verified() -> None:
    runs = run(decided=0, took=300), run(decided=60, took=120), run(decided=120, took=60, result="failed")
    written = text(runs=runs)
    assert of(written, "rollback_duration_seconds", operation="op-7", **API) == 120
    assert of(written, "rollback_sla_seconds", operation="op-7", **API) == 900
    assert of(written, "rollback_decided_timestamp_seconds", operation="op-7", **API) == at(120).timestamp()


def test_nobody_measured_the_duration_of_a_failed_rollback() -> None:
    written = text(runs=(run(took=60, result="failed"),))
    assert "rollback_duration_seconds" not in written
    assert "rollback_sla_seconds" not in written


def test_detection_counts_from_the_first_breach() -> None:
    written = text(runs=(run(decided=0, breach=-2), run(decided=60)))
    assert of(written, "rollback_detection_time_count", **API) == 1
    assert of(written, "rollback_detection_time_sum", **API) == 120
    assert of(written, "rollback_detection_time_bucket", le="60", **API) == 0
    assert of(written, "rollback_detection_time_bucket", le="120", **API) == 1


def test_triggers_and_people_are_told_apart() -> None:
    written = text(runs=(run(trigger="errors", breach=-1), run(trigger="errors", breach=-1), run()))
    found = all_samples(written)["rollback_triggered_total"]
    assert found == {
        frozenset({("environment", "production"), ("type", "automatic"), ("trigger", "errors")}): 2,
        frozenset({("environment", "production"), ("type", "manual")}): 1,
    }


def test_a_phase_counts_with_its_estimate_when_it_has_ended() -> None:
    unbudgeted = run(took=100)
    facts = unbudgeted.facts
    phase = facts.phases[0]
    without = replace(unbudgeted, facts=replace(facts, phases=(replace(phase, budget=facts.sla.recovery),)))
    written = text(runs=(run(), without))
    where = {**API, "phase": "drain"}
    assert of(written, "rollback_phase_seconds_count", **where) == 2
    assert of(written, "rollback_phase_seconds_sum", **where) == 90
    assert of(written, "rollback_phase_estimate_seconds_count", **where) == 1
    assert of(written, "rollback_phase_estimate_seconds_sum", **where) == 60
    for name in ("rollback_phase_seconds_count", "rollback_phase_estimate_seconds_count"):
        assert of(written, name, **{**API, "phase": "database"}) is None, "it never began"


@pytest.mark.parametrize(
    ("results", "complete", "incomplete"),
    [((), 0, 0), (("kept", "kept"), 1, 0), (("kept", "failed"), 0, 1), (("timeout",), 0, 1)],
)
def test_evidence_is_complete_when_every_capture_was_kept(
    results: tuple[str, ...], complete: int, incomplete: int
) -> None:
    told = Story().start()
    for number, result in enumerate(results):
        told.add("capture.finished", id=f"{number}", result=result, file="", sha256="", seconds=1.0, detail="")
    written = text(runs=(StoredRun(folder=Path("x"), facts=facts_of(incident(told.end("passed", 1).events))),))
    assert of(written, "rollback_evidence_complete_total", **API) == complete
    assert of(written, "rollback_evidence_incomplete_total", **API) == incomplete


def test_a_run_of_several_regions_counts_once_and_its_phases_in_each() -> None:
    several = regional()
    written = text(runs=(several,))
    assert sum(all_samples(written)["rollback_executed_total"].values()) == 1
    assert sum(all_samples(written)["rollback_sla_missed_total"].values()) == 1
    drained = [
        value
        for labels, value in all_samples(written)["rollback_phase_seconds_count"].items()
        if ("phase", "drain") in labels
    ]
    assert drained == [3]


def test_its_sla_is_met_when_each_region_met_its_own() -> None:
    several = regional()
    standing = replace(several.facts.standing, outcome="passed")
    regions = tuple(replace(region, met=several.facts.regions[0].met) for region in several.facts.regions)
    met = replace(several, facts=replace(several.facts, standing=standing, regions=regions))
    assert sum(all_samples(text(runs=(met,)))["rollback_sla_met_total"].values()) == 1
    failed = replace(met, facts=replace(met.facts, standing=several.facts.standing))
    unknown = replace(regions[0], met=NotMeasured("nobody knows"))
    partly = replace(met, facts=replace(met.facts, regions=(unknown, *regions[1:])))
    for missed in (failed, partly):
        assert sum(all_samples(text(runs=(missed,)))["rollback_sla_missed_total"].values()) == 1
    open_still = replace(met, facts=replace(met.facts, standing=replace(standing, outcome="not ended")))
    written = all_samples(text(runs=(open_still,)))
    assert sum(written["rollback_sla_met_total"].values()) + sum(written["rollback_sla_missed_total"].values()) == 0


@pytest.mark.parametrize("what", [{"mode": "rehearse"}, {"environment_class": "staging", "environment": "staging"}])
def test_what_is_no_rollback_in_production_is_not_counted(what: Mapping[str, Any]) -> None:
    assert "rollback_executed_total" not in text(runs=(run(**what),))


def plan(operation: str = "op-1", **changes: Any) -> PlanFacts:
    known = {"services": ("web",), "level": 2, "rehearsed": 0, "is_enough": False}
    return PlanFacts(operation=operation, **{**known, **changes})


def test_what_may_be_rolled_back_begins_at_zero() -> None:
    written = text(plans=(plan(), plan("op-2", services=())), environments=("eu", "us"))
    for name in ("rollback_executed_total", "rollback_success_total", "rollback_detection_time_bucket"):
        assert set(all_samples(written)[name].values()) == {0}
    assert {dict(labels)["environment"] for labels in all_samples(written)["rollback_executed_total"]} == {"eu", "us"}
    assert of(written, "rollback_executed_total", environment="eu") == 0
    assert "rollback_duration_seconds" not in written
    assert "rollback_change_failure_ratio" not in written
    assert "rollback_phase_seconds" not in written


def test_without_an_environment_of_production_nothing_begins() -> None:
    assert "rollback_executed_total" not in text(plans=(plan(),), environments=())


def test_plans_and_their_rehearsals() -> None:
    plans = (
        plan(),
        plan("op-2", rehearsed=2, is_enough=True, latest=at(-60), fresh_until=at(60)),
        plan("op-3", level=1),
        plan("op-4", level=1, rehearsed=1),
        plan("op-5", level=1, rehearsed=1),
    )
    written = text(plans=plans)
    assert [of(written, "rollback_plans", level=level) for level in "12"] == [3, 2]
    assert [of(written, "rollback_plans_never_rehearsed", level=level) for level in "12"] == [1, 1]
    which = {"operation": "op-2", "services": "web"}
    assert of(written, "rollback_plan_rehearsed", level="2", **which) == 1
    assert of(written, "rollback_plan_rehearsed", level="2", operation="op-1", services="web") == 0
    assert len(all_samples(written)["rollback_plan_rehearsed"]) == 2
    assert all_samples(written)["rollback_rehearsal_timestamp_seconds"] == {
        frozenset(which.items()): at(-60).timestamp()
    }
    assert of(written, "rollback_rehearsal_expires_timestamp_seconds", **which) == at(60).timestamp()


def glass(**changes: Any) -> StoredBreakGlass:
    known = dict.fromkeys(BreakGlass.__dataclass_fields__, "") | {"services": (), "waived": (), "level": 2}
    times = {"purpose": "rollback", "opened": "2026-01-30T12:00:00Z", "review_due": "2026-02-03T12:00:00Z"}
    review = changes.pop("review", None)
    record = BreakGlass(**{**known, **times, **changes})
    return StoredBreakGlass(record=record, sha256="a" * 64, file="x", signers=(), signed=False, review=review)


def test_reviews_that_are_open_and_overdue() -> None:
    done = Review(break_glass="a" * 64, operation="", reviewer="", conclusion="", actions=(), at="")
    late = {"review_due": "2026-01-31T12:00:00Z"}
    glasses = glass(), glass(**late), glass(review=done, **late), glass(purpose="deployment", **late)
    written = text(break_glasses=glasses)
    both = ("rollback", "deployment")
    assert [of(written, "rollback_break_glass_reviews_open", purpose=purpose) for purpose in both] == [2, 1]
    assert [of(written, "rollback_break_glass_reviews_overdue", purpose=purpose) for purpose in both] == [1, 1]


@pytest.mark.parametrize(("due", "overdue"), [("", 0), ("2026-02-01", 0), ("2026-01-31", 1)])
def test_an_action_is_overdue_when_its_day_is_over(due: str, overdue: int) -> None:
    action = AcceptedAction(run="r", text="x", owner="ann", due=due, file=Path("x"))
    written = text(actions=(action,), now=at(12 * 60 + 1))
    assert of(written, "rollback_actions_open") == 1
    assert of(written, "rollback_actions_overdue") == overdue


def test_deployments_failures_and_recoveries() -> None:
    made = (deployed(-5), deployed(60), deployed(-5, "op-8", services=("web",)))
    written = text(deployments=made, runs=(run(decided=0, breach=-2), run(decided=0, operation="op-9")))
    assert of(written, "rollback_deployments_total", **API) == 2
    assert of(written, "rollback_failed_deployments_total", **API) == 1
    assert of(written, "rollback_unmatched_failures_total", **API) == 1
    assert of(written, "rollback_recovery_seconds_count", **API) == 2
    assert of(written, "rollback_recovery_seconds_sum", **API) == 420 + 300
    assert of(written, "rollback_change_failure_ratio") == pytest.approx(1 / 3)
    assert of(written, "rollback_service_change_failure_ratio", service="api") == 0.5
    assert of(written, "rollback_service_change_failure_ratio", service="web") == 0
    assert of(written, "rollback_failed_deployment_recovery_seconds") == 360
    assert of(written, "rollback_service_failed_deployment_recovery_seconds", service="auth") == 360
    assert of(written, "rollback_service_failed_deployment_recovery_seconds", service="web") is None
    assert of(written, "rollback_window_seconds") == 30 * 86400


def test_the_window_moves_no_counter() -> None:
    material = {"deployments": (deployed(-5),), "runs": (run(decided=0),)}
    near, far = text(window=timedelta(hours=1), **material), text(window=timedelta(days=9), **material)
    assert "rollback_change_failure_ratio" not in near
    assert of(far, "rollback_change_failure_ratio") == 1
    for name in ("rollback_deployments_total", "rollback_failed_deployments_total", "rollback_executed_total"):
        assert of(near, name, **API) == of(far, name, **API) == 1


def test_what_could_not_be_read_is_a_number() -> None:
    written = text(unreadable={"run": 3})
    assert of(written, "rollback_unreadable_records", kind="run") == 3
    assert of(written, "rollback_unreadable_records", kind="plan") == 0
    assert of(written, "rollback_metrics_timestamp_seconds") == at(1000).timestamp()


def test_every_family_can_have_a_value() -> None:
    everything = text(
        runs=(run(decided=0, breach=-1, trigger="errors"),),
        deployments=(deployed(-5),),
        plans=(plan(rehearsed=1, latest=at(0), fresh_until=at(1)),),
    )
    assert {family.name.removesuffix("_total") for family in text_string_to_metric_families(everything)} == {
        name.removesuffix("_total") for name in FAMILIES
    }


NAMES = st.text(st.characters(), min_size=1, max_size=30)


@settings(max_examples=examples(100))
@given(NAMES, st.lists(NAMES, max_size=3), NAMES, NAMES)
def test_hostile_names_stay_in_their_labels(operation: str, services: list[str], where: str, trigger: str) -> None:
    hostile = run(operation=operation, services=services, environment=where, trigger=trigger, breach=-1)
    written = text(runs=(hostile,), plans=(plan(operation, services=tuple(services)),), environments=(where,))
    written.encode()
    assert set(all_samples(written)) <= {
        f"{name}{end}" for name in FAMILIES for end in ("", "_bucket", "_sum", "_count")
    }
    assert sum(all_samples(written)["rollback_executed_total"].values()) == 1
