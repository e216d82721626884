"""What a crash left open: an attempt began, and nobody wrote its end. Found out, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from rollback_gov.execution.actions.wait import pause
from rollback_gov.execution.attempt import DEFAULT_SECONDS, Attempts, End
from rollback_gov.execution.bash import see_through
from rollback_gov.execution.clock import boot_of, parse_stamp, seconds_since
from rollback_gov.execution.next import SettleStep
from rollback_gov.execution.outcome import Ending
from rollback_gov.execution.process import Process, adopt, discard, leftovers, remains
from rollback_gov.execution.task import Settlement, action_module
from rollback_gov.execution.unknown import ANSWERS, settle_unknown
from rollback_gov.model.event import Event
from rollback_gov.model.step import Step

_BOOT_TOLERANCE = 2.0
"""Seconds by which the time of the boot may differ when it is computed twice."""
_LOOK_SECONDS = 0.05
"""Between two looks at what a dead shim left running."""


class Settling:
    """Settles attempts without an end. ``answers`` are those of people, given beforehand: step path -> answer."""

    def __init__(self, attempts: Attempts, answers: Mapping[str, str]) -> None:
        self.attempts = attempts
        self.context = attempts.context
        self.journal = attempts.journal
        self.answers = answers

    def settle(self, instruction: SettleStep, *, interrupted: bool) -> None:
        """Find out what became of an attempt without an end. ``interrupted``: it was cut off by us."""
        module = action_module(instruction.step.action)
        if getattr(module, "SAFE_TO_REPEAT", False):
            self._settled(instruction, "idempotent", "run_again")
            return
        state = self._latest_state(instruction)
        left = "unknown" if interrupted or not getattr(module, "ONE_PROCESS", False) else remains(state)
        if left == "never started" and state.parent.is_dir() and self._is_same_boot(instruction):
            self._settled(instruction, "never_started", "run_again")
            discard(state.parent)
        elif left in ("running", "ended"):
            self._take_over(instruction, state, adopted=left == "running")
        else:
            self._settle_unknown(instruction, state)

    def _take_over(self, instruction: SettleStep, state: Path, *, adopted: bool) -> None:
        """See an orphan through, or take the end that it wrote while nobody looked."""
        began = self.context.clock.monotonic()
        process = adopt(state) if adopted else Process(state, 0)
        deadline = self._original_deadline(instruction)
        outcome = see_through(self.context, process, deadline=deadline, outputs=self.attempts.outputs(instruction))
        if outcome.ending is Ending.LOST:
            self._settle_unknown(instruction, state)
            return
        end = self.attempts.judged(instruction.step, outcome, 1, "adopted" if adopted else "found")
        if outcome.ending is Ending.DONE and self._goes_on_trying(instruction.step, end):
            self._settled(instruction, "idempotent", "run_again")
            discard(state.parent)
            return
        self.attempts.write(instruction, end, began=began)

    def _goes_on_trying(self, step: Step, end: End) -> bool:
        """One try of an ``until`` ended while nobody looked; only one that says all there is to say is the end."""
        return step.until is not None and (end.result != "passed" or step.until.hold is not None)

    def _settle_unknown(self, instruction: SettleStep, state: Path) -> None:
        if self._has(instruction, "step.intent") and not self._await_leftovers(instruction, state):
            return  # asked to stop; whoever resumes the run finds out
        given = self._given(instruction)
        look = partial(self._look, instruction, state)
        doubted = self._is_doubted(instruction)
        if settle_unknown(self.context, self.journal, instruction, given, look=look, doubted=doubted):
            discard(state.parent)

    def _given(self, instruction: SettleStep) -> str:
        """Give what a person said beforehand about this attempt.

        ``STEP@ATTEMPT`` names it. ``STEP`` alone is about the attempt that was open when it was said; a command line
        that is simply repeated must not answer for a later one.
        """
        path, attempt = instruction.path, instruction.attempt
        if named := self.answers.get(f"{path}@{attempt}", ""):
            return named
        given = self.answers.get(path, "")
        settled = (event.data for event in self.journal.events if event.type == "step.settled")
        said = {data["outcome"] for data in settled if data["step"] == path and data["how"] == "person"}
        if given and ANSWERS[given] in said:
            self.context.console.say(f"  {path}: '{given}' was said of an earlier attempt; it does not count again")
            return ""
        return given

    def _look(self, instruction: SettleStep, state: Path) -> Settlement:
        """Ask the action itself what became of the attempt, where it knows how to look. Nothing of it runs then."""
        settle = getattr(action_module(instruction.step.action), "settle", None)
        if settle is None or (self._is_doubted(instruction) and not self._has(instruction, "step.resolved")):
            return "unknown"
        deadline = self.context.clock.monotonic() + (self.attempts.seconds(instruction) or DEFAULT_SECONDS)
        answer: Settlement = settle(self.context, self.attempts.task(instruction, state, deadline))
        return answer

    def _await_leftovers(self, instruction: SettleStep, state: Path) -> bool:
        """Let what still runs of the attempt come to its end, or to its deadline; until then nobody can know.

        An action of several programs is seen through too: the exit code of one does not say how the step stands.
        Gives False when the run was asked to stop.
        """
        for folder in _programs(state):
            if remains(folder) == "running":
                outputs, deadline = (
                    replace(self.attempts.outputs(instruction), append=True),
                    self._original_deadline(instruction),
                )
                see_through(self.context, adopt(folder), deadline=deadline, outputs=outputs)
        for folder in (state, *_programs(state)):
            if leftovers(folder) is not None:
                self.context.console.say(f"  {instruction.path}: its shim is dead, it still runs; waiting for its end")
                self._see_out(folder, self._original_deadline(instruction))
        return not self.context.stop.requested

    def _see_out(self, state: Path, deadline: float) -> None:
        while (process := leftovers(state)) is not None:
            if self.context.clock.monotonic() >= deadline or self.context.stop.requested:
                process.kill()
                return
            pause(self.context, _LOOK_SECONDS)

    def _has(self, instruction: SettleStep, type_: str) -> bool:
        """Say whether the journal tells such a thing of the step."""
        return any(event.type == type_ and event.data["step"] == instruction.path for event in self.journal.events)

    def _is_doubted(self, instruction: SettleStep) -> bool:
        """What was written down about the attempt may be missing: that there is no line proves nothing."""
        ends = (event.data for event in reversed(self.journal.events) if event.type == "step.finished")
        return bool(next((end for end in ends if end["step"] == instruction.path), {}).get("doubted"))

    def _intent(self, instruction: SettleStep) -> Event:
        events = (event for event in reversed(self.journal.events) if event.type == "step.intent")
        return next(event for event in events if event.data["step"] == instruction.path)

    def _original_deadline(self, instruction: SettleStep) -> float:
        """On the steady clock, never further away than the step's whole time.

        An orphan runs since the boot of now, so how long it has run the steady clock knows: a wall clock that was set
        meanwhile neither ends it early nor lets it run longer.
        """
        intent, clock = self._intent(instruction), self.context.clock
        gone = seconds_since(intent, self.journal.events, clock) - self._asked_seconds(instruction)
        return clock.monotonic() + float(intent.data["timeout_seconds"]) - max(gone, 0.0)

    def _asked_seconds(self, instruction: SettleStep) -> float:
        """How long the attempt waited for a person's yes, which is not its own time."""
        intent = self._intent(instruction)
        gates = (event.data for event in self.journal.events if event.type == "gate.decided" and event.seq > intent.seq)
        return sum(float(gate["seconds"]) for gate in gates if gate["step"] == instruction.path)

    def _is_same_boot(self, instruction: SettleStep) -> bool:
        """No trace of a script proves that it never ran, unless a power cut may have taken the trace away.

        Where a sandbox hides the boot, and in a journal that does not name it, the time of the boot tells, which a
        wall clock that was set moves.
        """
        intent, clock = self._intent(instruction), self.context.clock
        boot = boot_of(intent, self.journal.events)
        if boot and clock.boot:
            return boot == clock.boot
        then = parse_stamp(intent.at).timestamp() - intent.monotonic
        now = clock.now().timestamp() - clock.monotonic()
        return abs(now - then) < _BOOT_TOLERANCE

    def _settled(self, instruction: SettleStep, how: str, outcome: str) -> None:
        self.journal.append(
            "step.settled",
            {"step": instruction.path, "attempt": instruction.attempt, "how": how, "outcome": outcome, "by": ""},
        )

    def _latest_state(self, instruction: SettleStep) -> Path:
        folder = self.attempts.states(instruction)
        return max(folder.glob("*"), default=folder / "00001")


def _programs(state: Path) -> list[Path]:
    """Where the programs of an action that has several keep their state."""
    return sorted(path.parent for path in state.glob("*/process"))
