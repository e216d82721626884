"""Plans that `init` wrote, filled in and run for real: captured, deployed, rolled back, verified."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.cli.main import run
from rollback_gov.plans.scaffold import fillings
from tests.commands.test_init import begin, fill
from tests.conftest import need
from tests.container_engine import BASE, PYTHON, SYSTEM, Engine, engine
from tests.plans_example.json_server import Request, json_server
from tests.plans_example.kubernetes_api import CONTEXT, NAMESPACE, KubernetesApi
from tests.plans_example.swarm import swarm
from tests.servers import Postgresql, free_port

__all__ = ["engine"]
COMPOSE = f"""\
services:
  shop:
    image: ${{IMAGE}}
    network_mode: host
    init: true
    volumes: [{SYSTEM}]
    working_dir: /app
    command: ["{PYTHON}", -m, http.server, --bind, 127.0.0.1, "${{PORT}}"]
    healthcheck:
      test: [CMD, /usr/bin/curl, --fail, --silent, "http://127.0.0.1:${{PORT}}/healthz"]
      interval: 500ms
"""


def written(root: Path, kind: str, level: int, values: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """Begin a repository with a plan of a kind whose gaps are filled in; gives the plan's path from there."""
    start = begin(root, kind, level)
    places = {"production": {"class": "production", "parameters": dict(parameters)}}
    for path, text in (
        (start.plan, fill(start.files[0].text, {**fillings(kind), **values})),
        (".rollback-gov/environments.yaml", json.dumps({"environments": places})),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return start.plan


def gov(root: Path, *words: str) -> int:
    with chdir(root):
        return run([*words, "--environment", "production", "--as", "ann"])


def roll_back(root: Path, plan: str, *more: str) -> int:
    return gov(root, "execute", plan, "--reason", "errors", "--yes", *more)


def test_a_static_site_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site, asked = tmp_path / "site", []
    for release in ("v2.0.8", "v2.1.0"):
        page = site / "releases" / release / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"release {release}\n", encoding="utf-8")
    (site / "current").symlink_to("releases/v2.0.8")

    def answer(request: Request) -> tuple[int, Any]:
        asked.append((request.method, request.path, request.headers.get("Authorization", "")))
        return 200, None

    monkeypatch.setenv("PURGE_TOKEN", "s3cr3t-t0ken")
    with json_server(answer) as address:
        parameters = {"SITE": str(site), "SERVICE_URL": address, "PURGE_URL": f"{address}/purge"}
        plan = written(tmp_path, "static-site", 2, {}, parameters)
        assert gov(tmp_path, "capture", plan) == 0
        (site / "current").unlink()
        (site / "current").symlink_to("releases/v2.1.0")
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr().out

    assert (site / "current").readlink() == Path("releases/v2.0.8")
    assert ("POST", "/purge", "Bearer s3cr3t-t0ken") in asked
    assert ("GET", "/healthz", "") in asked


@pytest.mark.slow
def test_a_database_goes_back(
    tmp_path: Path, postgresql: Postgresql, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgresql.create_database()
    role = f"{database}_shop"
    services = tmp_path / "services.conf"
    services.write_text(
        f"[shop]\nhost={postgresql.host}\nport={postgresql.port}\nuser=postgres\ndbname={database}\n", encoding="utf-8"
    )
    postgresql.query(
        f"CREATE ROLE {role} LOGIN; CREATE TABLE schema_migrations (version int);"
        "INSERT INTO schema_migrations VALUES (6);"
        "CREATE TABLE orders (id int, note text); INSERT INTO orders VALUES (1, 'a'), (2, 'b');",
        database,
    )
    monkeypatch.setenv("PATH", f"{postgresql.bin}:/usr/bin:/bin")
    with json_server(lambda _: (200, None)) as address:
        parameters = {"PGSERVICEFILE": str(services), "SERVICE_URL": address}
        values = {"YOUR_SERVICE_ROLE": role, "YOUR-PREVIOUS-VERSION": '"6"', "YOUR-NEW-VERSION": '"7"'}
        plan = written(tmp_path, "database-migration", 2, values, parameters)
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        postgresql.query(
            "INSERT INTO schema_migrations VALUES (7); CREATE TABLE order_notes (id int);ALTER TABLE orders DROP note;",
            database,
        )
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr()
        assert postgresql.query("SELECT id, note FROM orders ORDER BY id", database) == "1|a\n2|b"
        assert (
            postgresql.query("SELECT max(version), to_regclass('order_notes') FROM schema_migrations", database) == "6|"
        )
        assert postgresql.query(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{role}'") == "t"


@pytest.mark.slow
def test_a_database_with_new_rows_is_mended_forwards(
    tmp_path: Path, postgresql: Postgresql, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgresql.create_database()
    services = tmp_path / "services.conf"
    services.write_text(
        f"[shop]\nhost={postgresql.host}\nport={postgresql.port}\nuser=postgres\ndbname={database}\n", encoding="utf-8"
    )
    postgresql.query(
        "CREATE TABLE schema_migrations (version int); INSERT INTO schema_migrations VALUES (6);"
        f"CREATE ROLE {database}_shop LOGIN;",
        database,
    )
    monkeypatch.setenv("PATH", f"{postgresql.bin}:/usr/bin:/bin")
    with json_server(lambda _: (200, None)) as address:
        parameters = {"PGSERVICEFILE": str(services), "SERVICE_URL": address}
        values = {"YOUR_SERVICE_ROLE": f"{database}_shop", "YOUR-PREVIOUS-VERSION": '"6"', "YOUR-NEW-VERSION": '"7"'}
        plan = written(tmp_path, "database-migration", 2, values, parameters)
        assert gov(tmp_path, "capture", plan) == 0
        postgresql.query(
            "CREATE TABLE order_notes (id int); INSERT INTO order_notes VALUES (1);"
            "CREATE PROCEDURE compensate_7() LANGUAGE sql AS 'INSERT INTO order_notes VALUES (99)';",
            database,
        )
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr()
    assert postgresql.query("SELECT id FROM order_notes ORDER BY id", database) == "1\n99"


def test_a_flag_is_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flag = {"enabled": False}
    place = "/api/admin/projects/default/features/new-checkout/environments/production"

    def answer(request: Request) -> tuple[int, Any]:
        if request.path == "/flags/new-checkout":
            return 200, "on" if flag["enabled"] else "off"
        if not request.path.startswith("/api/"):
            return 200, None
        if request.headers.get("Authorization") != "s3cr3t-t0ken":
            return 401, None
        if (request.method, request.path) == ("POST", f"{place}/off"):
            flag["enabled"] = False
            return 200, None
        return (200, flag) if request.path == place else (404, None)

    monkeypatch.setenv("FLAG_TOKEN", "s3cr3t-t0ken")
    with json_server(answer) as address:
        parameters = {"SERVICE_URL": address, "FLAG_API": f"{address}/api/admin", "FLAG_ENVIRONMENT": "production"}
        plan = written(tmp_path, "feature-flag", 2, {}, parameters)
        text = (tmp_path / plan).read_text(encoding="utf-8")
        text = text.replace("every: 5s, within: 100s, hold: 15s", "every: 200ms, within: 10s, hold: 500ms")
        (tmp_path / plan).write_text(
            text.replace('{stdout: {equals: "off"}}', "{stdout: {equals: '\"off\"'}}"), "utf-8"
        )
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        flag["enabled"] = True
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr()
    assert flag == {"enabled": False}


@pytest.mark.slow
def test_a_workflow_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = {"name": "onboarding v2.0.8", "nodes": [{"name": "mail"}], "connections": {}, "settings": {}}
    n8n: dict[str, Any] = {"id": "Rk3uW0a8ZpYq2LxT", "active": True, **old}
    workflow = f"/api/v1/workflows/{n8n['id']}"
    did: list[str] = []

    def answer(request: Request) -> tuple[int, Any]:
        did.append(f"{request.method} {request.path.removeprefix(workflow)}")
        if request.headers.get("X-N8N-API-KEY") != "s3cr3t-k3y" and request.path.startswith("/api/"):
            return 401, None
        if request.method == "PUT":
            if set(request.body) != {"name", "nodes", "connections", "settings"}:
                return 400, {"message": "request/body must NOT have additional properties"}
            n8n.update(request.body)
        elif request.method == "POST":
            n8n["active"] = request.path.endswith("/activate")
        return 200, n8n

    monkeypatch.setenv("N8N_API_KEY", "s3cr3t-k3y")
    with json_server(answer) as address:
        plan = written(tmp_path, "n8n-workflow", 2, {}, {"N8N_URL": address, "WORKFLOW_ID": n8n["id"]})
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        n8n.update(name="onboarding v2.1.0", nodes=[{"name": "mail"}, {"name": "sms"}])
        did.clear()
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr()
    assert {key: n8n[key] for key in old} == old
    assert [line for line in did if not line.startswith("GET")] == ["POST /deactivate", "PUT ", "POST /activate"]


@pytest.mark.parametrize("scenario", ["", pytest.param("image-only", marks=pytest.mark.slow)])
def test_a_deployment_goes_back(
    api: KubernetesApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    scenario: str,
) -> None:
    need("kubectl")
    values = fillings("kubernetes")
    previous, new = values["YOUR-PREVIOUS-IMAGE"], values["YOUR-NEW-IMAGE"]
    api.deployment("shop", previous, container="shop")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("HOME", str(tmp_path))  # kubectl keeps what it has asked there
    with json_server(lambda _: (200, 17)) as address:
        plan = written(
            tmp_path, "kubernetes", 3, {"YOUR-NAMESPACE": NAMESPACE}, {"SERVICE_URL": address, "KUBE_CONTEXT": CONTEXT}
        )
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        api.put("deployments", with_image(api.get("deployments", "shop"), new))
        chosen = ["--scenario", scenario] if scenario else []
        assert roll_back(tmp_path, plan, *chosen) == 0, capsys.readouterr()
    [container] = api.get("deployments", "shop")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == previous


@pytest.mark.slow
def test_a_canary_is_drained_and_removed(
    api: KubernetesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    need("kubectl")
    values, weight = fillings("canary"), "nginx.ingress.kubernetes.io/canary-weight"
    api.deployment("shop", "registry.example.com/shop:v2.0.8", container="shop")
    api.deployment("shop-canary", values["YOUR-NEW-IMAGE"], container="shop")
    api.add("ingresses", "shop-canary", metadata={"annotations": {weight: "10"}}, spec={})
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("HOME", str(tmp_path))  # kubectl keeps what it has asked there
    with json_server(lambda _: (200, None)) as address:
        parameters = {"SERVICE_URL": address, "KUBE_CONTEXT": CONTEXT}
        plan = written(tmp_path, "canary", 2, {"YOUR-NAMESPACE": NAMESPACE}, parameters)
        text = (tmp_path / plan).read_text(encoding="utf-8")
        (tmp_path / plan).write_text(text.replace("wait: 20s", "wait: 200ms"), encoding="utf-8")
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr()
    assert api.get("ingresses", "shop-canary")["metadata"]["annotations"][weight] == "0"
    assert api.get("deployments", "shop-canary")["spec"]["replicas"] == 0
    assert api.get("deployments", "shop")["spec"]["replicas"] == 2


@pytest.mark.slow
def test_a_configuration_is_applied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    need("terraform")
    folder, state = tmp_path / "rollback" / "op-7" / "infrastructure", tmp_path / "state"
    commits = [commit(folder, version) for version in ("14", "15")]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CHECKPOINT_DISABLE", "1")
    values = {
        "YOUR-PREVIOUS-COMMIT": commits[0],
        "YOUR-NEW-COMMIT": commits[1],
        "YOUR-RESOURCE-ADDRESS": "terraform_data.shop",
    }
    with json_server(lambda _: (200, "14")) as address:
        plan = written(tmp_path, "terraform", 2, values, {"SERVICE_URL": address, "BACKEND_CONFIG": f"path={state}"})
        text = (tmp_path / plan).read_text(encoding="utf-8")
        (tmp_path / plan).write_text(text.replace("approval: gate", "approval: none"), encoding="utf-8")
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        words = ["-input=false", "-no-color"]
        for verb in (["init", f"-backend-config=path={state}"], ["apply", "-auto-approve"]):
            subprocess.run(["terraform", verb[0], *words, *verb[1:]], cwd=folder, check=True, capture_output=True)
        assert '"15"' in state.read_text(encoding="utf-8")
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr()
    assert '"14"' in state.read_text(encoding="utf-8")


def commit(folder: Path, version: str) -> str:
    """Commit a configuration that has this version, and give its id."""
    git = ["git", "-C", str(folder), "-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "main.tf").write_text(
        f'terraform {{\n  backend "local" {{}}\n}}\nresource "terraform_data" "shop" {{\n  input = "{version}"\n}}\n',
        "utf-8",
    )
    subprocess.run([*git, "add", "main.tf"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", version], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def with_image(deployment: dict[str, Any], image: str) -> dict[str, Any]:
    """The same deployment with another image."""
    changed: dict[str, Any] = json.loads(json.dumps(deployment))
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return changed


def test_commands_of_ones_own_are_rehearsed_for_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The generic kind: every gap is a command of a small program that speaks to a service on loopback."""
    monkeypatch.setenv("ROLLBACK_GOV_PERSON", "ann")
    shop = {"version": "v2.0.8", "traffic": True}
    did: list[str] = []

    def answer(request: Request) -> tuple[int, Any]:
        if request.method == "POST":
            did.append(request.path)
            key, _, value = request.path.strip("/").partition("/")
            shop[key] = value == "on" if key == "traffic" else value
        return (200, shop["version"]) if shop["traffic"] or request.method == "POST" else (503, None)

    with json_server(answer) as address:
        say = f"curl --fail --silent --show-error --max-time 5 --request POST {address}"
        values = {
            "YOUR-PROGRAM": "jq",
            "YOUR-COMMAND-THAT-PRINTS-THE-VERSION": f"{say.replace('POST', 'GET')} | jq -er .",
            "YOUR-COMMAND-THAT-STOPS-TRAFFIC": f"{say}/traffic/off",
            "YOUR-COMMAND-THAT-GOES-BACK": f'{say}/version/"$PREVIOUS_VERSION"',
            "YOUR-COMMAND-THAT-LETS-TRAFFIC-IN": f"{say}/traffic/on",
            "YOUR-COMMAND-THAT-DEPLOYS": f'{say}/version/"$RELEASE_VERSION"',
        }
        plan = written(tmp_path, "generic", 2, values, {"SERVICE_URL": address})
        places = {"staging": {"class": "staging", "parameters": {"SERVICE_URL": address}}}
        (tmp_path / ".rollback-gov" / "environments.yaml").write_text(json.dumps({"environments": places}), "utf-8")
        with chdir(tmp_path):
            assert run(["rehearse", plan, "-e", "staging", "--manual", "--yes"]) == 0, capsys.readouterr()
            assert run(["validate", plan]) == 0
    assert "achieved level 2" in capsys.readouterr().out
    assert shop == {"version": "v2.0.8", "traffic": True}
    assert did == ["/version/v2.1.0", "/traffic/off", "/version/v2.0.8", "/traffic/on"]


@pytest.mark.slow
def test_containers_of_a_compose_project_go_back(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port, images = free_port(), ("shop:v2.0.8", "shop:v2.1.0")
    file = tmp_path / "compose.yaml"
    file.write_text(COMPOSE, encoding="utf-8")
    for image in images:
        recipe = f"FROM {BASE}\nCOPY . /app/\n"
        folder = tmp_path / image.partition(":")[2]
        folder.mkdir()
        (folder / "Dockerfile").write_text(recipe, encoding="utf-8")
        (folder / "healthz").write_text("well\n", encoding="utf-8")
        engine.call("build", "--quiet", "--tag", image, str(folder))
    for name, value in {**engine.environ, "PORT": str(port), "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IMAGE", raising=False)

    def start(image: str) -> None:
        words = ["--file", str(file), "--project-name", "shop", "up", "--detach", "--no-build", "--wait"]
        engine.call("compose", *words, environ={"IMAGE": image})

    def running() -> list[str]:
        return engine.call("ps", "--format", "{{.Image}} {{.State}}").splitlines()

    values = {
        "YOUR-COMPOSE-FILE": str(file),
        "YOUR-PREVIOUS-IMAGE": images[0],
        "YOUR-NEW-IMAGE": images[1],
    }
    parameters = {"SERVICE_URL": f"http://127.0.0.1:{port}", "DOCKER_HOST": engine.environ["DOCKER_HOST"]}
    plan = written(tmp_path, "docker-compose", 2, values, parameters)
    start(images[0])
    try:
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        start(images[1])
        assert running() == [f"{images[1]} running"]
        assert roll_back(tmp_path, plan) == 0, capsys.readouterr()
        assert running() == [f"{images[0]} running"]
    finally:
        engine.clear()


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "asked"), [("", "rollback shop"), ("image-only", "update shop")])
def test_a_service_of_a_swarm_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], scenario: str, asked: str
) -> None:
    """With the real docker client; the swarm is one of the tests, because a real one needs networks."""
    need("docker")
    values = fillings("docker-swarm")
    previous, new = values["YOUR-PREVIOUS-IMAGE"], values["YOUR-NEW-IMAGE"]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with swarm() as held, json_server(lambda _: (200, 17)) as address:
        held.create("shop", previous, 3)
        plan = written(tmp_path, "docker-swarm", 3, {}, {"SERVICE_URL": address, "DOCKER_HOST": held.host})
        assert gov(tmp_path, "capture", plan) == 0, capsys.readouterr()
        spec = json.loads(json.dumps(held.services["shop"]["Spec"]))
        spec["TaskTemplate"]["ContainerSpec"]["Image"] = new
        held.update("shop", spec, back=False)
        held.updates.clear()
        chosen = ["--scenario", scenario] if scenario else []
        assert roll_back(tmp_path, plan, *chosen) == 0, capsys.readouterr()
    assert held.images("shop") == {previous}
    assert held.updates == [asked]
