"""The example in Markdown as its users run it: rehearsed in staging, then rolled back in production, for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rollback_gov.plans.load import load_plan
from rollback_gov.plans.yaml_text import yaml_text
from tests.plans_example.plan_runner import EXAMPLES

PLAN = """\
environments:
  staging:
    class: staging
    parameters: {{SITE: {root}/staging}}
  production:
    class: production
    parameters: {{SITE: {root}/production}}
"""


def site(folder: Path) -> Path:
    """A handbook with two releases, of which 15 is shown."""
    for release, pages in (("14", ("index", "holidays", "travel")), ("15", ("index", "holidays"))):
        for page in pages:
            file = folder / "releases" / release / f"{page}.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{page} of release {release}\n", encoding="utf-8")
    (folder / "current").symlink_to("releases/14")
    return folder


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "rollback" / "op-handbook-15"
    settings = tmp_path / "repository" / ".rollback-gov"
    folder.mkdir(parents=True)
    settings.mkdir()
    shutil.copy(EXAMPLES / "markdown" / "plan.md", folder)
    (settings / "environments.yaml").write_text(PLAN.format(root=tmp_path), encoding="utf-8")
    return folder / "plan.md"


def gov(plan: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "rollback_gov", *words],
        cwd=plan.parents[2],
        env={**os.environ, "HOME": str(plan.parents[3]), "USER": "ada"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_site_goes_back_to_the_release_before(plan: Path, tmp_path: Path) -> None:
    live = site(tmp_path / "production") / "current"
    relative = str(plan.relative_to(plan.parents[2]))

    gov(plan, "capture", relative, "-e", "production")
    live.unlink()
    live.symlink_to("releases/15")
    override = ("--override", "permit", "--override-reason", "the editors' own machine")
    gov(plan, "execute", relative, "-e", "production", "--yes", "--reason", "pages are missing", *override)

    assert str(live.readlink()) == "releases/14"
    assert sorted(file.name for file in live.iterdir()) == ["holidays.html", "index.html", "travel.html"]
    [report] = (plan.parents[2] / "incidents").glob("*/incident_report.md")
    assert "Move the link" in report.read_text(encoding="utf-8")


def test_a_rehearsal_counts_for_the_same_plan_in_yaml(plan: Path, tmp_path: Path) -> None:
    """Evidence is about what is said and run, whichever form says it."""
    site(tmp_path / "staging")
    gov(plan, "rehearse", str(plan), "-e", "staging", "--yes", "--manual")

    document = load_plan(plan).source_map.root.value
    plan.with_name("plan.yaml").write_text(yaml_text(document), encoding="utf-8")
    plan.unlink()
    said = gov(plan, "validate")
    assert "RG401" not in said
    assert "achieved level 2" in said
