"""Scripts under `uses` that steps call are read as what they are: files of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rollback_gov.model.finding import Finding, Place
from rollback_gov.model.waiver import Waiver
from rollback_gov.plans.load import LoadedPlan, load_plan
from rollback_gov.policy.check import check
from rollback_gov.policy.scripts import Calls
from rollback_gov.policy.subject import Subject
from tests.policy.subjects import subject

HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payments 3.2, owner: payments, level: 2}
point_of_no_return: {none: the service keeps no state}
verification:
  checks: [{id: health, http: {url: "https://shop.example.com/health"}, expect: {status: 200}}]
  manual: [Look at the dashboard]
tools: [docker, git, kubectl, curl, psql, pg_dump, pg_restore, redis-cli]
"""
SAFE = "#!/bin/bash\nset -euo pipefail\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "scripts").mkdir()
    return tmp_path


def plan(folder: Path, steps: str, *, more: str = "", **scripts: str) -> LoadedPlan:
    """Write a plan whose steps are those lines, and its scripts as they are given, ``scripts/NAME.sh`` each."""
    for name, text in scripts.items():
        (folder / "scripts" / f"{name}.sh").write_text(text, encoding="utf-8")
    uses = f"uses: [{', '.join(f'scripts/{name}.sh' for name in scripts)}]\n"
    indented = "".join(f"      {line}\n" for line in steps.splitlines())
    text = f"{HEAD}{uses}{more}phases:\n  - id: undo\n    budget: 3m\n    steps:\n{indented}"
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return load_plan(folder / "plan.yaml", name="rollback/op-7/plan.yaml")


def judged(loaded: LoadedPlan) -> Subject:
    return subject(loaded=loaded, plan=loaded.require())


def found(loaded: LoadedPlan) -> list[Finding]:
    return [each for each in check(judged(loaded)).findings if each.code[:3] in ("RG2", "RG0")]


def in_script(loaded: LoadedPlan) -> set[tuple[str, str, str]]:
    """Give code, weight and the very word of each finding in a file other than the plan."""
    return set(_words(loaded, [each for each in found(loaded) if each.place.file != loaded.source.name]))


def _words(loaded: LoadedPlan, findings: list[Finding]) -> Iterator[tuple[str, str, str]]:
    for each in findings:
        line = loaded.line(each.place)
        end = each.place.end_column - 1 if each.place.end_column else len(line)
        yield each.code, each.severity.value, line[each.place.column - 1 : end]


CALL = "- {id: undo, run: ./scripts/undo.sh, timeout: 2m}"
WRONG = {
    "RG203": ("docker exec -it db psql -c 'SELECT 1'", ("RG203", "error", "-it")),
    "RG204": ("tail -f /var/log/syslog", ("RG204", "error", "-f")),
    "RG206": ("sleep 3m", ("RG206", "error", "sleep")),
    "RG207": ("git fetch || true", ("RG207", "error", "|| true")),
    "RG208": ("redis-cli FLUSHALL", ("RG208", "error", "FLUSHALL")),
    "RG210": ("git checkout HEAD~1", ("RG210", "error", "HEAD~1")),
    "RG211": ('cat "$BASELINE/gone"', ("RG211", "error", '"$BASELINE/gone"')),
    "RG213": ("./scripts/other.sh", ("RG213", "warning", "./scripts/other.sh")),
    "RG215": ("export PGPASSWORD=hunter2-prod", ("RG215", "error", "hunter2-prod")),
    "RG216": ("kubectl -n shop get pods", ("RG216", "warning", "kubectl")),
    "RG217": ("cp old.tfstate /srv/terraform.tfstate", ("RG217", "error", "/srv/terraform.tfstate")),
    "RG218": ("helm version", ("RG218", "warning", "helm")),
    "RG219": ("kubectl --context a -n b set image d/x x=y:1 --record", ("RG219", "warning", "--record")),
    "RG220": ("curl -m 5 https://shop.example.com/flags", ("RG220", "warning", "curl")),
    "RG201": ('echo "$NOBODY"', ("RG201", "warning", "$NOBODY")),
    "RG010": ("docker pull registry.example.com/app:<PREVIOUS_SHA>", ("RG010", "warning", "<PREVIOUS_SHA>")),
    "RG200": ("if true; then echo a", ("RG200", "error", "")),
    "a token": ("echo ghp_" + "a" * 36, ("RG215", "error", "ghp_" + "a" * 36)),
}


@pytest.mark.parametrize(("line", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_in_it_is_found_at_its_very_word(folder: Path, line: str, expected: tuple[str, str, str]) -> None:
    assert expected in in_script(plan(folder, CALL, undo=f"{SAFE}# première ligne\n{line}\n"))


def test_a_finding_stands_in_the_script_and_belongs_to_the_step(folder: Path) -> None:
    (finding,) = found(plan(folder, CALL, undo=f"{SAFE}\necho é && git checkout HEAD~1\n"))

    assert finding.place == Place("rollback/op-7/scripts/undo.sh", 4, 24, 30)
    assert (finding.step, finding.path) == ("phases/undo/undo", ("phases", 0, "steps", 0, "run"))


def test_a_word_over_two_lines_has_no_end_column(folder: Path) -> None:
    loaded = plan(folder, CALL, undo=f'{SAFE}psql -c "DROP\n  TABLE x"\n')
    (finding,) = [each for each in found(loaded) if each.code == "RG208"]

    assert finding.place == Place("rollback/op-7/scripts/undo.sh", 3, 10, 0)


def test_a_wait_without_a_limit_where_the_step_has_none(folder: Path) -> None:
    script = f"{SAFE}kubectl --context a -n b rollout status d/x\n"

    assert in_script(plan(folder, CALL, undo=script)) == set()
    assert in_script(plan(folder, "- {id: undo, run: ./scripts/undo.sh}", undo=script)) == {
        ("RG205", "warning", "status")
    }


QUIET = {
    "a limit around the call": ("timeout 30 ./scripts/undo.sh", f"{SAFE}tail -f /var/log/syslog\n"),
    "in the background": ("./scripts/undo.sh &", f"{SAFE}tail -f /var/log/syslog\n"),
    "its failure is an answer": ("if ./scripts/undo.sh; then echo yes; fi", f"{SAFE}git fetch || true\n"),
    "the caller has swallowed it": ("./scripts/undo.sh || git gc", f"{SAFE}git fetch || true\n"),
    "not called": ("echo ./scripts/undo.sh", f"{SAFE}git checkout HEAD~1\n"),
    "on another machine": ("ssh host ./scripts/undo.sh", f"{SAFE}git checkout HEAD~1\n"),
    "arguments": ("./scripts/undo.sh a b", f'{SAFE}echo "$1" "${{2:?}}"\n'),
    "it lets unset variables pass": ("./scripts/undo.sh", '#!/bin/sh\necho "$NOBODY"\n'),
    "the caller exports it": ("export WHO=me; ./scripts/undo.sh", f'{SAFE}echo "$WHO"\n'),
    "a cluster from the caller": (
        "export KUBECONFIG=/etc/kube; ./scripts/undo.sh",
        f"{SAFE}kubectl -n shop get pods\n",
    ),
    "its output is looked at": ('test -n "$(./scripts/undo.sh)"', f"{SAFE}curl -m 5 https://shop.example.com/\n"),
    "a dialogue for whoever hands arguments on": ("./scripts/undo.sh", f'{SAFE}sql() {{ psql -X "$@"; }}\nsql -c x\n'),
    "its own function": ("./scripts/undo.sh", f"{SAFE}helm() {{ echo; }}\nhelm version\n"),
}


@pytest.mark.parametrize(("run", "script"), QUIET.values(), ids=QUIET)
def test_no_false_alarm(folder: Path, run: str, script: str) -> None:
    step = f"- id: undo\n  timeout: 1m\n  run: |\n    {run}"

    assert in_script(plan(folder, step, undo=script)) == set()


def test_what_its_arguments_decide_is_not_sure(folder: Path) -> None:
    script = f'{SAFE}case "$1" in\n  flush) redis-cli FLUSHALL ;;\nesac\n'

    assert in_script(plan(folder, CALL, undo=script)) == {("RG208", "warning", "FLUSHALL")}


def test_a_step_that_is_marked_may_destroy(folder: Path) -> None:
    step = "- {id: undo, run: ./scripts/undo.sh, timeout: 2m, destructive: true, idempotent: true}"

    assert in_script(plan(folder, step, undo=f"{SAFE}redis-cli --rdb x.rdb && redis-cli FLUSHALL\n")) == set()


def test_a_copy_that_a_called_script_keeps_is_one(folder: Path) -> None:
    step = "- {id: undo, run: ./scripts/keep.sh && redis-cli FLUSHALL, timeout: 2m, destructive: true}"
    without = found(plan(folder, step, keep=f"{SAFE}echo\n"))
    with_copy = found(plan(folder, step, keep=f"{SAFE}redis-cli --rdb /srv/x.rdb\n"))

    assert ("RG209" in {each.code for each in without}, "RG209" in {each.code for each in with_copy}) == (True, False)


GOES_ON = {
    "no set -e": ("#!/bin/bash\ngit fetch\necho done\n", "git fetch"),
    "set -u alone": ("#!/bin/bash\nset -u\ngit fetch\necho done\n", "git fetch"),
    "after what may fail": ("#!/bin/sh\nmkdir x\ngit fetch >log\ngit gc\n", "git fetch"),
    "set -e": ("#!/bin/bash\nset -e\ngit fetch\necho done\n", ""),
    "errexit": ("#!/bin/bash\nset -o errexit\ngit fetch\necho done\n", ""),
    "in its first line": ("#!/bin/bash -e\ngit fetch\necho done\n", ""),
    "in its first line, by env": ("#!/usr/bin/env -S bash -eu\ngit fetch\necho done\n", ""),
    "its arguments": ("#!/bin/bash\nset -- -e\ngit fetch\necho done\n", "git fetch"),
    "taken back by name": ("#!/bin/bash\nset +o errexit\ngit fetch\necho done\n", "git fetch"),
    "the last one": ("#!/bin/bash\necho begin\ngit fetch\n", ""),
    "looked at": ("#!/bin/bash\ngit fetch || exit 1\ngit gc && echo done\n", ""),
    "asked for": ("#!/bin/bash\ngit fetch\ncode=$?\nexit $code\n", ""),
    "only builtins": ("#!/bin/bash\nexport X=1\nshift\necho done\n", ""),
}


@pytest.mark.parametrize(("script", "where"), GOES_ON.values(), ids=GOES_ON)
def test_a_script_that_goes_on_after_a_failure(folder: Path, script: str, where: str) -> None:
    expected = {("RG207", "warning", where)} if where else set()

    assert in_script(plan(folder, CALL, undo=script)) == expected


@pytest.mark.parametrize(
    ("run", "first"),
    [("bash scripts/undo.sh -e production", ""), ("bash -- scripts/undo.sh -e", ""), ("bash scripts/undo.sh", "-e")],
)
def test_what_is_handed_on_is_no_setting(folder: Path, run: str, first: str) -> None:
    script = f"#!/bin/bash {first}\ngit fetch\necho done\n"

    assert in_script(plan(folder, f"- {{id: undo, run: {run}}}", undo=script)) == {("RG207", "warning", "git fetch")}


@pytest.mark.parametrize(
    "run",
    [
        "bash -e scripts/undo.sh",
        "bash -xeuo pipefail scripts/undo.sh -c x",
        "sh --norc -o errexit -- scripts/undo.sh",
        ". ./scripts/undo.sh -e",
    ],
)
def test_whoever_calls_it_may_have_said_so(folder: Path, run: str) -> None:
    loaded = plan(folder, f"- {{id: undo, run: {run}}}", undo="git fetch\necho done\n")

    assert [each.file for each in judged(loaded).called] == ["scripts/undo.sh"]
    assert in_script(loaded) == set()


@pytest.mark.parametrize("run", ["bash -ec 'echo scripts/undo.sh'", "bash -s scripts/undo.sh <notes.txt"])
def test_a_shell_may_run_something_else(folder: Path, run: str) -> None:
    step = f'- {{id: undo, run: "{run}", timeout: 1m}}'

    assert judged(plan(folder, step, undo="git fetch\n")).called == ()


FLOW = {
    "an argument is a file": ("./scripts/undo.sh before.sql", 'pg_restore -d shop "$1"', ("RG214", "warning")),
    "what it writes is there": ("./scripts/undo.sh && cat $INCIDENT_DIR/x", 'echo a > "$INCIDENT_DIR/x"', None),
    "as an argument too": ('./scripts/undo.sh "$INCIDENT_DIR/x" && cat $INCIDENT_DIR/x', 'echo a > "$1"', None),
    "under another name": ('./scripts/undo.sh "$INCIDENT_DIR/x" && cat $INCIDENT_DIR/x', 'f=$1\necho a > "$f"', None),
    "beside itself": ("./scripts/undo.sh", 'source "$(dirname "$0")/lib.sh"', ("RG213", "warning")),
    "beside itself, from afar": (
        "./scripts/undo.sh",
        'here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)\ncd /tmp\n"$here/run.sh"',
        ("RG213", "warning"),
    ),
    "in a function": ("./scripts/undo.sh a.txt", 'f() { cat "$1"; }\nf b', None),
    "shifted": ("./scripts/undo.sh before.sql b", 'shift\npg_restore -d shop "$1"', None),
    "behind what may be several words": (
        "./scripts/undo.sh $INCIDENT_DIR before.sql",
        'pg_restore -d shop "$2"',
        None,
    ),
    "its own variable": ("./scripts/undo.sh", 'f=$(mktemp)\ncat "$f"\necho a >"$f"', None),
}


@pytest.mark.parametrize(("run", "script", "expected"), FLOW.values(), ids=FLOW)
def test_files_are_followed_through_calls(
    folder: Path, run: str, script: str, expected: tuple[str, str] | None
) -> None:
    loaded = plan(folder, f"- id: undo\n  timeout: 1m\n  run: |\n    {run}", undo=f"{SAFE}{script}\n")
    about_files = {(each.code, each.severity.value) for each in found(loaded) if "RG210" < each.code < "RG215"}

    assert about_files == ({expected} if expected else set())


def test_a_dump_that_a_called_script_writes_is_what_it_is(folder: Path) -> None:
    baseline = "baseline:\n  - {id: db, run: './scripts/dump.sh \"$SAVE\"', save: shop.sql}\n"
    step = "- {id: undo, run: 'pg_restore -d shop \"$BASELINE/shop.sql\"', timeout: 1m}"

    plain = plan(folder, step, more=baseline, dump=f'{SAFE}pg_dump shop > "$1"\n')
    custom = plan(folder, step, more=baseline, dump=f'{SAFE}pg_dump -Fc -f "$1" shop\n')

    assert "RG214" in {each.code for each in found(plain)}
    custom = plan(folder, step, more=baseline, dump=f'{SAFE}pg_dump -Fc -f "$1" shop\n')
    assert "RG214" not in {each.code for each in found(custom)}


def test_a_script_calls_another_one(folder: Path) -> None:
    scripts = {"undo": f'{SAFE}. "$(dirname "$0")/lib.sh"\n./scripts/last.sh\n', "lib": "git checkout HEAD~1\n"}
    loaded = plan(folder, CALL, **scripts, last=f"{SAFE}git checkout HEAD~2\n")

    assert in_script(loaded) == {("RG210", "error", "HEAD~1"), ("RG210", "error", "HEAD~2")}


def test_scripts_that_call_one_another_end(folder: Path) -> None:
    loaded = plan(folder, CALL, undo=f"{SAFE}./scripts/b.sh\n", b=f"{SAFE}./scripts/undo.sh\n")

    assert [each.file for each in judged(loaded).called] == ["scripts/undo.sh", "scripts/b.sh"]


def test_calls_are_followed_so_deep(folder: Path) -> None:
    names = [f"s{number}" for number in range(12)]
    scripts = {name: f"{SAFE}./scripts/s{number + 1}.sh\n" for number, name in enumerate(names)}
    loaded = plan(folder, "- {id: undo, run: ./scripts/s0.sh, timeout: 2m}", **scripts)

    assert len(judged(loaded).called) == Calls.DEEPEST


def test_a_plan_makes_us_read_so_much_and_no_more(folder: Path) -> None:
    steps = "\n".join(f"- {{id: s{number}, run: ./scripts/undo.sh, timeout: 1m}}" for number in range(30))
    loaded = plan(folder, steps, undo=SAFE + "# filler\n" * 10_000)
    called = judged(loaded).called

    assert sum(len(each.text) for each in called) <= Calls.MOST
    assert [each.unread for each in called] == [False] * 11 + [True] * 19
    assert [each.code for each in found(loaded)] == ["RG200"]


def test_a_script_that_is_too_long_is_said_to_be_unread(folder: Path) -> None:
    (finding,) = found(plan(folder, CALL, undo=SAFE + "# filler\n" * 30_000 + "git checkout HEAD~1\n"))

    assert (finding.code, finding.severity.value, finding.place.line) == ("RG200", "warning", 1)
    assert finding.message == "The script scripts/undo.sh is too long to be read here, and no rule has looked at it."


TWICE = "- {id: one, run: ./scripts/undo.sh, timeout: 2m}\n- {id: two, run: ./scripts/undo.sh, timeout: 2m}"


def waived(loaded: LoadedPlan, *steps: str) -> list[tuple[str, bool]]:
    waivers = tuple(_waiver(step) for step in steps)
    report = check(replace(judged(loaded), waivers=waivers))
    return [(each.step, each.waived is not None) for each in report.findings if each.code == "RG210"]


def _waiver(step: str) -> Waiver:
    return Waiver(
        rule="RG210",
        operation="op-7",
        step=step,
        reason="r",
        owner="payments",
        approved_by="Ada",
        created="2025-12-01",
        expires="2025-12-31",
    )


def test_what_two_steps_bring_to_light_is_said_once(folder: Path) -> None:
    loaded = plan(folder, TWICE, undo=f"{SAFE}git checkout HEAD~1\n")

    assert waived(loaded) == [("phases/undo/one", False)]


def test_a_waiver_for_one_of_them_does_not_hide_it_in_the_other(folder: Path) -> None:
    loaded = plan(folder, TWICE, undo=f"{SAFE}git checkout HEAD~1\n")

    assert waived(loaded, "phases/undo/one") == [("phases/undo/two", False)]
    assert waived(loaded, "phases/undo/one", "phases/undo/two") == [("phases/undo/one", True)]
