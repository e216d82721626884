"""Bad input through the real program: a clear sentence and exit code 1 or 2, never a traceback, never a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: A change, owner: team, level: 2}
phases: [{id: one, steps: [{id: a, run: "true"}]}]
"""
BAD = {
    "empty": b"",
    "blank": b"  \n\n",
    "comment": b"# nothing\n",
    "binary": bytes(range(256)) * 40,
    "utf-16": PLAN.encode("utf-16"),
    "huge": b"# " + b"x" * 10_000_000,
    "cyclic alias": b"a: &a [*a]\n",
    "alias bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(8)),
    "forty thousand brackets": b"[" * 40_000,
    "forty thousand braces": b"{a: " * 40_000,
    "forty thousand questions": b"? " * 40_000,
    "list": b"- a\n- b\n",
    "text": b"just words\n",
    "number": b"17\n",
    "null": b"null\n",
    "two documents": PLAN.encode() + b"---\n" + PLAN.encode(),
    "tab": PLAN.replace("metadata:", "\tmetadata:").encode(),
    "python object": b"!!python/object/apply:os.system ['true']\n",
    "lone surrogate": b'a: "\\ud800"\n',
    "wrong types": b"apiVersion: 1\nkind: []\nmetadata: 3\nphases: {}\nchange: no\nparameters: [1]\nsla: 5\n",
}


def gov(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rollback_gov", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False
    )


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    "command", [("validate",), ("execute", "-e", "x", "--reason", "y"), ("permit", "verify", "-e", "x")]
)
def test_a_bad_plan_gets_a_clear_answer(tmp_path: Path, name: str, command: tuple[str, ...]) -> None:
    (tmp_path / "plan.yaml").write_bytes(BAD[name])
    done = gov(*command, "plan.yaml", cwd=tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2), said
    assert "Traceback" not in said
    assert "plan.yaml" in said
    assert len(said.encode("utf-8", "replace")) < 20_000
    assert not (tmp_path / "incidents").exists()


@pytest.mark.parametrize("what", ["missing", "folder", "loop"])
def test_what_is_no_file_is_said(tmp_path: Path, what: str) -> None:
    path = tmp_path / "plan.yaml"
    if what == "folder":
        path.mkdir()
    elif what == "loop":
        path.symlink_to(path)
    done = gov("execute", "plan.yaml", "-e", "x", "--reason", "y", cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.yaml")
    done = gov("validate", "plan.yaml", cwd=tmp_path)
    assert done.returncode in (1, 2)


@pytest.mark.parametrize("name", ["environments", "policy", "trust"])
@pytest.mark.parametrize("content", [b"", b"[", b"- 1\n", b"nonsense: true\n", b"\xff\xfe", b"[" * 40_000])
def test_bad_settings_get_a_clear_answer(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / ".rollback-gov" / f"{name}.yaml").write_bytes(content)
    (tmp_path / "plan.yaml").write_text(PLAN)
    done = gov("permit", "issue", "plan.yaml", "-e", "production", cwd=tmp_path)
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr


def test_a_defect_of_ours_is_exit_code_4_without_a_traceback(tmp_path: Path) -> None:
    script = (
        "import sys; import rollback_gov.plans.load as load\n"
        "def broken(*_args, **_more): raise RuntimeError('boom')\n"
        "load.load_plan = broken\n"
        "from rollback_gov.cli.main import run; sys.exit(run(['execute', 'plan.yaml', '-e', 'x', '--reason', 'y']))\n"
    )
    (tmp_path / "plan.yaml").write_text(PLAN)
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "internal error: RuntimeError: boom" in done.stderr
    assert "Traceback" not in done.stderr
