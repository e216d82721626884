"""``make demo`` is a test: the whole story, both ways it can end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

DEMO = ROOT / "plans-example" / "demo" / "demo.py"


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "version"), [([], "1.0.0"), (["--at-point-of-no-return"], "2.0.1")])
def test_a_real_change_goes_wrong_and_is_brought_back(arguments: list[str], version: str) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO), *arguments], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    last = done.stdout.splitlines()[-4:]
    assert re.fullmatch(r"run       op-orders-2-\d{8}-\d{6}-execute", last[0])
    assert re.fullmatch(r"duration  \d+\.\d s of 120 s \(SLA\)", last[1])
    assert Path(last[2].removeprefix("report    ")).is_file()
    assert f"Version {version} answers, with the data from before" in done.stdout
    assert "orders from before the change are unchanged" in done.stdout
