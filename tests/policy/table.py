"""``python -m tests.policy.table``: what each rule about commands and triggers finds, and what it misses.

true: findings where an example, a runbook or a judgement says that there is one. false: findings where there is none,
that is on good examples, on the plans that were put right, and those that were judged wrong. missed: what was expected
and not found. Other findings on bad examples and runbooks are not counted: nobody has judged them.
"""

from __future__ import annotations

import sys
from collections import Counter

from rollback_gov.plans.load import load_plan
from rollback_gov.policy.check import check
from rollback_gov.policy.registry import rules
from tests.policy.examples import examples
from tests.policy.runbooks import runbook
from tests.policy.subjects import subject
from tests.policy.test_judged import JUDGED
from tests.policy.test_no_false_alarm import PLANS
from tests.policy.test_runbooks import KNOWN, SEEDS, found


class Table:
    """Counts by rule."""

    def __init__(self) -> None:
        self.true: Counter[str] = Counter()
        self.false: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()

    def add_examples(self) -> None:
        """Hold bad examples against what they say of themselves, and good ones against nothing."""
        for example in examples("bad"):
            seen = Counter((each.code, each.place.line) for each in example.findings() if each.code == example.code)
            expected = Counter(example.expected)
            self.true[example.code] += (seen & expected).total()
            self.false[example.code] += (seen - expected).total()
            self.missed[example.code] += (expected - seen).total()
        for example in examples("good"):
            self.false[example.code] += sum(each.code == example.code for each in example.findings())

    def add_plans(self) -> None:
        """Whatever is found on the plans that were put right is false."""
        for path in PLANS:
            loaded = load_plan(path)
            self.false.update(each.code for each in check(subject(loaded=loaded, plan=loaded.require())).findings)

    def add_runbooks(self) -> None:
        """Hold the runbooks that are beside this checkout against what is known to be wrong in them."""
        for path in SEEDS:
            seen = found(runbook(path))
            for known in KNOWN[path.stem[:3]]:
                (self.true if known in seen else self.missed)[known[0]] += 1

    def add_judgements(self) -> None:
        """Count what was judged by hand."""
        for entry in JUDGED:
            (self.true if entry["right"] else self.false)[entry["rule"]] += 1

    def write(self) -> str:
        """Give one line a rule."""
        lines = ["rule   true  false  missed  title"]
        for code, rule in rules().items():
            if code[:3] in ("RG2", "RG3"):
                counts = f"{self.true[code]:4}  {self.false[code]:5}  {self.missed[code]:6}"
                lines.append(f"{code}  {counts}  {rule.title}")
        return "\n".join(lines)


def main() -> int:
    """Print the table."""
    table = Table()
    table.add_examples()
    table.add_plans()
    table.add_runbooks()
    table.add_judgements()
    print(table.write())
    return 0


if __name__ == "__main__":
    sys.exit(main())
