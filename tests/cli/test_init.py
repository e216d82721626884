"""`rollback-gov init`, as somebody new meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.cli.main import run
from tests.cli.room import Seat, at_terminal


class Empty:
    """An empty git repository, and the command line in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        subprocess.run(["git", "init", "-q", str(root)], check=True)

    def process(self, *words: str, **settings: Any) -> subprocess.Popen[str]:
        """Start it as a process of its own."""
        environ = {**os.environ, "PYTHONPATH": str(Path.cwd()), "USER": "ann"}
        environ.pop("GITHUB_ACTOR", None)
        return subprocess.Popen(
            [sys.executable, "-m", "rollback_gov", *words], cwd=self.root, env=environ, text=True, **settings
        )

    @property
    def files(self) -> set[str]:
        """Everything but what git keeps."""
        paths = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return {path.as_posix() for path in paths if path.parts[0] != ".git"}


AROUND = {f".rollback-gov/{name}.yaml" for name in ("policy", "waivers", "environments")}
AROUND |= {".github/workflows/rollback-plans.yml"}


@pytest.fixture
def empty(tmp_path: Path) -> Empty:
    return Empty(tmp_path / "shop")


@pytest.fixture
def inside(empty: Empty) -> Iterator[Empty]:
    with chdir(empty.root):
        yield empty


def answer(seat: Seat, question: str, text: str) -> None:
    seat.read_until(question)
    seat.type(text)


def test_at_a_terminal_it_asks_and_says_what_comes_next(empty: Empty) -> None:
    with at_terminal(empty, "init") as seat:
        answer(seat, "Operation [op-1]: ", "op-7")
        answer(seat, "several regions [2]: ", "5")
        answer(seat, "5 is not in the range 1<=x<=4", "3")
        answer(seat, "[generic]: ", "kubernetes")
        answer(seat, "Service (Enter leaves it as a gap): ", "")
        code, seen = seat.end()
    assert code == 0
    assert empty.files == {"rollback/op-7/plan.yaml", *AROUND}
    assert "YOUR-SERVICE" in seen
    plan = (empty.root / "rollback/op-7/plan.yaml").read_text(encoding="utf-8")
    assert "  operation: op-7\n" in plan
    assert "  owner: ann\n  level: 3\n" in plan
    assert "kubernetes:" in plan
    last = seen[seen.index("Next:") :].splitlines()
    assert [line.strip() for line in last[1::2]] == [
        "rollback-gov validate rollback/op-7/plan.yaml",
        "rollback-gov execute rollback/op-7/plan.yaml --environment production --dry-run",
        "rollback-gov rehearse rollback/op-7/plan.yaml --environment staging",
    ]


def test_it_does_not_ask_for_what_an_option_says(empty: Empty) -> None:
    words = ("--operation", "op-7", "--level", "2", "--kind", "generic", "--service", "shop")
    with at_terminal(empty, "init", *words) as seat:
        code, seen = seat.end()
    assert code == 0
    assert "Service (" not in seen


def test_who_leaves_writes_nothing(empty: Empty) -> None:
    with at_terminal(empty, "init") as seat:
        seat.read_until("Operation")
        os.write(seat.file, b"\x04")
        code, _ = seat.end()
    assert code == 130
    assert empty.files == set()


@pytest.mark.parametrize("words", [["--yes"], [], ["--json"]])
def test_without_a_terminal_it_takes_the_defaults(inside: Empty, words: list[str]) -> None:
    assert run(["init", *words]) == 0
    assert inside.files == {"rollback/op-1/plan.yaml", *AROUND}


def test_it_says_what_is_left_to_fill_in(inside: Empty, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--yes", "--kind", "feature-flag", "--service", "shop"]) == 0
    out = capsys.readouterr().out
    assert "rollback/op-1/plan.yaml has 6 gaps. Nothing of it runs before they are filled in:\n" in out
    assert "  YOUR-FLAG                                      such as new-checkout\n" in out
    assert "each environment needs a value for: SERVICE_URL, FLAG_API, FLAG_ENVIRONMENT.\n" in out
    assert "Secrets come from environment variables: FLAG_TOKEN.\n" in out
    assert "OWNER/rollback-gov@SHA is this program's repository, at a full commit id.\n" in out


def test_what_is_there_stays_and_is_named(inside: Empty, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", "--yes", "--operation", "op-1"])
    before = {name: (inside.root / name).read_bytes() for name in inside.files}
    capsys.readouterr()
    assert run(["init", "--yes", "--operation", "op-1", "--level", "4"]) == 0
    out = capsys.readouterr().out
    assert out.count("is there, and stays as it is\n") == 5
    assert " has " not in out
    assert "OWNER" not in out
    assert {name: (inside.root / name).read_bytes() for name in inside.files} == before


def test_a_second_operation_gets_a_plan_only(inside: Empty, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", "--yes"])
    capsys.readouterr()
    assert run(["init", "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(file["path"], file["state"]) for file in told["files"]] == [
        ("rollback/op-2/plan.yaml", "written"),
        (".rollback-gov/policy.yaml", "kept"),
        (".rollback-gov/waivers.yaml", "kept"),
        (".rollback-gov/environments.yaml", "kept"),
        (".github/workflows/rollback-plans.yml", "kept"),
    ]


def test_a_dry_run_shows_every_file_and_writes_none(inside: Empty, capsys: pytest.CaptureFixture[str]) -> None:
    (inside.root / ".rollback-gov").mkdir()
    (inside.root / ".rollback-gov" / "policy.yaml").write_text("rules: []\n", encoding="utf-8")
    assert run(["init", "--yes", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "--- rollback/op-1/plan.yaml\n# How op-1 is taken back." in out
    assert "--- .rollback-gov/policy.yaml is there, and stays\n" in out
    assert out.endswith("Nothing was written.\n")
    assert inside.files == {".rollback-gov/policy.yaml"}

    assert run(["init", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"][0]["state"] == "would be written"
    assert told["files"][0]["text"].startswith("# How op-1")
    assert "text" not in told["files"][1]
    assert {"line": 12, "word": "YOUR-SERVICE", "example": "shop"} in told["gaps"]
    assert len(told["next"]) == 3


def test_it_begins_in_the_root_of_the_repository(empty: Empty) -> None:
    deep = empty.root / "src" / "shop"
    deep.mkdir(parents=True)
    with chdir(deep):
        assert run(["init", "--yes"]) == 0
    assert empty.files == {"rollback/op-1/plan.yaml", *AROUND}


def test_a_wrong_name_is_wrong_usage(inside: Empty, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--yes", "--operation", "../../x"]) == 2
    assert "'../../x' cannot be the name of an operation." in capsys.readouterr().err
    assert run(["init", "--yes", "--kind", "cobol"]) == 2
    assert "'kubernetes'" in capsys.readouterr().err
    assert inside.files == set()


def test_kinds_are_completed(inside: Empty) -> None:
    from click.shell_completion import BashComplete

    from rollback_gov.cli.main import cli

    shell = BashComplete(cli, {}, "rollback-gov", "_ROLLBACK_GOV_COMPLETE")
    offered = [item.value for item in shell.get_completions(["init", "--kind"], "docker")]
    assert offered == ["docker-compose", "docker-swarm"]


def test_a_long_example_is_cut(inside: Empty, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--yes", "--kind", "docker-swarm"]) == 0
    assert "such as registry.example.com/shop:v2.0.8@sha256:5d2f8b1c4e7a0d3f6b9…\n" in capsys.readouterr().out
