"""What changed since a plan was kept, in words that the person who rehearses again can read."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.plans.load import load_plan
from rollback_gov.records.difference import differences
from rollback_gov.records.snapshot import FOLDER, keep_plan, kept_plan
from tests.records.documents import PLAN, digests_of, load, plan_document
from tests.records.test_digests import EXAMPLES, RUNNING, WORDING, edit

CASES: dict[str, tuple[Callable[[dict[str, Any]], Any], list[str]]] = {
    "nothing": (lambda plan: None, []),
    "a timeout": (
        lambda plan: plan["phases"][1]["steps"][0].update(timeout="5m"),
        ["phase database: step restore: timeout 2m -> 5m"],
    ),
    "a command": (
        lambda plan: plan["phases"][1]["steps"][0].update(run="pg_restore  -d app dump"),
        ["phase database: step restore: run 'pg_restore -d app dump' -> 'pg_restore  -d app dump'"],
    ),
    "a flag": (
        lambda plan: plan["phases"][1]["steps"][0].pop("destructive"),
        ["phase database: step restore: destructive true -> false"],
    ),
    "a flag that was not there": (
        lambda plan: plan["phases"][0]["steps"][0].update(on_failure="continue"),
        ["phase drain: step weight: on failure stop -> continue"],
    ),
    "a budget": (lambda plan: plan["phases"][0].pop("budget"), ["phase drain: budget 1m -> none"]),
    "a threshold": (lambda plan: plan["triggers"][0].update(above="6%"), ["trigger errors: above 0.05 -> 0.06"]),
    "a query": (
        lambda plan: plan["triggers"][0]["query"].update(expr="up"),
        ["trigger errors: query: expr rate(errors[1m]) -> up"],
    ),
    "an expectation": (
        lambda plan: plan["point_of_no_return"]["passed_when"]["expect"]["stdout"].update(at_least=9),
        ["point of no return: passed when: expect: stdout: at least 8 -> 9"],
    ),
    "the forward fix": (
        lambda plan: plan["point_of_no_return"]["forward_fix"][0]["steps"][0].update(run="./fix.sh 2"),
        ["point of no return: forward-fix phase compensate: step apply: run ./fix.sh -> './fix.sh 2'"],
    ),
    "a parameter": (
        lambda plan: plan["parameters"]["NAMESPACE"].update(default="till"),
        ["parameter NAMESPACE: default shop -> till"],
    ),
    "a new parameter": (lambda plan: plan["parameters"].update(SIZE={"default": "1"}), ["parameter SIZE none -> "]),
    "a new step": (
        lambda plan: plan["phases"][0]["steps"].append({"id": "look", "run": "true"}),
        ["phase drain: step look: new"],
    ),
    "a phase that is gone": (lambda plan: plan["phases"].pop(), ["phase database: gone"]),
    "the order of phases": (
        lambda plan: plan["phases"].reverse(),
        ["order of phases drain, database -> database, drain"],
    ),
    "no scenario any more": (
        lambda plan: plan.pop("scenarios") and plan["rehearsal"].pop("scenarios"),
        ["scenario traffic-only: gone", "rehearsal: scenarios traffic-only -> none"],
    ),
    "the phases of a scenario": (
        lambda plan: plan["scenarios"][0]["phases"].append("database"),
        ["scenario traffic-only: phase database: new"],
    ),
    "a version": (
        lambda plan: plan["change"]["from"].update(payment="v3.1.7"),
        ["change: from: payment v3.1.8 -> v3.1.7"],
    ),
    "tools": (lambda plan: plan.update(tools=["psql", "jq"]), ["tools none -> psql, jq"]),
    "a capture": (
        lambda plan: plan["capture"]["items"][0].update(save="all.txt"),
        ["capture: item pods: save pods.txt -> all.txt"],
    ),
    "a baseline": (lambda plan: plan["baseline"][0].update(required=True), ["baseline users: required false -> true"]),
    "a check": (
        lambda plan: plan["verification"]["checks"][0].update(severity="warn"),
        ["verification: check health: severity fail -> warn"],
    ),
    "another kind of action": (
        lambda plan: plan["phases"][0]["steps"][0].update(wait="1m") or plan["phases"][0]["steps"][0].pop("run"),
        [
            "phase drain: step weight: run './scripts/verify.sh drain' -> none",
            "phase drain: step weight: wait none -> 1m",
        ],
    ),
}


def edits(change: Callable[[dict[str, Any]], Any], folder: Path) -> list[Any]:
    before = load(PLAN, folder)
    keep_plan(folder, before.require())
    old = kept_plan(folder, digests_of(before).plan)
    assert old is not None
    return list(differences(old, load(edit(change), folder).require()))


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_told_by_its_values(name: str, tmp_path: Path) -> None:
    change, sentences = CASES[name]
    said = [str(one) for one in edits(change, tmp_path)]
    assert len(said) == len(sentences), said
    assert all(line.startswith(sentence) for line, sentence in zip(said, sentences, strict=True)), said


@pytest.mark.parametrize("name", RUNNING)
def test_what_runs_is_told_as_what_runs(name: str, tmp_path: Path) -> None:
    said = edits(RUNNING[name][0], tmp_path)
    assert said
    assert all(one.runs for one in said)


@pytest.mark.parametrize("name", WORDING)
def test_what_only_people_read_is_told_apart(name: str, tmp_path: Path) -> None:
    said = edits(WORDING[name], tmp_path)
    assert said
    assert not any(one.runs for one in said)


def test_a_long_script_shows_its_changed_lines(tmp_path: Path) -> None:
    lines = [f"echo {number}" for number in range(40)]
    base = plan_document()
    base["phases"][0]["steps"][0]["run"] = "\n".join(lines)
    before = load(base, tmp_path)
    keep_plan(tmp_path, before.require())
    old = kept_plan(tmp_path, digests_of(before).plan)
    assert old is not None
    base["phases"][0]["steps"][0]["run"] = "\n".join([*lines[:7], "echo ##[error]seven", *lines[8:]])
    (one,) = differences(old, load(base, tmp_path).require())
    assert (str(one), one.lines) == (
        "phase drain: step weight: run changed",
        ("-echo 7", "+echo # #[error]seven"),
    )
    base["phases"][0]["steps"][0]["run"] = "\n".join(line.upper() for line in lines)
    (one,) = differences(old, load(base, tmp_path).require())
    assert one.lines[-1] == "… 68 more lines"


def test_numbers_in_a_body_are_told(tmp_path: Path) -> None:
    def body(value: float) -> dict[str, Any]:
        document = plan_document()
        step = {"id": "weight", "http": {"method": "POST", "url": "http://lb/w", "json": {"share": value}}}
        document["phases"][0]["steps"] = [step]
        return document

    before = load(body(0.5), tmp_path)
    keep_plan(tmp_path, before.require())
    old = kept_plan(tmp_path, digests_of(before).plan)
    assert old is not None
    assert differences(old, load(body(0.5), tmp_path).require()) == ()
    assert [str(one) for one in differences(old, load(body(0.25), tmp_path).require())] == [
        "phase drain: step weight: http: json: share 0.5 -> 0.25"
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_no_example_differs_from_itself(path: Path, tmp_path: Path) -> None:
    plan = load_plan(path).require()
    kept = keep_plan(tmp_path, plan)
    assert kept.stem == sha256(kept.read_bytes()).hexdigest()
    old = kept_plan(tmp_path, kept.stem)
    assert old is not None
    assert differences(old, plan) == ()


def test_a_plan_is_kept_once_under_its_digest(tmp_path: Path) -> None:
    loaded = load(PLAN, tmp_path)
    path = keep_plan(tmp_path, loaded.require())
    assert path == tmp_path / FOLDER / f"{digests_of(loaded).plan}.json"
    before = path.stat().st_mtime_ns
    assert keep_plan(tmp_path, loaded.require()) == path
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"plan": []}', b"[" * 10_000])
def test_what_is_not_that_plan_is_not_given(tmp_path: Path, raw: bytes) -> None:
    assert kept_plan(tmp_path, "0" * 64) is None
    (tmp_path / FOLDER).mkdir(parents=True)
    for digest in ("0" * 64, sha256(raw).hexdigest()):
        (tmp_path / FOLDER / f"{digest}.json").write_bytes(raw)
        assert kept_plan(tmp_path, digest) is None


@given(seconds=st.integers(1, 600), threshold=st.integers(1, 99))
def test_values_are_told_exactly(tmp_path_factory: pytest.TempPathFactory, seconds: int, threshold: int) -> None:
    folder = tmp_path_factory.mktemp("plan")
    document = plan_document()
    document["phases"][1]["steps"][0]["timeout"] = f"{seconds}s"
    document["triggers"][0]["above"] = f"{threshold}%"
    keep_plan(folder, load(PLAN, folder).require())
    old = kept_plan(folder, digests_of(load(PLAN, folder)).plan)
    assert old is not None
    said = differences(old, load(document, folder).require())
    assert len(said) == (seconds != 120) + (threshold != 5)
