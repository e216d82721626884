"""Where the values of parameters come from, and where they never go."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.model.environment import Environment
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_text
from rollback_gov.plans.parameters import SECRET, resolve, secrets, shown, varying
from rollback_gov.plans.source import Source
from tests.execution.conftest import HEAD

BODY = """
parameters:
  VERSION: {default: v2.0.8, pattern: 'v[0-9.]+'}
  HOST: {varies: environment}
  PASSWORD: {secret: true, pattern: '[a-z]+'}
phases: [{id: one, steps: [{id: a, run: x}]}]
"""


def load(body: str) -> Plan:
    return load_text(Path("plan.yaml"), Source("plan.yaml", HEAD + body)).require()


PLAN = load(BODY)
STAGING = Environment(class_="staging", parameters={"HOST": "db.staging", "VERSION": "v2.0.9", "PASSWORD": "written"})
ENVIRON = {"PASSWORD": "hunter", "HOST": "from the process", "VERSION": "from the process"}


@pytest.mark.parametrize(
    ("environment", "given", "values"),
    [
        (STAGING, {}, {"VERSION": "v2.0.9", "HOST": "db.staging", "PASSWORD": "hunter"}),
        (STAGING, {"HOST": "db2"}, {"VERSION": "v2.0.9", "HOST": "db2", "PASSWORD": "hunter"}),
        (None, {"HOST": "db2"}, {"VERSION": "v2.0.8", "HOST": "db2", "PASSWORD": "hunter"}),
        (None, {"HOST": "", "VERSION": "v3"}, {"VERSION": "v3", "HOST": "", "PASSWORD": "hunter"}),
        (STAGING, {"PASSWORD": "typed"}, {"VERSION": "v2.0.9", "HOST": "db.staging", "PASSWORD": "hunter"}),
    ],
)
def test_given_goes_before_the_environment_and_that_before_the_default(
    environment: Environment | None, given: dict[str, str], values: dict[str, str]
) -> None:
    assert resolve(PLAN, environment, ENVIRON, given) == values


def test_every_value_that_is_missing_or_wrong_is_named_at_once() -> None:
    with pytest.raises(UsageError) as wrong:
        resolve(PLAN, None, {}, {"VERSION": "latest", "SURPLUS": "x"})
    assert str(wrong.value).splitlines() == [
        "The plan's parameters are not complete.",
        "  - There is no parameter 'SURPLUS' in the plan.",
        "  - Parameter VERSION is 'latest', which does not match v[0-9.]+.",
        "  - Parameter HOST has no value: use --param HOST=VALUE, or `parameters` in .rollback-gov/environments.yaml.",
        "  - Secret PASSWORD is not set: put it into the environment variable PASSWORD.",
    ]


def test_a_secret_that_does_not_match_is_not_shown() -> None:
    with pytest.raises(UsageError) as wrong:
        resolve(PLAN, STAGING, {"PASSWORD": "Hunter2"}, {})
    assert "Parameter PASSWORD is (secret), which does not match [a-z]+." in str(wrong.value)
    assert "Hunter2" not in str(wrong.value)


def test_without_an_environment_a_secret_stands_for_itself() -> None:
    assert resolve(PLAN, STAGING, None, {})["PASSWORD"] == SECRET


@pytest.mark.parametrize("value", ["v1\n", "xv1", "v1 ", "", SECRET])
def test_the_whole_value_must_match(value: str) -> None:
    with pytest.raises(UsageError, match="VERSION"):
        resolve(PLAN, STAGING, ENVIRON, {"VERSION": value})


def test_a_plan_without_parameters() -> None:
    plan = load("phases: [{id: one, steps: [{id: a, run: x}]}]")
    assert resolve(plan, STAGING, ENVIRON, {}) == {}
    assert (shown(plan, {}), secrets(plan, {}), varying(plan)) == ({}, set(), [])


def test_records_show_secrets_by_name_only() -> None:
    values = resolve(PLAN, STAGING, ENVIRON, {})
    assert shown(PLAN, values) == {"VERSION": "v2.0.9", "HOST": "db.staging", "PASSWORD": SECRET}
    assert secrets(PLAN, values) == {"hunter"}


def test_what_may_differ_between_environments() -> None:
    assert varying(PLAN) == ["HOST", "PASSWORD"]
