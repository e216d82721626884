"""The SAMIA plan: its scripts against a real database, cache and service, and whole runs through the command line."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.execution.marks import slow
from tests.plans_example.cache import guarded
from tests.plans_example.fingerprint import fingerprint
from tests.plans_example.genesis_host import git, write
from tests.plans_example.json_server import json_server
from tests.plans_example.plan_facts import missing_settings, scenario_seconds, seconds_of, unused_files
from tests.plans_example.plan_runner import EXAMPLES, PlanRunner, runner
from tests.plans_example.promql import holds
from tests.plans_example.rollback import Rollback, rollback
from tests.plans_example.samia_host import (
    AUTHORIZATION,
    COMMITS,
    FIX,
    PREVIOUS,
    PROVIDERS,
    RELEASE,
    Monitoring,
    SamiaHost,
    samia_host,
)
from tests.servers import Postgresql, Redis

QUICKER = {
    "every: 15s, within: 8m, hold: 5m": "every: 200ms, within: 1s, hold: 400ms",
    "every: 2s, within: 45s, hold: 4s": "every: 100ms, within: 45s, hold: 200ms",
}
"""The plan waits for real traffic to settle; here there is none."""
RESTORE = "phases/database/restore-backup"


@pytest.fixture(scope="module", autouse=True)
def password(redis: Redis) -> Iterator[None]:
    with guarded(redis):
        yield


@pytest.fixture
def host(postgresql: Postgresql, redis: Redis, tmp_path: Path) -> Iterator[SamiaHost]:
    """The previous release is current; nothing runs."""
    with samia_host(tmp_path, postgresql, redis) as made:
        yield made


@pytest.fixture
def samia(host: SamiaHost, tmp_path: Path) -> PlanRunner:
    """The plan, pointed at that host."""
    return runner("samia", tmp_path, **host.parameters, **host.environ)


@pytest.fixture
def released(samia: PlanRunner, host: SamiaHost) -> PlanRunner:
    """The baseline was kept, and the release is deployed with migration 42."""
    host.systemctl("restart", "samia-tarot-api", "samia-tarot-worker")
    samia.keep_baseline()
    done = samia.script("scripts/deploy-release.sh")
    assert done.passed, done.stderr
    return samia


@pytest.fixture
def monitoring() -> Monitoring:
    return Monitoring()


def live_version(host: SamiaHost) -> str:
    with urlopen(f"{host.url}/health", timeout=2) as answer:
        return str(json.load(answer)["version"])


class TestThePlan:
    def test_fits_into_its_sla_with_a_buffer(self, samia: PlanRunner) -> None:
        assert seconds_of(samia.plan) <= 14 * 60

    @pytest.mark.parametrize("scenario", ["features", "application", "database-and-application", "migration-failed"])
    def test_its_scenarios_are_as_fast_as_they_say(self, samia: PlanRunner, scenario: str) -> None:
        found = samia.plan.scenario(scenario)
        assert found is not None
        assert found.sla is not None
        assert scenario_seconds(samia.plan, scenario) <= found.sla.seconds

    def test_every_environment_says_what_the_plan_asks(self, samia: PlanRunner) -> None:
        assert missing_settings(EXAMPLES / "samia", samia.plan) == set()

    def test_every_script_is_used(self, samia: PlanRunner) -> None:
        assert unused_files(EXAMPLES / "samia", samia.plan) == set()

    @pytest.mark.parametrize(
        ("calls", "value"),
        [({"failure": "0+1x60", "success": "0+9x60"}, 0.1), ({"success": "0+9x60"}, 0), ({}, 0)],
        ids=["a tenth fails", "nothing has ever failed", "nobody calls"],
    )
    def test_a_provider_that_nobody_calls_has_no_failures(
        self, samia: PlanRunner, tmp_path: Path, calls: dict[str, str], value: float
    ) -> None:
        query = samia.steps()["recovery/stripe/close/look-stripe"].query
        assert query is not None
        counter = "samia_provider_calls_total"
        series = {f'{counter}{{provider="stripe",outcome="{name}"}}': text for name, text in calls.items()}

        assert holds(tmp_path, query.expr, series or {"up": "1x60"}, minutes=4, value=value) == ""


class TestMigrationsBack:
    def test_the_schema_is_that_of_before_and_no_order_is_lost(self, released: PlanRunner, host: SamiaHost) -> None:
        host.query("INSERT INTO orders (profile, cents) VALUES (1, 9900)")

        for step in ("stop", "down", "level-now", "rows-there"):
            done = released.step(f"phases/database/migrate-down/{step}")
            assert done.passed, f"{step}: {done.stderr}"

        assert host.query("SELECT count(*) FROM orders") == "201"
        assert host.query("SELECT count(*) FROM information_schema.columns WHERE column_name = 'community'") == "0"

    def test_nothing_to_do_is_no_error(self, samia: PlanRunner) -> None:
        assert "is at migration 41" in samia.script('scripts/migrate-down.sh "$PREVIOUS_LEVEL"').stdout

    def test_a_level_that_is_not_reached_is_an_error(self, released: PlanRunner, host: SamiaHost) -> None:
        write(host.home / "releases" / RELEASE / "migrate.py", "print('nothing done')")

        done = released.step("phases/database/migrate-down/down")

        assert not done.passed
        assert "ended at migration 42 instead of 41" in done.stderr

    def test_the_point_of_no_return_is_seen(self, released: PlanRunner, host: SamiaHost) -> None:
        point = released.plan.point_of_no_return
        assert point is not None
        assert not released.judged(point.passed_when).passed
        assert released.step("phases/database/keep-schema/only-additions").passed

        host.query("INSERT INTO schema_migrations VALUES (43)")

        assert released.judged(point.passed_when).passed
        assert not released.step("phases/database/keep-schema/only-additions").passed


@slow
class TestRestoringTheDump:
    def test_the_dump_takes_the_place_of_the_damaged_database_which_stays(
        self, released: PlanRunner, host: SamiaHost
    ) -> None:
        host.query("INSERT INTO orders (profile, cents) VALUES (1, 9900); UPDATE orders SET cents = 0 WHERE id <= 200")

        with subprocess.Popen(
            [
                host.postgresql.bin / "psql",
                "-c",
                "SELECT pg_sleep(60)",
                host.postgresql.url(host.database, user="samia"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as somebody:
            for step in ("restore", "restored-orders", "swap", "level-restored", "lost-rows"):
                done = released.step(f"{RESTORE}/{step}")
                assert done.passed, f"{step}: {done.stderr}"
            assert somebody.wait(timeout=60) != 0, "whoever was connected is not any more"

        assert host.query("SELECT count(*) FILTER (WHERE cents > 0) FROM orders") == "200"
        assert host.query("SELECT count(*) FROM orders", f"{host.database}_failed_run_1") == "201"
        assert (released.incident / "lost-orders.csv").read_text().splitlines()[1].startswith("201,1,9900")
        assert len((released.incident / "lost-profiles.csv").read_text().splitlines()) == 1

    def test_its_effect_can_be_asked_for(self, released: PlanRunner) -> None:
        assert not released.script("scripts/is-swapped.sh").passed

        released.step(f"{RESTORE}/restore")
        released.step(f"{RESTORE}/swap")

        assert released.script("scripts/is-swapped.sh").passed

    def test_a_restore_that_was_cut_off_may_be_run_again(self, released: PlanRunner) -> None:
        assert released.step(f"{RESTORE}/restore").passed
        assert released.step(f"{RESTORE}/restore").passed

    def test_a_damaged_dump_touches_nothing(self, released: PlanRunner, host: SamiaHost) -> None:
        (released.baseline / "samia.dump").write_text("no dump")

        assert not released.step(f"{RESTORE}/restore").passed
        assert host.query("SELECT count(*) FROM orders") == "200"
        assert f"{host.database}_restored" not in host.query("SELECT datname FROM pg_database")

    def test_a_swap_that_fails_leaves_the_live_database(self, released: PlanRunner, host: SamiaHost) -> None:
        assert not released.step(f"{RESTORE}/swap").passed, "nothing was restored"
        assert host.query("SELECT count(*) FROM orders") == "200"


class TestTheRelease:
    def test_going_back_by_the_release_on_the_host(self, released: PlanRunner, host: SamiaHost) -> None:
        assert live_version(host) == RELEASE

        for step in ("intact", "stop-release", "switch", "restart", "version-now"):
            done = released.step(f"phases/application/kept-release/{step}")
            assert done.passed, f"{step}: {done.stderr}"

        assert live_version(host) == PREVIOUS

    def test_a_release_whose_files_have_changed_is_not_gone_back_to(
        self, released: PlanRunner, host: SamiaHost
    ) -> None:
        write(host.home / "releases" / PREVIOUS / "service.py", "edited by hand")

        assert not released.step("phases/application/kept-release/intact").passed

    def test_a_release_of_another_commit_is_refused(self, released: PlanRunner, host: SamiaHost) -> None:
        write(host.home / "releases" / PREVIOUS / "REVISION", "d" * 40)

        assert not released.step("phases/application/kept-release/switch").passed
        assert (host.home / "current").readlink() == Path("releases") / RELEASE

    def test_a_unit_that_dies_is_no_success(self, released: PlanRunner, host: SamiaHost) -> None:
        write(host.home / "releases" / PREVIOUS / "service.py", "raise SystemExit(1)")
        released.step("phases/application/kept-release/switch")

        assert not released.step("phases/application/kept-release/restart").passed

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        folder = tmp_path / "repository"
        git(tmp_path, "init", "--quiet", "repository")
        write(folder / "requirements.lock", "")
        write(folder / "migrate.py", "print('from git')")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", PREVIOUS)
        git(folder, "tag", PREVIOUS)
        return folder

    @pytest.mark.slow
    def test_a_release_is_built_again_from_its_pinned_commit(
        self, samia: PlanRunner, host: SamiaHost, repository: Path
    ) -> None:
        commit = git(repository, "rev-parse", "HEAD")
        at = {"SAMIA_REPOSITORY": f"file://{repository}", "PREVIOUS_COMMIT": commit}

        done = samia.script(samia.steps()["phases/application/rebuilt-release/rebuild"].run, **at)

        assert done.passed, done.stderr
        assert samia.script('scripts/switch-release.sh "$PREVIOUS_VERSION" "$PREVIOUS_COMMIT"', **at).passed
        assert "from git" in samia.script("scripts/audit-migrations.sh").stdout
        assert len(list((host.home / "releases").glob(f"{PREVIOUS}.damaged-*"))) == 1

    def test_a_tag_that_was_moved_builds_nothing(self, samia: PlanRunner, host: SamiaHost, repository: Path) -> None:
        before = samia.script(f"scripts/release-digest.sh {PREVIOUS}").stdout

        done = samia.script(
            samia.steps()["phases/application/rebuilt-release/rebuild"].run, SAMIA_REPOSITORY=f"file://{repository}"
        )

        assert not done.passed
        assert "Somebody has moved it" in done.stderr
        assert samia.script(f"scripts/release-digest.sh {PREVIOUS}").stdout == before
        assert list((host.home / "releases").glob(".rebuild*")) == []

    def test_the_forward_fix_is_another_release(self, released: PlanRunner, host: SamiaHost) -> None:
        for step in ("switch-to-fix", "restart"):
            assert released.step(f"forward_fix/fix/{step}").passed

        assert live_version(host) == FIX


def test_only_what_was_cached_is_removed(samia: PlanRunner, host: SamiaHost) -> None:
    host.redis.call("FLUSHALL")  # the server is shared with other tests
    names = [word for number in range(1200) for word in (f"cache:{number} and a space", "x")]
    host.redis.call("MSET", *names, "session:ana", "1", "queue:orders", "2")

    done = samia.step("phases/application/kept-release/clear-cache")

    assert done.passed, done.stderr
    assert "1200 keys removed" in done.stdout
    assert host.redis.call("--scan", "--pattern", "*").split() in (
        ["session:ana", "queue:orders"],
        ["queue:orders", "session:ana"],
    )
    host.redis.call("DEL", "session:ana", "queue:orders")


def test_a_cache_that_cannot_be_reached_is_an_error(samia: PlanRunner) -> None:
    assert not samia.script("scripts/clear-cache.sh", REDIS_PORT="1").passed
    assert not samia.script("scripts/clear-cache.sh", REDISCLI_AUTH="wrong").passed


def test_a_sign_up_leaves_no_user(released: PlanRunner, host: SamiaHost) -> None:
    done = released.check("sign-up")

    assert done.passed, done.stderr
    with urlopen(f"{host.url}/users", timeout=2) as users:
        assert json.load(users) == []


class TestWhatARunHasToLeave:
    @pytest.fixture
    def address(self, monitoring: Monitoring) -> Iterator[str]:
        with json_server(monitoring.answer) as made:
            yield f"{made}/api"

    def journal(self, samia: PlanRunner, scenario: str, *opened: str) -> None:
        events = [{"type": "run.started", "data": {"scenario": scenario}}]
        for name in opened:
            data = {"step": f"phases/isolate/{name}", "result": "passed"}
            events.append({"type": "step.finished", "data": data})
        write(samia.incident / "journal.jsonl", "".join(f"{json.dumps(event)}\n" for event in events))

    @pytest.mark.parametrize(
        ("scenario", "wrong"),
        [
            ("", "community_enabled, notifications_enabled, personalization_enabled, rate_limiting_enabled"),
            ("slow", "personalization_enabled, rate_limiting_enabled"),
            ("payments", ""),
        ],
    )
    def test_flags(self, samia: PlanRunner, address: str, scenario: str, wrong: str) -> None:
        self.journal(samia, scenario)

        done = samia.script("scripts/flags-are-safe.sh", MONITORING_URL=address)

        assert done.passed is not bool(wrong)
        assert wrong in done.stderr

    @pytest.mark.parametrize(("scenario", "wrong"), [("", "square, twilio_sms"), ("payments", "square"), ("slow", "")])
    def test_breakers(self, samia: PlanRunner, address: str, monitoring: Monitoring, scenario: str, wrong: str) -> None:
        self.journal(samia, scenario)
        script = "scripts/breakers-are-open.sh"

        assert samia.script(script, MONITORING_URL=address).passed is not bool(wrong)
        assert wrong in samia.script(script, MONITORING_URL=address).stderr

        monitoring.breakers = dict.fromkeys(PROVIDERS, "open")
        assert samia.script(script, MONITORING_URL=address).passed

    def test_wrong_credentials_are_no_safe_state(self, samia: PlanRunner, address: str) -> None:
        self.journal(samia, "payments")

        other = {"MONITORING_URL": address, "MONITORING_AUTHORIZATION": "Bearer of-somebody"}
        assert not samia.script("scripts/flags-are-safe.sh", **other).passed

    def test_only_what_the_run_has_opened_is_closed_again(self, samia: PlanRunner) -> None:
        self.journal(samia, "", "stripe")
        assert samia.script("scripts/was-opened.sh stripe").passed
        assert not samia.script("scripts/was-opened.sh square").passed

        self.journal(samia, "payments", "stripe")
        assert not samia.script("scripts/was-opened.sh stripe").passed


@pytest.mark.parametrize("script", ["deploy-release.sh", "simulate-failure.sh", "reset-rehearsal.sh"])
def test_rehearsals_do_nothing_in_production(samia: PlanRunner, host: SamiaHost, script: str) -> None:
    assert samia.script(f"scripts/{script}", ENVIRONMENT="production").exit == 2
    assert host.query("SELECT max(version) FROM schema_migrations") == "41"


@pytest.fixture
def way_back(samia: PlanRunner, host: SamiaHost, monitoring: Monitoring, tmp_path: Path) -> Iterator[Rollback]:
    """The release is live and hangs; the baseline was kept by the tool."""
    with json_server(monitoring.answer) as address:
        made = rollback(
            "samia",
            tmp_path / "checkout",
            environment={
                "endpoints": {"site": host.url, "monitoring": f"{address}/api"},
                "sources": {
                    "prometheus": {"kind": "prometheus", "url": address},
                    "alertmanager": {"kind": "alertmanager", "url": address},
                },
            },
            channels={
                name: {"kind": "webhook", "url": f"{address}/channel"}
                for name in ("samia-incident-response", "pagerduty", "status-page")
            },
            environ=host.environ,
            parameters={**host.parameters, "MONITORING_URL": f"{address}/api"},
            edits=QUICKER,
        )
        host.systemctl("restart", "samia-tarot-api", "samia-tarot-worker")
        kept = made.call("capture")
        assert kept.returncode == 0, kept.stdout
        assert samia.script("scripts/deploy-release.sh").passed
        yield made


@slow
def test_a_whole_rollback_and_the_breakers_one_by_one(
    way_back: Rollback, host: SamiaHost, monitoring: Monitoring, samia: PlanRunner
) -> None:
    assert samia.script("scripts/simulate-failure.sh").passed
    monitoring.failing.add("square")

    done = way_back.call("execute", "--yes", "--reason", "the health endpoint fails")

    assert done.returncode == 0, done.stdout
    assert live_version(host) == PREVIOUS
    assert host.query("SELECT max(version) FROM schema_migrations") == "41"
    assert {check["result"] for check in way_back.events("check.finished")} == {"passed"}
    opened = [f"{name} open" for name in PROVIDERS]
    assert [line for line in monitoring.history if line in opened][:5] == opened
    assert monitoring.history[-6:] == [
        "stripe closed",
        "square closed",
        "square open",
        "twilio_sms closed",
        "fcm closed",
        "apns closed",
    ]
    assert any("ROLLBACK IN PROGRESS" in text and "the health endpoint fails" in text for text in monitoring.texts)
    assert any("successfully rolled back to" in text and PREVIOUS in text for text in monitoring.texts)


def test_scope_a_is_the_features_alone(way_back: Rollback, host: SamiaHost, monitoring: Monitoring) -> None:
    done = way_back.call("execute", "--yes", "--scenario", "features", "--reason", "recommendations are wrong")

    assert done.returncode == 0, done.stdout
    assert live_version(host) == RELEASE
    assert not monitoring.flags["community_enabled"]
    begun = {data["phase"] for data in way_back.events("phase.started")}
    assert {phase for phase in begun if phase.startswith("phases/")} == {"phases/features"}


@slow
def test_scope_b_is_the_application_and_leaves_the_database(way_back: Rollback, host: SamiaHost) -> None:
    done = way_back.call("execute", "--yes", "--scenario", "application", "--reason", "and so is all else")

    assert done.returncode == 0, done.stdout
    assert live_version(host) == PREVIOUS
    assert host.query("SELECT max(version) FROM schema_migrations") == "42"
    assert "phases/database" not in {phase["phase"] for phase in way_back.events("phase.started")}


@slow
def test_payments_are_stopped_and_stay_stopped(way_back: Rollback, host: SamiaHost, monitoring: Monitoring) -> None:
    done = way_back.call("execute", "--yes", "--scenario", "payments", "--reason", "charged twice")

    assert done.returncode == 0, done.stdout
    assert [name for name, state in monitoring.breakers.items() if state == "open"] == ["stripe", "square"]
    assert live_version(host) == RELEASE


@pytest.fixture
def data_of_before(host: SamiaHost) -> dict[str, str]:
    """Rows and checksums of all tables before the change."""
    return fingerprint(host.postgresql, host.database)


@pytest.mark.slow
def test_damaged_data_come_back_from_the_dump_when_the_database_admin_agrees(
    data_of_before: dict[str, str], way_back: Rollback, host: SamiaHost
) -> None:
    host.query("UPDATE orders SET cents = 0")
    arguments = ["--yes", "--scenario", "database-and-application", "--reason", "orders without a price"]

    with way_back.start("execute", *arguments) as running:
        limit = time.monotonic() + 60
        while not way_back.events("gate.waiting") and time.monotonic() < limit and running.poll() is None:
            time.sleep(0.1)
        way_back.approve(f"{RESTORE}/agreed", person="ana")
        output, _ = running.communicate(timeout=120)

    assert running.returncode == 0, output
    assert live_version(host) == PREVIOUS
    assert fingerprint(host.postgresql, host.database) == data_of_before
    assert way_back.events("gate.decided")[0]["by"] == "ana"


@pytest.mark.slow
def test_past_the_point_of_no_return_the_fix_takes_the_place_of_the_guarded_phases(
    way_back: Rollback, host: SamiaHost
) -> None:
    host.query("INSERT INTO schema_migrations VALUES (43)")

    done = way_back.call("execute", "--yes", "--reason", "the health endpoint fails")

    assert done.returncode == 0, done.stdout
    assert live_version(host) == FIX
    assert "phases/database" not in {phase["phase"] for phase in way_back.events("phase.started")}


def test_the_constants_of_the_host_are_those_of_the_plan(samia: PlanRunner) -> None:
    parameters = samia.plan.parameters or {}

    assert [parameters[f"{name}_VERSION"].default for name in ("PREVIOUS", "RELEASE", "FIX")] == list(COMMITS)
    assert AUTHORIZATION not in (EXAMPLES / "samia/plan.yaml").read_text()
