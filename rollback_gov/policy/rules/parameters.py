"""RG171 to RG173: values that reach the steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject


@rule(
    "RG171",
    "A default does not match its pattern",
    page=Page(
        what="A parameter's `default` does not match its `pattern` as a whole.",
        why="The run would be refused for a value that the plan itself brings.",
        bad="parameters:\n  PREVIOUS_API: {default: 2.0.8, pattern: 'v\\d+\\.\\d+\\.\\d+'}",
        good="parameters:\n  PREVIOUS_API: {default: v2.0.8, pattern: 'v\\d+\\.\\d+\\.\\d+'}",
    ),
)
def default_mismatch(subject: Subject) -> Iterator[Finding]:
    """Compare each default with its pattern."""
    for name, parameter in (subject.plan.parameters or {}).items():
        if parameter.default is None or not parameter.pattern or _broken(parameter.pattern):
            continue
        if not re.fullmatch(parameter.pattern, parameter.default):
            yield subject.finding(
                ("parameters", name, "default"),
                f"The default of {name} does not match its pattern.",
                f"The whole value must match {parameter.pattern}",
            )


@rule(
    "RG172",
    "A pattern is not a regular expression",
    page=Page(
        what="A parameter's `pattern` cannot be compiled.",
        why="The run would stop before its first step.",
        bad="parameters:\n  VERSION: {pattern: 'v(\\d+'}",
        good="parameters:\n  VERSION: {pattern: 'v(\\d+)'}",
    ),
)
def broken_pattern(subject: Subject) -> Iterator[Finding]:
    """Compile each pattern."""
    for name, parameter in (subject.plan.parameters or {}).items():
        reason = _broken(parameter.pattern)
        if reason:
            yield subject.finding(
                ("parameters", name, "pattern"),
                f"The pattern of {name} is not a regular expression: {reason}.",
                "Mend it; backslashes need single quotes or none in YAML.",
            )


@rule(
    "RG173",
    "A secret stands in the plan",
    page=Page(
        what="A parameter is `secret` and has a `default`.",
        why="Who can read the repository can read the secret, and it stays in its history.",
        bad="parameters:\n  DATABASE_URL: {secret: true, default: postgres://admin:hunter2@db/shop}",
        good="parameters:\n  DATABASE_URL: {secret: true, varies: environment}",
    ),
)
def secret_default(subject: Subject) -> Iterator[Finding]:
    """Look at each secret. The value is not repeated in the message."""
    for name, parameter in (subject.plan.parameters or {}).items():
        if parameter.secret and parameter.default is not None:
            yield subject.finding(
                ("parameters", name, "default"),
                f"The value of the secret {name} stands in the plan.",
                "Remove the default and change the secret; its value comes from the process environment.",
                at_key=True,
            )


def _broken(pattern: str) -> str:
    """Say why a pattern cannot be compiled; empty if it can."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error) or type(error).__name__
    return ""
