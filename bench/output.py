"""Memory of the runner, by how much a step prints: it must not grow with the output.

Each size runs in a process of its own, which tells its peak (VmHWM). Exit code 1 when 500 MB cost 10 MB more than
nothing does, or the peak is above 100 MB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES_MB = (0, 10, 500)
MOST_MB, MORE_MB = 100, 10
RUN = """\
import sys
from pathlib import Path
from execution import HEAD, run_plan
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
folder, megabytes = Path(sys.argv[1]), sys.argv[2]
script = f"yes 'a line of a step that says the same again and again' | head -c {megabytes}M"
text = HEAD + f"      - {{id: talks, run: \\"{script} || true\\"}}\\n"
run_plan(load_text(Path("plan.yaml"), Source("plan.yaml", text)).require(), folder)
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""


def peak_mb(megabytes: int) -> float:
    """Run a plan whose only step prints that much, and give the peak of its runner."""
    with tempfile.TemporaryDirectory(prefix="rollback-gov-bench-") as folder:
        command = [sys.executable, "-c", RUN, folder, str(megabytes)]
        done = subprocess.run(command, cwd=Path(__file__).parent, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def main() -> int:
    """Measure each size, print, judge."""
    peaks = []
    for megabytes in SIZES_MB:
        began = time.perf_counter()
        peaks.append(peak_mb(megabytes))
        print(f"a step that prints {megabytes:4} MB: peak {peaks[-1]:5.1f} MB, {time.perf_counter() - began:5.1f} s")
    good = max(peaks) <= MOST_MB and peaks[-1] - peaks[0] <= MORE_MB
    print(f"limits: {MOST_MB} MB, and {MORE_MB} MB more than for no output{'' if good else '   MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
