"""What the expectations of a case have shown: that a trigger fires, that it stays quiet, that a band is decided."""

from __future__ import annotations

from rollback_gov.model.plan import Plan
from rollback_gov.model.trigger_tests import Expectation
from rollback_gov.triggers.cases.load import LoadedCase
from rollback_gov.triggers.decision import ANY_TRIGGER
from rollback_gov.triggers.tick import Tick


class Shown:
    """What the expectations of one case have shown so far. Rows of the decision count from 0; -1 without any."""

    def __init__(self, loaded: LoadedCase, plan: Plan) -> None:
        self.fired: set[str] = set()
        self.quiet: set[str] = set()
        self.decided: set[int] = set()
        self.passed_over: set[int] = set()
        """Rows of which a trigger was read, and that were not decided."""
        self._bands = dict(enumerate(plan.decision)) or {-1: ANY_TRIGGER}
        self._read = {*loaded.series, *_reported(loaded, plan)}

    def learn(self, expectation: Expectation, last: Tick) -> None:
        """Take an expectation that held into account."""
        for name, word in (expectation.triggers or {}).items():
            (self.fired if word == "fired" else self.quiet).add(name)
        if expectation.nothing:
            self.quiet |= self._read
        if expectation.decision is None and not expectation.nothing:
            return
        decided = last.decision.band if last.decision else None
        for number, band in self._bands.items():
            named = {*band.any, *band.all, *band.of}
            if number == decided:
                self.decided.add(number)
            elif not named or self._read & named:
                self.passed_over.add(number)


def _reported(loaded: LoadedCase, plan: Plan) -> set[str]:
    signals = loaded.case.reports or {}
    return {trigger.id for trigger in plan.triggers if trigger.query.signal in signals}
