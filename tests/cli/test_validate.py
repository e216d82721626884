"""The command line of ``validate``: options, outputs, exit codes, and what it does not import."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from rollback_gov.cli.main import run
from tests.policy.examples import FOLDER
from tests.policy.subjects import SMALL

WARNED = SMALL
FAILING = SMALL.replace("timeout: 2m", "timeout: 5m")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / "rollback" / "op-7").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    _plan(tmp_path, WARNED)
    return tmp_path


def _plan(root: Path, text: str) -> None:
    (root / "rollback" / "op-7" / "plan.yaml").write_text(text, encoding="utf-8")


def test_a_plan_that_passes(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate"]) == 0

    assert "ok rollback/op-7/plan.yaml: required level 2, achieved level 2\n" in capsys.readouterr().out


def test_a_plan_that_fails(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _plan(repository, FAILING)

    assert run(["validate"]) == 1

    assert "rollback/op-7/plan.yaml:9:45: error RG105: " in capsys.readouterr().out


def test_warnings_fail_if_asked(repository: Path) -> None:
    assert run(["validate", "--fail-on", "warning"]) == 1


def test_nothing_to_check(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "rollback" / "op-7" / "plan.yaml").unlink()

    assert run(["validate"]) == 3
    assert capsys.readouterr().out.startswith(
        "There is no plan to check under rollback/**/plan.{yaml,yml,md}, **/*.rollback.{yaml,yml}"
    )

    assert run(["validate", "--quiet"]) == 3
    assert capsys.readouterr().out.startswith("There is no plan to check")


def test_a_plan_that_is_no_yaml_is_not_passed_over_in_silence(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "ROLLBACK.md").write_text("# How to go back\n", encoding="utf-8")

    assert run(["validate"]) == 0

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Not checked, because a runbook is no plan: ROLLBACK.md. `rollback-gov import` drafts a plan from it; "
        "docs/markdown.md shows the form.",
        "1 plan: 5 warnings.",
    ]


def test_a_path_that_does_not_exist(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "gone.yaml"]) == 2

    assert "There is no file or folder 'gone.yaml'." in capsys.readouterr().err


def test_a_policy_that_loosens_a_level(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / ".rollback-gov" / "policy.yaml").write_text('levels: {"2": {sla: 2h}}\n', encoding="utf-8")

    assert run(["validate"]) == 2

    assert "The policy loosens a level. Level 2: 'sla' is 2h, and the level's own is 30m (" in capsys.readouterr().err


def test_a_higher_level_can_be_demanded(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--level", "3"]) == 1

    assert "required level 3, achieved level 2" in capsys.readouterr().out


def test_the_plans_repository_decides_about_the_policy(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / ".rollback-gov" / "policy.yaml").write_text("evidence: error\n", encoding="utf-8")
    monkeypatch.chdir("/")

    assert run(["validate", str(repository / "rollback")]) == 1

    assert "error RG401" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("day", "overdue"), [("2025-12-01", False), ("2025-12-02", True), ("2025-12-02T00:30:00Z", True)]
)
def test_as_of_another_day(repository: Path, capsys: pytest.CaptureFixture[str], day: str, overdue: bool) -> None:
    _plan(repository, SMALL.replace("level: 2}", 'level: 2, review_by: "2025-12-01"}'))

    run(["validate", "--today", day])

    assert ("RG170" in capsys.readouterr().out) is overdue


def test_the_end_of_the_day_counts_for_the_age_of_evidence(repository: Path) -> None:
    from datetime import UTC, datetime

    from rollback_gov.cli.options import moment_of

    assert moment_of(datetime(2025, 12, 2)) == datetime(2025, 12, 2, 23, 59, 59, tzinfo=UTC)
    assert moment_of(datetime(2025, 12, 2, 8)) == datetime(2025, 12, 2, 8, tzinfo=UTC)
    assert abs((moment_of(None) - datetime.now(UTC)).total_seconds()) < 60


def test_json(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--output", "json"]) == 0

    assert json.loads(capsys.readouterr().out)["result"] == "passed"


def test_github_actions_gets_annotations(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    run(["validate"])

    assert capsys.readouterr().out.startswith("::warning file=rollback/op-7/plan.yaml,line=")


def test_several_outputs(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "-o", "json=found.json", "-o", "github=found.txt", "-o", "text"]) == 0

    assert json.loads(Path("found.json").read_text(encoding="utf-8"))["exit_code"] == 0
    assert Path("found.txt").read_text(encoding="utf-8").startswith("::warning")
    assert "1 plan: 5 warnings." in capsys.readouterr().out


def test_a_file_gets_everything_when_the_screen_is_quiet(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--quiet", "-o", "json=found.json"]) == 0

    assert json.loads(Path("found.json").read_text(encoding="utf-8"))["summary"]["warnings"] == 5
    assert capsys.readouterr().out == ""


def test_quiet_prints_what_fails_and_nothing_else(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _plan(repository, FAILING)

    assert run(["validate", "-q"]) == 1

    out = capsys.readouterr().out
    assert "error RG105" in out
    assert "warning" not in out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-o", "pdf"], "There is no format 'pdf'. Possible: github, json"),
        (["-o", "json="], "'json=' names no file. Write json=FILE."),
        (["-o", "json", "-o", "text"], "Only one format can go to standard output."),
        (["-o", "json=gone/found.json"], "Cannot write 'gone/found.json': No such file or directory."),
        (["--level", "5"], "5 is not in the range"),
        (["--today", "soon"], "does not match the format"),
    ],
)
def test_wrong_usage(repository: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str) -> None:
    assert run(["validate", *options]) == 2

    assert sentence in " ".join(capsys.readouterr().err.split())


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    from rollback_gov.outputs.registry import format_names

    assert run(["validate", "--help"]) == 0

    assert f"[{'|'.join(format_names())}][=FILE]" in capsys.readouterr().out


def _on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """Run the real program with a terminal as its standard output."""
    screen, end = pty.openpty()
    command = [sys.executable, "-m", "rollback_gov", *arguments]
    process = subprocess.Popen(command, stdout=end, stdin=subprocess.DEVNULL, env=environment)
    os.close(end)
    shown = b""
    try:
        while piece := os.read(screen, 65536):
            shown += piece
    except OSError:
        pass  # Linux says EIO when the other end is closed
    os.close(screen)
    process.wait()
    return shown.decode()


def test_colours_on_a_terminal_only(repository: Path) -> None:
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "GITHUB_ACTIONS")}

    assert "\x1b[33mwarning" in _on_a_terminal(["validate"], plain)
    assert "\x1b" not in _on_a_terminal(["validate"], {**plain, "NO_COLOR": "1"})
    assert "\x1b" not in _on_a_terminal(["validate", "--no-color"], plain)


FORBIDDEN = ("requests", "github", "jinja2", "rich", "cryptography", "urllib3", "http.client", "markdown_it")


@pytest.mark.parametrize(
    "plan", ["RG140/good/two.yaml", "RG103/bad/seventeen-of-fifteen.yaml", "RG002/bad/tab-indentation.yaml"]
)
@pytest.mark.parametrize("output", ["text", "json", "github"])
def test_whoever_only_validates_does_not_pay_for_the_rest(plan: str, output: str) -> None:
    program = (
        "import sys\n"
        "from rollback_gov.cli.main import run\n"
        f"run(['validate', '--output', {output!r}, {str(FOLDER / plan)!r}])\n"
        f"print([name for name in {FORBIDDEN!r} if name in sys.modules], file=sys.stderr)\n"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stderr == "[]\n"
    assert result.stdout


def _our_modules(root: Path) -> set[str]:
    program = (
        "import json, sys\n"
        "from rollback_gov.cli.main import run\n"
        "run(['validate', '--output', 'json=out.json', 'rollback/op-7/plan.yaml'])\n"
        "print(json.dumps([name.removeprefix('rollback_gov.') for name in sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


def test_what_a_plan_does_not_use_is_not_imported_for_it(repository: Path) -> None:
    seldom = {"policy.promql.expression", "policy.waivers", "policy.shell.mending", "plans.markdown.recognise"}
    seldom |= {"model.environment", "model.trust"}

    assert not seldom & _our_modules(repository)

    waiver = "{rule: RG105, operation: op-7, reason: soon, owner: a, approved_by: b, created: '2026-01-01', "
    waiver += "expires: '2026-01-31'}"
    (repository / ".rollback-gov" / "waivers.yaml").write_text(f"waivers: [{waiver}]\n", encoding="utf-8")
    trigger = "triggers: [{id: up, query: {source: prometheus, expr: 'sum(up)'}, below: 1, for: 2m}]\n"
    _plan(repository, WARNED + trigger)

    assert {"policy.promql.expression", "policy.waivers"} <= _our_modules(repository)


def test_it_opens_no_socket_and_starts_nothing(repository: Path) -> None:
    program = (
        "import sys\n"
        "watched = ('socket.connect', 'socket.getaddrinfo', 'subprocess.Popen', 'os.system', 'os.exec', 'os.fork')\n"
        "def hook(event, arguments):\n"
        "    if event.startswith(watched):\n"
        "        print('used', event, file=sys.stderr)\n"
        "sys.addaudithook(hook)\n"
        "from rollback_gov.cli.main import run\n"
        "raise SystemExit(run(['validate']))\n"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=repository)

    assert result.stderr == ""


@pytest.mark.parametrize("other", ["same.out", "./rollback/../same.out"])
def test_two_formats_in_one_file_are_refused(repository: Path, other: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "-o", "json=same.out", "-o", f"sarif={other}"]) == 2
    assert "Two formats would go to" in capsys.readouterr().err
    assert not (repository / "same.out").exists()


@pytest.mark.parametrize("named", [True, False])
def test_no_output_is_written_over_a_plan_or_a_setting(
    repository: Path, named: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, policy = repository / "rollback" / "op-7" / "plan.yaml", repository / ".rollback-gov" / "policy.yaml"
    policy.write_text("{}\n", encoding="utf-8")
    (repository / "link.json").symlink_to(plan)

    for file in ("rollback/op-7/plan.yaml", "link.json", ".rollback-gov/policy.yaml"):
        assert run(["validate", *([str(plan)] if named else []), "-o", f"json={file}"]) == 2
        assert "the output would be written over it" in capsys.readouterr().err
    assert plan.read_text(encoding="utf-8") == WARNED
    assert policy.read_text(encoding="utf-8") == "{}\n"


@pytest.mark.parametrize(("text", "code"), [(FAILING, 1), (WARNED, 0)])
def test_a_reader_who_goes_away_changes_nothing_about_the_result(repository: Path, text: str, code: int) -> None:
    _plan(repository, text)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "rollback_gov", "validate"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (code, b"")


def test_no_room_for_the_output_is_no_defect(repository: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "rollback_gov", "validate"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith(b"rollback-gov: Cannot write to standard output: No space left on device.\n")
