"""A whole scan: what it finds, what it costs, and what it costs the next time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.fleet.scan import Fleet, Manner, _source, exit_code, scan
from rollback_gov.github.fleet.traffic import Limits, ScanEnded
from rollback_gov.model.errors import UsageError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.outputs.fleet.result import FleetReport
from tests.github.fleets import PLAN, STALE, TODAY, service
from tests.github.hub.state import File, Hub, Rate, Trouble

JUDGED = datetime.fromisoformat(TODAY).astimezone(UTC)
Scan = Callable[..., FleetReport]


@pytest.fixture
def scanned(hub: Hub, tmp_path: Path) -> Scan:
    """Scan the organisation ``team`` with a state, and forget the requests of before."""

    def run(fleet: Fleet | None = None, *, today: datetime = JUDGED, **manner: Any) -> FleetReport:
        hub.requests.clear()
        hub.statuses.clear()
        made: dict[str, Any] = {"state": tmp_path / "state", "limits": Limits(per_minute=0)}
        return scan(
            fleet or Fleet(organisation="team"),
            Manner(**(made | manner)),
            hub.environ,
            JUDGED,
            today=today,
            tell=lambda *_: None,
        )

    return run


def states(report: FleetReport) -> list[tuple[str, str]]:
    return [(one.repository, one.state) for one in report.services]


def fill(hub: Hub) -> None:
    service(hub, "team/good")
    service(hub, "team/old", rehearsed=(STALE,))
    service(hub, "team/never", rehearsed=())
    hub.repository("team/nothing").files["README.md"] = File(b"hello")
    hub.repository("team/empty")
    hub.repository("team/attic").closed = "archived"
    service(hub, "team/secret").refused = 403


EXPECTED = [
    ("team/never", "not_ready"),
    ("team/old", "not_ready"),
    ("team/empty", "no_plan"),
    ("team/nothing", "no_plan"),
    ("team/secret", "unknown"),
    ("team/good", "ready"),
]


def test_an_organisation_from_the_worst_to_the_best(hub: Hub, scanned: Scan) -> None:
    fill(hub)
    report = scanned()
    assert states(report) == EXPECTED
    assert report.kinds == {"read": 4, "empty": 1, "archived": 1, "forbidden": 1}
    assert report.requests == len(hub.requests)
    assert exit_code(report, "any") is ExitCode.FINDINGS


def test_the_same_without_a_state(hub: Hub, scanned: Scan, tmp_path: Path) -> None:
    fill(hub)
    assert states(scanned(state=None)) == EXPECTED
    assert list(tmp_path.iterdir()) == []


def test_nothing_changed_costs_at_most_one_request_a_repository(hub: Hub, scanned: Scan) -> None:
    fill(hub)
    scanned()
    report = scanned()
    assert states(report) == EXPECTED
    assert hub.statuses == {200: 1, 304: 4, 409: 1, 403: 1}, "the list, those that are as they were, empty, forbidden"
    assert report.unchanged == 4


def test_what_has_not_changed_grows_old_all_the_same(hub: Hub, scanned: Scan) -> None:
    service(hub, "team/good")
    assert states(scanned()) == [("team/good", "ready")]
    assert states(scanned(today=datetime(2025, 12, 24, tzinfo=UTC))) == [("team/good", "not_ready")]
    assert hub.statuses == {200: 1, 304: 1}


def test_a_change_is_seen(hub: Hub, scanned: Scan) -> None:
    service(hub, "team/good")
    service(hub, "team/other")
    scanned()
    service(hub, "team/good", plan=PLAN.replace("level: 2", "level: 3"), rehearsed=())
    report = scanned()
    assert states(report) == [("team/good", "not_ready"), ("team/other", "ready")]
    assert len(hub.requests) == 1 + 2 + 1


def test_another_token_costs_one_request_a_repository_too(hub: Hub, scanned: Scan) -> None:
    service(hub, "team/good")
    service(hub, "team/old", rehearsed=(STALE,))
    before = scanned()
    hub.tokens = {"ghs_tomorrow": "github-actions[bot]"}
    assert states(scanned()) == states(before)
    assert hub.statuses == {200: 3}
    scanned()
    assert hub.statuses == {200: 1, 304: 2}


def test_anew_reads_all_of_it_again(hub: Hub, scanned: Scan) -> None:
    service(hub, "team/good")
    scanned()
    scanned(is_anew=True)
    assert 304 not in hub.statuses


def test_a_file_names_repositories_of_several_owners(hub: Hub, scanned: Scan, tmp_path: Path) -> None:
    fill(hub)
    service(hub, "other/good")
    hub.moved = {"team/before": "team/good"}
    file = tmp_path / "repos.txt"
    file.write_text("other/good\nteam/before\nteam/gone\nteam/attic\n")
    fleet = Fleet(file=file)
    expected = [("team/gone", "unknown"), ("other/good", "ready"), ("team/good", "ready")]
    report = scanned(fleet)
    assert states(report) == expected
    assert [one.name for one in report.repositories if one.was_renamed] == ["team/good"]
    assert states(scanned(fleet)) == expected
    assert hub.statuses == {304: 2, 404: 1, 200: 1}, "the archived one is asked for its name"


def test_what_is_excluded_is_not_asked_for(hub: Hub, scanned: Scan) -> None:
    fill(hub)
    report = scanned(Fleet(organisation="team", exclude=("secret", "n*", "e*")))
    assert [name for name, _ in states(report)] == ["team/old", "team/good"]
    assert hub.asked("secret") == []


def test_an_organisation_of_which_nothing_is_left_is_nothing_to_check(hub: Hub, scanned: Scan) -> None:
    fill(hub)
    report = scanned(Fleet(organisation="team", exclude=("*",)))
    assert (report.repositories, exit_code(report, "any")) == ((), ExitCode.NOTHING_TO_CHECK)


def test_what_fails_is_for_the_caller_to_say(hub: Hub, scanned: Scan) -> None:
    service(hub, "team/good")
    service(hub, "team/old", rehearsed=(STALE,))
    first = scanned()
    assert [exit_code(first, on) for on in ("any", "worse", "never")] == [1, 1, 0], "nothing to compare with fails"
    second = scanned()
    assert [exit_code(second, on) for on in ("any", "worse", "never")] == [1, 0, 0]
    service(hub, "team/good", rehearsed=())
    third = scanned()
    assert [exit_code(third, on) for on in ("any", "worse", "never")] == [1, 1, 0]
    assert [one.repository for one in third.services if one.is_new] == ["team/good"]


def test_a_question_about_another_day_is_nothing_to_compare_with(hub: Hub, scanned: Scan) -> None:
    service(hub, "team/good")
    assert not scanned().compared
    later = scanned(today=datetime(2025, 12, 24, tzinfo=UTC))
    assert [exit_code(later, on) for on in ("any", "worse")] == [1, 1]
    again = scanned(today=datetime(2025, 12, 24, tzinfo=UTC))
    assert exit_code(again, "worse") == 1, "it is as new as before"
    assert exit_code(scanned(), "any") == 0


def test_a_few_are_read_at_once_and_no_more(hub: Hub, scanned: Scan) -> None:
    for number in range(12):
        service(hub, f"team/s{number}")
    hub.before = lambda _: time.sleep(0.005)
    scanned(jobs=3)
    assert hub.most_at_once == 3


def test_a_limit_that_is_used_up_ends_the_scan_and_keeps_what_was_read(hub: Hub, scanned: Scan) -> None:
    for number in range(10):
        service(hub, f"team/s{number}")
    hub.rate = Rate(limit=40, remaining=20, reset=int(time.time()) + 3000)
    with pytest.raises(ScanEnded, match="used up until"):
        scanned(limits=Limits(per_minute=0, reserve=5, patience=10), jobs=2)
    assert 5 - 2 <= hub.rate.remaining <= 5, "what is left for others, but for requests that were under way"
    asked = len(hub.requests)
    hub.rate = None
    report = scanned()
    assert report.resumed >= 2
    assert states(report) == [(f"team/s{number}", "ready") for number in range(10)]
    assert asked + len(hub.requests) <= 1 + 10 * 4 + 2 * 3, "what was done is not asked for again"
    assert hub.asked("/orgs/") == []


def test_a_server_that_is_not_there_ends_the_scan(hub: Hub, scanned: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.github.fleet.traffic._FAILURES", 4)
    for number in range(6):
        service(hub, f"team/s{number:02}")
    scanned()
    hub.troubles = [Trouble(502, operation="git/get-tree", times=10**6)]
    with pytest.raises(ScanEnded, match="did not answer 4 requests in a row"):
        scanned(jobs=2)
    hub.troubles = []
    assert {state for _, state in states(scanned())} == {"ready"}


def test_one_that_fails_is_unknown_and_tried_again_by_the_next(hub: Hub, scanned: Scan) -> None:
    service(hub, "team/a")
    service(hub, "team/b")
    hub.troubles = [Trouble(502, operation="git/get-tree", times=4)]
    report = scanned(jobs=1)
    assert states(report) == [("team/a", "unknown"), ("team/b", "ready")]
    assert "status 502" in report.services[0].reasons[0].message
    assert {state for _, state in states(scanned())} == {"ready"}


def test_a_wish_to_stop_ends_the_threads_and_keeps_what_was_read(hub: Hub, tmp_path: Path) -> None:
    for number in range(12):
        service(hub, f"team/s{number:02}")
    hub.before = lambda _: time.sleep(0.01)

    def tell(done: int, _total: int, _requests: int) -> None:
        if done >= 1:
            raise KeyboardInterrupt

    manner = Manner(state=tmp_path / "state", limits=Limits(per_minute=0))
    now = datetime.now(UTC)
    with pytest.raises(KeyboardInterrupt):
        scan(Fleet(organisation="team"), manner, hub.environ, now, today=JUDGED, tell=tell)
    asked = len(hub.requests)
    report = scan(Fleet(organisation="team"), manner, hub.environ, now, today=JUDGED, tell=lambda *_: None)
    assert report.resumed >= 1
    assert len(hub.requests) - asked == report.requests <= (12 - report.resumed) * 4


def test_another_server_is_another_scan() -> None:
    fleet = Fleet(organisation="team")
    ours, github = ({"GITHUB_API_URL": url} for url in ("https://github.example.org/api/v3", ""))
    assert _source(fleet, None, ours) != _source(fleet, None, github) == _source(fleet, None, {})


def test_no_token_is_said(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GITHUB_TOKEN is not set"):
        scan(
            Fleet(organisation="team"),
            Manner(),
            {"GITHUB_API_URL": hub.url},
            JUDGED,
            today=JUDGED,
            tell=lambda *_: None,
        )


def test_hostile_repositories_take_nobody_with_them(
    hub: Hub, scanned: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links, paths that lead out, a bomb, a policy that is none, a plan that no process survives."""
    service(hub, "team/good")
    service(hub, "team/link").files["rollback/op-7/plan.yaml"] = File(b"/etc/passwd", "120000")
    service(hub, "team/policy", more={".rollback-gov/policy.yaml": "levels: 7\n"})
    service(hub, "team/patterns", more={".rollback-gov/policy.yaml": f"discovery: ['{'*a' * 30}']\n"})
    service(hub, "team/huge", more={"svc/x.rollback.yaml": "x" * 1_100_000})
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    service(hub, "team/bomb", more={"rollback/op-7/plan.yaml": f"a0: &a0 [x]\n{bomb}"})
    outside = service(hub, "team/outside", rehearsed=())
    outside.files["rollback/../../../out.rollback.yaml"] = File(PLAN.encode())
    outside.files["rollback/op-7/../op-8/plan.yaml"] = File(PLAN.encode())
    found = {one.repository: one for one in scanned().services}
    assert {name: one.state for name, one in found.items()} == {
        "team/bomb": "not_ready",
        "team/good": "ready",
        "team/huge": "ready",
        "team/link": "unknown",
        "team/outside": "unknown",
        "team/patterns": "unknown",
        "team/policy": "unknown",
    }
    assert "is a link" in found["team/link"].reasons[0].message
    assert "wildcards" in found["team/patterns"].reasons[0].message
    assert not list(tmp_path.rglob("out.rollback.yaml"))
