"""A configuration of an automatic rollback becomes a draft, and what it does not say stays a gap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from rollback_gov.triggers.exchange.auto_rollback import read_auto_rollback
from rollback_gov.triggers.exchange.draft import Draft
from tests.conftest import ROOT
from tests.triggers.conftest import PLAN


def draft(*triggers: Any, **settings: Any) -> Draft:
    return read_auto_rollback(json.dumps({"auto_rollback": {"triggers": triggers, **settings}}), name="config.json")


def plan(text: str) -> Plan:
    loaded = load_text(Path("plan.yaml"), Source("plan.yaml", PLAN + text))
    assert loaded.plan is not None, loaded.findings
    return loaded.plan


def test_the_configuration_of_the_runbook() -> None:
    """Four triggers, as they were written down beside the plan template; nothing is added to them."""
    text = (ROOT / "plans-example" / "cortex-api" / "auto-rollback-config.json").read_text(encoding="utf-8")
    found = read_auto_rollback(text, name="config.json")
    made = plan(found.text)
    said = [(one.id, one.above and str(one.above.value), str(one.for_ or ""), one.count) for one in made.triggers]
    assert said == [
        ("error-rate", "0.01", "2m", None),
        ("latency-p99", "500", "5m", None),
        ("auth-failure-rate", "0.05", "1m", None),
        ("health-check-failures", None, "", 4),
    ]
    assert {trigger.query.source for trigger in made.triggers} == {"TODO"}
    assert made.watch.mode == "auto"
    assert made.decision[0].any == tuple(trigger.id for trigger in made.triggers)
    assert found.every_gap == (
        "error-rate: where is error_rate read? (query)",
        "latency-p99: where is latency_p99 read? (query)",
        "auth-failure-rate: where is auth_failure_rate read? (query)",
        "health-check-failures: where is health_check_failures read? (query)",
        "health-check-failures: which reading is a failure? (above, below, at_least, at_most)",
        "how often are the metrics read? (watch.every)",
        "which command finds out verify_backup_exists? (safety_checks)",
        "which command finds out verify_previous_version_healthy? (safety_checks)",
    )
    assert "# rollback_timeout_seconds: 900 -> sla, and the budgets of phases" in found.text
    assert "# rollback_script: ./scripts/rollback-api-v2.1.sh -> the steps of `phases`" in found.text


@pytest.mark.parametrize(
    ("entry", "lines", "gap"),
    [
        ({"comparison": "less_than", "threshold": 0.95, "duration_seconds": 60}, ("below: 0.95", "for: 1m"), ""),
        (
            {"comparison": "greater_than_or_equal", "threshold": 1, "duration_seconds": 0.5},
            ("at_least: 1", "for: 500ms"),
            "",
        ),
        ({"comparison": "less_than_or_equal", "threshold": -3, "duration_seconds": 5}, ("at_most: -3", "for: 5s"), ""),
        (
            {"comparison": "equals", "threshold": 3, "duration_seconds": 5},
            ("for: 5s",),
            "what is compared with what? It says: equals 3 (above, below, at_least, at_most)",
        ),
        (
            {"threshold": "lots"},
            (),
            "what is compared with what? It says: nothing lots (above, below, at_least, at_most)",
        ),
        (
            {"comparison": "greater_than", "threshold": True, "duration_seconds": 5},
            ("for: 5s",),
            "what is compared with what? It says: greater_than true (above, below, at_least, at_most)",
        ),
        (
            {"comparison": "greater_than", "threshold": 5},
            ("above: 5",),
            "for how long, or how often in a row? (for, count)",
        ),
        (
            {"comparison": "greater_than", "threshold": 5, "duration_seconds": -5},
            ("above: 5",),
            "for how long, or how often in a row? (for, count)",
        ),
        (
            {"comparison": "greater_than_or_equal", "threshold": 3, "consecutive": True},
            ("count: 3  # greater_than_or_equal 3, consecutive",),
            "which reading is a failure? (above, below, at_least, at_most)",
        ),
        ({"comparison": "less_than", "threshold": 3, "consecutive": True}, (), "how many in a row? (count)"),
        ({"comparison": "greater_than", "threshold": 2.5, "consecutive": True}, (), "how many in a row? (count)"),
        (
            {"comparison": "greater_than", "threshold": 5, "duration_seconds": 5, "cooldown": [1]},
            ("above: 5", "for: 5s"),
            "what does cooldown: [1] mean?",
        ),
    ],
)
def test_each_way_to_say_it(entry: dict[str, Any], lines: tuple[str, ...], gap: str) -> None:
    (trigger,) = draft({"metric": "m", **entry}).triggers
    assert trigger.lines == lines
    assert gap in ("", *trigger.gaps)
    assert trigger.gaps[0] == "where is m read? (query)"
    assert len(trigger.gaps) > 1 or not gap


@pytest.mark.parametrize(
    ("settings", "mode", "gap"),
    [
        ({"require_manual_confirmation": True}, "confirm", ""),
        ({"require_manual_confirmation": False}, "auto", ""),
        ({}, "", "does a rollback start by itself, or is a person asked? (watch.mode)"),
        ({"require_manual_confirmation": "no"}, "", "does a rollback start by itself, or is a person asked?"),
        ({"enabled": False}, "observe", "it is not enabled, so the watch only tells; is that still meant?"),
    ],
)
def test_who_decides(settings: dict[str, Any], mode: str, gap: str) -> None:
    found = draft({"metric": "m"}, **settings)
    assert found.mode == mode
    assert ("watch: {mode" in found.text) is bool(mode)
    assert any(gap in one for one in found.gaps)


def test_names_are_ids_and_differ() -> None:
    entries = [{"metric": "Fehler (5xx)"}, {"metric": "fehler-5xx"}, {"metric": ""}, {}, "x"]
    assert [one.id for one in draft(*entries).triggers] == [
        "fehler-5xx",
        "fehler-5xx-2",
        "trigger-3",
        "trigger-4",
        "trigger-5",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"auto_rollback": {"triggers": [}}', "config.json:1:33: This is not JSON: Expecting value."),
        ("[]", "config.json has no triggers under auto_rollback."),
        ('{"auto_rollback": []}', "has no triggers"),
        ('{"auto_rollback": {"triggers": []}}', "has no triggers"),
        ('{"auto_rollback": {"triggers": {}}}', "has no triggers"),
        ("[" * 100_000, "is nested too deeply"),
        ("9" * 5000, "numbers too long"),
    ],
)
def test_what_is_no_configuration_says_so(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_auto_rollback(text, name="config.json")
    assert said in str(caught.value)


HOSTILE = st.recursive(
    st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)
KEYS = ("metric", "threshold", "comparison", "duration_seconds", "consecutive", "a\nb: [")


@example([{"metric": None, "duration_seconds": 316_224_001.0}], [])
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), HOSTILE), min_size=1, max_size=4), HOSTILE)
def test_whatever_it_says_the_draft_is_yaml_with_these_triggers_and_nothing_else(entries: Any, more: Any) -> None:
    found = draft(*entries, **{"safety_checks": more, "x\ny: 1": more})
    made = plan(found.text)
    assert [trigger.id for trigger in made.triggers] == [one.id for one in found.triggers]
    assert {trigger.query.source for trigger in made.triggers} == {"TODO"}
    assert len(made.decision) == 1


@pytest.mark.parametrize(
    ("entry", "gap"),
    [
        ({"duration_seconds": 60, "consecutive": 3}, "e: what does consecutive: 3 mean?"),
        ({"duration_seconds": 60, "consecutive": "yes"}, "e: what does consecutive: yes mean?"),
        ({"duration_seconds": 60, "consecutive": True}, "e: what does duration_seconds: 60 mean?"),
    ],
)
def test_of_two_ways_to_wait_the_one_that_is_not_taken_is_asked_about(entry: dict[str, Any], gap: str) -> None:
    assert gap in draft({"metric": "e", "threshold": 3, "comparison": "greater_than", **entry}).every_gap


def test_no_consecutive_is_no_gap() -> None:
    found = draft({"metric": "e", "threshold": 3, "comparison": "greater_than", "consecutive": False})
    assert not any("mean?" in gap for gap in found.every_gap)


def test_every_trigger_has_a_name_of_its_own() -> None:
    found = draft(*({"metric": name} for name in ("e-3", "e", "e", "e")))
    assert [one.id for one in found.triggers] == ["e-3", "e", "e-4", "e-5"]
