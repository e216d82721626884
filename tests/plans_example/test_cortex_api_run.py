"""The cortex-api plan as its users run it: whole runs through the command line, with the real programs it calls."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.execution.marks import SLOW
from tests.plans_example.cache import guarded
from tests.plans_example.cortex_host import (
    AFTER_THE_CHANGE,
    SCHEMA_V2_0,
    SESSIONS,
    USERS,
    CortexHost,
    add_roles,
    cortex_host,
    fill_cache,
    image_with_traffic,
    version_of,
)
from tests.plans_example.fingerprint import fingerprint
from tests.plans_example.plan_runner import PlanRunner, runner
from tests.plans_example.rollback import Rollback, rollback
from tests.servers import Postgresql, Redis

CHANNELS = ("slack", "pagerduty", "email")
QUICKER = {
    "hold: 3s": "hold: 100ms",
    "hold: 6s": "hold: 100ms",
    "auth-service 12": "auth-service 0",
    "api-service 12": "api-service 0",
}
"""The plan waits for real traffic to settle, and moves it gradually; here there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """API v2.1 right after its deployment. ``database`` is a template, ``before`` what it held before the change."""

    host: CortexHost
    objects: dict[tuple[str, str], Any]
    made: Rollback
    second_copy: Path
    database: str
    before: dict[str, str]


@pytest.fixture(scope="module")
def change(postgresql: Postgresql, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Change]:
    """Keep the baseline with the tool, then deploy v2.1 as a rehearsal does; once for all tests."""
    folder = tmp_path_factory.mktemp("cortex")
    add_roles(postgresql)
    database = postgresql.create_database(owner="cortex")
    postgresql.query(SCHEMA_V2_0, database, user="cortex")
    before = fingerprint(postgresql, database)
    with guarded(redis), cortex_host(folder, postgresql, redis) as host:
        fill_cache(redis)
        made = _repository(folder, host, postgresql.url(database, user="cortex"))
        kept = made.call("capture")
        assert kept.returncode == 0, kept.stdout
        (folder / "scripts").mkdir()
        scripts = runner("cortex-api", folder / "scripts", **made.parameters, **made.environ)
        deployed = scripts.script("scripts/deploy-release.sh")
        assert deployed.passed, deployed.stderr
        postgresql.query(AFTER_THE_CHANGE, database, user="cortex")
        yield Change(
            host=host,
            objects=copy.deepcopy(host.api.objects),
            made=made,
            second_copy=folder / "second-copy" / "op-12345.dump",
            database=database,
            before=before,
        )


def _repository(folder: Path, host: CortexHost, database: str) -> Rollback:
    stable = dict.fromkeys(("load-balancer", "api-stable", "auth-stable"), host.front_url)
    source = {"kind": "http", "url": host.metrics_url}
    return rollback(
        "cortex-api",
        folder / "repository",
        environment={"endpoints": {**stable, "metrics": host.metrics_url}, "sources": {"metrics-api": source}},
        channels={name: {"kind": "webhook", "url": f"{host.metrics_url}/channel"} for name in CHANNELS},
        environ={**host.environ, "DATABASE_URL": database},
        parameters={**host.parameters, "SECOND_COPY_DIR": str(folder / "second-copy")},
        edits=QUICKER,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The change, in a database, a cluster and a repository that are this test's own."""

    host: CortexHost
    made: Rollback
    plan: PlanRunner
    postgresql: Postgresql
    database: str

    def rows(self) -> dict[str, str]:
        """What the database holds."""
        return fingerprint(self.postgresql, self.database)

    def version(self, service: str = "api-service") -> str:
        """Which version has the traffic of a service."""
        return version_of(image_with_traffic(self.host.api, service))

    def script(self, text: str) -> str:
        """Run a script of the plan; gives what it printed."""
        done = self.plan.script(text)
        assert done.passed, done.stderr
        return done.stdout.strip()

    def phases(self) -> list[str]:
        """The phases that were begun, with the alternative that each took."""
        started = self.made.events("phase.started")
        return ["/".join(filter(None, (data["phase"], data["alternative"]))) for data in started]

    def steps(self) -> dict[str, str]:
        """How each step ended."""
        return {data["step"]: data["result"] for data in self.made.events("step.finished")}

    def checks(self) -> dict[str, str]:
        """How each check ended."""
        return {data["check"]: data["result"] for data in self.made.events("check.finished")}


@pytest.fixture
def place(change: Change, postgresql: Postgresql, redis: Redis, tmp_path: Path) -> Place:
    """Everything as it was right after the change."""
    change.host.api.objects = copy.deepcopy(change.objects)
    change.host.metrics.texts.clear()
    fill_cache(redis)
    database = postgresql.create_database(owner="cortex", template=change.database)
    repository = tmp_path / "repository"
    shutil.copytree(change.made.folder, repository)
    environ = {**change.made.environ, "DATABASE_URL": postgresql.url(database, user="cortex")}
    return Place(
        host=change.host,
        made=replace(change.made, folder=repository, environ=environ),
        plan=runner("cortex-api", tmp_path, **change.made.parameters, **environ),
        postgresql=postgresql,
        database=database,
    )


@contextmanager
def cut_off(*dumps: Path) -> Iterator[None]:
    """Take the end off dumps, until the end of the block."""
    whole = {path: path.read_bytes() for path in dumps}
    for path, content in whole.items():
        path.write_bytes(content[:-200])
    yield
    for path, content in whole.items():
        path.write_bytes(content)


@pytest.mark.slow
def test_the_whole_rollback(place: Place, change: Change, redis: Redis) -> None:
    assert (place.rows() == change.before, place.version()) == (False, "v2.1.0")

    done = place.made.call("execute", "--yes", "--reason", "error rate 2.5 %")

    assert done.returncode == 0, done.stdout
    assert place.rows() == change.before
    assert (place.version(), place.version("auth-service")) == ("v2.0.8", "v1.5.2")
    assert set(place.steps().values()) == {"passed", "not_needed"}
    assert set(place.checks().values()) == {"passed"}
    assert {data["result"] for data in place.made.events("baseline.checked")} == {"intact"}
    assert {data["result"] for data in place.made.events("capture.finished")} == {"kept"}
    assert not [name for _, name in place.host.api.objects if "v2.1" in name or "v2-1" in name]
    assert redis.call("DBSIZE") == str(SESSIONS + 1), "sessions and the queue are still there"
    [end] = place.made.events("run.finished")
    assert (end["result"], end["sla_met"]) == ("passed", True)
    _says(place, "has started: error rate 2.5 %", "API v2.1 is being rolled back", "is verified: API v2.0.8")
    lost = place.made.run / "users-lost.txt"
    assert lost.read_text(encoding="utf-8") == f"{USERS + 1}|new@example.com\n"
    archived = [path.name for path in (place.host.buckets / "audit").rglob("*") if path.is_file()]
    assert {"journal.jsonl", "release.log", "rollback-logs-api-service.txt"} <= set(archived)
    assert not {name for name in archived if name.endswith(".dump") or name == "users-lost.txt"}


@pytest.mark.parametrize(
    ("scenario", "api", "auth", "level"),
    [
        ("auth-only", "v2.1.0", "v1.5.2", "7"),
        pytest.param("application-only", "v2.0.8", "v1.5.2", "7", marks=SLOW),
        pytest.param("database-only", "v2.1.0", "v1.6.0", "7", marks=SLOW),
    ],
)
def test_a_partial_rollback(place: Place, scenario: str, api: str, auth: str, level: str) -> None:
    done = place.made.call("execute", "--yes", "--scenario", scenario, "--reason", "some of it is broken")

    assert done.returncode == 0, done.stdout
    assert (place.version(), place.version("auth-service")) == (api, auth)
    assert place.script("scripts/migration-level.sh") == level
    assert set(place.checks().values()) == {"passed"}
    kept = place.rows()["public.orders"].startswith("100 rows")
    assert kept is (scenario == "database-only"), "orders come back with the database, and only with it"
    assert place.made.events("run.finished")[0]["sla_met"] is True


@pytest.mark.slow
def test_past_the_point_of_no_return_the_way_is_forward(place: Place, change: Change) -> None:
    place.script("scripts/migrate.sh 11 sql/release-008-011.sql")

    done = place.made.call("execute", "--yes", "--reason", "error rate 2.5 %")

    assert done.returncode == 0, done.stdout
    assert place.phases() == [
        "phases/preparation",
        "forward_fix/compensate",
        "forward_fix/patch",
        "verification",
        "recovery/cleanup",
    ]
    assert (place.version(), place.version("auth-service")) == ("v2.1.1", "v1.6.0")
    assert place.script("scripts/migration-level.sh") == "12"
    hashes = "SELECT count(*) FROM users WHERE password_hash = 'hash-' || id"
    assert place.postgresql.query(hashes, place.database) == str(USERS), "readers of the old schema find them again"
    assert place.host.api.has("deployments", "api-service-v2.1"), "what has the traffic stays"
    assert place.made.events("run.finished")[0]["forward_fix"] is True


@pytest.mark.slow
def test_both_dumps_are_damaged_and_a_person_decides(place: Place, change: Change) -> None:
    """The failure that the escalation of the plan was written after, with everybody at their place."""
    disaster = place.host.buckets / "disaster-recovery" / "postgresql-primary" / "nightly.dump"
    disaster.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(place.made.baseline / "database.dump", disaster)
    with (
        cut_off(place.made.baseline / "database.dump", change.second_copy),
        place.made.at_terminal("execute", "--reason", "error rate 2.5 %", "--no-ladder") as ann,
    ):
        ann.answer("Number", "0")
        ann.answer("the numbers of what is not", "")
        ann.answer("Go on all the same? Write the reason", "there is a second copy")
        said = ann.answer("What now? a number runs that remedy", "1")
        assert "pg_restore: error: could not read from input file: end of file" in said
        assert "remedy 1: Writes on again, on the schema that is there" in said
        assert "Writes on again, on the schema that is there: passed" in ann.answer("What now?", "stop")
        ann.answer("Begin the last resort? Write the reason", "both dumps are damaged")
        ann.answer("Restore it? Who approves?", "dora")
        ann.answer("Create them anew? Who approves?", "dora")
        ann.answer("the numbers of what is not", "12")
        code, seen = ann.end()
    assert code == 0, seen
    assert place.phases() == [
        "phases/preparation",
        "phases/stop-traffic",
        "phases/database/backup",
        "phases/database/second-copy",
        "last_resort/disaster-recovery",
        "last_resort/rebuild",
        "verification",
        "recovery/cleanup",
    ]
    assert (place.rows(), place.version()) == (change.before, "v2.0.8")
    assert place.steps()["troubleshooting/database/1/allow-writes"] == "passed"
    assert set(place.checks().values()) == {"passed"}
    agreed = {
        gate["step"]: gate["by"] for gate in place.made.events("gate.decided") if gate["step"].endswith("/agreed")
    }
    assert agreed == {"last_resort/disaster-recovery/agreed": "dora", "last_resort/rebuild/agreed": "dora"}
    [end] = place.made.events("run.finished")
    assert (end["result"], end["last_resort"]) == ("passed", True)


def _says(place: Place, *parts: str) -> None:
    for part in parts:
        assert any(part in text for text in place.host.metrics.texts), part
