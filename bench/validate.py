"""How long ``rollback-gov validate`` takes for one plan, beside ``check-jsonschema`` for the same file.

Both run alternately in the same run, so that a busy machine slows both, with byte code as an installation has it.
Prints the medians and their ratio; exit code 1 when validating all rules costs more than half of what checking the
schema alone costs there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
ALLOWED = 0.5
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 2}
change: {services: [payment-service], from: {payment: v3.1.8}, to: {payment: v3.2.0}}
point_of_no_return: {none: stateless service}
phases:
  - id: undo
    budget: 3m
    steps:
      - {id: undo, kubernetes: {rollout_undo: deployment/payment-service, namespace: production}, timeout: 2m}
verification:
  checks: [{id: health, http: {url: "http://payment/health"}, expect: {status: 200}}]
  manual: [No error spikes on the dashboard]
"""


def main(arguments: list[str]) -> int:
    """Measure the plan that is named, or a small one of level 2."""
    scripts = Path(sysconfig.get_path("scripts"))
    schema = ROOT / "schemas" / "plan-v1.schema.json"
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(arguments[0]) if arguments else Path(folder) / "plan.yaml"
        if not arguments:
            plan.write_text(PLAN, encoding="utf-8")
        ours, theirs = alternate(
            [str(scripts / "rollback-gov"), "validate", "--quiet", str(plan)],
            [str(scripts / "check-jsonschema"), "--schemafile", str(schema), str(plan)],
        )
    ratio = ours / theirs
    print(f"rollback-gov validate  {ours * 1000:6.0f} ms")
    print(f"check-jsonschema       {theirs * 1000:6.0f} ms")
    print(f"ratio                  {ratio:6.2f}    (at most {ALLOWED})")
    return 0 if ratio <= ALLOWED else 1


def alternate(first: list[str], second: list[str]) -> tuple[float, float]:
    """Run both commands in turns after one warm-up each, and give the medians in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        environ = with_byte_code(Path(folder))
        wall(first, environ), wall(second, environ)
        pairs = [(wall(first, environ), wall(second, environ)) for _ in range(RUNS)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def with_byte_code(folder: Path) -> dict[str, str]:
    """Our environment, where Python keeps the byte code of whatever it imports in a folder of this measurement."""
    rest = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return rest | {"PYTHONPYCACHEPREFIX": str(folder / "byte-code")}


def wall(command: list[str], environ: dict[str, str]) -> float:
    """Give one run's wall time in seconds. Raises CalledProcessError for a command that does not pass."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environ)
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
