"""``--dry-run`` under strace, for every example and each of its scenarios: nothing is run, sent or written.

No program but itself, no connection (not even to the machine's own name service), no file opened for writing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.environment import Environment
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_plan
from tests.conftest import ROOT, need

PLANS = sorted((ROOT / "plans-example").glob("*/plan.*"))
CALLS = "execve,execveat,socket,connect,sendto,sendmsg,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2"
CALLS += ",unlink,unlinkat,link,linkat,symlink,symlinkat,truncate,ftruncate,chmod,fchmodat,kill"
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE|^creat\(")
TOLD = {
    "demo": "scripts/migrate-down.sh",
    "markdown": 'mv -T "$SITE/current.new" "$SITE/current"',
    "terraform": "terraform apply -no-color -input=false",
    "kubernetes": "kubectl rollout status deployment/payment-service",
}
"""What is printed of some of them, among other things."""
PRINT_ALL = """\
import json, sys
from rollback_gov.cli.main import run
for arguments in json.loads(sys.argv[1]):
    code = run(arguments)
    if code:
        sys.exit(code)
"""
"""One interpreter for all scenarios of a plan: starting one under strace costs most of the time."""


def every_way(path: Path) -> list[list[str]]:
    """The arguments of a dry run of the whole plan and of each scenario, in each environment and region."""
    plan = load_plan(path).require()
    environments = Workspace.around(path).environments.environments
    regions = plan.regions.order if plan.regions else ("",)
    return [
        ["execute", str(path), "-e", name, "--dry-run", *missing(plan, environments[name])]
        + (["--scenario", scenario] if scenario else [])
        + (["--region", region] if region else [])
        for name in environments
        for scenario in ("", *(scenario.id for scenario in plan.scenarios))
        for region in regions
    ]


def missing(plan: Plan, environment: Environment) -> list[str]:
    """Values for what a person would give on the command line."""
    known = environment.parameters or {}
    return [
        word
        for name, parameter in (plan.parameters or {}).items()
        if not parameter.secret and parameter.default is None and name not in known
        for word in ("--param", f"{name}={name.lower()}")
    ]


def secrets(path: Path) -> dict[str, str]:
    """Values for what comes from the environment of the process."""
    parameters = load_plan(path).require().parameters or {}
    return {name: f"value-of-{name.lower()}" for name, parameter in parameters.items() if parameter.secret}


def traced(folder: Path, arguments: list[list[str]], environ: Mapping[str, str]) -> tuple[list[str], str]:
    """Run the command line under strace; gives its calls and what it printed."""
    trace = folder / "trace"
    strace = ["strace", "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(trace)]
    done = subprocess.run(
        [*strace, sys.executable, "-B", "-c", PRINT_ALL, json.dumps(arguments)],
        cwd=folder,
        env={**os.environ, **environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.split(" ", 1)[1].strip() for line in trace.read_text().splitlines() if "(" in line], done.stdout


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.parent.name)
def test_a_dry_run_of_every_example_runs_sends_and_writes_nothing(path: Path, tmp_path: Path) -> None:
    need("strace")
    ways = every_way(path)
    calls, printed = traced(tmp_path, ways, secrets(path))
    assert printed.count("DRY RUN of ") == len(ways)
    assert TOLD.get(path.parent.name, "") in printed
    assert "<resumed>" not in "".join(calls), "one thread"
    assert sum(call.startswith("execve") for call in calls) == 1, "only the program itself"
    opened = [call for call in calls if call.startswith(("open(", "openat(", "creat("))]
    assert len(opened) > 20, "strace saw something"
    assert [call for call in opened if WRITES.search(call)] == []
    assert [call for call in calls if call not in opened and not call.startswith("execve")] == []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["trace"]
