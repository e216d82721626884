"""How long ``rollback-gov permit verify`` takes, beside importing the libraries that it cannot do without.

What cannot be done without: ``click`` reads the command line, ``yaml`` the plan, the environments and the trust,
``jsonschema_rs`` checks them, ``rfc8785`` writes what is digested, ``cryptography`` verifies. Of the standard library,
beside what these import themselves: ``decimal`` (the numbers of a plan), ``hashlib`` and ``json`` (digests and
envelopes), ``dataclasses``, ``datetime`` and ``re``.

Both run in turns, with byte code that a round before has written, as an installation has it. The processor time of the
best of each counts, so that a busy machine says nothing about the code. The aim is one and a half times; exit code 1
above two. With ``--profile`` it prints where the time goes.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from imports import processor_ms, profile, program
from validate import with_byte_code

AIM, ALLOWED, ROUNDS = 1.5, 2.0, 20
LIBRARIES = "import click, yaml, jsonschema_rs, rfc8785, cryptography.hazmat.primitives.asymmetric.ed25519\n"
LIBRARIES += "import dataclasses, datetime, decimal, hashlib, json, re\n"
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 2}
change:
  services: [payment-service]
  from: {payment: v3.1.8}
  to: {payment: v3.2.0}
  live_version: {run: cat version}
point_of_no_return: {none: stateless service}
phases:
  - id: undo
    budget: 3m
    steps:
      - {id: undo, run: echo v3.1.8 > version, timeout: 2m}
verification:
  budget: 1m
  checks: [{id: version, run: cat version, expect: {stdout: {equals: v3.1.8}}}]
  manual: [No error spikes on the dashboard]
rehearsal:
  deploy: {run: echo v3.2.0 > version}
escalation: [{on: failed, after: 0m, level: 1, actions: [Read the log]}]
contacts: [{role: On call, reach: the pager}]
"""
ENVIRONMENTS = "environments:\n  staging: {class: staging}\n  production: {class: production}\n"
KEYS = {"runner": "rehearsal-runner", "ada": "approver", "issuer": "permit-issuer"}


def main(arguments: list[str]) -> int:
    """Issue a signed permit for a small plan of level 2, and measure how long the gate takes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder, str(Path(sysconfig.get_path("scripts")) / "rollback-gov"))
        environ = with_byte_code(folder)
        verify = ["permit", "verify", "plan.yaml", "-e", "production"]

        def turn() -> tuple[float, float]:
            ours = processor_ms([sys.executable, "-m", "rollback_gov", *verify], folder, environ)
            return ours, processor_ms([sys.executable, "-c", LIBRARIES], folder, environ)

        turn()
        ours, theirs = (min(times) for times in zip(*(turn() for _ in range(ROUNDS)), strict=True))
        if "--profile" in arguments:
            profile(program(*verify), folder, environ)
    ratio = ours / theirs
    print(f"rollback-gov permit verify  {ours:6.0f} ms of processor time")
    print(f"importing its libraries     {theirs:6.0f} ms")
    missed = "   MISSED" if ratio > AIM else ""
    print(f"ratio                       {ratio:6.2f}    (aim {AIM}, at most {ALLOWED}){missed}")
    return 0 if ratio <= ALLOWED else 1


def prepare(root: Path, tool: str) -> None:
    """Rehearse, approve, and issue the permit, every record signed."""

    def gov(*arguments: str) -> None:
        subprocess.run([tool, *arguments], cwd=root, check=True, capture_output=True)

    (root / ".rollback-gov").mkdir()
    (root / ".rollback-gov" / "environments.yaml").write_text(ENVIRONMENTS, encoding="utf-8")
    (root / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (root / "version").write_text("v3.1.8\n", encoding="utf-8")
    for name, role in KEYS.items():
        person = ("--person", "Ada") if role == "approver" else ()
        gov("keys", "generate", "--out", f"{name}.pem", "--id", name, "--role", role, *person, "--add-to-trust")
    gov("rehearse", "plan.yaml", "-e", "staging", "--manual", "--yes", "--key", "runner.pem")
    gov("permit", "approve", "plan.yaml", "--key", "ada.pem")
    gov("permit", "issue", "plan.yaml", "-e", "production", "--key", "issuer.pem")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
