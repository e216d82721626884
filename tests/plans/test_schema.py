from __future__ import annotations

import copy
import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollback_gov.model.document import key_of
from rollback_gov.model.duration import Duration
from rollback_gov.model.environment import Environments
from rollback_gov.model.expect import Argument, FromParameter
from rollback_gov.model.incident import KnownIncidents
from rollback_gov.model.plan import Plan
from rollback_gov.model.policy import Policy
from rollback_gov.model.trigger_tests import TriggerTests
from rollback_gov.model.trust import Trust
from rollback_gov.model.waiver import Waivers
from rollback_gov.plans import schema as schema_module
from rollback_gov.plans.explanations import EXPLANATIONS
from rollback_gov.plans.load import load_plan
from rollback_gov.plans.problem import Problem
from rollback_gov.plans.schema import MAX_PROBLEMS, check_schema, explaining_validator, fast_validator, load_schema
from tests.growth import seconds, takes_no_square
from tests.thoroughness import examples

from .documents import DOCUMENTS, JUNK, parent, spoiled

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def minimal() -> dict[str, Any]:
    step = {"id": "go", "run": "true"}
    metadata = {"operation": "op-1", "title": "A change", "owner": "team", "level": 2}
    phases = [{"id": "undo", "steps": [step]}]
    return {"apiVersion": "rollback-gov/v1", "kind": "RollbackPlan", "metadata": metadata, "phases": phases}


def check(**changes: Any) -> list[tuple[str, Any, str, str]]:
    problems = check_schema("plan-v1", minimal() | changes)
    return [(problem.code, problem.path, problem.message, problem.hint) for problem in problems]


def is_well_worded(problem: Problem) -> bool:
    message = problem.message
    return (
        message.endswith(".")
        and "\n" not in message
        and len(message) < 300
        and message[0] == message[0].upper()
        and "given schemas" not in message
        and "\n" not in problem.hint
    )


# Two validators, one opinion


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_examples_satisfy_the_schema(name: str) -> None:
    assert check_schema("plan-v1", DOCUMENTS[name]) == ()
    assert explaining_validator("plan-v1").is_valid(DOCUMENTS[name])


@given(spoiled(), st.integers(1, 30))
@settings(max_examples=examples(60), suppress_health_check=SLOW)
def test_what_is_wrong_in_a_long_list_is_found_as_in_a_short_one(document: Any, times: int) -> None:
    if isinstance(document.get("phases"), list):
        document["phases"] = [copy.deepcopy(phase) for _ in range(times) for phase in document["phases"]]
    found = check_schema("plan-v1", document)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema_module, "FEW", 10**9)
        assert check_schema("plan-v1", document) == found


@given(spoiled())
@settings(max_examples=examples(200), suppress_health_check=SLOW)
def test_both_validators_agree_and_every_violation_is_explained(document: Any) -> None:
    valid = fast_validator("plan-v1").is_valid(document)
    problems = check_schema("plan-v1", document)
    assert explaining_validator("plan-v1").is_valid(document) == valid
    assert (problems == ()) == valid
    assert [problem for problem in problems if not is_well_worded(problem)] == []


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_any_value_anywhere_in_a_small_plan_is_explained(junk: Any) -> None:
    for path in [
        ("metadata",),
        ("metadata", "level"),
        ("phases",),
        ("phases", 0),
        ("phases", 0, "steps"),
        ("phases", 0, "steps", 0),
    ]:
        document = minimal()
        parent(document, path)[path[-1]] = junk
        problems = check_schema("plan-v1", document)
        assert (problems == ()) == explaining_validator("plan-v1").is_valid(document)
        assert all(is_well_worded(problem) for problem in problems)


@given(
    st.recursive(
        st.sampled_from(JUNK),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["id", "run", "phases", "<<"]), inner, max_size=2)
        ),
        max_leaves=5,
    )
)
def test_any_document_is_explained(document: Any) -> None:
    problems = check_schema("plan-v1", document)
    assert problems
    assert all(is_well_worded(problem) for problem in problems)


# What is said


def test_a_typing_mistake_in_a_key_is_guessed() -> None:
    assert check(fases=[]) == [("RG004", ("fases",), "Unknown key 'fases' at the top level.", "Did you mean 'phases'?")]


def test_an_unknown_key_that_resembles_nothing_gets_the_choices() -> None:
    [(_, path, message, hint)] = check(timeout={"after": "5m", "xyz": 1})
    assert (path, message, hint) == (("timeout", "xyz"), "Unknown key 'xyz' in 'timeout'.", "Possible: after, then.")


def test_a_merge_key_is_explained() -> None:
    assert check(watch={"<<": {}})[0][2:] == (
        "Unknown key '<<' in 'watch'.",
        "YAML 1.2 has no merge keys; repeat the values.",
    )


def test_a_missing_key_says_what_it_is_for() -> None:
    assert check(timeout={}) == [("RG006", ("timeout",), "'timeout' has no 'after'.", "Add 'after'.")]
    assert ("RG006", (), "The document has no 'phases'.", "Add 'phases': the procedure.") in [
        (problem.code, problem.path, problem.message, problem.hint) for problem in check_schema("plan-v1", {})
    ]


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        (None, "'notes' must be text, not nothing.", ""),
        (True, "'notes' must be text, not true or false.", "Put quotes around it."),
        (7, "'notes' must be text, not a whole number.", "Put quotes around it."),
        (0.5, "'notes' must be text, not a number.", "Put quotes around it."),
        ([], "'notes' must be text, not a list.", ""),
        ({}, "'notes' must be text, not a mapping.", ""),
    ],
)
def test_a_wrong_type_is_named(value: Any, message: str, hint: str) -> None:
    assert check(notes=value) == [("RG005", ("notes",), message, hint)]


ACTIONS = "run, http, query, terraform, kubernetes, git, wait, gate, manual, notify"
DURATIONS = "Write a number and a unit, such as 90s, 2m or 1h30m."
NUMBERS = "Write a number such as 0.01, or a ratio such as 1%."
FAILURES = "Possible: stop, continue, manual."
STEPS: list[tuple[dict[str, Any], str, str, str]] = [
    ({}, "", f"Entry 1 of 'steps' needs one of: {ACTIONS}.", "Add one of them."),
    (
        {"run": "x", "wait": "1m"},
        "wait",
        "Entry 1 of 'steps' has 'run' and 'wait'; only one of them is possible.",
        "Keep one.",
    ),
    ({"run": ""}, "run", "'run' must not be empty.", ""),
    ({"run": "x", "id": "A b"}, "id", "'A b' is not an id.", "Use lower-case letters, digits, '-' and '_'."),
    ({"run": "x", "id": "x" * 65}, "id", "'id' is longer than 64 characters.", ""),
    ({"run": "x", "timeout": "soon"}, "timeout", "'soon' is not a duration.", DURATIONS),
    ({"run": "x", "timeout": 5}, "timeout", "'timeout' must be a duration, not a whole number.", DURATIONS),
    (
        {"run": "x", "timeout": "5m\n"},
        "timeout",
        "'timeout' must be on one line.",
        "Write it behind the key, without | or >.",
    ),
    ({"run": "x", "expect": {"above": "much"}}, "expect/above", "'much' is not a number.", NUMBERS),
    ({"run": "x", "retry": 21}, "retry", "'retry' must be at most 20.", ""),
    ({"run": "x", "retry": -1}, "retry", "'retry' must be at least 0.", ""),
    ({"run": "x", "on_failure": "go on"}, "on_failure", "'on_failure' cannot be 'go on'.", FAILURES),
    (
        {"run": "x", "on_failure": "contineu"},
        "on_failure",
        "'on_failure' cannot be 'contineu'.",
        "Did you mean 'continue'?",
    ),
    ({"run": "x", "on_failure": None}, "on_failure", "'on_failure' must be one of a few words, not nothing.", FAILURES),
    (
        {"run": "x", "env": {"A-B": "c"}},
        "env/A-B",
        "'env' cannot have the key 'A-B'.",
        "Use letters, digits and '_', and do not begin with a digit.",
    ),
    (
        {"http": {"url": "x", "method": "get"}},
        "http/method",
        "'method' cannot be 'get'.",
        "It must match ^(GET|HEAD|POST|PUT|PATCH|DELETE)$.",
    ),
    (
        {"run": "x", "expect": {"exit": [1, "2"]}},
        "expect/exit/1",
        "Entry 2 of 'exit' must be a whole number, not text.",
        "",
    ),
]


@pytest.mark.parametrize(("step", "at", "message", "hint"), STEPS, ids=[str(case[0]) for case in STEPS])
def test_a_step_that_is_wrong(step: dict[str, Any], at: str, message: str, hint: str) -> None:
    [(_, path, said, advice)] = check(phases=[{"id": "p", "steps": [{"id": "a"} | step]}])
    assert ("/".join(map(str, path[4:])), said, advice) == (at, message, hint)


def test_a_step_that_is_no_mapping_is_said_once() -> None:
    for value, found in ((5, "a whole number"), ("runner", "text"), (["run", "http"], "a list"), (None, "nothing")):
        assert check(phases=[{"id": "p", "steps": [value]}]) == [
            ("RG005", ("phases", 0, "steps", 0), f"Entry 1 of 'steps' must be a mapping, not {found}.", "")
        ]


def test_lists_have_sizes_and_no_repetitions() -> None:
    assert check(phases=[])[0][2] == "'phases' needs at least 1 entry."
    assert check(phases=[{"id": "p", "alternatives": [{"id": "a", "steps": [{"id": "s", "run": "x"}]}]}])[0][2] == (
        "'alternatives' needs at least 2 entries."
    )
    assert check(tools=["jq", "jq"])[0][2] == "'tools' names the same thing twice."


def test_a_constant_is_told() -> None:
    assert check(kind="RollbackPlam")[0][2] == "'kind' must be 'RollbackPlan', not 'RollbackPlam'."


def test_digits_are_those_of_everybody() -> None:
    """Python's own ``\\d`` takes Arabic digits, too; JSON Schema's does not."""
    metadata = minimal()["metadata"] | {"review_by": "٢٠٢٥-١٢-١٦"}
    assert check(metadata=metadata)[0][2] == "'review_by' cannot be '٢٠٢٥-١٢-١٦'."


def test_long_and_many_lined_values_are_cut() -> None:
    [(_, _, message, _)] = check(**{"x" * 500: 1})
    assert message == f"Unknown key '{'x' * 57}...' at the top level."
    assert check(kind="a\nb " * 50)[0][2].startswith("'kind' must be 'RollbackPlan', not 'a b a b")


def test_problems_stand_in_the_order_of_the_document() -> None:
    document = minimal()
    document["phases"] = [{"id": f"p{number}", "steps": 1} for number in range(12)]
    document |= {"zzz": 1, "aaa": 1}
    paths = [problem.path for problem in check_schema("plan-v1", document)]
    assert paths == [*(("phases", number, "steps") for number in range(12)), ("zzz",), ("aaa",)]


def test_a_document_of_ten_thousand_mistakes_costs_little_and_says_a_hundred() -> None:
    def mistakes(size: int) -> float:
        document = minimal() | {f"phasez{number}": 1 for number in range(size)}
        found: list[Problem] = []
        took = seconds(lambda: found.extend(check_schema("plan-v1", document)))
        assert len(found) == MAX_PROBLEMS
        return took

    takes_no_square(mistakes, 10_000)


# Every violation that a schema can state has its sentence


USED = {
    "plan-v1": Plan,
    "environments-v1": Environments,
    "policy-v1": Policy,
    "trust-v1": Trust,
    "waivers-v1": Waivers,
    "trigger-tests-v1": TriggerTests,
    "incidents-v1": KnownIncidents,
}
ANNOTATIONS = {
    "$schema",
    "$id",
    "$ref",
    "title",
    "description",
    "definitions",
    "properties",
    "items",
    "propertyNames",
    "if",
    "then",
}


def keywords(schema: Any) -> Iterator[str]:
    """Give every keyword of a schema and of the schemas inside it."""
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        yield key
        if key in ("properties", "definitions"):
            for below in value.values():
                yield from keywords(below)
        elif key in ("items", "propertyNames", "if", "then", "additionalProperties"):
            yield from keywords(value)
        elif key == "oneOf":
            for below in value:
                yield from keywords(below)


@pytest.mark.parametrize("name", USED)
def test_every_keyword_of_a_schema_has_an_explanation(name: str) -> None:
    assert set(keywords(load_schema(name))) - ANNOTATIONS <= set(EXPLANATIONS)


def test_a_keyword_without_an_explanation_is_no_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    text = json.dumps({"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}})
    (tmp_path / "schemas" / "odd.schema.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(schema_module, "resource", tmp_path.joinpath)
    [problem] = check_schema("odd", {"a": []})
    assert problem.message == "'a' breaks the rule 'anyOf' of its schema."
    assert is_well_worded(problem)


# The schema and the model say the same


def definition_of(name: str, kind: Any) -> dict[str, Any]:
    schema = load_schema(name)
    if kind is USED[name]:
        return dict(schema)
    key = "argument" if kind is FromParameter else kind.__name__[0].lower() + kind.__name__[1:]
    found: dict[str, Any] = schema["definitions"][key]
    return found


def optional(kind: Any) -> Any:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        rest = [part for part in typing.get_args(kind) if part is not type(None)]
        return rest[0] if len(rest) == 1 else kind
    return kind


def records(kind: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """Give every dataclass that a field of ``kind`` leads to, by name."""
    kind = optional(kind)
    if is_dataclass(kind) and kind is not Duration and kind.__name__ not in seen:  # type: ignore[union-attr]
        seen[kind.__name__] = kind  # type: ignore[union-attr]
        for hint in typing.get_type_hints(kind).values():
            records(hint, seen)
    for part in typing.get_args(kind):
        records(part, seen)
    return seen


PAIRS = [(name, kind) for name, root in USED.items() for kind in records(root, {}).values()]
ALSO_REQUIRED = {
    ("Plan", "apiVersion"),
    ("Plan", "kind"),
    ("Metadata", "title"),
    ("Metadata", "owner"),
    ("Alternative", "steps"),
    ("Scenario", "phases"),
    ("JsonComparison", "pointer"),
}
"""What a document must say although the record has a default."""
OF_DRAFTS = {"Plan": {"gaps"}}
"""What only a draft has: with it, no record is made."""


@pytest.mark.parametrize(("name", "kind"), PAIRS, ids=[f"{name}-{kind.__name__}" for name, kind in PAIRS])
def test_the_keys_of_the_schema_are_the_fields_of_the_record(name: str, kind: Any) -> None:
    definition = definition_of(name, kind)
    known = set(definition["properties"]) - OF_DRAFTS.get(kind.__name__, set())
    assert known == {key_of(field.name) for field in fields(kind)}
    assert definition["additionalProperties"] is False


@pytest.mark.parametrize(("name", "kind"), PAIRS, ids=[f"{name}-{kind.__name__}" for name, kind in PAIRS])
def test_what_a_record_cannot_do_without_is_required(name: str, kind: Any) -> None:
    required = set(definition_of(name, kind).get("required", []))
    needed = {key_of(f.name) for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    assert required - {key for owner, key in ALSO_REQUIRED if owner == kind.__name__} == needed


@pytest.mark.parametrize(("name", "kind"), PAIRS, ids=[f"{name}-{kind.__name__}" for name, kind in PAIRS])
def test_each_key_has_the_type_of_its_field(name: str, kind: Any) -> None:
    properties = definition_of(name, kind)["properties"]
    for field, hint in typing.get_type_hints(kind).items():
        if field in {item.name for item in fields(kind)}:
            assert accepts(properties[key_of(field)], optional(hint)), f"{kind.__name__}.{field}"


def accepts(schema: Any, kind: Any) -> bool:  # noqa: PLR0911 - one return a type
    """Tell whether a property's schema describes values of a type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return bool(schema == {})
    if kind in (Duration, Decimal):
        return bool(schema.get("$ref") == f"#/definitions/{'duration' if kind is Duration else 'number'}")
    if origin is typing.Literal:
        return {*arguments} - {""} == {*schema.get("enum", [schema.get("const")])}
    if origin is tuple:
        shorthand = schema["type"] != "array"
        inner = schema["items"]
        return accepts(inner, arguments[0]) and (not shorthand or "array" in schema["type"])
    if origin is Mapping:
        return bool(schema["type"] == "object") and accepts(schema["additionalProperties"], arguments[1])
    if is_dataclass(kind):
        name = kind.__name__  # type: ignore[union-attr]
        return bool(schema.get("$ref") == f"#/definitions/{name[0].lower() + name[1:]}")
    if kind == Argument:
        return bool(schema.get("$ref") == "#/definitions/argument")
    if origin in (types.UnionType, typing.Union):
        return set(schema["type"]) == {"string", "number", "boolean"}
    names = {str: "string", bool: "boolean", int: "integer"}
    return bool(schema.get("type") == names[kind]) or (kind is str and all(isinstance(x, str) for x in schema["enum"]))


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kind in PAIRS if hasattr(kind, "SHORTHAND")], ids=str
)
def test_a_record_with_a_shorthand_may_be_written_as_a_plain_value(name: str, kind: Any) -> None:
    allowed = definition_of(name, kind)["type"]
    assert "object" in allowed
    assert len(allowed) > 1


# Plans that are wrong, as files


BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


def test_there_are_enough_broken_plans() -> None:
    assert len(BROKEN) >= 20


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_plan_has_exactly_the_findings_that_its_first_lines_promise(path: Path) -> None:
    """Each ``# expect: CODE line:column text`` is one finding; ``text`` stands in its message or hint."""
    marks = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# expect: ")]
    expected = [mark.removeprefix("# expect: ").split(" ", 2) for mark in marks]
    found = load_plan(path).findings
    assert [(f.code, f"{f.place.line}:{f.place.column}") for f in found] == [(code, at) for code, at, _ in expected]
    for finding, (_, _, text) in zip(found, expected, strict=True):
        assert text in f"{finding.message} {finding.hint}"
