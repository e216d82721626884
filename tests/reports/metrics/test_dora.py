from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.metrics.dora import Deployment, Dora, Failure, dora, failures
from rollback_gov.reports.run_facts import StoredRun
from tests.reports.metrics.runs import at, deployed, run
from tests.thoroughness import examples


def found(deployments: list[Deployment], *runs: StoredRun) -> tuple[Failure, ...]:
    return failures(deployments, [item.facts for item in runs])


def figures(deployments: list[Deployment], *runs: StoredRun, since: float | None = None, until: float = 1000) -> Dora:
    return dora(deployments, [item.facts for item in runs], since=None if since is None else at(since), until=at(until))


def test_one_of_four_deployments_failed_and_was_recovered_from_in_seven_minutes() -> None:
    made = [deployed(-60), deployed(-5), deployed(100), deployed(-5, "op-8")]
    whole = figures(made, run(decided=0, breach=-2, took=300)).whole
    assert (whole.deployments, whole.failed, whole.failures, whole.unmatched) == (4, 1, 1, 0)
    assert getattr(whole.rate, "value") == 0.25  # noqa: B009
    assert getattr(whole.recovery, "value").number == 420  # noqa: B009
    assert (whole.recovered, whole.from_decision) == (1, 0)


def test_a_failure_belongs_to_the_latest_deployment_before_its_decision() -> None:
    first, second, later = deployed(-60), deployed(-5), deployed(5)
    (failure,) = found([later, first, second], run(decided=0))
    assert failure.deployment == second


@pytest.mark.parametrize("other", [deployed(-5, "op-8"), deployed(-5, environment="eu"), deployed(1)])
def test_a_deployment_of_something_else_or_later_did_not_fail(other: Deployment) -> None:
    (failure,) = found([other], run(decided=0))
    assert failure.deployment is None
    assert figures([other], run(decided=0)).whole.unmatched == 1


def test_several_rollbacks_after_one_deployment_are_one_failure_that_lasts_from_the_first_to_the_verified() -> None:
    runs = run(decided=20, took=600), run(decided=0, breach=-3, took=240, result="failed"), run(decided=60)
    (failure,) = found([deployed(-5)], *runs)
    assert (failure.began, failure.measured, failure.recovered) == (at(-3), True, at(30))
    assert failure.seconds == 33 * 60


def test_the_next_deployment_may_fail_too() -> None:
    assert len(found([deployed(-5), deployed(30)], run(decided=0), run(decided=31))) == 2
    assert len(found([deployed(-5)], run(decided=0), run(decided=31))) == 1


def test_without_a_measured_breach_the_decision_counts_and_is_told() -> None:
    whole = figures([deployed(-5)], run(decided=0, took=300)).whole
    assert (getattr(whole.recovery, "value").number, whole.from_decision) == (300, 1)  # noqa: B009


@pytest.mark.parametrize("breach", [1, 20])
def test_a_breach_after_the_decision_was_not_what_was_noticed(breach: float) -> None:
    (failure,) = found([], run(decided=0, breach=breach))
    assert (failure.began, failure.measured) == (at(0), False)


@pytest.mark.parametrize("what", [{"result": "failed"}, {"result": "aborted"}, {"took": None}])
def test_what_nobody_recovered_from_is_in_no_median(what: dict[str, object]) -> None:
    whole = figures([deployed(-5)], run(**what)).whole
    assert (whole.failed, whole.recovered) == (1, 0)
    assert whole.recovery == NotMeasured("nobody recovered from a failure")


def test_a_recovery_in_the_same_moment_took_no_time_and_one_before_it_nobody_can_measure() -> None:
    (failure,) = found([], run(decided=0))
    assert failure.recovered is not None
    assert replace(failure, began=failure.recovered).seconds == 0
    assert replace(failure, began=failure.recovered + timedelta(seconds=1)).seconds is None


def test_a_rollback_that_was_verified_and_failed_afterwards_recovered_nobody() -> None:
    ended = run(decided=0)
    standing = replace(ended.facts.standing, outcome="failed")
    (failure,) = failures([], [replace(ended.facts, standing=standing)])
    assert failure.recovered is None


@pytest.mark.parametrize(
    "what", [{"mode": "rehearse"}, {"environment_class": "staging"}, {"decided_at": ""}, {"decided_at": "noon"}]
)
def test_only_rollbacks_in_production_at_a_known_time_are_failures(what: dict[str, str]) -> None:
    assert found([deployed(-5)], run(**what)) == ()


def test_nothing_is_known_without_deployments_and_failures() -> None:
    whole = figures([]).whole
    assert whole.rate == NotMeasured("no deployment in this time")
    assert whole.recovery == NotMeasured("no failure in this time")


def test_the_median_is_taken() -> None:
    runs = [run(decided=10 * number, took=took, operation=f"op-{number}") for number, took in enumerate((60, 120, 900))]
    assert getattr(figures([], *runs).whole.recovery, "value").number == 120  # noqa: B009


def test_a_failure_belongs_to_the_time_of_its_deployment() -> None:
    made, rolled = [deployed(-5), deployed(50)], run(decided=0)
    assert figures(made, rolled, since=-1).whole.failed == 0
    assert figures(made, rolled, since=-5).whole.failed == 1
    assert figures(made, rolled, until=-6).whole.deployments == 0
    assert figures([], rolled, since=1).whole.failures == 0
    assert figures([], rolled, since=0).whole.unmatched == 1


def test_what_changes_two_services_counts_for_each_and_once_in_the_whole() -> None:
    made = [deployed(-5), deployed(-5, "op-8", services=("web",))]
    seen = figures(made, run(decided=0))
    assert {name: (one.deployments, one.failed) for name, one in seen.services.items()} == {
        "api": (1, 1),
        "auth": (1, 1),
        "web": (1, 0),
    }
    assert (seen.whole.deployments, seen.whole.failed) == (2, 1)


DEPLOYMENTS = st.lists(
    st.builds(deployed, st.integers(-50, 50), st.sampled_from(["op-7", "op-8"])), max_size=6, unique=True
)
RUNS = st.lists(
    st.builds(
        run,
        decided=st.integers(-50, 50),
        took=st.sampled_from([None, 60.0, 600.0]),
        result=st.sampled_from(["passed", "failed"]),
        operation=st.sampled_from(["op-7", "op-8"]),
    ),
    max_size=6,
)


@settings(max_examples=examples(200))
@given(DEPLOYMENTS, RUNS, st.integers(-60, 60))
def test_no_figure_is_impossible(made: list[Deployment], runs: list[StoredRun], border: int) -> None:
    def counts(seen: Dora) -> tuple[int, ...]:
        return seen.whole.deployments, seen.whole.failures, seen.whole.unmatched, seen.whole.recovered

    whole = figures(made, *runs)
    assert whole.whole.failed <= min(whole.whole.deployments, len(runs))
    assert whole.whole.recovered <= whole.whole.failures <= len(runs)
    assert whole.whole.failed + whole.whole.unmatched == whole.whole.failures
    before, after = figures(made, *runs, until=border - 1), figures(made, *runs, since=border)
    assert add(counts(before), counts(after)) == counts(whole)
    assert dora([*reversed(made)], (item.facts for item in reversed(runs)), since=None, until=whole.until) == whole


def add(one: Iterable[int], other: Iterable[int]) -> tuple[int, ...]:
    return tuple(left + right for left, right in zip(one, other, strict=True))


def test_a_span_without_a_beginning_holds_everything() -> None:
    assert figures([deployed(-60 * 24 * 365)]).whole.deployments == 1
    assert figures([]).since is None
    assert figures([]).until - at(0) == timedelta(minutes=1000)
