"""A process that appends entries, one at a time: ``append.py file|branch FOLDER HOW-MANY NUMBER``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rollback_gov.records.audit.branch import BranchLog
from rollback_gov.records.audit.log import FileLog, Log
from rollback_gov.records.audit.spool import Spool
from tests.records.audit.logs import entry

if __name__ == "__main__":
    kind, folder, each, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    log: Log = FileLog(folder) if kind == "file" else BranchLog(folder, os.environ, sleep=time.sleep)
    spool = Spool(folder.parent / f"spool-{number % 5}")  # two share one, and wait for each other; the others do not
    for count in range(each):
        spool.add(entry(0, id=f"{number:08x}{count:08x}"))
        spool.send(log)
