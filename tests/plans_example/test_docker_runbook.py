"""The runbook for a swarm: its steps with the real docker client, a real PostgreSQL, and servers on loopback."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest

from rollback_gov.model.duration import Duration
from tests.servers import Postgresql

from .plan_facts import longest_way, missing_settings, queries, scripts_that_do_not_fail, seconds_of, unused_files
from .plan_runner import EXAMPLES, PlanRunner, plan_of
from .promql import holds, prometheus
from .rollback import Rollback, of_type, rollback
from .swarm import Swarm, registry, swarm
from .web import web

FOLDER = EXAMPLES / "docker-runbook"
PLAN = plan_of("docker-runbook")
PARAMETERS = {name: given.default or "" for name, given in (PLAN.parameters or {}).items()}
BACKEND, FRONTEND = PARAMETERS["BACKEND_IMAGE"], PARAMETERS["FRONTEND_IMAGE"]
RELEASE = PARAMETERS["RELEASE_BACKEND_IMAGE"]
PREVIOUS = PARAMETERS["PREVIOUS_VERSION"]


# Promises


def test_all_three_options_fit_into_the_sla_one_after_the_other() -> None:
    [phase] = PLAN.phases
    assert phase.budget is not None
    assert [way.id for way in phase.ways] == ["swarm-rollback", "by-digest", "github-actions"]
    assert sum(longest_way(way) for way in phase.ways) <= phase.budget.seconds
    assert PLAN.sla == Duration.parse("20m")
    assert seconds_of(PLAN) <= 0.7 * 1200


def test_the_forward_fix_fits_in_the_place_of_what_it_replaces() -> None:
    assert PLAN.forward_fix
    for phase in PLAN.forward_fix:
        assert phase.budget is not None
        assert sum(longest_way(way) for way in phase.ways) <= phase.budget.seconds
    assert sum(phase.budget.seconds for phase in PLAN.forward_fix if phase.budget) <= 9 * 60


def test_every_image_and_version_is_pinned() -> None:
    text = (FOLDER / "plan.yaml").read_text(encoding="utf-8")
    images = re.findall(r"registry\.example\.com/\S+", text)
    assert images
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", image) for image in images)
    assert PLAN.change.from_ == {"app-backend": PREVIOUS, "app-frontend": PREVIOUS}


def test_no_blank_is_left_to_be_filled_in() -> None:
    """Comments may speak of blanks; what is loaded has none."""
    for _, _, step in PLAN.every_step():
        assert not re.search(r"<[A-Z_]+>|YOUR_|TODO", step.run)


def test_scripts_are_used_and_fail_when_they_fail() -> None:
    assert unused_files(FOLDER, PLAN) == set()
    assert scripts_that_do_not_fail(FOLDER) == []


def test_every_environment_has_what_the_plan_asks_for() -> None:
    assert missing_settings(FOLDER, PLAN) == set()


def test_each_contact_and_each_item_of_the_checklist_is_there() -> None:
    assert [contact.role for contact in PLAN.contacts] == [
        "On-call engineer",
        "Incident commander",
        "Database admin",
        "Platform team",
    ]
    lists = PLAN.checklists
    assert (len(lists.before), len(lists.during), len(lists.after)) == (5, 1, 8)


@pytest.mark.parametrize("expression", sorted({query.expr for query in queries(PLAN) if query.expr}))
def test_without_any_series_there_is_no_value(expression: str, tmp_path: Path) -> None:
    assert holds(tmp_path, expression, {}, minutes=10, value=None) == ""


def test_the_share_of_failed_requests_is_zero_where_none_has_failed(tmp_path: Path) -> None:
    expression = next(trigger for trigger in PLAN.triggers if trigger.id == "error-rate").query.expr
    good = {'http_requests_total{service="app-backend",status="200"}': "0+19x200"}
    bad = {'http_requests_total{service="app-backend",status="500"}': "0+1x200"}
    assert holds(tmp_path, expression, good, minutes=10, value=0.0) == ""
    assert holds(tmp_path, expression, good | bad, minutes=10, value=0.05) == ""


def test_a_task_without_a_limit_uses_no_share_of_it(tmp_path: Path) -> None:
    expression = next(trigger for trigger in PLAN.triggers if trigger.id == "memory").query.expr
    label = 'container_label_com_docker_swarm_service_name="app-backend"'
    series = {}
    for task, used, limit in (("a", 500, 0), ("b", 80, 100)):
        series[f'container_memory_working_set_bytes{{id="{task}",{label}}}'] = f"{used}x200"
        series[f'container_spec_memory_limit_bytes{{id="{task}",{label}}}'] = f"{limit}x200"
    assert holds(tmp_path, expression, series, minutes=10, value=0.8) == ""


# Servers


METRICS = """\
http_requests_total{{status="200"}} {0}
http_request_duration_seconds_bucket{{le="0.1"}} {0}
http_request_duration_seconds_bucket{{le="+Inf"}} {0}
"""


class Application:
    """The application's answers."""

    def __init__(self) -> None:
        self.version: Any = PREVIOUS
        self.alive = True
        self.customers: list[Any] = [{"full_name": "Ada Lovelace"}]
        self.title = "<title>Customers</title>"
        self.failures = 0

    def __call__(self, method: str, path: str, _: Any) -> tuple[int, Any]:
        if path.startswith("/internal/fail"):
            self.failures += 1
            return 500, "as you wish"
        if not self.alive:
            return 503, {"version": self.version}
        if path.startswith("/v1/customers"):
            return 200, {"customers": self.customers}
        return 200, self.title if path == "/" else {"status": "ready", "version": self.version}


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def runner(application: Application, tmp_path: Path) -> Iterator[PlanRunner]:
    """The plan, pointed at that application and at nothing else."""
    for folder in ("baseline", "incident"):
        (tmp_path / folder).mkdir()
    with web(application) as address:
        yield PlanRunner(
            example="docker-runbook",
            plan=PLAN,
            variables={"API_URL": address, "WEB_URL": address},
            baseline=tmp_path / "baseline",
            incident=tmp_path / "incident",
        )


# The swarm


@pytest.fixture
def docker(runner: PlanRunner) -> Iterator[Swarm]:
    """A swarm that runs the release, after the previous version."""
    with swarm() as held:
        for name, old, new in (
            ("app-backend", BACKEND, RELEASE),
            ("app-frontend", FRONTEND, PARAMETERS["RELEASE_FRONTEND_IMAGE"]),
        ):
            held.create(name, old, 3)
            spec = json.loads(json.dumps(held.services[name]["Spec"]))
            spec["TaskTemplate"]["ContainerSpec"]["Image"] = new
            held.update(name, spec, back=False)
        held.updates.clear()
        runner.variables["DOCKER_HOST"] = held.host
        yield held


def test_a_release_does_not_pass_for_the_previous_version(runner: PlanRunner, docker: Swarm) -> None:
    done = runner.check("backend-tasks")
    assert not done.passed
    assert f"0 of 3 tasks of app-backend run {BACKEND}" in done.stderr


def test_option_a_goes_back_once_and_not_forth_again(runner: PlanRunner, docker: Swarm) -> None:
    for _ in range(2):
        assert runner.step("phases/services/swarm-rollback/backend-specification").passed
    assert docker.updates == ["rollback app-backend"]
    assert docker.images("app-backend") == {BACKEND}
    assert runner.check("backend-tasks").passed
    assert not runner.check("frontend-tasks").passed


def test_option_a_refuses_to_go_where_the_previous_version_is_not(runner: PlanRunner, docker: Swarm) -> None:
    service = docker.services["app-backend"]
    service["PreviousSpec"] = json.loads(json.dumps(service["Spec"]))
    done = runner.step("phases/services/swarm-rollback/backend-specification")
    assert not done.passed
    assert "a rollback would lead elsewhere" in done.stderr
    assert docker.updates == []


def test_option_a_refuses_where_there_is_nothing_before(runner: PlanRunner, docker: Swarm) -> None:
    del docker.services["app-backend"]["PreviousSpec"]
    done = runner.step("phases/services/swarm-rollback/backend-specification")
    assert "Before its last update app-backend had ''" in done.stderr


def test_option_b_sets_the_image_by_its_digest(runner: PlanRunner, docker: Swarm) -> None:
    assert runner.step("phases/services/by-digest/backend-image").passed
    assert docker.images("app-backend") == {BACKEND}
    assert docker.images("app-frontend") == {PARAMETERS["RELEASE_FRONTEND_IMAGE"]}


def test_option_b_takes_no_tag(runner: PlanRunner, docker: Swarm) -> None:
    done = runner.script("scripts/set-image.sh", SERVICE="app-backend", IMAGE="registry.example.com/app-backend:stable")
    assert (done.exit, docker.updates) == (2, [])
    assert "has no digest" in done.stderr


def test_an_update_that_does_not_come_to_an_end_does_not_pass(runner: PlanRunner, docker: Swarm) -> None:
    docker.stuck = True
    image = 'SERVICE=app-backend IMAGE="$BACKEND_IMAGE"'
    assert runner.script(f"{image} timeout 2 scripts/set-image.sh").exit == 124
    assert not runner.check("backend-tasks").passed


def test_the_state_of_the_swarm_is_kept(runner: PlanRunner, docker: Swarm) -> None:
    runner.capture("tasks")
    lines = (runner.incident / "captures" / "tasks.jsonl").read_text(encoding="utf-8").splitlines()
    images = {json.loads(line)["Image"] for line in lines}
    assert images == {BACKEND, FRONTEND, RELEASE, PARAMETERS["RELEASE_FRONTEND_IMAGE"]}


@pytest.mark.slow
def test_a_rehearsal_deploys_the_release(runner: PlanRunner, docker: Swarm) -> None:
    runner.step("phases/services/swarm-rollback/backend-specification")
    assert PLAN.rehearsal is not None
    assert PLAN.rehearsal.deploy is not None
    assert runner.script(PLAN.rehearsal.deploy.run).exit == 0
    assert docker.images("app-backend") == {RELEASE}


@pytest.mark.parametrize("check", ["backend-image", "frontend-image"])
def test_the_registry_is_asked_for_the_image(check: str, runner: PlanRunner, tmp_path: Path) -> None:
    question = next(item for item in PLAN.safety_checks if item.id == check)
    with registry(tmp_path) as (image, certificate):
        there = {"SSL_CERT_FILE": certificate, "BACKEND_IMAGE": image, "FRONTEND_IMAGE": image}
        assert runner.script(question.run, **there).exit == 0
        gone = {name: re.sub(r"sha256:.*", f"sha256:{'0' * 64}", value) for name, value in there.items()}
        done = runner.script(question.run, **gone)
        assert done.exit != 0
        assert "manifest unknown" in done.stderr


# The CI/CD workflow


class GitHub:
    """The part of GitHub's API that starts workflows; each run needs two looks to end."""

    def __init__(self, conclusion: str = "success") -> None:
        self.runs: list[dict[str, Any]] = [{"display_title": "Deploy", "status": "completed", "conclusion": "failure"}]
        self.dispatched: list[Any] = []
        self.looks, self.conclusion = 0, conclusion

    def __call__(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        stem = "/repos/example-org/customer-app/actions/workflows/ci-cd.yml"
        if (method, path) == ("POST", f"{stem}/dispatches"):
            self.dispatched.append(body)
            self.runs.insert(0, {"display_title": f"Rollback {body['inputs']['request']}", "html_url": "http://run/1"})
            return 204, ""
        if method == "GET" and path.startswith(f"{stem}/runs?event=workflow_dispatch"):
            self.looks += 1
            ended = self.looks > 3
            self.runs[0] |= {"status": "completed" if ended else "in_progress", "conclusion": self.conclusion}
            return 200, {"workflow_runs": self.runs}
        return 404, {"message": f"Not Found: {method} {path}"}


def dispatch(runner: PlanRunner, github: GitHub) -> Any:
    with web(github) as address:
        more = {
            "GITHUB_API_URL": address,
            "GITHUB_TOKEN": "s3cret",
            "DEPLOY_ENVIRONMENT": "staging",
            "POLL_SECONDS": "0.05",
        }
        return runner.script(runner.steps()["phases/services/github-actions/workflow"].run, **more)


def test_option_c_starts_the_workflow_and_waits_for_it(runner: PlanRunner) -> None:
    github = GitHub()
    done = dispatch(runner, github)
    assert done.exit == 0
    assert "The workflow run ended: success (http://run/1)." in done.stdout
    inputs = {"environment": "staging", "version": PREVIOUS, "request": "op-2002/run-1"}
    assert github.dispatched == [{"ref": "v2026.11.20", "inputs": inputs}]


def test_option_c_after_a_crash_finds_the_run_and_starts_no_second_one(runner: PlanRunner) -> None:
    github = GitHub()
    assert dispatch(runner, github).exit == 0
    assert dispatch(runner, github).exit == 0
    assert len(github.dispatched) == 1


def test_option_c_fails_with_the_workflow(runner: PlanRunner) -> None:
    done = dispatch(runner, GitHub(conclusion="failure"))
    assert done.exit == 1
    assert "ended: failure" in done.stdout


def test_option_c_starts_nothing_where_github_does_not_answer(runner: PlanRunner) -> None:
    class Broken(GitHub):
        def __call__(self, method: str, path: str, body: Any) -> tuple[int, Any]:
            return (502, "Bad gateway") if method == "GET" else super().__call__(method, path, body)

    github = Broken()
    done = dispatch(runner, github)
    assert (done.exit != 0, github.dispatched) == (True, [])
    assert "s3cret" not in done.stdout


# The database


OLD_SCHEMA = """
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0041');
CREATE TABLE customers (id serial PRIMARY KEY, full_name text NOT NULL, first_name text, last_name text);
INSERT INTO customers (full_name, first_name, last_name)
VALUES ('Ada Lovelace', 'Ada', 'Lovelace'), ('Plato', NULL, 'Plato'), ('Grace Hopper', 'Grace', 'Hopper');
"""
MIGRATION_42 = """
BEGIN;
UPDATE customers SET first_name = '' WHERE first_name IS NULL;
ALTER TABLE customers DROP COLUMN full_name, ALTER COLUMN first_name SET NOT NULL, ALTER COLUMN last_name SET NOT NULL;
UPDATE alembic_version SET version_num = '0042';
COMMIT;
"""


@pytest.fixture
def database(postgresql: Postgresql, runner: PlanRunner) -> str:
    """A database on the old schema, which is also the one to try things on."""
    name = postgresql.create_database()
    postgresql.query(OLD_SCHEMA, name)
    runner.variables.update(DATABASE_URL=postgresql.url(name), STAGING_DATABASE_URL=postgresql.url(name))
    runner.variables["PATH"] = f"{postgresql.bin}:/usr/local/bin:/usr/bin:/bin"
    return name


def point_passed(runner: PlanRunner) -> bool:
    assert PLAN.point_of_no_return is not None
    return runner.judged(PLAN.point_of_no_return.passed_when).passed


def test_the_point_of_no_return_is_the_migration_that_drops_the_column(
    runner: PlanRunner, postgresql: Postgresql, database: str
) -> None:
    assert not point_passed(runner)
    postgresql.query(MIGRATION_42, database)
    assert point_passed(runner)


def test_the_reversal_goes_forward_and_loses_nothing(runner: PlanRunner, postgresql: Postgresql, database: str) -> None:
    runner.keep_baseline("customers")
    postgresql.query(MIGRATION_42 + "INSERT INTO customers (first_name, last_name) VALUES ('Alan', 'Turing')", database)
    assert runner.step("forward_fix/reversal/dry-run").passed
    assert point_passed(runner), "the dry run has left no trace"
    for _ in range(2):
        assert runner.step("forward_fix/reversal/apply").passed
    assert not point_passed(runner)
    verify = runner.steps()["forward_fix/reversal/apply"].verify
    assert runner.judged(verify).passed
    names = postgresql.query("SELECT string_agg(full_name, ', ' ORDER BY id) FROM customers", database)
    assert names == "Ada Lovelace,  Plato, Grace Hopper, Alan Turing"
    assert runner.check("customers").passed


def test_the_old_version_can_write_again_after_the_reversal(
    runner: PlanRunner, postgresql: Postgresql, database: str
) -> None:
    postgresql.query(MIGRATION_42, database)
    assert runner.step("forward_fix/reversal/apply").passed
    postgresql.query("INSERT INTO customers (full_name) VALUES ('Edsger Dijkstra')", database)


def test_the_reversal_undoes_one_migration_and_no_other(runner: PlanRunner, database: str) -> None:
    done = runner.step("forward_fix/reversal/apply")
    assert not done.passed
    assert "at migration 41; the reversal undoes 42" in done.stderr


def test_a_reversal_that_fails_has_done_nothing(runner: PlanRunner, postgresql: Postgresql, database: str) -> None:
    postgresql.query(MIGRATION_42 + "ALTER TABLE customers ADD COLUMN full_name integer", database)
    assert not runner.step("forward_fix/reversal/dry-run").passed
    assert not runner.step("forward_fix/reversal/apply").passed
    assert runner.script("scripts/migration-level.sh").stdout.strip() == "42"


def test_corrupt_data_are_restored_from_the_dump(runner: PlanRunner, postgresql: Postgresql, database: str) -> None:
    runner.keep_baseline("customers", "database")
    dump_is_readable = next(check for check in PLAN.safety_checks if check.id == "dump")
    assert runner.judged(dump_is_readable).passed
    postgresql.query(MIGRATION_42 + "DELETE FROM customers", database)
    assert not runner.check("customers").passed
    for _ in range(2):
        assert runner.step("last_resort/restore/restore-database").passed
    assert runner.step("last_resort/restore/count").passed
    assert postgresql.query("SELECT full_name FROM customers WHERE id = 1", database) == "Ada Lovelace"
    assert runner.script("scripts/migration-level.sh").stdout.strip() == "41"


def test_a_damaged_dump_is_noticed_and_changes_nothing(
    runner: PlanRunner, postgresql: Postgresql, database: str
) -> None:
    runner.keep_baseline("customers", "database")
    dump = runner.baseline / "database.dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    assert not runner.step("last_resort/restore/restore-database").passed
    assert runner.check("customers").passed


def test_without_a_database_no_level_is_made_up(runner: PlanRunner, database: str, postgresql: Postgresql) -> None:
    gone = runner.script("scripts/migration-level.sh", DATABASE_URL=postgresql.url("not_there"))
    assert (gone.exit != 0, gone.stdout) == (True, "")


# The application


def test_the_version_that_runs_is_the_one_of_the_baseline(runner: PlanRunner, application: Application) -> None:
    runner.keep_baseline("version")
    assert runner.check("version").passed
    application.version = "c2a6b03f190dfb2b4aa91f8af8d477a9bc3401dc"
    assert not runner.check("version").passed


def test_a_version_that_is_not_said_is_none(runner: PlanRunner, application: Application) -> None:
    application.version = None
    done = runner.check("version")
    assert (done.exit != 0, done.passed) == (True, False)


def test_an_error_page_is_no_answer(runner: PlanRunner, application: Application) -> None:
    application.alive = False
    assert runner.script("scripts/live-version.sh").exit != 0
    assert not runner.check("smoke").passed


def test_smoke_is_what_users_do(runner: PlanRunner, application: Application) -> None:
    assert runner.check("smoke").passed
    application.customers = [{"first_name": "Ada"}]
    assert not runner.check("smoke").passed
    application.customers, application.title = [{"full_name": "Ada"}], "It works!"
    assert not runner.check("smoke").passed


def test_a_rehearsal_lets_requests_fail(runner: PlanRunner, application: Application) -> None:
    assert PLAN.rehearsal is not None
    assert PLAN.rehearsal.simulate_failure is not None
    done = runner.script(PLAN.rehearsal.simulate_failure.run, INJECT_REQUESTS="40")
    assert (done.exit, application.failures) == (0, 40)
    assert "40 of 40 requests failed" in done.stdout


@pytest.mark.parametrize("script", sorted(FOLDER.glob("scripts/*.sh")), ids=lambda path: path.stem)
def test_a_script_says_which_variable_it_lacks(script: Path, runner: PlanRunner) -> None:
    done = runner.script(f'env -i PATH="$PATH" {script}')
    assert done.exit != 0
    assert re.search(r"line \d+: [A-Z_]+: ", done.stderr)


# All of it, by the command line


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that sees a backend without errors."""
    folder = tmp_path_factory.mktemp("prometheus")
    with (
        web(lambda _, __, ___: (200, METRICS.format(time() * 100))) as backend,
        prometheus(folder, {backend.removeprefix("http://"): "service=app-backend"}) as address,
    ):
        yield address


@pytest.fixture
def repository(docker: Swarm, database: str, runner: PlanRunner, metrics: str, tmp_path: Path) -> Rollback:
    """The plan in a repository of its own; its baseline was taken before the release."""
    names = ("DOCKER_HOST", "API_URL", "WEB_URL")
    environment = {
        "parameters": {name: runner.variables[name] for name in names} | {"DEPLOY_ENVIRONMENT": "staging"},
        "endpoints": {"api": runner.variables["API_URL"]},
        "sources": {"prometheus": {"kind": "prometheus", "url": metrics}},
    }
    urls = ("DATABASE_URL", "STAGING_DATABASE_URL")
    secrets = {name: runner.variables[name] for name in urls} | {"GITHUB_TOKEN": "s3cret"}
    repository = rollback("docker-runbook", tmp_path / "repository", environment=environment, environ=secrets)
    captured = repository.call("capture")
    assert captured.returncode == 0, captured.stdout
    return repository


def execute(repository: Rollback) -> list[dict[str, Any]]:
    override = ["--override", "safety", "--override-reason", "There is no registry on this machine"]
    done = repository.call("execute", "--reason", "Users see errors", "--yes", *override)
    assert done.returncode == 0, done.stdout
    events = repository.journal()
    assert {check["result"] for check in of_type(events, "check.finished")} == {"passed"}
    assert of_type(events, "run.finished")[0]["sla_met"] is True
    return events


def steps(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(step["step"], step["result"]) for step in of_type(events, "step.finished")]


@pytest.mark.slow
def test_the_whole_runbook_by_its_first_option(repository: Rollback, docker: Swarm) -> None:
    events = execute(repository)
    assert steps(events) == [
        ("phases/services/swarm-rollback/backend-specification", "passed"),
        ("phases/services/swarm-rollback/frontend-specification", "passed"),
    ]
    assert of_type(events, "point_of_no_return.checked")[0]["passed"] == "no"
    assert (docker.images("app-backend"), docker.images("app-frontend")) == ({BACKEND}, {FRONTEND})
    assert set(repository.captures()) == {"health.json", "error-rate.txt", "tasks.jsonl", "backend.log"}
    assert "s3cret" not in json.dumps(events)


@pytest.mark.slow
def test_where_the_first_option_would_lead_elsewhere_the_second_takes_its_place(
    repository: Rollback, docker: Swarm
) -> None:
    docker.services["app-backend"]["PreviousSpec"] = docker.services["app-backend"]["Spec"]
    assert steps(execute(repository)) == [
        ("phases/services/swarm-rollback/backend-specification", "failed"),
        ("phases/services/by-digest/backend-image", "passed"),
        ("phases/services/by-digest/frontend-image", "passed"),
    ]
    assert (docker.images("app-backend"), docker.images("app-frontend")) == ({BACKEND}, {FRONTEND})


@pytest.mark.slow
def test_past_the_point_of_no_return_the_way_is_forward(
    repository: Rollback, docker: Swarm, postgresql: Postgresql, database: str
) -> None:
    postgresql.query(MIGRATION_42, database)
    events = execute(repository)
    assert of_type(events, "point_of_no_return.checked")[0]["passed"] == "yes"
    assert steps(events) == [
        ("forward_fix/reversal/dry-run", "passed"),
        ("forward_fix/reversal/apply", "passed"),
        ("forward_fix/previous-release/backend", "passed"),
        ("forward_fix/previous-release/frontend", "passed"),
    ]
    assert docker.images("app-backend") == {BACKEND}
    assert postgresql.query("SELECT full_name FROM customers WHERE id = 1", database) == "Ada Lovelace"
