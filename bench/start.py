"""From the command to the first ``step.intent``, beside importing the libraries that this way cannot do without.

The plan has no captures, gates or point of no return. What cannot be done without before the first intent: ``click``
reads the command line, ``yaml`` the plan and the environments, ``jsonschema_rs`` checks both, ``rfc8785`` writes what
is digested. Of the standard library, beside what these import themselves: ``decimal`` (the numbers of a plan),
``hashlib`` and ``json`` (the journal and its chain), ``shutil``, ``subprocess`` and ``threading`` (the tools on PATH,
the step, the sign of life); ``dataclasses``, ``datetime`` and ``re``.

Both run in turns, with byte code that a round before has written, as an installation has it. The processor time of the
best of each counts, so that a busy machine says nothing about the code. The aim is one and a half times; exit code 1
above three. With ``--profile`` it prints where the time goes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from imports import processor_ms, profile
from validate import with_byte_code

AIM, ALLOWED, ROUNDS = 1.5, 3.0, 20
LIBRARIES = "import click, yaml, jsonschema_rs, rfc8785\n"
LIBRARIES += "import dataclasses, datetime, decimal, hashlib, json, re, shutil, subprocess, threading\n"
TO_THE_INTENT = """\
import os, sys
from rollback_gov.__main__ import main
from rollback_gov.execution.journal import Journal
append = Journal.append
def append_and_end(journal, type_, data=None):
    append(journal, type_, data)
    if type_ == "step.intent":
        os._exit(42)
Journal.append = append_and_end
sys.argv = ["rollback-gov", "execute", "plan.yaml", "-e", "production", "--reason", "measured"]
main()
"""
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 2}
phases: [{id: undo, steps: [{id: undo, run: 'true'}]}]
"""


def main(arguments: list[str]) -> int:
    """Measure in turns, print both and their ratio."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / ".rollback-gov").mkdir()
        (folder / ".rollback-gov" / "environments.yaml").write_text("environments: {production: {class: production}}\n")
        (folder / "plan.yaml").write_text(PLAN)
        environ = with_byte_code(folder)

        def turn() -> tuple[float, float]:
            forget(folder)
            ours = processor_ms([sys.executable, "-c", TO_THE_INTENT], folder, environ, ends=42)
            return ours, processor_ms([sys.executable, "-c", LIBRARIES], folder, environ)

        turn()
        ours, theirs = (min(times) for times in zip(*(turn() for _ in range(ROUNDS)), strict=True))
        if "--profile" in arguments:
            profile(TO_THE_INTENT, folder, environ, before=lambda: forget(folder))
    ratio = ours / theirs
    print(f"start to the first intent   {ours:6.0f} ms of processor time")
    print(f"importing its libraries     {theirs:6.0f} ms")
    missed = "   MISSED" if ratio > AIM else ""
    print(f"ratio                       {ratio:6.2f}    (aim {AIM}, at most {ALLOWED}){missed}")
    return 0 if ratio <= ALLOWED else 1


def forget(folder: Path) -> None:
    """Remove what earlier rollbacks left: each of them opened a break-glass, for want of a permit."""
    for left in (folder / "incidents", folder / ".rollback-gov" / "break-glass"):
        shutil.rmtree(left, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
