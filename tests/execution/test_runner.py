from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rollback_gov.execution.answers import Answers
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import FILE
from rollback_gov.execution.saving import save_all, write_manifest
from rollback_gov.model.errors import Interrupted, Refused
from tests.execution.conftest import Stage

Make = Callable[..., Stage]


def test_steps_run_in_order_and_the_journal_tells_it(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    budget: 10s
    steps:
      - {id: a, run: echo a >> log}
      - {id: b, run: echo b >> log}
  - id: two
    steps: [{id: c, run: echo c >> log}]
verification:
  checks: [{id: three-lines, run: wc -l < log, expect: {equals: 3}}]
""")
    result = run.run()
    assert result.result == "passed"
    assert result.sla_met
    assert (run.folder / "log").read_text() == "a\nb\nc\n"
    assert [event.type for event in run.events] == [
        "run.started",
        "phase.started",
        "step.intent",
        "step.finished",
        "step.intent",
        "step.finished",
        "phase.finished",
        "phase.started",
        "step.intent",
        "step.finished",
        "phase.finished",
        "phase.started",
        "check.finished",
        "phase.finished",
        "run.verified",
        "run.finished",
    ]


def test_a_failed_alternative_is_followed_by_the_next(stage: Make) -> None:
    run = stage("""
phases:
  - id: restore
    alternatives:
      - id: quick
        steps: [{id: dump, run: exit 3}, {id: never, run: touch never}]
      - id: slow
        steps: [{id: copy, run: touch slow}]
""")
    assert run.run().result == "passed"
    assert run.results() == {"phases/restore/quick/dump": "failed", "phases/restore/slow/copy": "passed"}
    assert [data["alternative"] for data in run.of("phase.started")][:2] == ["quick", "slow"]
    assert not (run.folder / "never").exists()
    assert run.of("run.finished")[0]["problems"] == ["phases/restore/quick/dump: failed (expected exit code 0, saw 3)"]


def test_a_chosen_option_is_tried_first(stage: Make) -> None:
    run = stage("""
phases:
  - id: restore
    alternatives:
      - {id: quick, steps: [{id: dump, run: touch quick}]}
      - {id: slow, steps: [{id: copy, run: touch slow}]}
""")
    run.started["options"] = {"restore": "slow"}
    assert run.run().result == "passed"
    assert (run.folder / "slow").exists()
    assert not (run.folder / "quick").exists()


def test_a_failed_phase_ends_the_run_and_offers_help(stage: Make) -> None:
    run = stage("""
phases:
  - {id: one, steps: [{id: a, run: exit 1}]}
  - {id: two, steps: [{id: b, run: touch b}]}
troubleshooting:
  - {phase: one, when: port in use, investigate: [{run: ss -ltn}], remedies: [{id: free, run: ./free.sh}]}
last_resort:
  - {id: rebuild, name: Build it anew, steps: [{id: go, manual: Build it}]}
escalation:
  - {on: failed, after: 0m, level: 1, name: First try failed, actions: [Read the log], notify: [pager]}
  - {on: failed, after: 5m, level: 2, actions: [Senior SRE]}
""")
    result = run.run()
    assert (result.result, result.detail) == ("failed", "phase 'one' failed")
    assert not (run.folder / "b").exists()
    said = "\n".join(run.console.lines)
    assert "troubleshooting: port in use" in said
    assert "look: ss -ltn" in said
    assert "remedy 1: free" in said
    assert "by explicit decision only: Build it anew" in said
    assert [data["level"] for data in run.of("escalated")] == [1]


def test_a_step_may_be_allowed_to_fail(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - {id: a, run: exit 1, on_failure: continue}
      - {id: b, run: touch b}
""")
    assert run.run().result == "passed"
    assert run.of("run.finished")[0]["problems"] == ["phases/one/a: failed (expected exit code 0, saw 1)"]


def test_a_person_may_do_by_hand_what_failed(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: exit 1, on_failure: manual}]}]")
    run.console.answers, run.console.interactive = {"by hand": "bob"}, True
    assert run.run().result == "passed"
    assert [data["result"] for data in run.of("step.finished")] == ["failed", "by_hand"]
    assert run.of("step.finished")[1]["detail"] == "done by bob"


def test_by_hand_without_a_terminal_is_a_failure(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: exit 1, on_failure: manual}]}]")
    assert run.run().result == "failed"


def test_retries_grow_slower_and_are_counted(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - id: a
        run: |
          echo x >> tries
          test "$(wc -l < tries)" -ge 3
        idempotent: true
        retry: {times: 2, wait: 10ms}
""")
    assert run.run().result == "passed"
    assert [data["attempt"] for data in run.of("step.intent")] == [1, 2, 3]
    assert [data["result"] for data in run.of("step.finished")] == ["failed", "failed", "passed"]


def test_until_repeats_within_its_time(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - id: idle
        run: echo x >> tries; echo $((5 - $(wc -l < tries)))
        expect: {stdout: {at_most: 2}}
        until: {every: 10ms, within: 10s}
""")
    assert run.run().result == "passed"
    end = run.of("step.finished")[0]
    assert end["tries"] == 3
    assert end["checks"] == [
        {"expected": "exit code 0", "observed": "0", "passed": True},
        {"expected": "stdout at most 2", "observed": "2", "passed": True},
    ]


def test_until_may_ask_for_a_hold(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps: [{id: quiet, run: "true", until: {every: 20ms, within: 10s, hold: 100ms}}]
""")
    assert run.run().result == "passed"
    assert run.of("step.finished")[0]["tries"] >= 3


def test_until_that_never_holds_fails_or_goes_on(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - {id: a, run: exit 1, until: {every: 20ms, within: 60ms, on_timeout: continue}}
      - {id: b, run: exit 1, until: {every: 20ms, within: 60ms}}
""")
    assert run.run().result == "failed"
    first, second = run.of("step.finished")
    assert first["result"] == "passed"
    assert "continued" in first["detail"]
    assert second["result"] == "timeout"


def test_when_decides_whether_a_step_is_needed(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - {id: no, when: {run: "false"}, run: touch no}
      - {id: yes, when: {run: "true"}, run: touch yes}
      - {id: unknown, when: {run: sleep 5, timeout: 50ms}, run: touch unknown}
""")
    assert run.run().result == "passed"
    assert run.results()["phases/one/no"] == "not_needed"
    assert not (run.folder / "no").exists()
    assert (run.folder / "yes").exists()
    assert (run.folder / "unknown").exists(), "unknown: the step runs"
    assert "could not be evaluated" in run.of("warning")[0]["message"]


def test_a_timeout_kills_the_whole_process_group(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - id: a
        run: |
          (trap '' TERM; sleep 60; touch survived) &
          echo $! > child
          sleep 60
        timeout: 200ms
""")
    assert run.run().result == "failed"
    assert run.results() == {"phases/one/a": "timeout"}
    pid = int((run.folder / "child").read_text())
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def test_skipped_steps_are_recorded_with_their_reason(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: touch a}, {id: b, run: touch b}]}]")
    run.started["skipped"] = {"one/a": "done by hand at noon"}
    assert run.run().result == "passed"
    assert not (run.folder / "a").exists()
    assert {**run.of("step.finished")[0], "seconds": 0} == {
        "step": "phases/one/a",
        "attempt": 0,
        "result": "skipped",
        "exit": None,
        "seconds": 0,
        "checks": [],
        "tries": 1,
        "detail": "done by hand at noon",
        "stdout": "",
        "stderr": "",
        "recovered": "",
    }


def test_a_scenario_runs_some_phases_and_some_steps(stage: Make) -> None:
    run = stage("""
phases:
  - {id: one, steps: [{id: a, run: touch a}, {id: b, run: touch b}]}
  - {id: two, steps: [{id: c, run: touch c}]}
scenarios:
  - {id: part, phases: [{id: one, steps: [b]}, verification], sla: 1m}
""")
    run.started["scenario"] = "part"
    assert run.run().result == "passed"
    assert run.results() == {"phases/one/b": "passed"}


def test_output_is_shown_kept_and_masked(stage: Make) -> None:
    run = stage(
        'phases: [{id: one, steps: [{id: a, run: \'echo "key is $KEY"; echo "::add-mask::other1"; echo other1 >&2\'}]}]'
    )
    run.environ["KEY"], run.secrets = "s3cret-value", ("s3cret-value",)
    assert run.run().result == "passed"
    kept = run.incident / run.of("step.finished")[0]["stdout"]
    assert kept.read_text().startswith("key is ***\n")
    everything = b"".join(path.read_bytes() for path in run.incident.rglob("*") if path.is_file())
    assert b"s3cret-value" not in everything
    assert "s3cret-value" not in run.console.output
    assert "key is ***" in run.console.output


def test_raw_output_is_private_and_gone_when_the_step_has_ended(stage: Make) -> None:
    run = stage(
        """
phases:
  - {id: one, steps: [{id: a, run: 'stat -c %a "$(dirname "$0")"', expect: {stdout: {equals: 700}}}]}
"""
    )
    assert run.run().result == "passed"
    assert list((run.incident / ".state").iterdir()) == []


def test_captures_run_side_by_side_and_never_stop_a_run(stage: Make) -> None:
    run = stage("""
capture:
  budget: 1s
  items:
    - {id: file, run: 'echo one > "$SAVE"', save: one.txt}
    - {id: printed, run: echo two, save: two.txt}
    - {id: broken, run: exit 7, save: three.txt}
    - {id: slow, run: sleep 30, save: four.txt, timeout: 100ms}
phases: [{id: one, steps: [{id: a, run: "true"}]}]
""")
    assert run.run().result == "passed"
    assert {data["id"]: data["result"] for data in run.of("capture.finished")} == {
        "file": "kept",
        "printed": "kept",
        "broken": "failed",
        "slow": "timeout",
    }
    assert (run.incident / "captures" / "one.txt").read_text() == "one\n"
    assert (run.incident / "captures" / "two.txt").read_text() == "two\n"
    assert not (run.incident / "captures" / "three.txt").exists()


BASELINE = """
baseline: [{id: count, run: echo 3, save: count.txt, required: true}]
phases:
  - id: one
    steps: [{id: a, run: cat "$BASELINE/count.txt", expect: {stdout: {equals: {baseline: count}}}}]
"""


def test_a_baseline_is_checked_and_compared_with(stage: Make) -> None:
    run = stage(BASELINE)
    with_baseline(run)
    assert run.run().result == "passed"
    assert run.of("baseline.checked")[0]["result"] == "intact"


def with_baseline(run: Stage) -> None:
    context = run.context
    kept = save_all(context, run.plan.baseline, context.baseline_folder, seconds=10)
    write_manifest(context, context.baseline_folder, kept)


def test_a_missing_baseline_refuses_and_can_be_overridden(stage: Make) -> None:
    run = stage(BASELINE)
    with pytest.raises(Refused, match="count is missing") as refused:
        run.run()
    assert "--override baseline" in refused.value.hint
    assert run.of("step.intent") == []


def test_a_damaged_baseline_is_noticed(stage: Make) -> None:
    run = stage(BASELINE)
    with_baseline(run)
    (run.folder / "baseline" / "staging" / "count.txt").write_text("4\n")
    answers = Answers(overrides={"baseline": "counted by hand"})
    assert run.run(answers).result == "passed"
    assert run.of("baseline.checked")[0]["result"] == "damaged"
    assert run.of("override") == [{"check": "baseline", "reason": "counted by hand", "by": "ann"}]


POINT = """
point_of_no_return:
  description: the old tables are gone
  passed_when: {run: test -e contracted}
  forward_fix: [{id: compensate, steps: [{id: fix, run: touch fixed}]}]
phases:
  - {id: drain, steps: [{id: a, run: touch drained}]}
  - {id: database, guard: before_point_of_no_return, steps: [{id: b, run: touch restored}]}
  - {id: open, steps: [{id: c, run: touch opened}]}
verification:
  checks:
    - {id: old, run: test -e restored, guard: before_point_of_no_return}
    - {id: open, run: test -e opened}
"""


def test_before_the_point_of_no_return_the_plan_runs(stage: Make) -> None:
    run = stage(POINT)
    assert run.run().result == "passed"
    assert (run.folder / "restored").exists()
    assert not (run.folder / "fixed").exists()
    assert run.of("point_of_no_return.checked")[0]["passed"] == "no"


def test_past_it_the_forward_fix_takes_the_place_of_the_guarded_phases(stage: Make) -> None:
    run = stage(POINT)
    (run.folder / "contracted").touch()
    assert run.run().result == "passed"
    assert list(run.results()) == ["phases/drain/a", "forward_fix/compensate/fix", "phases/open/c"]
    assert [data["check"] for data in run.of("check.finished")] == ["open"]
    assert run.of("run.finished")[0]["forward_fix"] is True


def test_an_unknown_point_of_no_return_is_a_persons_to_say(stage: Make) -> None:
    body = POINT.replace("run: test -e contracted", "ask: Are the tables gone?")
    with pytest.raises(Refused, match="a person has to say"):
        stage(body).run()
    run = stage(body)
    assert run.run(Answers(point_of_no_return="yes")).result == "passed"
    assert run.of("point_of_no_return.checked")[-1] == {"passed": "yes", "detail": "", "by": "ann"}


def test_a_passed_point_without_a_forward_fix_is_final(stage: Make) -> None:
    run = stage("""
point_of_no_return: {description: the old tables are gone, passed_when: {run: "true"}}
phases: [{id: one, steps: [{id: a, run: touch a}]}]
""")
    with pytest.raises(Refused, match="no forward fix"):
        run.run()
    assert not (run.folder / "a").exists()


GATE = "phases: [{id: one, steps: [{id: ask, gate: {ask: Go on?, deadline: 300ms}}, {id: b, run: touch b}]}]"


def test_a_gate_defaults_to_no(stage: Make) -> None:
    run = stage(GATE)
    assert run.run().result == "failed"
    assert run.results() == {"phases/one/ask": "denied"}
    assert run.of("gate.decided")[0]["decision"] == "deadline"
    assert run.of("run.finished")[0]["gate_seconds"] > 0.2


def test_a_gate_without_deadline_and_terminal_is_denied_at_once(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: ask, gate: Go on?}]}]")
    assert run.run().result == "failed"


def test_a_gate_may_proceed_on_its_deadline(stage: Make) -> None:
    run = stage(GATE.replace("deadline: 300ms", "deadline: 100ms, on_deadline: proceed"))
    assert run.run().result == "passed"


def test_a_gate_is_approved_by_somebody_else(stage: Make) -> None:
    run = stage(GATE.replace("300ms", "10s"))
    run.incident.mkdir()
    answer = Answer(step="phases/one/ask", decision="approved", by="bob", reason="", executable="")
    leave(run.incident, answer, number=1)
    assert run.run().result == "passed"
    assert run.of("gate.decided")[0]["by"] == "bob"
    assert run.of("override") == []


def test_a_gate_at_the_terminal_refuses_the_starter_without_a_reason(stage: Make) -> None:
    run = stage(GATE)
    run.console.interactive, run.console.answers = True, {"Who approves": "ann", "Why is it approved": ""}
    assert run.run().result == "failed"
    run = stage(GATE)
    (run.incident / "journal.jsonl").unlink()
    run.console.interactive, run.console.answers = True, {"Who approves": "ann", "Why is it approved": "alone at night"}
    assert run.run().result == "passed"
    assert run.of("override") == [{"check": "gate phases/one/ask", "reason": "alone at night", "by": "ann"}]


def test_manual_steps_are_confirmed_by_name(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, manual: Pull the plug}]}]")
    run.console.interactive, run.console.answers = True, {"Done?": "carla"}
    assert run.run().result == "passed"
    assert run.console.lines.count("    by hand: Pull the plug") == 1


def test_manual_steps_fail_without_a_terminal(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, manual: Pull the plug}]}]")
    assert run.run().result == "failed"
    assert "no terminal" in run.of("step.finished")[0]["detail"]


def test_waiting_is_counted(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, wait: 120ms}]}]")
    assert run.run().result == "passed"
    assert run.of("step.finished")[0]["seconds"] >= 0.12


def test_notify_never_fails_a_run(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, notify: {message: Half way, channels: [chat]}}]}]")
    assert run.run().result == "passed"
    assert ("step", {"text": "Half way", "severity": "info", "channels": "chat"}) in run.sent


def test_a_failing_check_fails_the_run_and_a_warning_does_not(stage: Make) -> None:
    body = """
phases: [{id: one, steps: [{id: a, run: "true"}]}]
verification:
  checks:
    - {id: slow, run: "false", severity: warn}
    - {id: dead, run: "false"}
"""
    assert stage(body.replace('{id: dead, run: "false"}', '{id: alive, run: "true"}')).run().result == "passed"
    run = stage(body)
    (run.incident / "journal.jsonl").unlink()
    result = run.run()
    assert (result.result, result.detail) == ("failed", "verification failed: dead")
    assert run.of("run.verified") == []


def test_checks_are_evaluated_again_until_they_pass(stage: Make) -> None:
    run = stage("""
phases: [{id: one, steps: [{id: a, run: "true"}]}]
verification:
  checks: [{id: up, run: echo x >> tries; test "$(wc -l < tries)" -ge 3, retries: 5, every: 10ms}]
""")
    assert run.run().result == "passed"
    assert run.of("check.finished")[0]["attempts"] == 3


def test_budgets_and_the_sla_are_measured(stage: Make) -> None:
    run = stage("""
phases: [{id: one, budget: 50ms, steps: [{id: a, run: sleep 0.2, timeout: 2s}]}]
escalation: [{on: running, after: 100ms, level: 1, actions: [Call somebody]}]
timeout: {after: 100ms, then: escalate}
""")
    run.sla_seconds = 0.1
    result = run.run()
    assert result.result == "passed"
    assert not result.sla_met
    assert {data["scope"] for data in run.of("sla.breached")} == {"total", "phases/one"}
    assert [data["on"] for data in run.of("escalated")] == ["running", "timeout"]


def test_a_run_that_takes_too_long_may_be_stopped(stage: Make) -> None:
    run = stage("""
phases: [{id: one, steps: [{id: a, run: sleep 0.2}, {id: b, run: touch b}]}]
timeout: {after: 100ms, then: stop}
""")
    assert run.run().result == "failed"
    assert not (run.folder / "b").exists()


def test_recovery_comes_after_verification_and_outside_the_sla(stage: Make) -> None:
    run = stage("""
phases: [{id: one, steps: [{id: a, run: "true"}]}]
recovery:
  - {id: broken, steps: [{id: b, run: exit 1}]}
  - {id: breakers, steps: [{id: c, run: touch closed}]}
""")
    assert run.run().result == "passed"
    types = [event.type for event in run.events]
    assert types.index("run.verified") < len(types) - 1
    assert (run.folder / "closed").exists()


def test_stopping_kills_the_step_and_can_be_resumed(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - {id: a, run: echo a >> log}
      - {id: b, run: "echo b >> log; test -e go || sleep 30", idempotent: true}
""")
    timer = threading.Timer(0.5, lambda: setattr(run.stop, "signal", "SIGINT"))
    timer.start()
    with pytest.raises(Interrupted, match="SIGINT"):
        run.run()
    timer.join()
    assert run.of("run.interrupted") == [{"signal": "SIGINT", "by": "", "reason": "", "open": "phases/one/b"}]
    run.stop.signal = ""
    (run.folder / "go").touch()
    assert run.run().result == "passed"
    assert (run.folder / "log").read_text() == "a\nb\nb\n"
    assert [data["how"] for data in run.of("step.settled")] == ["idempotent"]


def test_the_timeout_of_the_whole_run_ends_a_step_in_its_middle(stage: Make) -> None:
    run = stage("""
timeout: {after: 1s, then: stop}
phases:
  - {id: one, steps: [{id: a, run: 'echo $$ > pid; exec sleep 60'}]}
  - {id: two, steps: [{id: b, run: touch b}]}
""")
    result = run.run()
    assert (result.result, result.detail) == ("failed", "the whole run took longer than its timeout")
    assert not is_running(int((run.folder / "pid").read_text()))
    assert not (run.folder / "b").exists()
    assert run.stop.signal == "", "nothing else is to stop for it"


def test_what_is_rolled_back_does_not_fail_because_its_cleaning_up_takes_long(stage: Make) -> None:
    run = stage("""
timeout: {after: 300ms, then: stop}
escalation: [{on: failed, after: 0s, level: 1, actions: [Call A]}]
phases: [{id: one, steps: [{id: a, run: "true"}]}]
recovery: [{id: breakers, steps: [{id: close, run: sleep 0.8}, {id: look, wait: 600ms}]}]
""")
    assert run.run().result == "passed"
    assert run.of("escalated") == []
    assert run.results()["recovery/breakers/look"] == "passed"


def test_what_is_rolled_back_stays_so_when_its_cleaning_up_is_given_up(stage: Make) -> None:
    run = stage("""
phases: [{id: one, steps: [{id: a, run: "true"}]}]
recovery: [{id: breakers, steps: [{id: close, run: "true"}, {id: more, run: "true"}]}]
""")
    run.run()
    lines = (run.incident / FILE).read_bytes().splitlines(keepends=True)
    begun = next(number for number, line in enumerate(lines, 1) if b'"step":"recovery/breakers/close"' in line)
    (run.incident / FILE).write_bytes(b"".join(lines[:begun]))
    result = run.run(Answers(settle={"recovery/breakers/close": "abort"}))
    assert (result.result, result.detail) == ("passed", "a person gave up at step 'recovery/breakers/close'")
    assert "recovery/breakers/more" not in run.results()
