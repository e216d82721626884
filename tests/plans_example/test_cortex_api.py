"""What the cortex-api plan does to database and cache, against a real PostgreSQL and a real Redis."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.model.duration import Duration
from tests.plans_example.cortex_host import AFTER_THE_CHANGE, SCHEMA_V2_0, USERS, Front, add_roles
from tests.plans_example.fingerprint import fingerprint
from tests.plans_example.json_server import json_server
from tests.plans_example.plan_runner import EXAMPLES, PlanRunner, plan_of, runner
from tests.servers import Postgresql, Redis


@pytest.fixture(scope="module")
def roles(postgresql: Postgresql) -> Postgresql:
    """The owner of the database, who is no superuser, and somebody who only reads."""
    add_roles(postgresql)
    return postgresql


@pytest.fixture
def database(roles: Postgresql) -> str:
    """A database with the schema of v2.0.5."""
    name = roles.create_database(owner="cortex")
    roles.query(SCHEMA_V2_0, name, user="cortex")
    return name


@pytest.fixture
def cortex(roles: Postgresql, database: str, tmp_path: Path) -> PlanRunner:
    """The plan, pointed at that database."""
    for folder in ("baseline", "incident", "second-copy"):
        (tmp_path / folder).mkdir()
    return PlanRunner(
        example="cortex-api",
        plan=plan_of("cortex-api"),
        variables={
            "DATABASE_URL": roles.url(database, user="cortex"),
            "SECOND_COPY_DIR": str(tmp_path / "second-copy"),
            "PATH": f"{roles.bin}:/usr/local/bin:/usr/bin:/bin",
        },
        baseline=tmp_path / "baseline",
        incident=tmp_path / "incident",
    )


@pytest.fixture
def before(roles: Postgresql, database: str) -> dict[str, str]:
    """Rows and checksums of all tables before the change."""
    return fingerprint(roles, database)


DATABASE_BASELINE = ("schema-version", "database", "second-copy", "schema", "user-count")


@pytest.fixture
def released(cortex: PlanRunner, roles: Postgresql, database: str) -> PlanRunner:
    """The baseline was kept, migrations 001-007 are applied, and users have done something since."""
    cortex.keep_baseline(*DATABASE_BASELINE)
    assert cortex.script("scripts/migrate.sh 7 sql/release-001-007.sql").passed
    roles.query(AFTER_THE_CHANGE, database)
    return cortex


class TestBaseline:
    def test_keeps_what_the_rollback_compares_with(self, cortex: PlanRunner) -> None:
        cortex.keep_baseline(*DATABASE_BASELINE)
        kept = {path.name: path for path in cortex.baseline.iterdir()}
        assert kept["schema-version.txt"].read_text() == "20251201120000\n"
        assert kept["user-count.txt"].read_text() == f"{USERS}\n"
        assert "CREATE TABLE public.orders" in kept["schema.sql"].read_text()
        assert kept["database.dump"].read_bytes().startswith(b"PGDMP")

    def test_the_schema_is_the_same_text_twice(self, cortex: PlanRunner) -> None:
        first, second = (cortex.script("scripts/dump-schema.sh").stdout for _ in range(2))
        assert first == second != ""

    def test_a_database_that_cannot_be_reached_keeps_nothing(self, cortex: PlanRunner) -> None:
        done = cortex.script("scripts/schema-version.sh", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
        assert (done.exit, done.stdout) == (2, "")

    def test_the_second_copy_can_be_checked_with_what_was_kept(self, cortex: PlanRunner) -> None:
        cortex.keep_baseline("second-copy")
        assert cortex.script('sha256sum --check "$BASELINE/second-copy.sha256"').passed


class TestPointOfNoReturn:
    def passed(self, cortex: PlanRunner) -> bool:
        point = cortex.plan.point_of_no_return
        assert point is not None
        assert point.passed_when is not None
        return cortex.judged(point.passed_when).passed

    def test_is_not_passed_before_the_change(self, cortex: PlanRunner) -> None:
        assert not self.passed(cortex)

    def test_is_not_passed_with_what_only_adds(self, released: PlanRunner) -> None:
        assert released.script("scripts/migration-level.sh").stdout == "7\n"
        assert not self.passed(released)

    def test_is_passed_with_the_first_migration_that_takes_away(
        self, released: PlanRunner, roles: Postgresql, database: str
    ) -> None:
        roles.query("INSERT INTO schema_migrations VALUES ('20251209140008')", database)
        assert self.passed(released)

    def test_the_forward_fix_brings_the_column_back(
        self, released: PlanRunner, roles: Postgresql, database: str
    ) -> None:
        assert released.script("scripts/migrate.sh 11 sql/release-008-011.sql").passed
        assert self.passed(released)
        for step in ("migration", "transform", "migration", "transform"):
            assert released.step(f"forward_fix/compensate/{step}").passed
        assert roles.query("SELECT count(*) FROM users WHERE password_hash = 'hash-' || id", database) == str(USERS)
        assert released.script("scripts/migration-level.sh").stdout == "12\n"

    def test_migrations_008_to_011_cannot_be_taken_for_less(self, cortex: PlanRunner) -> None:
        sql = (EXAMPLES / "cortex-api/sql/release-008-011.sql").read_text()
        assert "DROP COLUMN password_hash" in sql


@pytest.mark.parametrize("way", ["backup", "second-copy"])
class TestDatabaseRollback:
    def steps(self, cortex: PlanRunner, way: str) -> Iterator[str]:
        """Every step of the way but the one that asks the cluster whether it is needed."""
        phase = next(phase for phase in cortex.plan.phases if phase.id == "database")
        steps = next(item for item in phase.ways if item.id == way).steps
        return (f"phases/database/{way}/{step.id}" for step in steps if step.when is None)

    def test_leads_back_to_the_state_before_the_change(
        self, before: dict[str, str], released: PlanRunner, roles: Postgresql, database: str, way: str
    ) -> None:
        assert fingerprint(roles, database) != before
        for path in self.steps(released, way):
            done = released.step(path)
            assert done.passed, f"{path}: {done.stdout} {done.stderr}"
        assert fingerprint(roles, database) == before
        assert roles.query("SELECT count(*) FROM users", database, user="cortex_reports") == str(USERS)
        for check in ("users", "references", "writable"):
            assert released.check(check).passed, check

    def test_may_be_run_again_after_a_crash(self, released: PlanRunner, way: str) -> None:
        for path in self.steps(released, way):
            assert released.step(path).passed
            done = released.step(path)
            assert done.passed, f"{path}: {done.stdout} {done.stderr}"

    def test_a_damaged_dump_changes_nothing(
        self, released: PlanRunner, roles: Postgresql, database: str, tmp_path: Path, way: str
    ) -> None:
        whole = (released.baseline / "database.dump").read_bytes()
        (released.baseline / "database.dump").write_bytes(whole[:-200])
        copy = next((tmp_path / "second-copy").iterdir())
        copy.write_bytes(copy.read_bytes()[:-200])
        restore = next(path for path in self.steps(released, way) if "restore" in path)
        assert not released.step(restore).passed
        assert roles.query("SELECT count(*), max(cents) FROM orders", database) == "90|0"
        assert released.script("scripts/migration-level.sh").stdout == "7\n"


class TestWrites:
    def test_read_only_mode_reaches_those_who_are_connected(
        self, cortex: PlanRunner, roles: Postgresql, database: str
    ) -> None:
        psql = ["psql", "-X", "-q", roles.url(database, user="cortex_reports")]
        with subprocess.Popen(psql, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as other:
            assert other.stdin is not None
            _wait_for_session(roles, database, "cortex_reports")
            assert cortex.step("phases/database/backup/stop-writes").passed
            other.stdin.write(b"SELECT 1;\n")
            other.stdin.close()
            assert other.stderr is not None
            assert b"terminating connection" in other.stderr.read()

    def test_nobody_writes_until_writes_are_allowed_again(
        self, cortex: PlanRunner, roles: Postgresql, database: str
    ) -> None:
        write = "INSERT INTO orders (user_id, cents) VALUES (1, 1)"
        assert cortex.step("phases/database/backup/stop-writes").passed
        assert not cortex.check("writable").passed
        with pytest.raises(subprocess.CalledProcessError) as refused:
            roles.query(write, database, user="cortex")
        assert "read-only transaction" in refused.value.stderr
        assert cortex.step("phases/database/backup/allow-writes").passed
        assert cortex.check("writable").passed
        roles.query(write, database, user="cortex")

    @pytest.mark.parametrize(
        ("why", "command"),
        [
            ("a restore opens a session too", 'pg_restore --clean -e -d "$DATABASE_URL" "$BASELINE/database.dump"'),
            (
                "the way out is refused as well",
                'psql -c "ALTER DATABASE $DATABASE SET default_transaction_read_only = off" "$DATABASE_URL"',
            ),
        ],
    )
    def test_what_was_done_before_fails_in_read_only_mode(
        self, cortex: PlanRunner, database: str, why: str, command: str
    ) -> None:
        cortex.keep_baseline("database")
        assert cortex.step("phases/database/backup/stop-writes").passed
        done = cortex.script(command, DATABASE=database)
        assert "read-only transaction" in done.stderr, why


class TestConsistency:
    def test_rows_that_are_missing_are_named(self, released: PlanRunner) -> None:
        done = released.step("phases/database/backup/rows")
        assert not done.passed
        assert "public.orders: 100 rows in the dump, 90 in the database" in done.stderr
        assert f"public.users: {USERS} rows in the dump, {USERS + 1} in the database" in done.stderr
        assert "public.schema_migrations" in done.stderr

    def test_a_dump_without_tables_is_no_comparison(self, cortex: PlanRunner) -> None:
        assert cortex.script('pg_dump -Fc --schema-only -f "$BASELINE/database.dump" "$DATABASE_URL"').passed
        assert not cortex.step("phases/database/backup/rows").passed

    def test_a_schema_that_differs_is_shown(self, released: PlanRunner) -> None:
        done = released.step("phases/database/backup/same-schema")
        assert not done.passed
        assert "> CREATE TABLE public.credentials" in done.stdout

    def test_references_that_lead_nowhere_are_counted(
        self, cortex: PlanRunner, roles: Postgresql, database: str
    ) -> None:
        assert cortex.check("references").passed
        roles.query(
            "SET session_replication_role = replica; DELETE FROM users WHERE id <= 2; RESET session_replication_role",
            database,
        )
        done = cortex.check("references")
        assert (done.passed, done.stdout) == (False, "5\n")

    def test_users_who_are_gone_fail_the_check(self, cortex: PlanRunner, roles: Postgresql, database: str) -> None:
        cortex.keep_baseline("user-count")
        assert cortex.check("users").passed
        roles.query("TRUNCATE users CASCADE", database)
        assert not cortex.check("users").passed

    def test_users_whose_sign_up_was_lost_are_listed(self, released: PlanRunner) -> None:
        released.capture("database-at-rollback")
        assert released.step("phases/database/backup/restore").passed
        assert released.step("recovery/cleanup/lost-users").passed
        assert (released.incident / "users-lost.txt").read_text() == f"{USERS + 1}|new@example.com\n"

    def test_without_the_capture_nobody_pretends_to_know(self, released: PlanRunner) -> None:
        assert not released.step("recovery/cleanup/lost-users").passed


class TestSchemaCheck:
    @pytest.mark.parametrize(
        ("scenario", "level", "passed"),
        [
            ("", 0, True),
            ("", 7, False),
            ("application-only", 7, True),
            ("application-only", 0, True),
            ("auth-only", 8, False),
            ("database-only", 7, True),
            ("database-only", 0, False),
        ],
    )
    def test_depends_on_the_scenario(
        self, cortex: PlanRunner, roles: Postgresql, database: str, scenario: str, level: int, passed: bool
    ) -> None:
        roles.query(
            "INSERT INTO schema_migrations SELECT '202512091400' || to_char(n, 'FM00') "
            f"FROM generate_series(1, {level}) AS n",
            database,
        )
        started = {"seq": 1, "type": "run.started", "data": {"scenario": scenario}}
        later = {"seq": 2, "type": "phase.started", "data": {"phase": "phases/cache"}}
        journal = "".join(json.dumps(event) + "\n" for event in (started, later)) + '{"seq": 3, "ty'
        (cortex.incident / "journal.jsonl").write_text(journal)
        assert cortex.check("schema").passed is passed

    def test_outside_a_run_the_whole_plan_is_meant(self, cortex: PlanRunner) -> None:
        assert cortex.check("schema").passed


class TestCache:
    @pytest.fixture
    def cache(self, cortex: PlanRunner, redis: Redis) -> PlanRunner:
        redis.call("FLUSHALL")
        for prefix, number in (("session:", 30), ("auth-cache:v2:", 1200), ("queue:", 1)):
            redis.call("EVAL", f"for n = 1, {number} do redis.call('SET', '{prefix}' .. n, 1) end", "0")
        redis.call("SET", "auth-cache:v1:name with 'quotes' in it", "1")
        cortex.variables.update({"REDIS_HOST": redis.host, "REDIS_PORT": str(redis.port)})
        return cortex

    def test_only_the_authentication_cache_is_cleared(self, cache: PlanRunner, redis: Redis) -> None:
        cache.keep_baseline("sessions")
        done = cache.step("phases/cache/auth-cache")
        assert done.stdout == "cleared 1201 entries\n"
        assert redis.call("DBSIZE") == "31"
        assert cache.check("sessions").passed

    def test_clearing_an_empty_cache_is_fine(self, cache: PlanRunner, redis: Redis) -> None:
        redis.call("FLUSHALL")
        assert cache.step("phases/cache/auth-cache").stdout == "cleared 0 entries\n"

    def test_lost_sessions_are_noticed(self, cache: PlanRunner, redis: Redis) -> None:
        cache.keep_baseline("sessions")
        redis.call("FLUSHDB")
        assert not cache.check("sessions").passed

    @pytest.mark.parametrize("step", ["phases/cache/auth-cache", "verification/sessions"])
    def test_a_cache_that_does_not_answer_is_a_failure(self, cache: PlanRunner, step: str) -> None:
        cache.variables.update({"REDIS_PORT": "1"})
        done = cache.check("sessions") if step.startswith("verification") else cache.step(step)
        assert done.exit != 0


class TestFrontDoor:
    @pytest.fixture
    def front(self) -> Front:
        return Front()

    @pytest.fixture
    def plan(self, front: Front, tmp_path: Path) -> Iterator[PlanRunner]:
        with json_server(front.answer) as address:
            smoke = {"SMOKE_USER": "smoke@example.com", "SMOKE_PASSWORD": "secret"}
            yield runner("cortex-api", tmp_path, LOAD_BALANCER_URL=address, **smoke)

    @pytest.mark.parametrize(
        ("broken", "message"),
        [
            ("", ""),
            ("login", "login failed with 500"),
            ("account", "answered for other@example.com"),
            ("refusal", "a wrong password was answered with 200"),
        ],
    )
    def test_critical_paths(self, plan: PlanRunner, front: Front, broken: str, message: str) -> None:
        front.broken = broken
        done = plan.check("smoke")
        assert (done.passed, message in done.stderr) == (not broken, True)

    def test_what_is_read_most_is_asked_for_once(self, plan: PlanRunner, front: Front) -> None:
        assert plan.step("phases/cache/warm-up").passed
        listed = (EXAMPLES / "cortex-api/scripts/critical-paths.txt").read_text(encoding="utf-8").split()
        assert front.asked == listed

    def test_a_page_that_fails_is_a_failure(self, plan: PlanRunner, front: Front) -> None:
        front.broken = "/auth/keys"
        assert not plan.step("phases/cache/warm-up").passed


@pytest.mark.parametrize(
    ("scenario", "seconds"), [("application-only", 6 * 60), ("database-only", 7 * 60), ("auth-only", 6 * 60)]
)
def test_the_partial_rollbacks_of_cortex_fit_their_sla(scenario: str, seconds: int) -> None:
    plan = plan_of("cortex-api")
    chosen = plan.scenario(scenario)
    assert chosen is not None
    budgets = {phase.id: phase.budget for phase in plan.phases} | {"verification": plan.verification.budget}
    needed = sum((budgets[item.id] or Duration(0)).seconds for item in chosen.phases)
    assert needed == seconds
    assert chosen.sla is not None
    assert needed + plan.capture.budget.seconds <= chosen.sla.seconds


def test_the_whole_rollback_of_cortex_takes_fourteen_minutes_with_its_clean_up() -> None:
    plan = plan_of("cortex-api")
    parts = [plan.capture.budget, plan.verification.budget]
    parts += [phase.budget for phase in (*plan.phases, *plan.recovery)]
    assert sum(part.seconds for part in parts if part) == 14 * 60


def _wait_for_session(server: Postgresql, database: str, user: str) -> None:
    import time

    limit = time.monotonic() + 60
    query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND usename = '{user}'"
    while server.query(query) == "0":
        assert time.monotonic() < limit
        time.sleep(0.02)
