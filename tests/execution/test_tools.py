"""A tool that only another scenario needs is no reason to refuse a rollback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rollback_gov.execution.itinerary import Choices, plan_itinerary
from rollback_gov.execution.tools import missing_tools
from tests.execution.conftest import Stage

Make = Callable[..., Stage]
BODY = """
uses: [scripts/undo.sh, scripts/lib.sh]
point_of_no_return:
  description: gone
  passed_when: {run: mongosh --eval 1}
  forward_fix: [{id: fix, steps: [{id: f, run: liquibase}]}]
phases:
  - {id: database, steps: [{id: restore, run: 'pg_restore -d x', verify: 'psql -c 1'}]}
  - id: service
    steps: [{id: undo, run: ./scripts/undo.sh}, {id: pods, kubernetes: {namespace: x, rollout_status: deployment/a}}]
scenarios: [{id: service-only, phases: [service]}]
verification: {checks: [{id: health, run: curl -f x}]}
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "undo.sh").write_text(". scripts/lib.sh\nroll_back\n")
    (folder / "lib.sh").write_text("roll_back() { helm rollback x; }\n")
    return folder


@pytest.mark.parametrize(
    ("tool", "scenario", "needed"),
    [
        ("pg_restore", "", True),
        ("pg_restore", "service-only", False),
        ("psql", "service-only", False),
        ("helm", "service-only", True),
        ("helm", "", True),
        ("kubectl", "service-only", True),
        ("curl", "service-only", True),
        ("mongosh", "service-only", True),
        ("liquibase", "service-only", True),
        ("nothing-names-it", "service-only", True),
        ("restore", "service-only", True),
    ],
)
def test_what_a_way_needs(stage: Make, scripts: Path, tool: str, scenario: str, needed: bool) -> None:
    plan = stage(BODY).plan
    itinerary = plan_itinerary(plan, Choices(scenario=scenario))
    split = missing_tools(plan, itinerary, scripts.parent, [tool])
    assert split == (([tool], []) if needed else ([], [tool]))


def test_a_file_that_cannot_be_read_names_nothing(stage: Make, scripts: Path) -> None:
    plan = stage(BODY).plan
    (scripts / "lib.sh").unlink()
    itinerary = plan_itinerary(plan, Choices(scenario="service-only"))
    assert missing_tools(plan, itinerary, scripts.parent, ["psql", "helm"]) == (["helm"], ["psql"])


def test_a_step_brings_the_programs_that_its_action_runs(stage: Make, tmp_path: Path) -> None:
    """Terraform's previous configuration comes out of git, though no script of this way names git."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    body = f"""
phases:
  - {{id: cloud, steps: [{{id: back, terraform: {{directory: ., configuration: {commit}}}}}]}}
  - {{id: notes, steps: [{{id: log, run: git log}}]}}
scenarios: [{{id: cloud-only, phases: [cloud]}}]
"""
    plan = stage(body).plan
    itinerary = plan_itinerary(plan, Choices(scenario="cloud-only"))
    assert missing_tools(plan, itinerary, tmp_path, ["git", "terraform"]) == (["git", "terraform"], [])
