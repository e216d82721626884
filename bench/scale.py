"""A thousand plans of 250 lines: how fast ``validate`` is, beside check-jsonschema and beside the bare parser.

In one run, all rules on:
- files per second, as a user would start it (several processes), beside check-jsonschema with the same schema;
- processor time a file in one process, beside ``yaml.load(…, Loader=CSafeLoader)`` of the same bytes, in turns, the
  best of several rounds, so that a busy machine slows both;
- the start of one validation beside ``python -c pass`` and beside importing the libraries that it cannot do without;
- the highest memory at 1,000 and at 10,000 plans, of the process and of its largest child.

- where the start goes: processor time of each stage, the best of several rounds.

The aims are five times the bare parse, ten times check-jsonschema, one and a half times the imports, and memory that
grows by less than a fifth from 1,000 to 10,000 plans. Exit code 1 where what is allowed is missed, which leaves room
for machines that others work on, and whose two processors are one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import plans
import yaml
from imports import processor_ms, profile, program
from validate import with_byte_code

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
SCHEMA = ROOT / "schemas" / "plan-v1.schema.json"
MOST_OF_BARE, MOST_GROWTH = 5.0, 1.2
PEER_AIM, PEER_ALLOWED, IMPORTS_AIM, IMPORTS_ALLOWED = 10.0, 4.0, 1.5, 2.0
ROUNDS, SAMPLE, PEER_FILES = 7, 40, 200
LIBRARIES = "import click, yaml, jsonschema_rs, tree_sitter, tree_sitter_bash\n"
LIBRARIES += "import dataclasses, datetime, decimal, hashlib, json, pkgutil, re\n"
"""What the example needs: its steps are bash. ``promql_parser`` is needed where a trigger is PromQL."""


def main() -> int:
    """Measure everything and print it; 1 where a limit is missed."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / ".rollback-gov").mkdir()
        environ = with_byte_code(folder / "cache")
        files = plans.write(folder, 1_000)
        lines, size = len(plans.text().splitlines()), len(plans.text())
        print(f"1,000 plans of {lines} lines, {size} bytes; {len(os.sched_getaffinity(0))} processors")
        passed = [
            _rates(folder, files, environ),
            _against_bare(files[:SAMPLE]),
            _start(files[0], environ),
            _memory(folder, environ),
        ]
    return 0 if all(passed) else 1


def _rates(folder: Path, files: Sequence[Path], environ: dict[str, str]) -> bool:
    ours = [str(SCRIPTS / "rollback-gov"), "validate", "--quiet"]
    theirs = [str(SCRIPTS / "check-jsonschema"), "--schemafile", str(SCHEMA), *map(str, files[:PEER_FILES])]
    _seconds([*ours, str(files[0])], folder, environ), _seconds(theirs[:4], folder, environ)
    our_rate = len(files) / min(_seconds(ours, folder, environ) for _ in range(2))
    their_rate = PEER_FILES / _seconds(theirs, folder, environ)
    ratio = our_rate / their_rate
    print(f"rollback-gov validate    {our_rate:8.0f} files/s")
    print(f"check-jsonschema         {their_rate:8.0f} files/s    (the first {PEER_FILES} of them)")
    print(f"ratio                    {ratio:8.1f}            (aim {PEER_AIM:g}, at least {PEER_ALLOWED:g})")
    return ratio >= PEER_ALLOWED


def _against_bare(files: Sequence[Path]) -> bool:
    from rollback_gov.commands.judge import Demands, check_plan
    from rollback_gov.model.policy import Policy
    from rollback_gov.model.trust import Trust
    from rollback_gov.plans.load import load_plan

    texts = [file.read_bytes() for file in files]
    demands = Demands(policy=Policy(), trust=lambda: Trust(keys=()), now=datetime.now(UTC))

    def bare() -> None:
        for text in texts:
            yaml.load(text, Loader=yaml.CSafeLoader)

    def checked() -> None:
        for file in files:
            check_plan(load_plan(file, name=file.name), demands)

    for warm_up in (bare, checked):
        warm_up()
    pairs = [(_processor(bare), _processor(checked)) for _ in range(ROUNDS)]
    theirs, ours = (min(pair[side] for pair in pairs) / len(files) * 1000 for side in (0, 1))
    print(f"bare CSafeLoader         {theirs:8.2f} ms/file, one process")
    print(f"validate, all rules      {ours:8.2f} ms/file, one process")
    print(f"ratio                    {ours / theirs:8.1f}            (at most {MOST_OF_BARE:g})")
    return ours / theirs <= MOST_OF_BARE


def _start(file: Path, environ: dict[str, str]) -> bool:
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "bare imports": [sys.executable, "-c", LIBRARIES],
        "validate one plan": [sys.executable, "-m", "rollback_gov", "validate", "--quiet", str(file)],
    }
    best = dict.fromkeys(commands, float("inf"))
    for turn in range(2 * ROUNDS + 1):
        for name, command in commands.items():
            spent = processor_ms(command, file.parent, environ)
            best[name] = min(best[name], spent) if turn else best[name]
    for name, spent in best.items():
        print(f"{name:<24} {spent:8.0f} ms of processor")
    ratio = best["validate one plan"] / best["bare imports"]
    print(f"ratio to the imports     {ratio:8.2f}            (aim {IMPORTS_AIM:g}, at most {IMPORTS_ALLOWED:g})")
    _stages(file, environ)
    profile(program("validate", "--quiet", str(file)), file.parent, environ)
    return ratio <= IMPORTS_ALLOWED


STAGES = """\
import sys
from pathlib import Path
from time import process_time
times = [process_time()]
def stage():
    times.append(process_time())
{libraries}
stage()
import rollback_gov.cli.main, rollback_gov.cli.validate, rollback_gov.commands.gate, rollback_gov.commands.validate
stage()
from rollback_gov.policy.registry import rules
rules(); stage()
from rollback_gov.plans.schema import fast_validator
fast_validator("plan-v1"); stage()
from rollback_gov.plans.load import load_plan
loaded = load_plan(Path(sys.argv[1])); stage()
from rollback_gov.commands.judge import Demands, check_plan
from rollback_gov.model.policy import Policy
from rollback_gov.model.trust import Trust
demands = Demands(policy=Policy(), trust=lambda: Trust(keys=()), now=datetime.datetime.now(datetime.UTC))
check_plan(loaded, demands); stage()
check_plan(load_plan(Path(sys.argv[1])), demands); stage()
print(*(later - earlier for earlier, later in zip(times, times[1:])))
"""
NAMES = (
    "the libraries",
    "our modules",
    "the rules' modules",
    "the schema",
    "first load",
    "first check",
    "a second plan",
)


def _stages(file: Path, environ: dict[str, str]) -> None:
    command = [sys.executable, "-c", STAGES.format(libraries=LIBRARIES), str(file)]
    runs = [
        list(map(float, subprocess.run(command, env=environ, capture_output=True, check=True).stdout.split()))
        for _ in range(ROUNDS)
    ]
    for name, times in zip(NAMES, zip(*runs, strict=True), strict=True):
        print(f"  {name:<22} {min(times) * 1000:8.1f} ms of processor")


def _memory(folder: Path, environ: dict[str, str]) -> bool:
    few = _peak(folder, environ)
    plans.write(folder, 10_000)
    many = _peak(folder, environ)
    print(f"memory at 1,000 plans    {few / 1024:8.0f} MiB")
    print(f"memory at 10,000 plans   {many / 1024:8.0f} MiB")
    print(f"ratio                    {many / few:8.2f}            (at most {MOST_GROWTH:g})")
    return many / few <= MOST_GROWTH


def _peak(folder: Path, environ: dict[str, str]) -> int:
    """Give the most memory that one process of a validation had, in KiB; all outputs are written."""
    names = ("json", "sarif", "junit", "markdown", "github")
    outputs = [word for name in names for word in ("--output", f"{name}={folder / 'cache' / name}")]
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=False, stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    command = [sys.executable, "-c", program, str(SCRIPTS / "rollback-gov"), "validate", *outputs]
    return int(subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True).stdout)


def _seconds(command: Sequence[str], folder: Path, environ: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)
    return time.perf_counter() - began


def _processor(action: Callable[[], None]) -> float:
    began = time.process_time()
    action()
    return time.process_time() - began


if __name__ == "__main__":
    raise SystemExit(main())
