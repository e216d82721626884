"""RG201, RG202: variables that nobody sets, or that only another step sets."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.variables import setters, unset_uses

_OWN = "Set it in this script, or make it a parameter of the plan."


@rule(
    "RG201",
    "A variable that nothing sets",
    severity=Severity.WARNING,
    page=Page(
        what="A script uses a variable that neither itself nor the plan sets: no parameter, no `env` of the step, none "
        "of the variables of a run. Uses with a default (`${NAME:-…}`) are fine, and so are those of a script that "
        "reads another one with `source`.",
        why="Scripts run with `set -u`: the step ends at the first such use, unless whoever starts the rollback "
        "happens to have the variable in the environment.",
        bad="steps:\n  - {id: flag, run: 'curl -fsS -m 5 -X POST \"$FLAG_URL/off\"'}",
        good="parameters:\n  FLAG_URL: {description: Base URL of the feature flags, varies: environment}\n"
        "steps:\n  - {id: flag, run: 'curl -fsS -m 5 -X POST \"$FLAG_URL/off\"'}",
    ),
)
def nobody_sets_it(subject: Subject) -> Iterator[Finding]:
    """Look at the first use of each variable in each script."""
    elsewhere = setters(subject.scripts)
    for placed in subject.scripts:
        for use in unset_uses(placed, subject.plan):
            if use.name not in elsewhere:
                what = f"The argument ${use.name}" if use.name.isdigit() else f"The variable {use.name}"
                message = f"{what} is set by nothing, neither here nor in the plan."
                hint = _OWN if not use.name.isdigit() else "Steps have no arguments: write the value."
                yield subject.in_script(placed, message, hint, span=(use.start, use.end))


@rule(
    "RG202",
    "A variable that is set in another step only",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script uses a variable that it does not set, and another script of the plan does.",
        why="Every script is a process of its own. What one step sets is gone when the next one starts, `export` or "
        "not, and the step ends with 'unbound variable'.",
        bad="steps:\n  - {id: begin, run: 'STARTED=$(date +%s)'}\n"
        "  - {id: end, run: 'echo \"$(( $(date +%s) - STARTED )) seconds\"'}",
        good="steps:\n  - {id: begin, run: 'date +%s > \"$INCIDENT_DIR/started\"'}\n"
        '  - {id: end, run: \'echo "$(( $(date +%s) - $(cat "$INCIDENT_DIR/started") )) seconds"\'}',
    ),
)
def set_elsewhere(subject: Subject) -> Iterator[Finding]:
    """Look at the first use of each variable in each script."""
    elsewhere = setters(subject.scripts)
    for placed in subject.scripts:
        for use in unset_uses(placed, subject.plan):
            setter = elsewhere.get(use.name)
            if setter is not None:
                yield subject.in_script(
                    placed,
                    f"The variable {use.name} is not set here; {_named(setter)} sets it, in a process of its own.",
                    "Keep the value in a file of $INCIDENT_DIR, make it a parameter, or join both scripts.",
                    span=(use.start, use.end),
                )


def _named(placed: PlanScript) -> str:
    if placed.step is not None:
        return f"step '{placed.step.id}'"
    name = getattr(placed.owner, "id", "")
    return f"'{name}' of {placed.section}" if name else f"a script of {placed.section}"
