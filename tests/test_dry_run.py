"""``--dry-run`` under strace: no program, no connection, nothing written outside the terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, need

CALLS = "execve,connect,sendto,open,openat,creat,mkdir,mkdirat,rename,renameat2,unlink,unlinkat,link,symlink,truncate"
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")


@pytest.mark.parametrize(
    ("example", "tells"),
    [
        ("demo", "scripts/migrate-down.sh"),
        ("terraform", "terraform apply -no-color -input=false"),
        ("kubernetes", "kubectl rollout status deployment/payment-service"),
    ],
)
def test_a_dry_run_runs_sends_and_writes_nothing(tmp_path: Path, example: str, tells: str) -> None:
    need("strace")
    trace = tmp_path / "trace"
    plan = ROOT / "plans-example" / example / "plan.yaml"
    command = [sys.executable, "-B", "-m", "rollback_gov", "execute", str(plan), "-e", "production", "--dry-run"]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(trace), *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert tells in done.stdout
    calls = [line.split(" ", 1)[1] for line in trace.read_text().splitlines() if "(" in line]
    assert sum("execve(" in call for call in calls) == 1, "only the program itself"
    assert [
        call
        for call in calls
        if call.startswith(("connect(", "sendto(", "mkdir", "rename", "unlink", "link(", "symlink"))
    ] == []
    opened = [call for call in calls if call.startswith(("open(", "openat(", "creat(")) and WRITES.search(call)]
    assert [call for call in opened if "/dev/" not in call and " = -1 " not in call] == []
    assert len(calls) > 20, "strace saw something"
