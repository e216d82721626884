from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta

from rollback_gov.reports.metrics.families import FAMILIES, series_names
from rollback_gov.reports.metrics.fold import metrics
from rollback_gov.reports.metrics.material import Material
from tests.conftest import ROOT
from tests.reports.metrics.runs import at, deployed, run
from tests.reports.metrics.test_fold import plan
from tests.servers import missing

PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(rollback_\w+)` \| (\w+) \| ([^|]*)\|", re.M)


def test_the_page_names_every_metric_with_its_type_and_its_labels_and_no_other() -> None:
    documented = {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in ROW.findall(PAGE)}
    assert documented == {name: (family.kind, family.labels) for name, family in FAMILIES.items()}


def test_every_metric_that_the_page_speaks_of_is_one() -> None:
    known = {name for family in FAMILIES.values() for name in (family.name, *series_names(family))}
    assert set(re.findall(r"\brollback_[a-z_]+\b", PAGE)) <= known


def test_promtool_has_nothing_to_say() -> None:
    program = shutil.which("promtool") or missing("promtool")
    hostile = 'a "quoted" \\ name\nwith #HELP and {le="1"} \u2028'
    material = Material(
        now=at(1000),
        window=timedelta(days=30),
        environments=("production", hostile),
        runs=(
            run(decided=0, breach=-1, trigger=hostile, operation=hostile, services=[hostile]),
            run(decided=5, breach=3),
        ),
        plans=(plan(rehearsed=1, latest=at(0), fresh_until=at(1)),),
        deployments=(deployed(-5),),
        unreadable={},
    )
    text = metrics(material).text
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")} == set(FAMILIES)
    done = subprocess.run(
        [program, "check", "metrics"], input=text, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
