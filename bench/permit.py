"""How long ``rollback-gov permit verify`` takes, beside importing the libraries that it cannot do without.

Both run alternately in the same run, so that a busy machine slows both, with byte code as an installation has it.
Prints the medians and their ratio; exit code 1 when verifying costs more than twice as much as the imports alone. The
aim is one and a half times.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from validate import alternate

AIM, ALLOWED = 1.5, 2.0
LIBRARIES = "import click, yaml, jsonschema_rs, rfc8785; import cryptography.hazmat.primitives.asymmetric.ed25519"
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


def main() -> int:
    """Issue a signed permit for a small plan of level 2, and measure how long the gate takes."""
    tool = str(Path(sysconfig.get_path("scripts")) / "rollback-gov")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        prepare(root, tool)
        verify = [tool, "permit", "verify", str(root / "plan.yaml"), "-e", "production"]
        ours, theirs = alternate(verify, [sys.executable, "-c", LIBRARIES])
    ratio = ours / theirs
    print(f"rollback-gov permit verify  {ours * 1000:6.0f} ms")
    print(f"importing its libraries     {theirs * 1000:6.0f} ms")
    print(f"ratio                       {ratio:6.2f}    (aim {AIM}, at most {ALLOWED})")
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
    raise SystemExit(main())
