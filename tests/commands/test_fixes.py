"""The fixes that rules know: what is found is gone, and every other byte stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from rollback_gov.commands.judge import Demands, check_plan
from rollback_gov.commands.plan_edit import fixed, shown
from rollback_gov.model.policy import Policy
from rollback_gov.model.trust import Trust
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source, read_source
from tests.conftest import ROOT
from tests.policy.examples import Example, examples
from tests.policy.rehearsals import NOW

DEMANDS = Demands(policy=Policy(), trust=lambda: Trust(keys=()), now=datetime.fromisoformat(NOW))
HEAD = """\
# How we go back
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: "Payments 3.2", owner: payments, level: 2}   # not 3
tools: [docker, kubectl, curl, psql, helm]
point_of_no_return: {none: the service keeps no state}
verification:
  checks: [{id: health, http: {url: "https://shop.example.com/health"}, expect: {status: 200}}]
  manual: [Look at the dashboard]
"""
PHASE = """\
phases:
  - id: undo # the only one
    budget: 3m
    steps:
"""


def fix(text: str, folder: Path = Path()) -> str:
    return fixed(folder / "plan.yaml", Source("plan.yaml", text), DEMANDS)[0].text


def codes(text: str, folder: Path = Path()) -> set[str]:
    findings = check_plan(load_text(folder / "plan.yaml", Source("plan.yaml", text)), DEMANDS).findings
    return {finding.code for finding in findings}


K = "kubectl --context a -n b"
SCRIPTS = {
    "a rollout": ("RG205", f"{K} rollout status deploy/x", f"{K} rollout status --timeout=180s deploy/x"),
    "a rollout at the end": ("RG205", f"{K} rollout status", f"{K} rollout status --timeout=180s"),
    "curl": ("RG205", "curl -fsS http://x/", "curl --max-time 180 -fsS http://x/"),
    "a terminal": ("RG203", "docker exec -it db ls", "docker exec -i db ls"),
    "a terminal, turned round": ("RG203", "docker run -ti --rm db ls", "docker run -i --rm db ls"),
    "a terminal alone": ("RG203", "docker exec -t db ls", "docker exec db ls"),
    "a terminal in words": ("RG203", "docker exec --tty db ls", "docker exec db ls"),
    "a terminal in a pod": ("RG203", f"{K} exec -it db -- ls", f"{K} exec -i db -- ls"),
    "a record": ("RG219", f"{K} set image d/x x=x:1 --record", f"{K} set image d/x x=x:1"),
    "a record in the middle": ("RG219", f"{K} set image --record=true d/x x=x:1", f"{K} set image d/x x=x:1"),
    "a drain": ("RG219", f"{K} drain n --delete-local-data", f"{K} drain n --delete-emptydir-data"),
    "psql": ("RG220", "psql -X -f sql/undo.sql", "psql -v ON_ERROR_STOP=1 -X -f sql/undo.sql"),
    "psql in a pipeline": ("RG220", "cat /srv/a.sql | psql shop", "cat /srv/a.sql | psql -v ON_ERROR_STOP=1 shop"),
    "two of them": (
        "RG205",
        f"{K} rollout status d/x && {K} rollout status d/y",
        f"{K} rollout status --timeout=180s d/x && {K} rollout status --timeout=180s d/y",
    ),
    "two kinds": (
        "RG219",
        f"{K} set image d/x x=x:1 --record && {K} rollout status d/x",
        f"{K} set image d/x x=x:1 && {K} rollout status --timeout=180s d/x",
    ),
}
STYLES: dict[str, Callable[[str], str]] = {
    "plain": lambda script: f"      - {{id: undo, run: {script}}} # undo\n",
    "single quotes": lambda script: f"      - {{id: undo, run: '{script}'}} # undo\n",
    "double quotes": lambda script: f'      - {{id: undo, run: "{script}\\n" }}\n',
    "literal": lambda script: f"      - id: undo\n        run: |  # the script\n          # é 🚀\n          {script}\n",
    "literal, stripped": lambda script: f"      - id: undo\n        run: |-\n          {script}\n        name: Undo\n",
    "folded": lambda script: f"      - id: undo\n        run: >-\n          true &&\n          {script}\n",
    "a shell inside": lambda script: f"      - id: undo\n        run: |\n          bash -c '{script}'\n",
}


EACH = [(name, "literal") for name in SCRIPTS] + [(name, style) for style in STYLES for name in ("two kinds", "curl")]


@pytest.mark.parametrize(("name", "style"), dict.fromkeys(EACH))
def test_a_script_is_mended_at_its_place(name: str, style: str) -> None:
    code, before, after = SCRIPTS[name]
    text = HEAD + PHASE + STYLES[style](before)
    mended = fix(text)

    assert code in codes(text)
    assert mended == HEAD + PHASE + STYLES[style](after)
    assert code not in codes(mended)
    assert fix(mended) == mended


def test_an_escape_is_mended_as_a_whole() -> None:
    text = HEAD + PHASE + '      - {id: undo, run: "docker exec \\x2dit db ls"}\n'

    assert fix(text) == text.replace("\\x2dit", "-i")


def test_lines_that_go_on_stay_one_command() -> None:
    lines = f"{K} set image d/x \\\n            x=x:1 \\\n            --record"
    text = HEAD + PHASE + f"      - id: undo\n        run: |\n          {lines}\n          echo done\n"

    assert fix(text) == text.replace(" \\\n            --record", "")


def test_a_script_that_two_steps_share_is_mended_for_both() -> None:
    """The first one has a limit, the second one none, and what is mended comes before what the second one lacks."""
    script = f"&script |\n          # é\n          docker exec -it db ls\n          {K} rollout status d/x\n"
    steps = "      - {id: two, run: *script}\n      - {id: three, run: *script}\n"
    text = f"{HEAD}{PHASE}      - &first\n        id: one\n        run: {script}        timeout: 1m\n{steps}"

    assert fix(text) == text.replace("-it", "-i").replace("rollout status", "rollout status --timeout=180s")


def test_windows_line_ends_stay() -> None:
    text = (HEAD + PHASE + STYLES["literal"]("docker exec -it db ls")).replace("\n", "\r\n")

    assert fix(text) == text.replace("-it", "-i")


LEFT = {
    "no budget": PHASE.replace("    budget: 3m\n", "") + f"      - {{id: undo, run: {K} rollout status d/x}}\n",
    "a quote inside of the word": PHASE + "      - {id: undo, run: \"docker exec -'it' db ls\"}\n",
    "not bash as a whole": PHASE
    + "      - id: undo\n        run: |\n          docker exec -it db ls\n          if a; then\n",
    "a question": PHASE
    + f"      - {{id: undo, run: docker ps, timeout: 1m, verify: {{run: {K} rollout status d/x}}}}\n",
    "a value of its own": PHASE + f"      - {{id: undo, run: {K} set image d/x x=x:1 --record=false}}\n",
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_where_it_is_not_sure_nothing_changes(text: str) -> None:
    assert fix(HEAD + text) == HEAD + text


def test_a_question_without_its_key_is_left() -> None:
    text = HEAD + PHASE + "      - {id: undo, run: ./undo.sh, timeout: 1m, verify: docker exec -it db ls}\n"

    assert "-it" in fix(text)


RUN = PHASE + "      - {id: undo, run: git fetch, timeout: 1m}\n"
TOOLS = {
    "in brackets": ("tools: [docker, kubectl] # two", "tools: [docker, kubectl, git] # two"),
    "line by line": ("tools:\n  - docker # one\n  - kubectl", "tools:\n  - docker # one\n  - kubectl\n  - git"),
    "flush": ("tools:\n- docker\n# next\n- kubectl # last", "tools:\n- docker\n# next\n- kubectl # last\n- git"),
}


@pytest.mark.parametrize(("before", "after"), TOOLS.values(), ids=TOOLS)
def test_a_tool_is_added(before: str, after: str) -> None:
    text = HEAD.replace("tools: [docker, kubectl, curl, psql, helm]", before) + RUN

    assert fix(text) == text.replace(before, after)


def test_tools_are_named_where_none_were() -> None:
    text = HEAD.replace("tools: [docker, kubectl, curl, psql, helm]\n", "") + RUN.replace(
        "git fetch", "git fetch && helm ls"
    )

    assert "RG218" in codes(text)
    assert fix(text) == f"{text}tools: [git, helm]\n"
    assert fix(text.removesuffix("\n")) == f"{text}tools: [git, helm]\n"


def test_several_tools_are_added_one_after_the_other() -> None:
    text = HEAD + RUN.replace("git fetch", "git fetch && jq . /srv/a && rsync /srv/a /srv/b")

    assert "tools: [docker, kubectl, curl, psql, helm, git, jq, rsync]\n" in fix(text)


def test_a_script_that_is_there_is_named_under_uses(tmp_path: Path) -> None:
    (tmp_path / "undo.sh").write_text("#!/bin/sh\necho\n", encoding="utf-8")
    text = HEAD + PHASE + "      - {id: undo, run: ./undo.sh, timeout: 1m}\n"

    assert fix(text, tmp_path) == f"{text}uses: [undo.sh]\n"
    assert "RG213" not in codes(fix(text, tmp_path), tmp_path)


def test_a_script_that_is_not_there_is_not(tmp_path: Path) -> None:
    text = HEAD + PHASE + "      - {id: undo, run: ./undo.sh, timeout: 1m}\n"

    assert fix(text, tmp_path) == text


SCENARIOS = {
    "in braces": (
        "scenarios: [{id: part, phases: [undo]}] # one",
        "scenarios: [{id: part, sla: 3m, phases: [undo]}] # one",
    ),
    "line by line": (
        "scenarios:\n  - id: part # one\n    phases: [undo]",
        "scenarios:\n  - id: part # one\n    sla: 3m\n    phases: [undo]",
    ),
}


@pytest.mark.parametrize(("before", "after"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_says_how_long_it_takes(before: str, after: str) -> None:
    text = (HEAD + RUN + before + "\n").replace("level: 2", "level: 3")

    assert "RG108" in codes(text)
    assert after in fix(text)
    assert "RG108" not in codes(fix(text))


def test_nobody_adds_up_what_is_not_known() -> None:
    text = HEAD + RUN.replace("    budget: 3m\n", "") + "scenarios: [{id: part, phases: [undo]}]\n"

    assert "sla" not in fix(text.replace("level: 2", "level: 3"))


@pytest.mark.parametrize(("wrong", "right"), [("contniue", "continue"), ("continu", "continue"), ("Manual", "manual")])
def test_a_misspelt_word_is_mended(wrong: str, right: str) -> None:
    text = HEAD + RUN.replace("timeout: 1m", f"timeout: 1m, on_failure: {wrong}")

    assert f"on_failure: {right}}}" in fix(text)


@pytest.mark.parametrize("word", ["skip", "cont", "start"])
def test_another_word_is_not(word: str) -> None:
    text = HEAD + RUN.replace("timeout: 1m", f"timeout: 1m, on_failure: {word}")

    assert fix(text) == text


def test_edits_in_words() -> None:
    text = HEAD + RUN.replace("git fetch", "git fetch && docker exec -it a ls && docker exec -t a ls")
    _, fixes = fixed(Path("plan.yaml"), Source("plan.yaml", text), DEMANDS)

    assert [shown(each) for each in fixes] == [
        "Taking a word out of phases.0.steps.0.run",
        "Writing '-i' in phases.0.steps.0.run",
        "Adding git to tools",
    ]


BAD = [each for each in examples("bad") if each.code in {"RG203", "RG205", "RG213", "RG218", "RG219", "RG220"}]


@pytest.mark.parametrize("example", BAD, ids=lambda example: example.name)
def test_of_an_example_only_lines_change_at_which_something_was_found(example: Example) -> None:
    path, source = example.path, read_source(example.path)
    findings = check_plan(load_text(path, source), DEMANDS).findings
    after, fixes = fixed(path, source, DEMANDS)

    at = {source.lines[each.place.line - 1] for each in findings if each.fix is not None}
    gone = set(source.lines) - set(after.lines)
    assert {line for line in gone if not line.startswith(("tools:", "uses:"))} <= at
    assert not {each.fix for each in check_plan(load_text(path, after), DEMANDS).findings} & set(fixes)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "plans-example").glob("*/plan.yaml")))
def test_there_is_nothing_to_mend_in_the_examples(name: str) -> None:
    path = ROOT / "plans-example" / name / "plan.yaml"
    text = path.read_text(encoding="utf-8")

    assert fix(text, path.parent) == text
