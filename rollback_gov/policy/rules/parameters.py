"""RG171 to RG174: values that reach the steps."""

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


OURS = ("ATTEMPT", "BASELINE", "ENVIRONMENT", "INCIDENT_DIR", "OPERATION", "RUN_ID", "SAVE", "SCENARIO", "STEP")
"""What every step finds in its environment; a parameter of that name never arrives."""
SHELL = ("BASHOPTS", "BASH_ENV", "ENV", "IFS", "LD_LIBRARY_PATH", "LD_PRELOAD", "PATH", "PS4", "SHELLOPTS")
"""What changes how a shell reads a script, or which programs it finds."""


@rule(
    "RG174",
    "The name of a parameter is taken",
    page=Page(
        what=f"A parameter is called as a variable that a run sets itself ({', '.join(OURS)}), or as one that changes "
        f"what a shell does ({', '.join(SHELL)}).",
        why="Parameters reach the steps as environment variables. A name of ours hides the value; one of the shell's "
        "makes every script of the plan do something else than it says.",
        bad="parameters:\n  PATH: {default: /opt/tools}",
        good="parameters:\n  TOOLS: {default: /opt/tools}",
    ),
)
def taken_name(subject: Subject) -> Iterator[Finding]:
    """Compare the names with those that mean something already."""
    for name in subject.plan.parameters or {}:
        if name in OURS or name in SHELL:
            why = "a run sets it itself" if name in OURS else "a shell does what it says"
            yield subject.finding(
                ("parameters", name), f"The name {name} is taken: {why}.", "Choose another name.", at_key=True
            )


def _broken(pattern: str) -> str:
    """Say why a pattern cannot be compiled; empty if it can."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error) or type(error).__name__
    return ""
