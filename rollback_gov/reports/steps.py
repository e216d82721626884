"""What became of the steps: one record an attempt, also of those that were cut off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rollback_gov.model.event import Event
from rollback_gov.reports.fact import Derived, Fact, Measured, NotMeasured, Seconds
from rollback_gov.reports.log import NOT_ENDED, Data, Log, between

_OUTCOMES = {"done": "passed", "run_again": "interrupted", "abort": "failed"}
_DID_NOT_RUN = {"not_needed", "skipped"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One expectation of a step."""

    expected: str
    observed: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFact:
    """One attempt of a step. ``result`` is the journal's word, or ``not ended``.

    ``recovered`` says how an attempt was found again after the process had died: ``adopted`` (it still ran), ``found``
    (its exit code lay there), ``verified``, or ``unknown`` (nobody knew); empty where nothing was lost. ``settled`` is
    what was decided then, such as ``run_again``, and ``by`` the person who decided.
    """

    path: str
    title: str
    action: str
    attempt: int
    began: Fact[str]
    ended: Fact[str]
    result: str = "not ended"
    seconds: Fact[Seconds]
    exit: Fact[int]
    detail: str = ""
    checks: tuple[Condition, ...] = ()
    tries: int = 0
    stdout: str = ""
    stderr: str = ""
    recovered: str = ""
    settled: str = ""
    by: str = ""
    destructive: bool = False

    @property
    def is_named(self) -> bool:
        """The title says more than the id at the end of the path."""
        return self.title != self.path.rpartition("/")[2]


def steps(log: Log) -> tuple[StepFact, ...]:
    """Give every attempt of every step, in the order in which they began."""
    fold = _Steps()
    for event in log.events:
        fold.take(event)
    return tuple(fold.attempts)


class _Steps:
    def __init__(self) -> None:
        self.attempts: list[StepFact] = []
        self.latest: dict[str, int] = {}

    def take(self, event: Event) -> None:
        if event.type == "step.intent":
            self._begin(event)
        elif event.type == "step.finished":
            self._end(event)
        elif event.type == "step.unknown":
            self._change(event.data, recovered="unknown")
        elif event.type == "step.settled":
            self._settle(event.data)

    def _begin(self, event: Event) -> None:
        data = event.data
        attempt = StepFact(
            path=data["step"],
            title=data["title"],
            action=data["action"],
            attempt=data["attempt"],
            began=Measured(event.at, "journal, step.intent"),
            ended=NotMeasured(NOT_ENDED),
            seconds=NotMeasured(NOT_ENDED),
            exit=NotMeasured(NOT_ENDED),
            destructive=data["destructive"],
        )
        self._append(attempt)

    def _append(self, attempt: StepFact) -> None:
        self.latest[attempt.path] = len(self.attempts)
        self.attempts.append(attempt)

    def _end(self, event: Event) -> None:
        data = event.data
        if self._latest_is_open(data["step"]):
            began = self.attempts[self.latest[data["step"]]].began
            self._change(data, **_end_of(event, began))
        else:
            began = NotMeasured("it has no beginning of its own")
            self._append(replace(self._named(data), began=began, **_end_of(event, began)))

    def _latest_is_open(self, path: str) -> bool:
        return path in self.latest and self.attempts[self.latest[path]].result == "not ended"

    def _named(self, data: Data) -> StepFact:
        """Give a new attempt, with the names of an earlier one of the same step."""
        path, unknown = data["step"], NotMeasured("the step never began")
        if path in self.latest:
            earlier = self.attempts[self.latest[path]]
            return replace(earlier, attempt=data["attempt"], recovered="", settled="", by="")
        return StepFact(
            path=path,
            title=path.rpartition("/")[2],
            action="",
            attempt=0,
            began=unknown,
            ended=unknown,
            seconds=unknown,
            exit=unknown,
        )

    def _settle(self, data: Data) -> None:
        result = "by_hand" if data["outcome"] == "done" and data["how"] == "person" else _OUTCOMES[data["outcome"]]
        verified = {"recovered": "verified"} if data["how"] == "verify" and data["outcome"] == "done" else {}
        self._change(data, result=result, settled=data["outcome"], by=data["by"], **verified)

    def _change(self, data: Data, **changes: Any) -> None:
        """Change the latest attempt. In a journal that was cut at its beginning there may be none."""
        if data["step"] in self.latest:
            index = self.latest[data["step"]]
            self.attempts[index] = replace(self.attempts[index], **changes)


def _end_of(event: Event, began: Fact[str]) -> dict[str, Any]:
    data = event.data
    return {
        "result": data["result"],
        "ended": Measured(event.at, "journal, step.finished"),
        "seconds": _seconds(event, began),
        "exit": Measured(data["exit"], "journal") if data["exit"] is not None else NotMeasured("it has no exit code"),
        "detail": data["detail"],
        "checks": tuple(Condition(**check) for check in data["checks"]),
        "tries": data["tries"],
        "stdout": data["stdout"],
        "stderr": data["stderr"],
        "recovered": data["recovered"],
    }


def _seconds(event: Event, began: Fact[str]) -> Fact[Seconds]:
    """The journal's seconds count from when this process looked, which is not when a recovered step began."""
    data = event.data
    if data.get("doubted"):
        return NotMeasured("whether it ran is not in the journal")
    if data["result"] in _DID_NOT_RUN:
        return NotMeasured("it did not run")
    if data["result"] == "by_hand":
        return NotMeasured("it was done by hand")
    if data["recovered"] == "adopted" and not isinstance(began, NotMeasured):
        took = between(began.value, event.at)
        return took if isinstance(took, NotMeasured) else Derived(took, "from its beginning to its end in the journal")
    if data["recovered"]:
        return NotMeasured("it ended while nobody looked")
    return Measured(Seconds(data["seconds"]), "journal, step.finished")
