"""The entry point when a standard file was closed by whoever started it, as some daemons do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rollback_gov import __main__ as entry
from rollback_gov.model.exit_codes import ExitCode

NAMES = ("stdin", "stdout", "stderr")


@pytest.mark.parametrize("name", NAMES)
def test_a_closed_standard_file_leads_nowhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, name, None)
    monkeypatch.setattr(sys, "argv", ["rollback-gov", "--version"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    with getattr(sys, name) as file:
        assert (ended.value.code, file.name > 2) == (ExitCode.PASSED, True)


def test_nothing_that_is_opened_later_takes_the_place_of_a_closed_file(tmp_path: Path) -> None:
    script = (
        "import sys, os; from rollback_gov import __main__ as entry; sys.argv = ['x', '--version']\n"
        "try: entry.main()\n"
        "except SystemExit: os.write(3, str(os.open('/dev/null', 0)).encode())"
    )
    command = 'exec 3> number; exec "$1" -c "$2" <&- >&- 2>&-'
    subprocess.run(["bash", "-c", command, "bash", sys.executable, script], cwd=tmp_path, check=True)
    assert int((tmp_path / "number").read_text()) > 3
