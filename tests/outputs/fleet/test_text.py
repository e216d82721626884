"""What people read of a scan."""

from __future__ import annotations

from rollback_gov.outputs.fleet.result import FleetReport, FleetRepository
from rollback_gov.outputs.fleet.text import parts
from tests.outputs.fleet.reports import AT, HOSTILE, plan, report

EXPECTED = """\
not ready: team/broken broken: rollback/op-7/plan.yaml cannot be used as a plan
    RG403: It is old. (rollback/op-7/plan.yaml:3)
not ready: team/pay pay, new: level 3, achieves 2, rehearsed 8 days ago, too old (rollback/op-7/plan.yaml)
    RG403: It is old. (rollback/op-7/plan.yaml:3)
    RG403: It is old. (rollback/op-7/plan.yaml:3)
    RG403: It is old. (rollback/op-7/plan.yaml:3)
    and 4 more
not ready: team/pay never: level 3, achieves none, never rehearsed (rollback/op-7/plan.yaml)
    RG403: It is old. (rollback/op-7/plan.yaml:3)
    RG403: It is old. (rollback/op-7/plan.yaml:3)
    RG403: It is old. (rollback/op-7/plan.yaml:3)
    and 4 more
no plan: team/none none
    It has no rollback plan.
unknown: team/secret secret
    pay

team/before is called team/new today: correct the list.
team/new: not everything was read. x: it is a link.
Passed over: 1 archived.
Passed over: 1 disabled.
Policies in use: built-in (2), aaaaaaaaaaaa (1).
6 services in 7 repositories of team as of 2025-12-09T12:00:00Z: 3 not ready, 1 no plan, 1 unknown, 1 ready. \
20 requests, 3 of them answered with 'not modified'. 2 had been read before the interruption.
"""


def test_all_of_it() -> None:
    assert "".join(parts(report())) == EXPECTED


def test_nothing_of_a_plan_takes_over_the_terminal_or_the_log() -> None:
    written = "".join(parts(report(HOSTILE)))
    assert len(written.splitlines()) == len(EXPECTED.splitlines())
    assert not any(line.startswith("::") for line in written.splitlines())
    assert "##[" not in written
    assert written.replace("\n", "").isprintable()


def test_a_scan_that_found_all_ready_says_so_in_one_line() -> None:
    fine = FleetRepository(asked="a/b", name="a/b", kind="read", plans=())
    one = FleetReport(source="repos.txt", at=AT, services=(), repositories=(fine,), requests=1, unchanged=0)
    assert "".join(parts(one)) == (
        "0 services in 1 repositories of repos.txt as of 2025-12-09T12:00:00Z: none. "
        "1 request, 0 of them answered with 'not modified'.\n"
    )


def test_many_policies_are_cut_short() -> None:
    many = tuple(
        FleetRepository(asked=f"a/{number}", name=f"a/{number}", kind="read", plans=(plan(),), policy=f"{number:064x}")
        for number in range(12)
    )
    one = FleetReport(source="a", at=AT, services=(), repositories=many, requests=1, unchanged=0)
    assert ", 2 more.\n" in "".join(parts(one))


def test_a_young_rehearsal_is_told_in_hours() -> None:
    one = report()
    services = [service for service in one.services if service.service == "fine"]
    assert services[0].plan is not None
    assert services[0].plan.age_seconds(AT) == 7200
