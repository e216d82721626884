"""An attempt whose end nobody knows, case by case. Crashes of real runners are in test_crash.py and test_soak.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.itinerary import Choices, plan_itinerary
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import SettleStep
from rollback_gov.execution.task import Settlement
from rollback_gov.execution.unknown import settle_unknown
from rollback_gov.model.errors import Refused
from tests.execution.conftest import Stage, Talk

Make = Callable[..., Stage]
PATH = "phases/one/a"


@pytest.fixture
def settle(stage: Make) -> Iterator[Callable[..., tuple[str, Journal]]]:
    opened: list[Journal] = []

    def decide(
        settings: str, *, given: str = "", console: Talk | None = None, look: Settlement = "unknown"
    ) -> tuple[str, Journal]:
        scene = stage(f"phases: [{{id: one, steps: [{{id: a, run: x, {settings}}}]}}]", console=console or Talk())
        (leg,) = plan_itinerary(scene.plan, Choices()).legs
        journal = Journal(scene.context.folder, SystemClock())
        opened.append(journal)
        instruction = SettleStep(leg, PATH, leg.phase.steps[0], 1)
        assert settle_unknown(scene.context, journal, instruction, given, look=lambda: look)
        return journal.events[-1].data["outcome"], journal

    yield decide
    for journal in opened:
        journal.close()


@pytest.mark.parametrize(
    ("settings", "given", "how", "outcome"),
    [
        ("", "done", "person", "done"),
        ("", "again", "person", "run_again"),
        ("", "abort", "person", "abort"),
        ("idempotent: true", "", "idempotent", "run_again"),
        ("idempotent: true", "done", "person", "done"),
        ("verify: 'true'", "", "verify", "done"),
        ("verify: 'false'", "", "verify", "run_again"),
        ("verify: 'true'", "again", "person", "run_again"),
        ("verify: 'false', idempotent: true", "", "verify", "run_again"),
        ("verify: {run: sleep 9, timeout: 50ms}, idempotent: true", "", "idempotent", "run_again"),
    ],
)
def test_who_decides_and_what(
    settle: Callable[..., tuple[str, Journal]], settings: str, given: str, how: str, outcome: str
) -> None:
    decided, journal = settle(settings, given=given)
    assert decided == outcome
    by = "ann" if how == "person" else ""
    step = {"step": PATH, "attempt": 1}
    assert [(event.type, event.data) for event in journal.events] == [
        ("step.unknown", {**step, "reason": "the process ended without leaving an exit code"}),
        ("step.settled", {**step, "how": how, "outcome": outcome, "by": by}),
    ]


@pytest.mark.parametrize("seen", ["done", "run_again"])
def test_an_action_that_can_look_at_the_world_is_asked_before_anybody_guesses(
    settle: Callable[..., tuple[str, Journal]], seen: Settlement
) -> None:
    decided, journal = settle("idempotent: true", look=seen)
    assert (decided, journal.events[-1].data["how"]) == (seen, "action")


@pytest.mark.parametrize(
    ("settings", "given", "outcome"), [("verify: 'false'", "", "run_again"), ("timeout: 1m", "abort", "abort")]
)
def test_the_plan_and_a_person_come_before_it(
    settle: Callable[..., tuple[str, Journal]], settings: str, given: str, outcome: str
) -> None:
    assert settle(settings, given=given, look="done")[0] == outcome


@pytest.mark.parametrize("settings", ["timeout: 1m", "verify: {run: sleep 9, timeout: 50ms}"])
def test_nobody_knows_and_nobody_can_be_asked(settle: Callable[..., tuple[str, Journal]], settings: str) -> None:
    with pytest.raises(Refused, match="a person has to say") as refused:
        settle(settings)
    assert refused.value.hint == f"Look, then: rollback-gov resume run-1 --settle {PATH}=done|again|abort"


@pytest.mark.parametrize(("said", "outcome"), [("done", "done"), ("again", "run_again"), ("abort", "abort")])
def test_a_person_is_asked(settle: Callable[..., tuple[str, Journal]], said: str, outcome: str) -> None:
    assert settle("timeout: 1m", console=Talk({"done by now": said}))[0] == outcome


class Leaving(Talk):
    """A person who goes away."""

    def __init__(self) -> None:
        super().__init__({"x": "y"})

    def ask(self, question: str, seconds: float) -> str | None:
        self.interactive = False
        return "perhaps"


def test_a_person_who_goes_away_leaves_the_run_waiting(settle: Callable[..., tuple[str, Journal]]) -> None:
    with pytest.raises(Refused, match="a person has to say"):
        settle("timeout: 1m", console=Leaving())
