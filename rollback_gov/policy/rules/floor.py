"""RG502: the least level that the organisation demands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rollback_gov.model.finding import Finding, Fix
from rollback_gov.policy import levels
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG502",
    "The plan's level is below the floor",
    waivable=False,
    per_level=True,
    page=Page(
        what="`metadata.level` is lower than the policy's floor for one of the plan's services, or for the target "
        "environment. The plan is judged by the floor.",
        why="A team may promise more than the organisation asks for, never less.",
        bad="# .rollback-gov/policy.yaml: floors: {services: {payments: 3}}\nmetadata: {level: 2}\n"
        "change: {services: [payments]}",
        good="# .rollback-gov/policy.yaml: floors: {services: {payments: 3}}\nmetadata: {level: 3}\n"
        "change: {services: [payments]}",
    ),
)
def below_floor(subject: Subject) -> Iterator[Finding]:
    """Compare the plan's own level with the floor. Up to its own level the plan keeps what it promises."""
    least, what = levels.floor(subject.plan.change.services, subject.policy, environment=subject.environment)
    own = subject.plan.metadata.level
    if own < least and own < subject.requirements.level:
        message = f"The plan says level {own}, and the policy demands level {least} for {what}."
        yield replace(subject.finding(LEVEL, message, f"Write {least}."), fix=Fix(path=LEVEL, value=least))
