"""Runs the plan of a folder in a process of its own, to be killed: ``python -m tests.execution.crash_run FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from rollback_gov.plans.load import load_plan
from tests.execution.conftest import Stage

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    Stage(folder=folder, plan=load_plan(folder / "plan.yaml").require()).run()
