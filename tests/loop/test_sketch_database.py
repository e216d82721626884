"""The database phase of the complete sketch of a plan, against a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from rollback_gov.execution.saving import save_all, write_manifest
from rollback_gov.model.plan import Capture, Verification
from rollback_gov.plans.load import load_plan
from tests.conftest import ROOT
from tests.execution.conftest import Stage
from tests.servers import Postgresql, postgresql

__all__ = ["postgresql"]
SKETCH = ROOT / "tests" / "plans" / "sketch"
SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE schema_migrations (version int PRIMARY KEY);
INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 250) n;
INSERT INTO schema_migrations VALUES (5), (6), (7);
"""
CHANGE = "ALTER TABLE users ADD COLUMN email text; DELETE FROM users WHERE id > 200;"


@pytest.fixture
def database(tmp_path: Path, postgresql: Postgresql) -> tuple[Stage, str]:
    """The sketch's database phase with its baseline kept, and then the change that damages users."""
    folder = tmp_path / "sketch"
    shutil.copytree(SKETCH, folder)
    name = postgresql.create_database()
    postgresql.query(SCHEMA, name)
    plan = load_plan(folder / "plan.yaml").require()
    plan = replace(
        plan,
        phases=tuple(phase for phase in plan.phases if phase.id == "database"),
        baseline=tuple(entry for entry in plan.baseline if entry.id in ("database", "user-count")),
        capture=Capture(),
        verification=Verification(),
        recovery=(),
    )
    path = f"{postgresql.bin}{os.pathsep}{os.environ['PATH']}"
    url = postgresql.url(name)
    stage = Stage(folder=folder, plan=plan, environ={"PATH": path}, parameters={"DATABASE_URL": url}, secrets=(url,))
    kept = save_all(stage.context, plan.baseline, stage.context.baseline_folder, seconds=60)
    assert [item.result for item in kept] == ["kept", "kept"]
    write_manifest(stage.context, stage.context.baseline_folder, kept)
    postgresql.query(CHANGE, name)
    return stage, name


def columns(server: Postgresql, name: str) -> str:
    return server.query(
        "SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_name = 'users'",
        name,
    )


def test_the_dump_is_restored_and_the_users_are_counted(database: tuple[Stage, str], postgresql: Postgresql) -> None:
    stage, name = database
    assert stage.run().result == "passed"
    assert postgresql.query("SELECT count(*) FROM users", name) == "250"
    assert columns(postgresql, name) == "id,name"
    journal = (stage.incident / "journal.jsonl").read_text()
    assert postgresql.url(name) not in journal


def test_a_broken_dump_is_followed_by_the_secondary_one(database: tuple[Stage, str], postgresql: Postgresql) -> None:
    stage, name = database
    dump = stage.context.baseline_folder / "database.dump"
    secondary = stage.folder / "secondary.dump"
    shutil.copyfile(dump, secondary)
    stage.parameters["SECONDARY_BACKUP"] = str(secondary)
    broken = dump.read_bytes()[:500]
    dump.write_bytes(broken)
    manifest = stage.context.baseline_folder / "baseline.json"
    old = sha256(secondary.read_bytes()).hexdigest()
    manifest.write_text(manifest.read_text().replace(old, sha256(broken).hexdigest()))
    assert stage.run().result == "passed"
    assert stage.results()["phases/database/restore-dump/restore"] == "failed"
    assert stage.results()["phases/database/secondary-backup/restore-secondary"] == "passed"
    assert postgresql.query("SELECT count(*) FROM users", name) == "250"


def test_past_the_migrations_the_forward_fix_runs(database: tuple[Stage, str], postgresql: Postgresql) -> None:
    stage, name = database
    postgresql.query("INSERT INTO schema_migrations VALUES (8), (9), (10), (11)", name)
    assert stage.run().result == "passed"
    assert list(stage.results()) == ["forward_fix/compensate/apply"]
    assert postgresql.query("SELECT count(*) FROM users_v2_0", name) == "200"
