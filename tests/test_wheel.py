"""The wheel works outside the checkout: schemas, templates and the dashboard travel inside it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    script = f"from hatchling.build import build_wheel; build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_it_holds_the_schemas_the_templates_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("schemas", "templates", "deploy/grafana"):
        for path in (ROOT / folder).rglob("*"):
            assert path.is_dir() or f"rollback_gov/_resources/{path.relative_to(ROOT).as_posix()}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "plans-example/")) for name in names)


def test_it_validates_and_reports_from_somewhere_else(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    plan = ROOT / "plans-example" / "demo" / "plan.yaml"
    script = (
        "import rollback_gov, sys\n"
        f"assert rollback_gov.__file__.startswith({str(tmp_path)!r}), rollback_gov.__file__\n"
        "from rollback_gov.resources import resource\n"
        "assert resource('templates', 'incident_report.md.j2').is_file()\n"
        "from rollback_gov.cli.main import run\n"
        f"sys.exit(run(['validate', {str(plan)!r}]))\n"
    )
    path = {"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
