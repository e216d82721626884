"""RG140 to RG144: more than one region."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject

PATH = ("regions",)


@rule(
    "RG140",
    "The regions are missing",
    from_level=4,
    page=Page(
        what="At level 4 `regions.order` names the regions in the order of their rollback.",
        why="The SLA of level 4 is one of each region, and a rollback that reaches all of them at once repeats its "
        "mistake everywhere.",
        bad="metadata: {level: 4}\n# no regions",
        good="regions:\n  order: [eu-west-1, us-east-1]\n  strategy: {max_parallel: 1, gate_between: approval}",
    ),
)
def no_regions(subject: Subject) -> Iterator[Finding]:
    """Ask for them."""
    if subject.plan.regions is None:
        yield subject.finding(
            LEVEL, "The plan names no regions.", "Add `regions:` with `order`, `strategy` and `parameters`."
        )


@rule(
    "RG141",
    "There is only one region",
    severity=Severity.WARNING,
    from_level=4,
    page=Page(
        what="`regions.order` has one entry.",
        why="With one region there is nothing to coordinate; mostly the others were forgotten.",
        bad="regions: {order: [eu-west-1]}",
        good="regions: {order: [eu-west-1, us-east-1]}",
    ),
)
def one_region(subject: Subject) -> Iterator[Finding]:
    """Count them."""
    regions = subject.plan.regions
    if regions is not None and len(regions.order) == 1:
        yield subject.finding(
            ("regions", "order"),
            f"The plan has one region only: '{regions.order[0]}'.",
            "Name every region that the change reaches.",
            at_key=True,
        )


@rule(
    "RG142",
    "The strategy of the regions is not said",
    from_level=4,
    page=Page(
        what="`regions` has no `strategy`, so that its defaults would decide: one after the other, no gate, stop at "
        "the first failure.",
        why="How regions follow one another is a decision of those who run them, and the plan has to show it.",
        bad="regions: {order: [eu-west-1, us-east-1]}",
        good="regions:\n  order: [eu-west-1, us-east-1]\n"
        "  strategy: {max_parallel: 1, gate_between: approval, max_failures: 0}",
    ),
)
def no_strategy(subject: Subject) -> Iterator[Finding]:
    """Look into the document, because the record has defaults."""
    if subject.plan.regions is not None and not subject.written(("regions", "strategy")):
        yield subject.finding(
            PATH,
            "The plan does not say how its regions follow one another.",
            "Add `strategy:` with `max_parallel`, `gate_between` and `max_failures`.",
            at_key=True,
        )


@rule(
    "RG143",
    "All regions roll back at once",
    severity=Severity.WARNING,
    from_level=4,
    page=Page(
        what="`max_parallel` lets every region start at the same time.",
        why="A rollback that goes wrong goes wrong everywhere before anybody sees it in the first region.",
        bad="regions: {order: [eu-west-1, us-east-1], strategy: {max_parallel: 2}}",
        good="regions: {order: [eu-west-1, us-east-1], strategy: {max_parallel: 1}}",
    ),
)
def all_at_once(subject: Subject) -> Iterator[Finding]:
    """Compare the number of lanes with the number of regions."""
    regions = subject.plan.regions
    if regions is not None and len(regions.order) > 1 and regions.strategy.max_parallel >= len(regions.order):
        yield subject.finding(
            ("regions", "strategy", "max_parallel"),
            f"All {len(regions.order)} regions roll back at once.",
            f"Make it less than {len(regions.order)}.",
        )


@rule(
    "RG144",
    "Nothing tells a region from another",
    severity=Severity.WARNING,
    from_level=4,
    page=Page(
        what="`regions.parameters` gives a region no value of its own.",
        why="Steps learn from parameters where they work. Without any, the run for the second region repeats the one "
        "for the first.",
        bad="regions: {order: [eu-west-1, us-east-1]}",
        good="regions:\n  order: [eu-west-1, us-east-1]\n  parameters:\n    eu-west-1: {KUBE_CONTEXT: prod-eu}\n"
        "    us-east-1: {KUBE_CONTEXT: prod-us}",
    ),
)
def no_region_parameters(subject: Subject) -> Iterator[Finding]:
    """Look at each region."""
    regions = subject.plan.regions
    for number, name in enumerate(regions.order if regions is not None else ()):
        if regions is not None and not (regions.parameters or {}).get(name):
            yield subject.finding(
                ("regions", "order", number),
                f"Region '{name}' has no parameters of its own.",
                f"Add `parameters: {{{name}: {{…}}}}` with what its steps need to reach it.",
            )
