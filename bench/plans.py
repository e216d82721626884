"""Plans like ``plans-example/cortex-api``, about 250 lines each, as many as are wanted."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "plans-example" / "cortex-api"
KEPT = ("apiVersion", "kind", "metadata", "change", "parameters", "tools", "sla", "timeout", "triggers", "decision")
PHASES = ("stop-traffic", "traffic")
REST = """\
watch: {mode: auto, every: 30s}
baseline:
  - id: latency-p99
    query: {source: metrics-api, path: /latency_p99, pointer: /value}
    save: latency-p99.txt
    required: true
uses:
  - scripts/live-version.sh
  - scripts/traffic-shift.sh
  - scripts/release-requests.sh
  - scripts/scale-up.sh
  - scripts/wait-for-rollout.sh
point_of_no_return: {none: the schema stays as it is}
verification:
  budget: 2m
  checks:
    - {id: answers, http: {endpoint: load-balancer, path: /health}, expect: {status: 200}}
    - {id: version, run: scripts/live-version.sh, expect: {stdout: {contains: v2.0.8}}, data_consistency: true}
  manual: [Dashboards show no error spikes]
scenarios:
  - {id: traffic-only, use_when: Only the routing is wrong, phases: [traffic, verification], sla: 5m}
rehearsal:
  deploy: {run: scripts/scale-up.sh api-service 10}
  simulate_failure: {run: scripts/traffic-shift.sh api-service 1, expect_trigger: error-rate}
  participants: [engineering]
escalation:
  - {on: failed, after: 0m, level: 1, actions: [Read the log]}
contacts: [{role: On call, reach: the pager}]
"""


def text() -> str:
    """Give one plan; its operation is ``op-12345``."""
    sections = re.split(r"^(?=[a-zA-Z_]+:)", (EXAMPLE / "plan.yaml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    by_key = {section.partition(":")[0]: section for section in sections}
    phases = re.split(r"^(?=  - id: )", by_key["phases"], flags=re.MULTILINE)
    chosen = [phase for phase in phases if re.match(rf"  - id: (?:{'|'.join(PHASES)})\n", phase)]
    return "".join([*(by_key[key] for key in KEPT), "phases:\n", *chosen, REST])


def write(folder: Path, count: int) -> list[Path]:
    """Write plans that differ in their operation, beside the scripts that they use."""
    shutil.copytree(EXAMPLE / "scripts", folder / "scripts", dirs_exist_ok=True)
    plan = text()
    files = [folder / f"p{number:05}.rollback.yaml" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(plan.replace("op-12345", f"op-{number}"), encoding="utf-8")
    return files
