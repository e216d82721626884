"""A run of a plan with everything in it, killed at every single point, comes to the same end with the same effects."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.journal import FILE, read_journal
from tests.execution.crash_points import KILLED, run_to
from tests.execution.marks import slow
from tests.execution.web import Web, serve

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: Everything, owner: team, level: 2}
baseline: [{id: data, run: cat data, save: data.txt, required: true}]
capture: {items: [{id: state, run: date, save: state.txt}]}
safety_checks: [{id: safe, run: 'true'}]
point_of_no_return:
  description: converted
  passed_when: {run: test -e converted}
  forward_fix: [{id: fix, steps: [{id: convert, run: 'echo "$STEP" >> effects'}]}]
phases:
  - id: ways
    alternatives:
      - {id: bad, steps: [{id: first, run: 'echo "$STEP" >> effects; exit 3'}]}
      - {id: good, steps: [{id: second, run: 'echo "$STEP" >> effects'}]}
  - id: guarded
    guard: before_point_of_no_return
    steps: [{id: back, run: 'echo "$STEP" >> effects', destructive: true}]
  - id: steps
    steps:
      - id: retried
        run: 'echo "$STEP" >> repeated; test $(grep -c "$STEP" repeated) -ge 2'
        idempotent: true
        retry: {times: 2, wait: 1ms}
      - {id: needed, when: {run: test -e data}, run: 'echo "$STEP" >> effects'}
      - {id: not-needed, when: {run: test -e nothing}, run: 'echo "$STEP" >> effects'}
      - {id: held, run: echo x >> polls, until: {every: 1ms, within: 60s, hold: 4ms}}
      - {id: asks, gate: {ask: 'Go on?', deadline: 60s}}
      - {id: by-hand, manual: Turn the key}
      - {id: sent, http: {method: POST, url: "URL", json: {}}}
      - {id: verified, run: 'echo "$STEP" >> effects', verify: grep -q steps/verified effects}
      - {id: fails, run: 'echo "$STEP" >> effects; exit 1', on_failure: continue}
      - {id: tells, notify: {message: half way}}
verification: {checks: [{id: ok, run: test -s effects}]}
recovery: [{id: clean, steps: [{id: up, run: 'echo "$STEP" >> effects'}]}]
"""
ONCE = ["phases/ways/bad/first", "phases/ways/good/second", "forward_fix/fix/convert", "phases/steps/needed"]
ONCE += ["phases/steps/sent", "phases/steps/verified", "phases/steps/fails", "recovery/clean/up"]


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """Writes into the folder that the path names, as steps do."""
    with serve() as server:

        def note(handler: Any) -> None:
            with Path(handler.path).open("a") as effects:
                effects.write("phases/steps/sent\n")
            handler.send_response(204)
            handler.end_headers()

        server.raw = note
        yield server


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory, web: Web) -> list[str]:
    """The names of all points, from a run that nobody disturbs."""
    folder = place(tmp_path_factory.mktemp("whole") / "run", web)
    assert run_to(folder, 0) == 0, (folder / "errors").read_text()
    assert effects(folder) == Counter(ONCE)
    return [str(name) for name in json.loads((folder / "points.json").read_text())]


def place(folder: Path, web: Web) -> Path:
    """A repository with the plan, its baseline, and a point of no return that was passed."""
    (folder / ".rollback-gov").mkdir(parents=True)
    (folder / ".rollback-gov" / "environments.yaml").write_text("environments: {production: {class: production}}\n")
    (folder / "plan.yaml").write_text(PLAN.replace("URL", f"{web.url}{folder}/effects"))
    for name in ("data", "converted"):
        (folder / name).write_text("1\n")
    baseline = folder / "baseline" / "production"
    baseline.mkdir(parents=True)
    (baseline / "data.txt").write_text("1\n")
    digest = "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
    entry = {"data": {"file": "data.txt", "sha256": digest, "at": "2026-01-31T12:00:00.000Z"}}
    (baseline / "baseline.json").write_text(json.dumps(entry))
    return folder


def effects(folder: Path) -> Counter[str]:
    return Counter((folder / "effects").read_text().splitlines())


def die_and_go_on(folder: Path, at: int, name: str) -> str:
    """Kill the run at one point, and go on to its end. Gives what is wrong, or nothing."""
    code = run_to(folder, at)
    if code not in (KILLED, 0):
        return f"{at} ({name}): ended with {code} before it could die: {(folder / 'errors').read_text()}"
    if code == KILLED and not any(map(ended, folder.glob(f"incidents/*/{FILE}"))) and (code := run_to(folder, 0)) != 0:
        return f"{at} ({name}): ended with {code}: {(folder / 'errors').read_text()}"
    (journal,) = [path for path in folder.glob(f"incidents/*/{FILE}") if ended(path)]
    if "phases/steps/held" not in {
        event.data["step"] for event in read_journal(journal) if event.type == "step.finished"
    }:
        return f"{at} ({name}): a step was left out"
    if effects(folder) != Counter(ONCE):
        return f"{at} ({name}): {effects(folder) - Counter(ONCE)} too many, {Counter(ONCE) - effects(folder)} too few"
    return ""


def ended(journal: Path) -> bool:
    return any(event.type == "run.finished" for event in read_journal(journal))


def survive(tmp_path: Path, web: Web, points: list[str], wanted: Callable[[str], bool]) -> None:
    began, tried = time.monotonic(), 0
    wrong = []
    for at, name in enumerate(points, 1):
        if wanted(name):
            tried += 1
            wrong.append(die_and_go_on(place(tmp_path / f"{at}", web), at, name))
    print(f"{tried} of {len(points)} points in {time.monotonic() - began:.1f} s")
    assert [sentence for sentence in wrong if sentence] == []


TELLING = {"in the middle of step.finished", "in the middle of gate.decided"}
"""Where the outside knows more than the journal."""


@slow
def test_a_run_may_die_around_each_step(tmp_path: Path, web: Web, points: list[str]) -> None:
    survive(tmp_path, web, points, TELLING.__contains__)


@slow
def test_a_run_may_die_at_every_point(tmp_path: Path, web: Web, points: list[str]) -> None:
    survive(tmp_path, web, points, lambda name: True)
