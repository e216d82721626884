"""Decisions are told, asked or carried out: each once, and one rollback an operation."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest

from rollback_gov.model.errors import Interrupted, Refused, UsageError
from rollback_gov.model.observation import Value
from rollback_gov.model.reason import RollbackReason
from rollback_gov.triggers.carrying_out import Hands
from rollback_gov.triggers.decision import Mode
from rollback_gov.triggers.gates import Gate, Outcome
from rollback_gov.triggers.lease import LEASE_SECONDS, Lease, Leases, Unreachable
from rollback_gov.triggers.lease_files import FileLeases
from rollback_gov.triggers.response import UNREACHABLE_SECONDS, Responder
from rollback_gov.triggers.terms import End, Terms
from rollback_gov.triggers.tick import Rules, Tick, tick
from tests.triggers.conftest import plan_of

ROLLBACK = "decision: [{action: rollback, any: [errors]}]"
RESTART = "scenarios: [{id: restart, phases: [undo]}]\ndecision: [{action: mitigate, any: [errors], scenario: restart}]"
AT = "1970-01-01T00:01:40.000Z"


class Talk:
    """A terminal: what was said, and answers; without answers nobody is there."""

    def __init__(self, *answers: str | None) -> None:
        self.interactive = bool(answers)
        self.answers, self.lines, self.questions = list(answers), list[str](), list[str]()

    def say(self, text: str) -> None:
        self.lines.append(text)

    def ask(self, question: str, seconds: float) -> str | None:
        self.questions.append(question)
        return self.answers.pop(0)


class Stage:
    """A responder with everything real but the terminal and the rollback itself, which gives ``outcome``."""

    def __init__(self, folder: Path, mode: Mode, body: str, talk: Talk) -> None:
        plan = plan_of(
            "triggers: [{id: errors, query: {source: http, url: 'http://m/e'}, above: 1%, for: 0s}]\n" + body
        )
        rules = Rules(triggers=plan.triggers, bands=plan.decision, every=plan.watch.every, mode=mode)
        self.rules, self.talk, self.folder = rules, talk, folder
        self.ran: list[tuple[RollbackReason, str]] = []
        self.log: list[dict[str, Any]] = []
        self.outcome: int | Exception = 0
        self.stopped = False
        self.unfinished = ""
        self.damage: tuple[str, ...] = ()
        self.terms: list[Terms] = []
        self.paged: list[str] = []
        self.gates: list[Gate] = []
        self.seen: list[dict[str, Any]] = []
        self.now = 1000.0
        self.leases: Leases = FileLeases(folder)
        self.responder = self.respond_with(talk)

    def respond_with(self, talk: Talk) -> Responder:
        hands = Hands(
            rules=self.rules,
            what="op-7 in production",
            person="ana",
            console=talk,
            execute=self.execute,
            by_hand=lambda decision: f"rollback-gov execute {decision.scenario}".strip(),
            page=lambda _decision, text: self.paged.append(text),
            write=lambda kind, data: (self.log if kind == "acted" else self.seen).append(data),
            stopped=lambda: self.stopped,
            unfinished=lambda: self.unfinished,
            damage=lambda _run: self.damage,
        )
        gates = lambda _decision, _tick: self.gates  # noqa: E731
        return Responder(hands=hands, leases=self.leases, gates=gates, steady=lambda: self.now)

    def execute(self, reason: RollbackReason, *, scenario: str, terms: Terms) -> int:
        self.ran.append((reason, scenario))
        self.terms.append(terms)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def tick(self, number: str = "0.05") -> Tick:
        return tick(self.rules, {}, {"errors": {"value": Value(Decimal(number), 100.0)}}, 100.0)

    def ratio(self, *, limit: str) -> None:
        """Watch a ratio to another query instead."""
        query = "query: {source: http, url: 'http://m/canary'}"
        above = "above: {query: {source: http, url: 'http://m/stable'}, times: 2}"
        plan = plan_of(
            f"triggers: [{{id: ratio, {query}, {above}, for: 0s, baseline_limit: {limit}}}]\n"
            "decision: [{action: rollback, any: [ratio]}]"
        )
        self.rules = replace(self.rules, triggers=plan.triggers, bands=plan.decision)
        self.responder = self.respond_with(self.talk)

    def compared(self, canary: str, stable: str) -> Tick:
        readings = {"value": Value(Decimal(canary), 100.0), "above": Value(Decimal(stable), 100.0)}
        return tick(self.rules, {}, {"ratio": readings}, 100.0)

    def respond(self, number: str = "0.05") -> End | None:
        return self.responder.respond(self.tick(number))

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(line["outcome"], line["by"]) for line in self.log]

    @property
    def lease(self) -> Lease:
        return Lease(self.leases, "rollback")


Stages = Callable[..., Stage]


@pytest.fixture
def stage(tmp_path: Path) -> Stages:
    def make(mode: Mode, body: str = ROLLBACK, *answers: str | None) -> Stage:
        return Stage(tmp_path, mode, body, Talk(*answers))

    return make


def test_nothing_fired_nothing_done(stage: Stages) -> None:
    quiet = stage("auto")
    assert quiet.respond("0.001") is None
    assert (quiet.ran, quiet.log) == ([], [])


class TestAuto:
    """``auto`` acts."""

    @pytest.mark.parametrize(("code", "result"), [(0, "passed"), (5, "failed"), (130, "interrupted"), (1, "refused")])
    def test_a_rollback_is_run_and_its_end_is_the_watchs(self, stage: Stages, code: int, result: str) -> None:
        auto = stage("auto")
        auto.outcome = code
        end = auto.respond()
        assert end is not None
        assert end.exit_code == code
        assert auto.outcomes == [("started", "rollback-gov watch"), (result, "rollback-gov watch")]
        holder = auto.lease.holder()
        assert holder is not None
        assert holder.result == result

    def test_the_reason_says_what_was_measured(self, stage: Stages) -> None:
        auto = stage("auto")
        auto.respond()
        assert auto.ran == [
            (
                RollbackReason(
                    text="errors: 0.05 is above 0.01",
                    decided_by="rollback-gov watch",
                    trigger="errors",
                    metric="http at http://m/e",
                    value="0.05",
                    threshold="above 0.01",
                    first_breach=AT,
                    gates="lease passed: token 1",
                ),
                "",
            )
        ]

    def test_a_decision_is_carried_out_once(self, stage: Stages) -> None:
        auto = stage("auto", RESTART)
        assert auto.respond() is None
        assert auto.respond() is None
        assert [scenario for _, scenario in auto.ran] == ["restart"]
        assert auto.responder.done == {"mitigate:0"}

    def test_a_rollback_that_cannot_begin_is_recorded_and_says_what_to_do(self, stage: Stages) -> None:
        auto = stage("auto")
        auto.outcome = Refused(
            "The backup is gone.", reasons=("backup: missing",), hint="Override it: --override safety"
        )
        assert auto.respond() == End(1, "the rollback could not begin: The backup is gone.")
        assert auto.talk.lines == ["The backup is gone.", "  - backup: missing", "Override it: --override safety"]
        assert auto.log[-1]["detail"] == "The backup is gone."
        assert auto.outcomes[-1] == ("refused", "rollback-gov watch")
        holder = auto.lease.holder()
        assert holder is not None
        assert holder.result == "refused"

    @pytest.mark.parametrize("outcome", [5, 130, UsageError("a parameter is missing")])
    def test_a_mitigation_that_fails_leaves_the_watch_going(self, stage: Stages, outcome: int | Exception) -> None:
        auto = stage("auto", RESTART)
        auto.outcome = outcome
        assert auto.respond() is None
        assert len(auto.ran) == 1

    @pytest.mark.parametrize(("body", "action"), [(ROLLBACK, "rollback"), (RESTART, "mitigate")])
    def test_what_was_interrupted_ends_the_watch(self, stage: Stages, body: str, action: str) -> None:
        auto = stage("auto", body)
        auto.outcome = Interrupted("The run was stopped.", hint="rollback-gov resume op-7-1")
        assert auto.respond() == End(130, f"the {action} was interrupted")
        assert auto.talk.lines[-1] == "rollback-gov resume op-7-1"
        assert auto.outcomes[-1] == ("interrupted", "rollback-gov watch")


class TestConfirm:
    """``confirm`` asks."""

    def test_a_yes_runs_it_in_the_name_of_the_person(self, stage: Stages) -> None:
        confirm = stage("confirm", ROLLBACK, None, None, "yes")
        end = confirm.respond()
        assert end == End(0, "rolled back: passed")
        assert confirm.talk.questions[0] == "Roll back op-7 in production now? yes/no"
        assert confirm.ran[0][0].decided_by == "ana"
        assert confirm.outcomes == [("started", "ana"), ("passed", "ana")]

    @pytest.mark.parametrize("answer", ["no", "", "maybe", "yess"])
    def test_anything_else_is_a_no(self, stage: Stages, answer: str) -> None:
        confirm = stage("confirm", ROLLBACK, answer)
        assert confirm.respond() == End(1, "ana refused the rollback")
        assert confirm.ran == []
        assert confirm.outcomes == [("refused", "ana")]

    def test_a_no_to_a_mitigation_leaves_the_watch_going(self, stage: Stages) -> None:
        confirm = stage("confirm", RESTART, "no")
        assert confirm.respond() is None
        assert confirm.talk.questions == ["Run the scenario restart of op-7 in production now? yes/no"]

    def test_without_a_terminal_it_says_how_to_do_it(self, stage: Stages) -> None:
        confirm = stage("confirm")
        assert confirm.respond() == End(1, "a rollback is called for; it was only told")
        assert confirm.talk.lines == ["There is no terminal to ask on.", "To do it: rollback-gov execute"]
        assert confirm.outcomes == [("told", "rollback-gov watch")]

    def test_a_wish_to_stop_is_a_no(self, stage: Stages) -> None:
        confirm = stage("confirm", ROLLBACK, "yes")
        confirm.stopped = True
        assert confirm.respond() == End(1, "ana refused the rollback")


class TestObserve:
    """``observe`` tells."""

    def test_a_rollback_is_told_and_ends_the_watch(self, stage: Stages) -> None:
        observe = stage("observe")
        assert observe.respond() == End(1, "a rollback is called for; it was only told")
        assert observe.ran == []
        assert observe.lease.holder() is None

    def test_a_mitigation_is_told_and_the_watch_goes_on(self, stage: Stages) -> None:
        observe = stage("observe", RESTART)
        assert observe.respond() is None
        assert observe.talk.lines == ["To do it: rollback-gov execute restart"]

    def test_what_changes_nothing_is_told_in_every_mode(self, stage: Stages) -> None:
        for mode in ("observe", "confirm", "auto"):
            told = stage(mode, "decision: [{action: investigate, any: [errors], within: 10m, then: rollback}]")
            assert told.respond() is None
            assert (told.ran, told.talk.lines, told.talk.questions) == ([], [], [])
            assert told.outcomes == [("told", "rollback-gov watch")]


class TestLease:
    """Two watchers, one rollback."""

    def test_a_second_firing_corroborates_and_starts_nothing(self, stage: Stages) -> None:
        first, second = stage("auto"), stage("auto")
        first.respond()
        end = second.respond()
        assert end is not None
        assert end.exit_code == 1
        assert f"by process {os.getpid()} on {os.uname().nodename}, and it passed" in end.text
        assert second.ran == []
        assert second.outcomes == [("corroborated", "rollback-gov watch")]
        assert second.seen[-1]["gates"][-1]["outcome"] == "failed"

    def test_who_only_watches_stops_when_another_is_through(self, stage: Stages) -> None:
        first, second = stage("auto"), stage("auto")
        assert second.respond("0.001") is None
        first.respond()
        end = second.respond("0.001")
        assert end is not None
        assert end.text.startswith(f"the rollback was begun at {AT}")

    def test_while_another_is_at_it_we_look_on_and_end_with_it(self, stage: Stages) -> None:
        auto, other = stage("auto"), stage("auto").lease
        other.take(at=AT, reason="errors", by="ana")
        assert [auto.respond(), auto.respond(), auto.respond("0.001")] == [None, None, None]
        assert auto.outcomes == [("corroborated", "rollback-gov watch")]
        other.settle("passed")
        end = auto.respond()
        assert end is not None
        assert end.text.endswith(f"on {os.uname().nodename} for ana, and it passed")
        assert auto.ran == []

    def dead_holder(self, stage: Stage, **changes: Any) -> None:
        stage.lease.take(at=AT, reason="errors")
        kept = stage.leases.read("rollback")
        assert kept is not None
        text = json.dumps({**json.loads(kept[0]), "started": "1", "pid": 4_000_000, **changes})
        assert stage.leases.swap("rollback", kept[1], text)

    def test_the_lease_of_a_watcher_that_died_before_its_rollback_is_taken_over(self, stage: Stages) -> None:
        auto = stage("auto")
        self.dead_holder(auto)
        assert auto.respond("0.001") is None
        assert auto.respond() == End(0, "rolled back: passed")
        assert len(auto.ran) == 1
        assert auto.log[-1]["token"] == 2

    def test_who_dies_on_another_machine_before_its_run_is_stepped_in_for(self, stage: Stages) -> None:
        auto = stage("auto")
        self.dead_holder(auto, host="elsewhere")
        assert auto.respond() is None
        auto.now += LEASE_SECONDS - 1
        assert auto.respond() is None
        auto.now += 2
        assert auto.respond() == End(0, "rolled back: passed")
        assert auto.outcomes[0] == ("corroborated", "rollback-gov watch")

    def test_who_dies_on_another_machine_in_its_run_is_a_persons_to_step_in_for(self, stage: Stages) -> None:
        auto = stage("auto")
        self.dead_holder(auto, host="elsewhere", run="op-7-1")
        assert auto.respond() is None
        auto.now += LEASE_SECONDS
        assert auto.respond() == End(1, "a rollback is called for, and the run op-7-1 has not ended")
        assert auto.ran == []
        assert auto.paged == [
            "rollback is called for, and the run op-7-1 has not ended. "
            "To go on with it on elsewhere: rollback-gov resume op-7-1"
        ]

    @pytest.mark.parametrize("died", [True, False])
    def test_while_a_run_has_not_ended_nothing_begins_by_itself(self, stage: Stages, died: bool) -> None:
        auto = stage("auto")
        if died:
            self.dead_holder(auto)
        auto.unfinished = "op-7-1"
        assert auto.respond() == End(1, "a rollback is called for, and the run op-7-1 has not ended")
        assert auto.ran == []
        assert auto.talk.lines == [
            "The run op-7-1 has begun and has not ended. To go on with it: rollback-gov resume op-7-1"
        ]
        assert auto.outcomes == [("refused", "ana")]

    def test_nobody_is_sent_to_go_on_with_a_journal_that_is_damaged(self, stage: Stages) -> None:
        auto = stage("auto")
        auto.unfinished, auto.damage = "op-7-1", ("Its line 3 was changed.", "See: rollback-gov journal verify op-7-1")
        assert auto.respond() == End(1, "a rollback is called for, and the run op-7-1 has not ended")
        assert auto.talk.lines == [
            "The run op-7-1 has begun and has not ended. "
            "Its line 3 was changed. See: rollback-gov journal verify op-7-1"
        ]
        assert "resume" not in "".join(auto.paged)

    @pytest.mark.parametrize(("answer", "runs"), [("yes", 1), ("no", 0)])
    def test_a_person_may_begin_once_more(self, stage: Stages, answer: str, runs: int) -> None:
        auto = stage("auto", ROLLBACK, answer)
        auto.unfinished = "op-7-1"
        end = auto.respond()
        assert end is not None
        assert end.exit_code == (0 if runs else 1)
        assert len(auto.ran) == runs
        assert auto.talk.questions == ["Roll back op-7 in production from the beginning all the same? yes/no"]

    def test_after_a_rollback_that_is_over_the_operation_can_be_watched_again(self, stage: Stages) -> None:
        first = stage("auto")
        first.respond()
        again = stage("auto")
        assert not again.responder.begin(frozenset({"prepare:0"}), again=False)
        assert again.responder.done == {"prepare:0"}
        assert again.responder.begin(frozenset({"prepare:0"}), again=True)
        assert again.respond() is not None
        assert len(again.ran) == 1

    def test_a_mitigation_has_a_lease_of_its_own_that_is_set_aside_too(self, stage: Stages) -> None:
        first = stage("auto", RESTART)
        first.respond()
        assert (first.folder / "mitigate-0.lease").exists()
        again = stage("auto", RESTART)
        assert not again.responder.begin(frozenset(), again=True)
        assert again.respond() is None
        assert len(again.ran) == 1

    def test_a_mitigation_of_another_watcher_is_not_repeated(self, stage: Stages) -> None:
        first, second = stage("auto", RESTART), stage("auto", RESTART)
        first.respond()
        assert second.respond() is None
        assert second.ran == []

    def test_a_run_is_told_who_has_it_by_now(self, stage: Stages) -> None:
        auto = stage("auto")
        auto.respond()
        (terms,) = auto.terms
        terms.begun("op-7-1")
        holder = auto.lease.holder()
        assert holder is not None
        assert (holder.run, terms.asked, dict(terms.doubts)) == ("op-7-1", True, {})


class Away:
    """Leases that cannot be reached until they can."""

    look_seconds = 0.0

    def __init__(self, store: Leases) -> None:
        self.store, self.is_away, self.reads = store, True, 0
        self.answers = Event()
        self.answers.set()

    def read(self, name: str) -> tuple[str, str] | None:
        self.reads += 1
        self.answers.wait(60)
        if self.is_away:
            raise Unreachable("the cluster is gone")
        return self.store.read(name)

    def swap(self, name: str, version: str, text: str) -> bool:
        return self.store.swap(name, version, text)


class TestWithoutALease:
    """Nobody knows whether another has begun."""

    def away(self, stage: Stages, *answers: str) -> tuple[Stage, Away]:
        auto = stage("auto", ROLLBACK, *answers)
        auto.leases = away = Away(auto.leases)
        auto.responder = auto.respond_with(auto.talk)
        return auto, away

    def test_it_is_tried_again_and_people_are_told_once(self, stage: Stages) -> None:
        auto, away = self.away(stage)
        assert [auto.respond(), auto.respond(), auto.respond("0.001")] == [None, None, None]
        assert auto.paged == [
            "rollback is called for, and the lease unknown: the cluster is gone. To do it: rollback-gov execute"
        ]
        away.is_away = False
        assert auto.respond() == End(0, "rolled back: passed")

    def test_after_a_while_it_begins_and_asks(self, stage: Stages) -> None:
        auto, _ = self.away(stage)
        assert auto.respond() is None
        auto.now += UNREACHABLE_SECONDS
        assert auto.respond() == End(0, "rolled back: passed")
        assert dict(auto.terms[0].doubts) == {"lease": "the cluster is gone"}

    def test_whoever_cannot_be_seen_is_not_taken_for_dead(self, stage: Stages) -> None:
        auto, away = self.away(stage)
        away.is_away = False
        auto.lease.take(at=AT, reason="errors")
        assert auto.respond() is None
        away.is_away = True
        assert auto.respond() is None
        assert auto.ran == []

    def test_a_look_costs_so_it_is_taken_now_and_then(self, stage: Stages) -> None:
        auto, away = self.away(stage)
        away.is_away, away.look_seconds = False, 60.0
        assert auto.respond("0.001") is None
        other = Lease(away, "rollback")
        other.take(at=AT, reason="errors")
        other.settle("passed")
        auto.now += 59
        assert auto.respond("0.001") is None
        auto.now += 1
        end = self.ended(auto)
        assert end.text.endswith("and it passed")

    def test_a_look_that_is_not_answered_holds_up_no_tick(self, stage: Stages) -> None:
        auto, away = self.away(stage)
        other = Lease(away.store, "rollback")
        other.take(at=AT, reason="errors")
        other.settle("passed")
        away.is_away, away.look_seconds = False, 60.0
        away.answers.clear()
        began = monotonic()
        assert auto.respond("0.001") is None
        auto.now += 120
        assert auto.respond("0.001") is None
        assert monotonic() - began < 30, "it is answered later than that"
        assert away.reads == 1
        away.answers.set()
        assert self.ended(auto).text.endswith("and it passed")

    def ended(self, auto: Stage) -> End:
        """Go on with ticks that decide nothing until the look that has begun is answered."""
        until = monotonic() + 60
        while monotonic() < until:
            if (end := auto.respond("0.001")) is not None:
                return end
            sleep(0.01)
        raise AssertionError("the look was not answered")


class TestGates:
    """What stands before a rollback. First law: never turned into nothing."""

    def test_a_doubt_has_a_person_asked_by_the_run(self, stage: Stages) -> None:
        auto = stage("auto")
        auto.gates = [Gate("safety", Outcome.FAILED, "no backup"), Gate("live-version", Outcome.PASSED)]
        assert auto.respond() == End(0, "rolled back: passed")
        assert dict(auto.terms[0].doubts) == {"safety": "no backup"}
        assert auto.log[0]["detail"] == "safety failed: no backup"
        assert auto.talk.lines == ["gate safety failed: no backup"]
        assert auto.seen[0]["asks"] == ["safety"]
        assert [gate["gate"] for gate in auto.seen[0]["gates"]] == ["safety", "live-version", "lease"]
        assert auto.ran[0][0].gates == "safety failed: no backup; live-version passed; lease passed: token 1"

    @pytest.mark.parametrize(
        ("name", "course"),
        [("live-version", "superseded"), ("point-of-no-return", "beyond the point of no return")],
    )
    def test_what_must_not_be_run_ends_the_watch_and_calls_people(self, stage: Stages, name: str, course: str) -> None:
        auto = stage("auto")
        auto.gates = [Gate(name, Outcome.FAILED, "v3 is live")]
        assert auto.respond() == End(1, f"a rollback is called for, and {course}: v3 is live")
        assert (auto.ran, auto.lease.holder()) == ([], None)
        assert auto.paged == [
            f"rollback is called for and not run ({course}): v3 is live. To do it: rollback-gov execute"
        ]
        assert auto.outcomes == [(course, "rollback-gov watch")]

    def test_a_bad_baseline_holds_a_rollback_for_as_long_as_it_is_bad(self, stage: Stages) -> None:
        auto = stage("auto")
        auto.ratio(limit="2%")
        auto.gates = [Gate("baseline", Outcome.FAILED, "stable is bad itself")]
        bad, fine = auto.compared("0.09", "0.03"), auto.compared("0.09", "0.01")
        assert [auto.responder.respond(bad), auto.responder.respond(bad)] == [None, None]
        assert auto.outcomes == [("investigate", "rollback-gov watch")]
        assert len(auto.paged) == 1
        auto.gates = []
        assert auto.responder.respond(bad) is None
        assert auto.responder.respond(replace(fine, entries=())) is None
        assert auto.responder.respond(fine) == End(0, "rolled back: passed")

    def test_confirm_without_a_terminal_calls_people(self, stage: Stages) -> None:
        confirm = stage("confirm")
        confirm.respond()
        assert confirm.paged == ["rollback is called for: errors: 0.05 is above 0.01. To do it: rollback-gov execute"]

    @pytest.mark.parametrize(("action", "calls"), [("investigate", 1), ("monitor", 0), ("prepare", 0)])
    def test_an_investigation_calls_people(self, stage: Stages, action: str, calls: int) -> None:
        told = stage("auto", f"decision: [{{action: {action}, any: [errors]}}]")
        assert told.respond() is None
        assert len(told.paged) == calls

    def test_a_deadline_that_becomes_a_page_calls_people(self, stage: Stages) -> None:
        auto = stage("auto", "decision: [{action: investigate, any: [errors], within: 10m, then: page}]")
        late = tick(auto.rules, auto.tick().states, {}, 100.0 + 600)
        assert auto.responder.respond(late) is None
        assert auto.paged == ["page: errors: 0.05 is above 0.01; not settled within 10m (investigate)"]

    def test_a_deadline_that_becomes_a_rollback_rolls_back(self, stage: Stages) -> None:
        auto = stage("auto", "decision: [{action: investigate, any: [errors], within: 10m, then: rollback}]")
        assert auto.respond() is None
        late = tick(auto.rules, auto.tick().states, {}, 100.0 + 600)
        assert auto.responder.respond(late) == End(0, "rolled back: passed")

    def test_preparing_may_run_a_scenario_already(self, stage: Stages) -> None:
        auto = stage("auto", RESTART.replace("mitigate", "prepare"))
        assert auto.respond() is None
        assert [scenario for _, scenario in auto.ran] == ["restart"]


def test_the_reason_is_that_of_the_trigger_that_fired_first(stage: Stages) -> None:
    auto = stage("auto")
    done = auto.tick()
    assert done.decision is not None
    state = replace(done.states["errors"], first_breach=None)
    auto.responder.respond(replace(done, states={"errors": state}))
    assert auto.ran[0][0].first_breach == ""
