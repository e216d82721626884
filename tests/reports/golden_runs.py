"""The golden documents: real journals that were kept, and every document that is written from them.

Written anew with ``make golden``; what changed shows in the difference, and is to be read.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rollback_gov.commands.rehearsal_report import write_rehearsal
from rollback_gov.commands.report import write_all
from rollback_gov.execution.journal import FILE

GOLDEN = Path(__file__).parent / "golden"
RUNS = ("passed", "failed", "regional", "resumed", "rehearsed")
"""The demo plan passed, failed and rehearsed; a level-4 plan in three regions; a run that was killed and resumed."""
PAGES = frozenset({"passed", "failed"})


def write_golden(name: str, folder: Path) -> Path:
    """Copy the journals of a run below a folder and write its documents there; gives the folder of the run."""
    run = folder / name
    for journal in sorted((GOLDEN / name).rglob(FILE)):
        place = run / journal.relative_to(GOLDEN / name)
        place.parent.mkdir(parents=True)
        shutil.copyfile(journal, place)
    if name == "rehearsed":
        write_rehearsal(str(run), folder)
    else:
        write_all(run, html=name in PAGES)
    return run


def documents(folder: Path) -> Iterator[str]:
    """Give the files of a run that are written from its journal, relative to its folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != FILE:
            yield path.relative_to(folder).as_posix()


def main() -> int:
    """Write all golden documents anew."""
    for name in RUNS:
        for old in list(documents(GOLDEN / name)):
            (GOLDEN / name / old).unlink()
        with tempfile.TemporaryDirectory() as folder:
            run = write_golden(name, Path(folder))
            for new in documents(run):
                shutil.copyfile(run / new, GOLDEN / name / new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
