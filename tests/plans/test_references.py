from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from tests.growth import seconds, takes_no_square

HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: A change, owner: team, level: 2}
"""
PHASES = """\
phases:
  - id: drain
    steps: [{id: stop, run: 'true'}]
  - id: restore
    alternatives:
      - {id: dump, steps: [{id: load, run: 'true'}]}
      - {id: backup, steps: [{id: copy, run: 'true'}]}
"""


def problems(body: str, phases: str = PHASES) -> list[tuple[str, str, str, str]]:
    """Code, what is written at the place, message and hint of everything that is wrong."""
    text = HEAD + phases + body
    loaded = load_text(Path("plan.yaml"), Source("plan.yaml", text))
    lines = text.split("\n")
    found = []
    for finding in loaded.findings:
        place = finding.place
        written = lines[place.line - 1][place.column - 1 : place.end_column - 1 if place.end_column else None]
        found.append((finding.code, written, finding.message, finding.hint))
    return found


def test_a_plan_whose_names_all_lead_somewhere() -> None:
    body = """\
parameters: {TOKEN: {secret: true}}
baseline: [{id: users, run: 'true', save: users.txt}]
triggers:
  - {id: errors, query: {source: prometheus, headers: {X: {parameter: TOKEN}}}, above: {baseline: users}}
decision:
  - {action: rollback, any: [errors], all: [errors], at_least: 1, of: [errors]}
  - {action: mitigate, scenario: part}
scenarios:
  - {id: part, phases: [drain, {id: restore, steps: [load, copy]}, verification], options: {restore: backup}}
verification: {checks: [{id: count, run: 'true', expect: {stdout: {equals: {baseline: users}}}}]}
watch_after: [{name: w, for: 5m, every: 1m, checks: [count]}]
troubleshooting: [{phase: drain}, {phase: verification}, {phase: rebuild}]
last_resort: [{id: rebuild, steps: [{id: go, manual: Build it}]}]
regions: {order: [eu, us], parameters: {eu: {A: b}}}
rehearsal: {scenarios: [part], simulate_failure: {run: 'true', expect_trigger: errors}}
"""
    assert problems(body) == []


UNKNOWN = {
    "scenarios: [{id: s, phases: [drian]}]": ("drian", "There is no phase 'drian'.", "Did you mean 'drain'?"),
    "scenarios: [{id: s, phases: [{id: nix}]}]": (
        "nix",
        "There is no phase 'nix'.",
        "Possible: drain, restore, verification.",
    ),
    "scenarios: [{id: s, phases: [{id: nix, steps: [a]}]}]": (
        "nix",
        "There is no phase 'nix'.",
        "Possible: drain, restore, verification.",
    ),
    "scenarios: [{id: s, phases: [{id: restore, steps: [laod]}]}]": (
        "laod",
        "There is no step 'laod'.",
        "Did you mean 'load'?",
    ),
    "scenarios: [{id: s, phases: [drain], options: {drian: dump}}]": (
        "drian",
        "There is no phase 'drian'.",
        "Did you mean 'drain'?",
    ),
    "scenarios: [{id: s, phases: [drain], options: {restore: dupm}}]": (
        "dupm",
        "There is no alternative 'dupm'.",
        "Did you mean 'dump'?",
    ),
    "scenarios: [{id: s, phases: [drain], options: {drain: dump}}]": (
        "dump",
        "There is no alternative 'dump'.",
        "No alternative is defined here.",
    ),
    "decision: [{action: rollback, any: [x]}]": ("x", "There is no trigger 'x'.", "No trigger is defined here."),
    "decision: [{action: rollback, all: [x]}]": ("x", "There is no trigger 'x'.", "No trigger is defined here."),
    "decision: [{action: rollback, at_least: 1, of: [x]}]": (
        "x",
        "There is no trigger 'x'.",
        "No trigger is defined here.",
    ),
    "decision: [{action: mitigate, scenario: x}]": ("x", "There is no scenario 'x'.", "No scenario is defined here."),
    "rehearsal: {scenarios: [x]}": ("x", "There is no scenario 'x'.", "No scenario is defined here."),
    "rehearsal: {simulate_failure: {run: a, expect_trigger: x}}": (
        "x",
        "There is no trigger 'x'.",
        "No trigger is defined here.",
    ),
    "watch_after: [{name: w, for: 5m, every: 1m, checks: [x]}]": (
        "x",
        "There is no check 'x'.",
        "No check is defined here.",
    ),
    "troubleshooting: [{phase: drian}]": ("drian", "There is no phase 'drian'.", "Did you mean 'drain'?"),
    "regions: {order: [eu], parameters: {us: {A: b}}}": ("us", "There is no region 'us'.", "Possible: eu."),
    "triggers: [{id: t, query: {source: s}, above: {baseline: x}}]": (
        "x",
        "There is no baseline entry 'x'.",
        "No baseline entry is defined here.",
    ),
    "verification: {checks: [{id: c, run: a, expect: {stdout: {equals: {baseline: x}}}}]}": (
        "x",
        "There is no baseline entry 'x'.",
        "No baseline entry is defined here.",
    ),
    "safety_checks: [{id: c, http: {url: a, headers: {X: {parameter: P}}}}]": (
        "P",
        "There is no parameter 'P'.",
        "No parameter is defined here.",
    ),
}


@pytest.mark.parametrize("body", UNKNOWN)
def test_a_name_that_nothing_carries_is_found_where_it_is_used(body: str) -> None:
    assert problems(body) == [("RG008", *UNKNOWN[body])]


STEP = "{id: a, run: 'true'}"
PHASE = "{id: a, steps: [{id: s, run: 'true'}]}"
ANOTHER = "{id: a, steps: [{id: t, run: 'true'}]}"
TWICE = [
    (f"phases: [{PHASE}, {ANOTHER}]", "phases"),
    (f"recovery: [{PHASE}, {ANOTHER}]", "recovery"),
    (f"last_resort: [{PHASE}, {ANOTHER}]", "last_resort"),
    (f"point_of_no_return: {{description: x, forward_fix: [{PHASE}, {ANOTHER}]}}", "forward_fix"),
    ("scenarios: [{id: a, phases: [drain]}, {id: a, phases: [restore]}]", "scenarios"),
    ("triggers: [{id: a, query: {source: s}}, {id: a, query: {source: t}}]", "triggers"),
    ("baseline: [{id: a, run: x, save: x}, {id: a, run: y, save: y}]", "baseline"),
    ("capture: {items: [{id: a, run: x, save: x}, {id: a, run: y, save: y}]}", "items"),
    ("safety_checks: [{id: a, run: x}, {id: a, run: y}]", "safety_checks"),
    ("verification: {checks: [{id: a, run: x}, {id: a, run: y}]}", "checks"),
    (f"phases: [{{id: p, steps: [{STEP}, {STEP}]}}]", "phase 'p'"),
    (f"recovery: [{{id: p, steps: [{STEP}, {STEP}]}}]", "phase 'p'"),
    (f"phases: [{{id: p, alternatives: [{PHASE}, {ANOTHER}]}}]", "alternatives"),
    (
        f"phases: [{{id: p, alternatives: [{{id: x, steps: [{STEP}]}}, {{id: y, steps: [{STEP}]}}]}}]",
        "phase 'p'",
    ),
]


@pytest.mark.parametrize(("body", "where"), TWICE, ids=[case[0] for case in TWICE])
def test_an_id_that_stands_twice_is_found_at_the_second(body: str, where: str) -> None:
    found = problems(body, phases="" if body.startswith("phases") else PHASES)
    assert found == [("RG007", "a", f"The id 'a' stands twice in {where}.", "Ids must differ; give it another one.")]


def test_an_id_that_stands_three_times_is_found_twice() -> None:
    body = "safety_checks: [{id: a, run: x}, {id: a, run: y}, {id: a, run: z}]"
    assert [code for code, *_ in problems(body)] == ["RG007", "RG007"]


def test_the_same_id_may_stand_in_different_places() -> None:
    body = f"recovery: [{PHASE.replace('id: a', 'id: drain')}]\nverification: {{checks: [{{id: drain, run: x}}]}}\n"
    assert problems(body) == []


def test_among_many_names_none_is_listed_where_none_is_near() -> None:
    triggers = "".join(f"  - {{id: t{number}, query: {{source: s}}}}\n" for number in range(41))
    assert problems(f"triggers:\n{triggers}decision: [{{action: rollback, any: [something]}}]") == [
        ("RG008", "something", "There is no trigger 'something'.", "")
    ]


def test_a_document_of_wrong_names_costs_little_and_says_no_more_than_a_hundred() -> None:
    def wrong_names(size: int) -> float:
        names = ", ".join(f"wrong{number}" for number in range(20 * size))
        triggers = "".join(f"  - {{id: trigger{number}, query: {{source: s}}}}\n" for number in range(size))
        body = f"triggers:\n{triggers}decision: [{{action: rollback, any: [{names}]}}]"
        found: list[tuple[str, str, str, str]] = []
        took = seconds(lambda: found.extend(problems(body)))
        assert len(found) == 100
        return took

    takes_no_square(wrong_names, 1000)


def test_a_document_of_many_phases_costs_little() -> None:
    def many_phases(size: int) -> float:
        phases = "phases:\n" + "".join(f"- {{id: p{n}, steps: [{{id: s, run: x}}]}}\n" for n in range(size))
        found: list[tuple[str, str, str, str]] = []
        took = seconds(lambda: found.extend(problems("", phases=phases)))
        assert found == []
        return took

    takes_no_square(many_phases, 4500)


# Arguments of programs


def kubernetes(body: str, rest: str = "") -> list[tuple[str, str, str, str]]:
    return problems(rest, f"phases: [{{id: one, steps: [{{id: a, kubernetes: {{namespace: shop, {body}}}}}]}}]\n")


REST = """\
parameters: {TOKEN: {secret: true}, CONTEXT: {default: prod}}
uses: []
baseline: [{id: revision, run: 'true', save: revision.txt}]
"""


@pytest.mark.parametrize(
    "body",
    [
        "rollout_undo: deployment/web, context: {parameter: CONTEXT}, to_revision: 3",
        "rollout_undo: deployment/web, to_revision: {baseline: revision}",
        "set_image: deployment/web, images: {web: {parameter: CONTEXT}, '*': 'a:1'}",
        "wait: pod, selector: app=web, condition: Ready",
        "wait: pod/web-0, condition: delete",
        "delete: job.batch/migrate",
        "patch: deployment/web, content: []",
    ],
)
def test_a_kubernetes_step_that_is_right(body: str) -> None:
    assert kubernetes(body, REST) == []


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("rollout_undo: --all", "'rollout_undo' cannot be '--all'.", "KIND/NAME, such as"),
        ("rollout_undo: deployment", "'rollout_undo' cannot be 'deployment'.", "KIND/NAME, such as"),
        ("rollout_undo: deployment/-x", "'rollout_undo' cannot be 'deployment/-x'.", "KIND/NAME"),
        ("rollout_undo: d/x, to_revision: {baseline: no}", "There is no baseline entry 'no'.", "revision"),
        ("rollout_undo: d/x, to_revision: 0", "'to_revision' must be at least 1.", ""),
        ("rollout_status: d/x, to_revision: 1", "'to_revision' needs 'rollout_undo' beside it.", "Add"),
        ("set_image: d/x", "'set_image' needs 'images' beside it.", "Add 'images'."),
        ("set_image: d/x, images: {}", "'images' needs at least 1 entry.", ""),
        ("set_image: d/x, images: {-x: y}", "'images' cannot have the key '-x'.", ""),
        ("scale: d/x", "'scale' needs 'replicas' beside it.", ""),
        ("wait: pod, condition: Ready", "'wait' needs a name (KIND/NAME) or a `selector`, and not both.", "Name one"),
        ("delete: pod/x, selector: a=b", "'delete' needs a name (KIND/NAME) or a `selector`, and not both.", ""),
        ("delete: pod, selector: --all", "'selector' cannot be '--all'.", "Labels"),
        ("scale: d/x, replicas: 1, selector: a=b", "'scale' takes no selector.", "Remove it."),
        ("apply: https://x.example/a.yaml", "'apply' cannot be 'https://x.example/a.yaml'.", "A file of `uses`."),
        ("apply: '-'", "'apply' cannot be '-'.", "A file of `uses`."),
        ("apply: a.yaml", "There is no file under `uses` 'a.yaml'.", ""),
        (
            "scale: d/x, replicas: 1, context: {parameter: TOKEN}",
            "The secret 'TOKEN' would be an argument, which everybody on the machine can see.",
            "environment",
        ),
        ("scale: d/x, replicas: 1, context: {parameter: NO}", "There is no parameter 'NO'.", "CONTEXT, TOKEN"),
    ],
)
def test_a_kubernetes_step_that_is_wrong(body: str, message: str, hint: str) -> None:
    found = kubernetes(body, REST)
    assert message in [said for _, _, said, _ in found]
    assert hint in " ".join(text for _, _, _, text in found)


@pytest.mark.parametrize("name", ["HEAD", "HEAD~1", "FETCH_HEAD", "v1^", "main@{0}", "@", "refs/heads/main"])
@pytest.mark.parametrize(
    "step", ["git: {checkout: NAME}", "git: {revert: NAME}", "terraform: {directory: i, configuration: NAME}"]
)
def test_a_name_that_moves_is_not_pinned(step: str, name: str) -> None:
    found = problems("", f"phases: [{{id: one, steps: [{{id: a, {step.replace('NAME', repr(name))}}}]}}]\n")
    assert [(code, message, hint) for code, _, message, hint in found] == [
        ("RG005", f"'{name}' means another commit tomorrow.", "Name the full commit id, or a tag.")
    ]


@pytest.mark.parametrize("name", ["v1.0", "main", "release/2026-01", "HEADER", "a" * 40, "v1+build", "{parameter: X}"])
def test_a_name_that_may_be_pinned(name: str) -> None:
    step = f"{{id: a, git: {{checkout: {name}}}}}"
    assert problems("parameters: {X: {default: v1}}\n", f"phases: [{{id: one, steps: [{step}]}}]\n") == []
