"""A check run with all annotations, in requests that GitHub takes."""

from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.github.check_run import BATCH, CheckRun, Published, publish
from rollback_gov.github.writing import MOST_SECONDS
from rollback_gov.model.errors import UsageError
from tests.github.hub.state import Hub, Trouble
from tests.github.pens import Time, writing_to

SHA = "a" * 40


def notes(number: int) -> list[dict[str, Any]]:
    return [
        {"path": "plan.yaml", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": f"{one}"}
        for one in range(number)
    ]


def send(hub: Hub, number: int = 1, external_id: str = "1.1", *, time: Time | None = None, **changes: Any) -> Published:
    given: dict[str, Any] = {
        "name": "rollback-gov",
        "head_sha": SHA,
        "external_id": external_id,
        "conclusion": "failure",
        "title": "1 error",
        "summary": "One error.",
        "annotations": notes(number),
    }
    with writing_to(hub, time) as writing:
        return publish(writing, "team/service", CheckRun(**given | changes))


@pytest.mark.parametrize(("number", "requests"), [(0, [0]), (1, [1]), (50, [50]), (51, [50, 1]), (3_000, [50] * 60)])
def test_all_annotations_arrive_in_their_order(hub: Hub, number: int, requests: list[int]) -> None:
    assert send(hub, number) == Published(address="https://github.test/team/service/runs/1", annotations=number)
    (run,) = hub.repository().check_runs
    assert run.requests == requests
    assert [note["message"] for note in run.annotations] == [str(one) for one in range(number)]
    assert (run.head_sha, run.status, run.conclusion, run.title) == (SHA, "completed", "failure", "1 error")


def test_it_is_completed_from_the_beginning(hub: Hub) -> None:
    """A job that dies between two requests leaves no check that is pending for ever."""
    hub.troubles = [Trouble(422, operation="checks/update")]
    done = send(hub, 2 * BATCH)
    assert (done.annotations, done.trouble) == (BATCH, "GitHub answered with status 422: the server says no.")
    assert hub.repository().check_runs[0].status == "completed"


@pytest.mark.parametrize("operation", ["checks/create", "checks/update"])
@pytest.mark.parametrize("done", [True, False])
def test_no_annotation_stands_there_twice(hub: Hub, operation: str, *, done: bool) -> None:
    hub.troubles = [Trouble(502, operation=operation, done=done)]
    assert send(hub, 120).annotations == 120
    (run,) = hub.repository().check_runs
    assert len(run.annotations) == 120


def test_it_does_not_take_longer_than_a_job_may(hub: Hub) -> None:
    time = Time()
    hub.before = lambda _: time.sleep(MOST_SECONDS / 4)
    done = send(hub, 10 * BATCH, time=time)
    assert (done.annotations, done.trouble) == (4 * BATCH, "All of them would take too long.")
    assert len(hub.repository().check_runs[0].annotations) == 4 * BATCH


def test_another_attempt_has_a_run_of_its_own(hub: Hub) -> None:
    hub.troubles = [Trouble(502, operation="checks/create")]
    send(hub, external_id="1.1")
    hub.troubles = [Trouble(502, operation="checks/create")]
    send(hub, external_id="1.2")
    assert [run.external_id for run in hub.repository().check_runs] == ["1.1", "1.2"]


def test_who_may_not_write_is_told_what_it_takes(hub: Hub) -> None:
    hub.denied = {"checks"}
    with pytest.raises(UsageError, match="Resource not accessible by integration") as refused:
        send(hub, 120)
    assert "checks: write" in refused.value.hint
    assert hub.repository().check_runs == []


def test_it_leads_to_its_job(hub: Hub) -> None:
    assert send(hub, details_url="https://github.test/team/service/actions/runs/7").trouble == ""
