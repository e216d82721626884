"""Two digests: of the plan, and of what runs. An edit changes what it should, and nothing else."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.model.document import key_of, to_document
from rollback_gov.model.duration import Duration
from rollback_gov.model.evidence import Digests
from rollback_gov.model.number import format_number
from rollback_gov.plans.load import load_plan
from rollback_gov.records.digests import digests
from tests.records.documents import PLAN, SCRIPT, digests_of, load, load_yaml, plan_document
from tests.thoroughness import examples

VECTORS = sorted((Path(__file__).parent / "vectors").glob("*.json"))
EXAMPLES = sorted((Path(__file__).parents[2] / "plans-example").glob("*/plan.yaml"))
Edit = Callable[[dict[str, Any]], Any]


def edit(change: Edit) -> dict[str, Any]:
    document = plan_document()
    change(document)
    return document


WORDING: dict[str, Edit] = {
    "title": lambda plan: plan["metadata"].update(title="Payment service three"),
    "owner": lambda plan: plan["metadata"].update(owner="somebody else"),
    "risk": lambda plan: plan["metadata"].update(risk="high"),
    "review date": lambda plan: plan["metadata"].update(review_by="2026-12-16"),
    "summary": lambda plan: plan["change"].update(summary="New ledger"),
    "phase name": lambda plan: plan["phases"][0].update(name="Drain"),
    "phase objective": lambda plan: plan["phases"][0].update(objective="No requests"),
    "step notes": lambda plan: plan["phases"][0]["steps"][0].update(notes="takes a while"),
    "description of the point of no return": lambda plan: plan["point_of_no_return"].update(description="migration"),
    "parameter description": lambda plan: plan["parameters"]["NAMESPACE"].update(description="Where it runs"),
    "scenario text": lambda plan: plan["scenarios"][0].update(use_when="Always", pros="fast", cons="none"),
    "trigger rationale": lambda plan: plan["triggers"][0].update(rationale="Users complain"),
    "contact": lambda plan: plan["contacts"][0].update(reach="+1 555"),
    "checklist": lambda plan: plan.update(checklists={"before": ["Alert confirmed"]}),
    "communication": lambda plan: plan.update(communication={"channels": ["slack"]}),
    "escalation": lambda plan: plan.update(escalation=[{"on": "failed", "after": "5m", "level": 1}]),
    "notes": lambda plan: plan.update(notes="Read me"),
}

RUNNING: dict[str, tuple[Edit, set[str], set[str]]] = {
    # edit, sections that change, phases that change
    "space in a command": (
        lambda plan: plan["phases"][1]["steps"][0].update(run="pg_restore  -d app dump"),
        {"procedure"},
        {"phases/database"},
    ),
    "timeout": (
        lambda plan: plan["phases"][1]["steps"][0].update(timeout="3m"),
        {"procedure"},
        {"phases/database"},
    ),
    "expectation": (
        lambda plan: plan["phases"][0]["steps"][0].update(expect={"stdout": {"at_most": 10}}),
        {"procedure"},
        {"phases/drain"},
    ),
    "destructive": (
        lambda plan: plan["phases"][1]["steps"][0].update(destructive=False),
        {"procedure"},
        {"phases/database"},
    ),
    "budget": (lambda plan: plan["phases"][0].update(budget="2m"), {"procedure"}, {"phases/drain"}),
    "order of phases": (lambda plan: plan["phases"].reverse(), {"procedure"}, set()),
    "scenario": (lambda plan: plan["scenarios"][0].update(sla="4m"), {"procedure"}, set()),
    "trigger": (lambda plan: plan["triggers"][0].update(above="6%"), {"triggers"}, set()),
    "decision": (lambda plan: plan["decision"][0].update(within="5m"), {"triggers"}, set()),
    "watch": (lambda plan: plan.update(watch={"mode": "auto"}), {"triggers"}, set()),
    "safety check": (lambda plan: plan.update(safety_checks=[{"id": "quiet", "run": "./q.sh"}]), {"triggers"}, set()),
    "baseline": (lambda plan: plan["baseline"][0].update(required=True), {"capture"}, set()),
    "capture": (lambda plan: plan["capture"].update(budget="2m"), {"capture"}, set()),
    "detection of the point of no return": (
        lambda plan: plan["point_of_no_return"]["passed_when"].update(run="./scripts/verify.sh migration"),
        {"point_of_no_return"},
        set(),
    ),
    "forward fix": (
        lambda plan: plan["point_of_no_return"]["forward_fix"][0]["steps"][0].update(run="./fix.sh --now"),
        {"point_of_no_return"},
        {"forward_fix/compensate"},
    ),
    "verification": (
        lambda plan: plan["verification"]["checks"][0].update(severity="warn"),
        {"verification"},
        set(),
    ),
    "recovery": (
        lambda plan: plan["recovery"][0]["steps"][0].update(run="./close.sh all"),
        {"recovery"},
        {"recovery/breakers"},
    ),
    "rehearsal": (lambda plan: plan["rehearsal"]["deploy"].update(run="./deploy.sh 2"), {"rehearsal"}, set()),
    "parameter's default": (lambda plan: plan["parameters"]["NAMESPACE"].update(default="till"), set(), set()),
    "SLA": (lambda plan: plan.update(sla="14m"), set(), set()),
    "level": (lambda plan: plan["metadata"].update(level=3), set(), set()),
    "operation": (lambda plan: plan["metadata"].update(operation="op-8"), set(), set()),
    "version to return to": (lambda plan: plan["change"]["from"].update(payment="v3.1.7"), set(), set()),
    "tools": (lambda plan: plan.update(tools=["psql"]), set(), set()),
    "last resort": (
        lambda plan: plan.update(last_resort=[{"id": "rebuild", "steps": [{"id": "go", "manual": "Rebuild"}]}]),
        set(),
        set(),
    ),
}


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}


@pytest.mark.parametrize("name", WORDING)
def test_wording_changes_the_plan_and_not_what_runs(name: str, tmp_path: Path) -> None:
    before, after = digests_of(load(PLAN, tmp_path)), digests_of(load(edit(WORDING[name]), tmp_path))
    assert after.plan != before.plan
    assert (after.executable, after.sections, after.phases, after.files) == (
        before.executable,
        before.sections,
        before.phases,
        before.files,
    )


@pytest.mark.parametrize("name", RUNNING)
def test_what_runs_changes_both_digests_and_its_own_part(name: str, tmp_path: Path) -> None:
    change, sections, phases = RUNNING[name]
    before, after = digests_of(load(PLAN, tmp_path)), digests_of(load(edit(change), tmp_path))
    assert after.plan != before.plan
    assert after.executable != before.executable
    assert changed(before.sections, after.sections) == sections
    assert changed(before.phases, after.phases) == phases


def test_a_script_changes_what_runs_and_not_the_plan(tmp_path: Path) -> None:
    before, after = digests_of(load(PLAN, tmp_path)), digests_of(load(PLAN, tmp_path, script=SCRIPT + "\n"))
    assert after.plan == before.plan
    assert after.executable != before.executable
    assert after.files["scripts/verify.sh"] == sha256((SCRIPT + "\n").encode()).hexdigest()
    assert (after.sections, after.phases) == (before.sections, before.phases)


def test_comments_spacing_and_style_change_nothing(tmp_path: Path) -> None:
    block = yaml.safe_dump(PLAN, sort_keys=False, default_flow_style=False, indent=4, width=60)
    flow = json.dumps(PLAN, indent=1)
    commented = "# how payments are undone\n" + block.replace("\nphases:", "\n\n\n# the way back\nphases:")
    assert digests_of(load_yaml(commented, tmp_path)) == digests_of(load_yaml(flow, tmp_path))


def test_sections_and_phases_have_stable_names(tmp_path: Path) -> None:
    today = digests_of(load(PLAN, tmp_path))
    assert list(today.sections) == [
        "procedure",
        "triggers",
        "capture",
        "point_of_no_return",
        "verification",
        "rehearsal",
        "recovery",
    ]
    assert list(today.phases) == ["phases/drain", "phases/database", "forward_fix/compensate", "recovery/breakers"]


def test_a_number_and_its_text_are_different_bodies_of_a_request(tmp_path: Path) -> None:
    def body(value: Any) -> Digests:
        step = {"id": "weight", "http": {"method": "POST", "url": "http://lb/weight", "json": {"share": value}}}
        document = plan_document()
        document["phases"][0]["steps"] = [step]
        return digests_of(load(document, tmp_path))

    values = (0.5, "0.5", 2**60, str(2**60), 2**60 + 1, [0.5], {"a": 0.5}, None, False, 0)
    seen = [body(value) for value in values]
    assert len({one.executable for one in seen}) == len(values)
    assert len({one.plan for one in seen}) == len(values)
    assert len({one.phases["phases/drain"] for one in seen}) == len(values)


# Key order and explicit defaults


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(entry, rng) for entry in value] if isinstance(value, list) else value


@settings(deadline=None, max_examples=examples(40))
@given(seed=st.integers(0, 2**32))
def test_key_order_never_matters(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        assert digests_of(load(shuffled(PLAN, random.Random(seed)), here)) == digests_of(load(PLAN, here))


def spelled_out(value: Any, rng: random.Random) -> Any:
    """Write a record as a document with some of its defaults added: those that a person could write."""
    if is_dataclass(value) and not isinstance(value, Duration):
        document = {}
        for item in fields(value):
            current = getattr(value, item.name)
            required = item.default is MISSING or item.name in ("apiVersion", "kind")
            if required or current != item.default or (_can_be_written(current) and rng.random() < 0.5):
                document[key_of(item.name)] = spelled_out(current, rng)
        return document
    if isinstance(value, Mapping):
        return {key: spelled_out(entry, rng) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [spelled_out(entry, rng) for entry in value]
    return format_number(value) if isinstance(value, Decimal) else to_document(value)


def _can_be_written(default: Any) -> bool:
    """Tell whether a default has a text of its own: nothing, an empty text or an empty list is left out instead."""
    return default not in (None, "", ()) and not (is_dataclass(default) and not isinstance(default, Duration))


def additions(document: Any, longer: Any) -> Iterator[str]:
    if isinstance(document, dict):
        yield from (key for key in longer if key not in document)
        for key, value in document.items():
            yield from additions(value, longer[key])
    elif isinstance(document, list):
        for one, other in zip(document, longer, strict=True):
            yield from additions(one, other)


@settings(deadline=None, max_examples=examples(40))
@given(seed=st.integers(0, 2**32))
def test_an_explicit_default_never_matters(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        plain = load(PLAN, here)
        longer = load(spelled_out(plain.require(), random.Random(seed)), here)
        assert digests_of(longer) == digests_of(plain)


def test_defaults_are_really_spelled_out(tmp_path: Path) -> None:
    plan = load(PLAN, tmp_path).require()
    all_of_them = random.Random()
    all_of_them.random = lambda: 0.0  # type: ignore[method-assign]
    added = set(additions(to_document(plan), spelled_out(plan, all_of_them)))
    assert {"on_failure", "destructive", "severity", "unknown", "times", "retries", "every"} <= added


EMPTY: dict[str, Edit] = {
    "parameters": lambda plan: plan.update(parameters={}),
    "environment of a step": lambda plan: plan["phases"][0]["steps"][0].update(env={}),
    "messages": lambda plan: plan.update(communication={"messages": {}}),
    "tools": lambda plan: plan.update(tools=[]),
    "notes": lambda plan: plan.update(notes=""),
    "use of a scenario": lambda plan: plan["scenarios"][0].update(pros="", options={}),
}


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_said_is_nothing_written(name: str, tmp_path: Path) -> None:
    document = plan_document()
    del document["parameters"]
    before = digests_of(load(document, tmp_path))
    EMPTY[name](document)
    assert digests_of(load(document, tmp_path)) == before


def test_an_empty_body_is_a_body(tmp_path: Path) -> None:
    def sends(**body: Any) -> Digests:
        document = plan_document()
        http = {"method": "POST", "url": "http://lb/drain", **body}
        document["phases"][0]["steps"] = [{"id": "weight", "http": http}]
        return digests_of(load(document, tmp_path))

    nothing, empty, nobody = sends(), sends(json={}), sends(json=[])
    assert len({nothing.executable, empty.executable, nobody.executable}) == 3


# Frozen


@pytest.mark.parametrize("file", VECTORS, ids=lambda file: file.stem)
def test_the_canonical_form_is_frozen(file: Path, tmp_path: Path) -> None:
    """These files never change: an old rehearsal must count for a later version of this program."""
    vector = json.loads(file.read_text(encoding="utf-8"))
    loaded = load(vector["plan"], tmp_path, script=vector["script"])
    plan, files = loaded.require(), loaded.files
    wanted = vector["digests"]
    assert digests(plan, files) == Digests(**wanted)


def test_there_are_vectors() -> None:
    assert {file.stem for file in VECTORS} >= {"minimal", "everything", "numbers"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_plan_has_digests(path: Path) -> None:
    loaded = load_plan(path)
    today = digests_of(loaded)
    assert len({today.plan, today.executable}) == 2
    assert set(today.files) == set(loaded.require().uses)
