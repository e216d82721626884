"""Policies that extend one another: only to the stricter side, and every value says where it comes from."""

from __future__ import annotations

import pytest

from rollback_gov.model.errors import UsageError
from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import load_settings
from rollback_gov.plans.source import Source
from rollback_gov.policy.effective import Value, effective
from rollback_gov.policy.levels import LEVELS, defaults, policy_for, requirements
from rollback_gov.policy.organisation import Layer, Organisation


def organisation(*texts: str) -> Organisation:
    """Make an organisation of policies named a.yaml, b.yaml, …; each extends the one before."""
    layers = []
    for name, text in zip("abc", texts, strict=False):
        policy, source_map = load_settings(Source(f"{name}.yaml", text), "policy-v1", Policy)
        layers.append(Layer(policy=policy, source_map=source_map))
    return Organisation(layers=tuple(layers))


def test_without_files_the_defaults_hold() -> None:
    assert organisation().policy == Policy()


def test_what_both_say_is_joined() -> None:
    policy = organisation(
        "levels: {3: {sla: 12m}}\nfloors: {services: {mail: 2}}\ndiscovery: [a, b]\nevidence: error\n",
        "levels: {3: {approvers: 3}, 4: {sla: 9m}}\nfloors: {services: {pay: 3}, environments: {production: 2}}\n"
        "discovery: [b, c]\n",
    ).policy

    demands = requirements(3, policy)
    assert (str(demands.sla), demands.approvers, str(requirements(4, policy).sla)) == ("12m", 3, "9m")
    assert policy.floors is not None
    assert (policy.floors.services, policy.floors.environments) == ({"mail": 2, "pay": 3}, {"production": 2})
    assert policy.discovery == ("a", "b", "c")
    assert policy.evidence == "error"


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["levels: {2: {sla: 2h}}"], "Level 2: 'sla' is 2h, and the level's own is 30m (a.yaml:1:19)."),
        (
            ["levels: {2: {approvers: 2}}", "levels: {2: {approvers: 1}}"],
            "'approvers' is 1, and that of a.yaml is 2 (b",
        ),
        (["levels: {2: {sla: 10m}}", "levels: {2: {sla: 20m}}"], "Level 2: 'sla' is 20m, and that of a.yaml is 10m (b"),
        (
            ["floors: {services: {x: 3}}", "floors: {services: {x: 2}}"],
            "The floor of 'x' is 2, and a.yaml says 3 (b.yaml",
        ),
        (["evidence: error", "evidence: warning"], "'evidence' is warning, and a.yaml says error (b.yaml:1:11)."),
        (
            ["special: [{services: [x], levels: {3: {sla: 16m}}}]"],
            "Level 3: 'sla' is 16m, and the level's own is 15m (a.yaml:1:45).",
        ),
    ],
)
def test_nobody_loosens(texts: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        _ = organisation(*texts).policy

    assert sentence in str(caught.value)
    assert str(caught.value).startswith("The policy loosens")


def test_all_loose_values_are_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        _ = organisation("levels: {2: {target: 2h}, 4: {sla: 1h}}").policy

    assert "Level 2: 'target' is 2h, and the level's own is 20m (a.yaml:1:" in str(caught.value)
    assert "Level 4: 'sla' is 1h, and the level's own is 10m (a.yaml:1:" in str(caught.value)


def test_two_rules_of_one_code_are_refused() -> None:
    rule = "rules: [{code: ACME001, require: 'true', message: No.}]"

    with pytest.raises(UsageError, match=r"b\.yaml:1:16: There are two rules ACME001\."):
        _ = organisation(rule, rule).policy


def test_a_rule_has_a_place() -> None:
    rule = (
        "rules:\n  - {code: ACME001, require: 'true', message: No.}\n  - {code: ACME002, require: 'true', message: No.}"
    )

    assert str(organisation("evidence: error", rule).place_of_rule("ACME002")) == "b.yaml:3:5"


SPECIAL = """\
levels: {3: {sla: 14m}}
special:
  - {services: [pay], levels: {3: {sla: 8m}}}
  - {environments: [production], levels: {3: {approvers: 3}}}
  - {services: [mail, pay], environments: [production], levels: {3: {sla: 13m, permit_life: 1h}}}
"""


@pytest.mark.parametrize(
    ("services", "environment", "expected"),
    [
        ((), "", ("14m", 2, "8h")),
        (("pay",), "", ("8m", 2, "8h")),
        (("mail",), "staging", ("14m", 2, "8h")),
        (("mail",), "production", ("13m", 3, "1h")),
        (("other", "pay"), "production", ("8m", 3, "1h")),
    ],
)
def test_some_have_tighter_levels(services: tuple[str, ...], environment: str, expected: tuple[str, int, str]) -> None:
    demands = requirements(3, policy_for(organisation(SPECIAL).policy, services, environment))

    assert (str(demands.sla), demands.approvers, str(demands.permit_life)) == expected


def test_each_value_says_where_it_comes_from() -> None:
    texts = (
        "levels: {2: {sla: 12m}}\nfloors: {services: {pay: 2}}\ndiscovery: [a]\n",
        "levels: {3: {sla: 9m, permit_longest: 2h}}\nfloors: {services: {pay: 3}}\nevidence: error\n"
        "special: [{services: [pay], environments: [production], levels: {4: {sla: 5m}}}]\n"
        "rules: [{code: ACME001, require: 'true', message: No.}]\n",
    )
    values = {value.name: value for value in effective(organisation(*texts), ["x"])}

    expected = [
        Value(name="levels.1.sla", value="30m"),
        Value(name="levels.2.sla", value="12m", source="a.yaml:1:19"),
        Value(name="levels.2.target", value="12m", source="no longer than sla"),
        Value(name="levels.3.sla", value="9m", source="b.yaml:1:19"),
        Value(name="levels.3.permit_life", value="2h", source="no longer than permit_longest"),
        Value(name="levels.4.permit_longest", value="2h", source="b.yaml:1:39"),
        Value(name="levels.4.approvers", value="3"),
        Value(name="floors.services.pay", value="3", source="b.yaml:2:26"),
        Value(name="levels.4.sla for service pay in environment production", value="5m", source="b.yaml:4:75"),
        Value(name="discovery", value="a", source="a.yaml:3:13"),
        Value(name="evidence", value="error", source="b.yaml:3:11"),
        Value(name="rules.ACME001", value="No.", source="b.yaml:5:9"),
    ]
    assert [values[each.name] for each in expected] == expected


def test_defaults_are_called_so() -> None:
    values = effective(organisation(), ["x", "y"])

    assert {value.source for value in values if not value.value.startswith("no")} == {"default"}
    assert [value.value for value in values if value.name == "discovery"] == ["x", "y"]
    assert effective(organisation("evidence: warning"), ["x"])[-1].source == "a.yaml:1:11"
    assert effective(organisation("special: [{levels: {3: {sla: 9m}}}]"), ["x"])[28].name.endswith("for everybody")


@pytest.mark.parametrize("texts", [[], ["levels: {2: {sla: 5m}, 4: {permit_longest: 3h}}"], [SPECIAL]])
def test_what_is_shown_is_what_is_demanded(texts: list[str]) -> None:
    organised = organisation(*texts)
    shown = {value.name: value.value for value in effective(organised, [])}

    for level in LEVELS:
        demands = requirements(level, organised.policy)
        for name in defaults(level):
            assert shown[f"levels.{level}.{name}"] == str(getattr(demands, name))
