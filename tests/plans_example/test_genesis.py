"""The Genesis plan: its scripts against a real work tree and a real service."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.plans_example.genesis_host import (
    PREVIOUS,
    RELEASE,
    GenesisHost,
    genesis_host,
    git,
    live_version,
    release,
    write,
)
from tests.plans_example.plan_facts import missing_settings, seconds_of, unused_files
from tests.plans_example.plan_runner import EXAMPLES, PlanRunner, runner
from tests.servers import free_port


@pytest.fixture
def host(tmp_path: Path) -> Iterator[GenesisHost]:
    """The previous version is checked out; nothing runs."""
    with genesis_host(tmp_path) as made:
        yield made


@pytest.fixture
def genesis(host: GenesisHost, tmp_path: Path) -> PlanRunner:
    """The plan, pointed at that host."""
    return runner("genesis", tmp_path, **host.parameters, **host.environ)


@pytest.fixture
def released(genesis: PlanRunner) -> PlanRunner:
    """The baseline was kept, and the release is deployed with Phase 4 at 100 %."""
    return release(genesis)


class TestThePlan:
    def test_fits_into_its_sla_with_a_buffer(self, genesis: PlanRunner) -> None:
        assert seconds_of(genesis.plan) <= 14 * 60

    def test_every_environment_says_what_the_plan_asks(self, genesis: PlanRunner) -> None:
        assert missing_settings(EXAMPLES / "genesis", genesis.plan) == set()

    def test_every_script_is_used(self, genesis: PlanRunner) -> None:
        assert unused_files(EXAMPLES / "genesis", genesis.plan) == set()


class TestGoingBackByGit:
    def test_the_previous_code_runs_again(self, released: PlanRunner, host: GenesisHost) -> None:
        assert RELEASE in live_version(host)

        for step in ("can-go-back", "stop", "check-out", "start", "version"):
            done = released.step(f"phases/service/git/{step}")
            assert done.passed, f"{step}: {done.stderr}"

        assert host.commit == host.commits[PREVIOUS]
        assert not (host.home / "phase_4").exists()

    def test_nothing_but_the_service_is_stopped(self, released: PlanRunner, host: GenesisHost) -> None:
        released.step("phases/service/git/stop")

        assert "stop --timeout 20 genesis-orchestration" in host.calls
        assert " down" not in host.calls

    def test_a_file_that_somebody_has_edited_stops_it_before_the_service_is_stopped(
        self, released: PlanRunner, host: GenesisHost
    ) -> None:
        write(host.home / "config/feature_flags.json", '{"edited": "by hand"}')

        done = released.step("phases/service/git/can-go-back")

        assert not done.passed
        assert "config/feature_flags.json" in done.stderr
        assert RELEASE in live_version(host)

    def test_a_tag_that_was_moved_is_noticed(self, released: PlanRunner, host: GenesisHost) -> None:
        git(host.home, "tag", "--force", PREVIOUS, host.commits[RELEASE])

        done = released.step("phases/service/git/can-go-back")

        assert not done.passed
        assert "Somebody has moved it" in done.stderr

    def test_a_moving_name_is_refused(self, released: PlanRunner, host: GenesisHost) -> None:
        done = released.script("scripts/check-out.sh HEAD~1")

        assert done.exit == 2
        assert host.commit == host.commits[RELEASE]

    def test_without_the_previous_image_the_release_is_not_started_in_its_place(
        self, released: PlanRunner, host: GenesisHost
    ) -> None:
        (host.state / "images").write_text(f"genesis-orchestration:{RELEASE}", encoding="utf-8")
        released.step("phases/service/git/check-out")

        done = released.step("phases/service/git/start")

        assert not done.passed
        assert "No such image" in done.stderr

    def test_packages_are_installed_only_where_they_differ(self, released: PlanRunner, host: GenesisHost) -> None:
        when = released.steps()["phases/service/git/requirements"].when
        assert when is not None
        assert not released.judged(when).passed

        lost = released.script(when.run, PREVIOUS_COMMIT="0" * 40)

        assert "differ" in lost.stdout, "what cannot be compared counts as different"


@pytest.mark.skipif(not shutil.which("docker"), reason="needs the docker client")
class TestTheRealClient:
    """It takes its own options, and hands the rest to its compose plugin; only that one stands in for something."""

    def test_the_project_goes_back_through_it(self, released: PlanRunner, host: GenesisHost) -> None:
        (host.state / "calls").unlink()

        for step in ("can-go-back", "stop", "check-out", "start", "version"):
            assert released.step(f"phases/service/git/{step}").passed

        project = f"compose --project-name genesis --project-directory {host.home}"
        start = "up --detach --no-deps --no-build --pull never --force-recreate --wait --wait-timeout 45"
        assert host.calls.splitlines() == [
            f"{project} stop --timeout 20 genesis-orchestration",
            f"{project} {start} genesis-orchestration",
        ]
        assert not (host.bin / "docker").exists()
        assert PREVIOUS in live_version(host)

    @pytest.mark.parametrize("options", ["up --detached", "--projekt-name x up", "down"])
    def test_what_nobody_knows_is_refused(self, genesis: PlanRunner, host: GenesisHost, options: str) -> None:
        done = genesis.script(f"scripts/compose.sh {options}")

        assert not done.passed
        assert not (host.state / "pid").exists()

    def test_the_previous_image_comes_out_of_the_baseline(self, released: PlanRunner, host: GenesisHost) -> None:
        (host.state / "images").write_text(f"genesis-orchestration:{RELEASE}", encoding="utf-8")

        assert released.step("phases/service/backup/image").passed
        assert f"genesis-orchestration:{PREVIOUS}" in (host.state / "images").read_text()


class TestGoingBackFromTheBackup:
    def test_the_work_tree_is_what_it_was(self, released: PlanRunner, host: GenesisHost) -> None:
        write(host.home / "config/feature_flags.json", '{"edited": "by hand"}')
        write(host.home / "data/users.json", "[]")
        released.step("phases/flag/file/write-override")

        for step in ("stop-again", "restore", "image", "start-again", "version-again"):
            done = released.step(f"phases/service/backup/{step}")
            assert done.passed, f"{step}: {done.stderr}"

        assert not (host.home / "phase_4").exists(), "files that only the release has are gone"
        assert (host.home / "config/feature_flags.json").read_text() == "{}"
        assert (host.home / "config/feature_flags_override.json").exists(), "the flag stays off"
        assert (host.home / "data/users.json").exists()
        assert (host.home / "logs/infrastructure.log").exists()

    def test_it_may_be_run_again(self, released: PlanRunner) -> None:
        assert released.step("phases/service/backup/restore").passed
        assert released.step("phases/service/backup/restore").passed

    def test_a_damaged_backup_touches_nothing(self, released: PlanRunner, host: GenesisHost) -> None:
        archive = released.baseline / "work-tree.tar.gz"
        archive.write_bytes(archive.read_bytes()[:-200])

        assert not released.step("phases/service/backup/restore").passed
        assert (host.home / "phase_4/engine.py").exists()
        assert list(host.home.parent.glob("genesis.restore*")) == []

    def test_a_backup_of_another_version_is_refused(self, released: PlanRunner, host: GenesisHost) -> None:
        released.script('scripts/back-up-tree.sh "$BASELINE/work-tree.tar.gz"')

        done = released.step("phases/service/backup/restore")

        assert not done.passed
        assert f"holds {RELEASE}" in done.stderr

    def test_the_configuration_alone_comes_back_without_the_flag(self, released: PlanRunner, host: GenesisHost) -> None:
        released.step("phases/flag/api/keep-off")
        write(host.home / "config/added_by_release.json", "{}")

        assert released.script('scripts/restore-config.sh "$BASELINE/work-tree.tar.gz"').passed
        assert sorted(path.name for path in (host.home / "config").iterdir()) == [
            "feature_flags.json",
            "feature_flags_override.json",
        ]


class TestTheBaseline:
    def test_another_commit_than_the_planned_one_is_no_baseline(self, genesis: PlanRunner, host: GenesisHost) -> None:
        git(host.home, "checkout", "--quiet", RELEASE)

        done = genesis.script("scripts/previous-commit.sh")

        assert not done.passed
        assert done.stdout == ""

    def test_the_backup_has_no_secrets_logs_or_history(self, genesis: PlanRunner, host: GenesisHost) -> None:
        write(host.home / ".env", "PASSWORD=secret")
        item = next(item for item in genesis.plan.baseline if item.id == "work-tree")
        genesis.keep(item, genesis.baseline)

        listed = subprocess.run(
            ["tar", "--list", "--gzip", "--file", str(genesis.baseline / item.save)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()

        assert "./service.py" in listed
        assert [name for name in listed if name.startswith(("./.env", "./logs", "./.git/"))] == []


class TestTheFlag:
    def test_other_overrides_stay(self, genesis: PlanRunner, host: GenesisHost) -> None:
        file = host.home / "config/feature_flags_override.json"
        write(file, '{"other": {"enabled": true}}')

        assert genesis.script("scripts/override-flag.sh").passed
        assert genesis.script("scripts/override-flag.sh").passed
        assert "".join(file.read_text().split()) == (
            '{"other":{"enabled":true},"phase_4_deployment":{"enabled":false,"rollout_percentage":0}}'
        )

    def test_a_broken_override_file_is_left_as_it_is(self, genesis: PlanRunner, host: GenesisHost) -> None:
        file = host.home / "config/feature_flags_override.json"
        write(file, "{broken")

        assert not genesis.script("scripts/override-flag.sh").passed
        assert file.read_text() == "{broken"
        assert [path.name for path in file.parent.iterdir() if path.name.startswith(f"{file.name}.")] == []


METRICS = 'genesis_active_requests{agent="a"} 7\ngenesis_active_requests{agent="b"} 5\n'


class TestActiveRequests:
    @pytest.mark.parametrize(
        ("page", "expected"), [(METRICS, "12"), ("genesis_active_requests 0\n", "0"), ("other 3\n", "")]
    )
    def test_requests_are_summed_not_lines(self, genesis: PlanRunner, tmp_path: Path, page: str, expected: str) -> None:
        write(tmp_path / "site/metrics", page)
        port = free_port()
        command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory"]
        with subprocess.Popen([*command, str(tmp_path / "site")], stderr=subprocess.DEVNULL) as server:
            wait_for(port)
            done = genesis.script("scripts/active-requests.sh", BASE_URL=f"http://127.0.0.1:{port}")
            server.terminate()

        assert done.stdout.strip() == expected
        assert done.passed is bool(expected), "a page without the metric is an error, not a zero"

    def test_where_no_process_is_no_request_is(self, genesis: PlanRunner) -> None:
        done = genesis.script("scripts/active-requests.sh", BASE_URL=f"http://127.0.0.1:{free_port()}")

        assert (done.exit, done.stdout.strip()) == (0, "0")


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on {port}")


class TestVerification:
    def test_the_pass_rate_is_counted(self, released: PlanRunner, host: GenesisHost) -> None:
        assert released.script("scripts/pass-rate.sh").stdout.strip() == "100.0"

        write(host.home / "tests/test_production_health.py", "def test_a(): pass\ndef test_b(): assert False\n")

        done = released.check("pass-rate")
        assert (done.stdout.strip(), done.passed) == ("50.0", False)

    def test_tests_that_do_not_run_are_an_error(self, released: PlanRunner, host: GenesisHost) -> None:
        write(host.home / "tests/test_production_health.py", "import nothing_of_that_name\n")

        done = released.script("scripts/pass-rate.sh")

        assert done.exit == 2
        assert done.stdout == ""

    def test_skipped_tests_do_not_count(self, released: PlanRunner, host: GenesisHost) -> None:
        skipped = "import pytest\ndef test_a(): pytest.skip('not here')\n"
        write(host.home / "tests/test_production_health.py", skipped)

        assert not released.script("scripts/pass-rate.sh").passed

    @pytest.mark.parametrize("check", ["smoke", "slos", "containers", "documents"])
    def test_a_good_service_passes(self, released: PlanRunner, check: str) -> None:
        done = released.check(check)

        assert done.passed, done.stderr

    def test_lost_documents_are_noticed(self, released: PlanRunner, host: GenesisHost) -> None:
        (host.state / "documents").write_text("1199", encoding="utf-8")

        assert not released.check("documents").passed

    def test_a_container_that_does_not_run_is_named(self, released: PlanRunner) -> None:
        released.step("phases/service/git/stop")

        done = released.check("containers")

        assert not done.passed
        assert "not running: genesis-orchestration" in done.stderr

    def test_only_errors_of_the_last_five_minutes_count(self, genesis: PlanRunner, host: GenesisHost) -> None:
        now = datetime.now(UTC)
        lines = [
            f"{now - timedelta(minutes=age):%Y-%m-%dT%H:%M:%SZ} {word} something"
            for age, word in ((20, "ERROR"), (1, "ERROR"), (1, "INFO"), (0, "ERROR"))
        ]
        write(host.home / "logs/infrastructure.log", "\n".join(lines))

        assert genesis.script("scripts/recent-errors.sh").stdout.strip() == "2"

        (host.home / "logs/infrastructure.log").unlink()
        assert not genesis.script("scripts/recent-errors.sh").passed


LISTENER = """\
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
connection = server.accept()
time.sleep(60)
"""
CLIENT = """\
import socket, sys, time
while True:
    try:
        connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        break
    except OSError:
        time.sleep(0.05)
print("connected", flush=True)
time.sleep(60)
"""


class TestTroubleshooting:
    def test_whoever_listens_on_the_port_is_ended_and_its_clients_are_not(
        self, genesis: PlanRunner, host: GenesisHost
    ) -> None:
        with (
            subprocess.Popen([sys.executable, "-c", LISTENER, str(host.port)]) as squatter,
            subprocess.Popen([sys.executable, "-c", CLIENT, str(host.port)], stdout=subprocess.PIPE) as user,
        ):
            assert user.stdout is not None
            assert user.stdout.readline() == b"connected\n"

            done = genesis.script("scripts/free-port.sh")

            assert done.passed, done.stderr
            assert squatter.wait(timeout=60) != 0
            assert user.poll() is None
            user.kill()

    def test_a_free_port_is_nothing_to_do(self, genesis: PlanRunner) -> None:
        assert "nobody listens" in genesis.script("scripts/free-port.sh").stdout

    def test_room_is_made_without_the_previous_image(self, released: PlanRunner, host: GenesisHost) -> None:
        old = host.home / "logs/agent.log.3"
        write(old, "")
        subprocess.run(["touch", "--date", "10 days ago", str(old)], check=True)
        write(host.home / "logs/agent.log.1", "")

        assert released.script("scripts/free-disk.sh").passed
        assert not old.exists()
        assert (host.home / "logs/agent.log.1").exists()
        assert "system prune" not in host.calls

    def test_a_commit_that_the_host_has_lost_comes_from_the_repository(
        self, genesis: PlanRunner, host: GenesisHost, tmp_path: Path
    ) -> None:
        git(tmp_path, "init", "--quiet", "empty")
        at = {"GENESIS_HOME": str(tmp_path / "empty")}

        assert genesis.script("scripts/fetch-previous.sh", **at).passed
        assert git(tmp_path / "empty", "rev-parse", PREVIOUS) == host.commits[PREVIOUS]
        assert not genesis.script("scripts/fetch-previous.sh", **at, PREVIOUS_COMMIT="0" * 40).passed


def test_the_last_resort_builds_beside_the_failed_folder(genesis: PlanRunner, host: GenesisHost) -> None:
    write(host.home / "data/users.json", "[]")
    write(host.home / ".env", "KEY=value")

    for _ in range(2):
        done = genesis.step("last_resort/fresh-instance/build")
        assert done.passed, done.stderr

    fresh = host.home.with_name("genesis-emergency")
    assert (fresh / "data/users.json").exists()
    assert (fresh / ".env").exists()
    assert (fresh / "PRODUCTION_VERSION.txt").read_text().strip() == PREVIOUS
    assert f"--project-name genesis --project-directory {fresh} up" in host.calls, "the same volumes"
    assert genesis.step("last_resort/recovered/smoke-tests").passed

    assert genesis.step("last_resort/database/start-writers").passed
    assert f"--project-directory {fresh} up" in host.calls.splitlines()[-1], "not the failed folder"


@pytest.mark.parametrize("script", ["deploy-release.sh", "simulate-failure.sh start", "reset-rehearsal.sh"])
def test_rehearsals_do_nothing_in_production(genesis: PlanRunner, host: GenesisHost, script: str) -> None:
    done = genesis.script(f"scripts/{script}", ENVIRONMENT="production")

    assert done.exit == 2
    assert host.commit == host.commits[PREVIOUS]


def test_a_rehearsal_ends_with_the_previous_version(released: PlanRunner, host: GenesisHost) -> None:
    assert released.script("scripts/simulate-failure.sh start").passed
    load = int((host.home / "logs/rehearsal-load.pid").read_text())
    assert runs(load)

    assert released.script("scripts/simulate-failure.sh stop").passed
    assert released.script("scripts/reset-rehearsal.sh").passed

    assert not runs(load)
    assert PREVIOUS in live_version(host)


def runs(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:  # it has gone, perhaps while it was read
        return False
    return status.split(")")[1].split()[0] != "Z"
