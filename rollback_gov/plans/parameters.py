"""The values of a plan's parameters, resolved once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rollback_gov.model.environment import Environment
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Parameter, Plan

SECRET = "(secret)"


def resolve(
    plan: Plan, environment: Environment | None, environ: Mapping[str, str] | None, given: Mapping[str, str]
) -> dict[str, str]:
    """Give every parameter its value: from the command line, the environment's settings, or the default.

    A secret comes from the process environment only; without one (None) it stands as ``(secret)``. Raises UsageError
    that names every value that is missing or wrong.
    """
    declared = plan.parameters or {}
    problems = [f"There is no parameter '{name}' in the plan." for name in given if name not in declared]
    settings = (environment.parameters if environment else None) or {}
    values: dict[str, str] = {}
    for name, parameter in declared.items():
        value = _value(name, parameter, settings, environ, given)
        if value is None:
            problems.append(_missing(name, parameter))
        elif parameter.secret and environ is None:
            values[name] = SECRET
        elif parameter.pattern and not re.fullmatch(parameter.pattern, value):
            shown = SECRET if parameter.secret else f"'{value}'"
            problems.append(f"Parameter {name} is {shown}, which does not match {parameter.pattern}.")
        else:
            values[name] = value
    if problems:
        raise UsageError("The plan's parameters are not complete.\n" + "\n".join(f"  - {line}" for line in problems))
    return values


def _value(
    name: str,
    parameter: Parameter,
    settings: Mapping[str, str],
    environ: Mapping[str, str] | None,
    given: Mapping[str, str],
) -> str | None:
    if parameter.secret:
        return SECRET if environ is None else environ.get(name)
    return given.get(name, settings.get(name, parameter.default))


def _missing(name: str, parameter: Parameter) -> str:
    if parameter.secret:
        return f"Secret {name} is not set: put it into the environment variable {name}."
    return (
        f"Parameter {name} has no value: use --param {name}=VALUE, or `parameters` in .rollback-gov/environments.yaml."
    )


def shown(plan: Plan, values: Mapping[str, str]) -> dict[str, str]:
    """Give the values as records keep them: secrets by name only."""
    declared = plan.parameters or {}
    return {name: SECRET if declared[name].secret else value for name, value in values.items()}


def secrets(plan: Plan, values: Mapping[str, str]) -> set[str]:
    """Give the values that must be masked."""
    declared = plan.parameters or {}
    return {value for name, value in values.items() if declared[name].secret}


def varying(plan: Plan) -> list[str]:
    """Name the parameters that may differ between environments."""
    return sorted(name for name, parameter in (plan.parameters or {}).items() if parameter.varies or parameter.secret)
