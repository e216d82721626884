"""The one way to wait for people: at the terminal and from elsewhere, until a deadline, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from rollback_gov.execution.asking import SLICE, Prompt
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.inbox import Answer, answers, use_up
from rollback_gov.execution.question import DEADLINE, Asked, Said, command
from rollback_gov.execution.task import Recorder
from rollback_gov.model.record import Record


class Wait(Record, kw_only=False, frozen=False):
    """Waits for the answer to one question. ``prompt`` asks at the terminal; None asks nobody there."""

    context: Context
    record: Recorder
    asked: Asked
    prompt: Prompt[Said] | None = None
    _began: float = 0.0
    _until: float | None = None

    def answer(self) -> Said | None:
        """Give what was said. None: the run is to stop, and whoever resumes it is asked again.

        Where nobody can answer nobody is asked, and nothing is written down; a gate of the plan always is.
        """
        clock, asked = self.context.clock, self.asked
        self._began = clock.monotonic()
        self._until = None if asked.deadline is None else self._began + asked.deadline
        if self._is_over() and not asked.pages and self._elsewhere() is None:
            return self.silence()
        self._announce()
        while not self.context.stop.requested:
            self.context.tick()
            said = self._elsewhere() or self._here()
            if said is None and self._is_over() and not self._has_more_time():
                said = self.silence()
            if said is not None:
                self.decided(said)
                return said
            if not self._is_asked_here():
                clock.sleep(SLICE)
        return None

    def counts(self, _answer: Answer) -> bool:
        """Say whether an answer from elsewhere is one."""
        return True

    def more_time(self) -> float:
        """Give more seconds when the time is over; 0: it is over."""
        return 0.0

    def silence(self) -> Said:
        """Say what it means that nobody answered."""
        return Said(DEADLINE)

    def decided(self, said: Said) -> None:
        """Write the answer down, and use it up only then: a crash between the two asks nobody anew."""
        asked = self.asked
        if not asked.by_hand:
            data = {"step": asked.path, "decision": said.decision, "by": said.by, "reason": said.reason}
            seconds = round(self.context.clock.monotonic() - self._began, 3)
            more = {"seconds": seconds, "executable": asked.executable, "subject": asked.subject}
            self.record("gate.decided", data | more)
        use_up(self.context.folder, asked.path)

    def _is_asked_here(self) -> bool:
        return self.prompt is not None and self.prompt.is_open

    def _here(self) -> Said | None:
        return self.prompt.hear() if self.prompt is not None and self.prompt.is_open else None

    def _elsewhere(self) -> Said | None:
        """Somebody's answer from elsewhere. The first one decides; of work by hand the newest word counts."""
        asked = self.asked
        mine = [
            answer
            for answer in answers(self.context.folder)
            if answer.step == asked.path
            and answer.subject == asked.subject
            and asked.takes(answer.decision)
            and self.counts(answer)
        ]
        if not mine:
            return None
        answer = mine[-1 if asked.by_hand else 0]
        return Said(answer.decision, answer.by, answer.reason)

    def _is_over(self) -> bool:
        """A question without a deadline waits as long as somebody is at the terminal; then for its patience."""
        if self._until is None and not self._is_asked_here():
            self._until = self.context.clock.monotonic() + self.asked.patience
        return self._until is not None and self.context.clock.monotonic() >= self._until

    def _has_more_time(self) -> bool:
        seconds = self.more_time()
        self._until = self.context.clock.monotonic() + seconds
        return seconds > 0

    def _announce(self) -> None:
        context, asked = self.context, self.asked
        data: dict[str, object] = {"step": asked.path, "ask": asked.ask, "deadline": self._deadline()}
        if asked.by_hand:
            self.record("manual.waiting", data)
        else:
            data |= {"subject": asked.subject, "choices": list(asked.choices), "several": asked.several}
            self.record("gate.waiting", data | {"role": asked.role})
        answer = command(context.run, asked.path, asked.choices)
        context.console.say(f"    from elsewhere: {answer}")
        if asked.pages or not self._is_asked_here():
            text = f"By hand: {asked.ask}" if asked.by_hand else asked.ask
            fields = {"step": asked.path, "text": text, "role": asked.role, "answer": answer}
            context.notify("gate", {**fields, "deadline": str(data["deadline"]).replace("T", " ").replace("Z", " UTC")})

    def _deadline(self) -> str:
        if self._until is None:
            return ""
        return stamp(self.context.clock.now() + timedelta(seconds=self._until - self._began))


def choose(context: Context, record: Recorder, asked: Asked, question: str, words: Mapping[str, str]) -> Said | None:
    """Let people choose. ``words`` is what is typed at the terminal for each choice. See ``Wait.answer``."""

    def understand(typed: str) -> Said | None:
        choice = words.get(typed.lower())
        return Said(choice, context.person) if choice else None

    return Wait(context, record, asked, Prompt(context, question, understand)).answer()
