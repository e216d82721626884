"""The multi-region plan as its users run it: one command, three regions with two real PostgreSQL clusters each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import read_journal
from rollback_gov.execution.regions.lanes import waiting
from tests.execution.marks import slow
from tests.plans_example.json_server import Request, json_server
from tests.plans_example.kubernetes_api import NAMESPACE, kubernetes_api
from tests.plans_example.plan_runner import PlanRunner, runner
from tests.plans_example.rollback import Rollback, rollback
from tests.plans_example.test_multi_region import ROWS, SCHEMA, Traffic
from tests.servers import Postgresql, start_postgresql

ORDER = ("ap-southeast-1", "us-east-1", "eu-west-1")
QUICKER = {"hold: 10s": "hold: 200ms", "every: 2s": "every: 100ms", "wait: 10s": "wait: 100ms"}
"""The plan waits for real traffic to settle; here there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One region: its clusters, and the plan's scripts as they see it."""

    old: Postgresql
    new: Postgresql
    scripts: PlanRunner


def metric(_: Request) -> tuple[int, Any]:
    """No checkout fails, and all are fast."""
    sample = {"metric": {}, "value": [time.time(), "0.0001"]}
    return 200, {"status": "success", "data": {"resultType": "vector", "result": [sample]}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Rollback, dict[str, Site]]]:
    """Three regions in which the change was made, and a repository whose baseline was taken before it."""
    with ExitStack() as stack:
        clusters = {
            region: (stack.enter_context(start_postgresql()), stack.enter_context(start_postgresql()))
            for region in ORDER
        }
        services, traffic = tmp_path / "pg_service.conf", Traffic()
        for known in traffic.regions.values():
            known["open_requests"] = 0
        services.write_text("".join(service(*entry) for entry in entries(clusters)), encoding="utf-8")
        address = stack.enter_context(json_server(traffic.answer))
        variables = {
            "KUBECONFIG": str(stack.enter_context(kubernetes(tmp_path))),
            "NAMESPACE": NAMESPACE,
            "PGSERVICEFILE": str(services),
            "REPLICATION_USER": "postgres",
            "TRAFFIC_API": address,
            "TRAFFIC_TOKEN": "token",
            "CHECKOUT_URL": address,
        }
        sites = {region: site(tmp_path / region, region, clusters[region], variables) for region in ORDER}
        repository = repository_of(tmp_path, variables, stack.enter_context(json_server(metric)))
        for region in ORDER:
            captured = repository.call("capture", "--region", region)
            assert captured.returncode == 0, captured.stdout
            moved = sites[region].scripts.script("scripts/move-forward.sh")
            assert moved.passed, moved.stderr
        yield repository, sites


def entries(clusters: dict[str, tuple[Postgresql, Postgresql]]) -> Iterator[tuple[str, str, Postgresql]]:
    for region, (old, new) in clusters.items():
        yield region, "old", old
        yield region, "new", new


def service(region: str, name: str, server: Postgresql) -> str:
    lines = ("host=127.0.0.1", f"port={server.port}", "dbname=orders", "user=postgres")
    return f"[orders-{name}-staging-{region}]\n" + "\n".join(lines) + "\n"


def site(folder: Path, region: str, clusters: tuple[Postgresql, Postgresql], variables: dict[str, str]) -> Site:
    """Make both clusters of a region; the old one serves."""
    folder.mkdir()
    old, new = clusters
    for server in clusters:
        server.query("CREATE ROLE orders_app LOGIN; CREATE DATABASE orders")
        server.query(SCHEMA + "GRANT ALL ON ALL TABLES IN SCHEMA public TO orders_app", "orders")
    old.query(ROWS, "orders")
    return Site(old=old, new=new, scripts=runner("multi-region", folder, **variables, REGION=region))


@contextmanager
def kubernetes(folder: Path) -> Iterator[Path]:
    """One API server a region, in one kubeconfig."""
    config: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "contexts": [], "clusters": [], "users": []}
    with ExitStack() as stack:
        for region in ORDER:
            (folder / f"kube-{region}").mkdir()
            api, path = stack.enter_context(kubernetes_api(folder / f"kube-{region}", region))
            name = {"type": "ExternalName", "externalName": f"orders-old.{region}.internal"}
            api.add("services", "orders-db", spec=name)
            api.deployment("orders", "registry.example.com/orders:v7", container="orders")
            one = json.loads(path.read_text(encoding="utf-8"))
            config["clusters"].append({**one["clusters"][0], "name": region})
            config["users"] = one["users"]
            user = one["users"][0]["name"]
            config["contexts"].append({"name": region, "context": {"cluster": region, "user": user}})
        path = folder / "kubeconfig"
        path.write_text(json.dumps(config), encoding="utf-8")
        yield path


def repository_of(folder: Path, variables: dict[str, str], metrics: str) -> Rollback:
    names = ("KUBECONFIG", "NAMESPACE", "PGSERVICEFILE", "REPLICATION_USER", "TRAFFIC_API", "CHECKOUT_URL")
    source = {"kind": "prometheus", "url": metrics}
    environment = {"parameters": {name: variables[name] for name in names}, "sources": {"prometheus": source}}
    return rollback(
        "multi-region",
        folder / "repository",
        environment=environment,
        environ={"TRAFFIC_TOKEN": variables["TRAFFIC_TOKEN"]},
        edits=QUICKER,
        name="staging",
    )


@contextmanager
def somebody_approves(repository: Rollback) -> Iterator[list[str]]:
    """Say yes to every gate that waits, as ben; gives the gates in the order of their answers."""
    gates: list[str] = []
    over = Event()

    def approve() -> None:
        while not over.wait(0.1):
            for path in repository.folder.glob("incidents/*-execute/**/journal.jsonl"):
                for gate in waiting(read_journal(path)):
                    name = f"{path.parent.name}: {gate}" if gate.startswith("phases/") else gate
                    if name not in gates:
                        answer = Answer(step=gate, decision="approved", by="ben", reason="", executable="")
                        leave(path.parent, answer, number=len(gates))
                        gates.append(name)

    thread = Thread(target=approve)
    thread.start()
    try:
        yield gates
    finally:
        over.set()
        thread.join()


@slow
def test_three_regions_go_back_one_after_the_other(world: tuple[Rollback, dict[str, Site]]) -> None:
    repository, sites = world
    with somebody_approves(repository) as gates:
        done = repository.call("execute", "--reason", "Checkouts fail", "--yes", "--no-ladder")
    assert done.returncode == 0, done.stdout
    steps = ("phases/prepare/drain-it", "phases/switch/switch-it")
    first, second, third = ([f"{region}: {step}" for step in steps] for region in ORDER)
    between = [f"regions/before-{region}" for region in ORDER[1:]]
    assert gates == [*first, between[0], *second, between[1], *third]
    ends = repository.events("region.finished")
    assert [(end["region"], end["result"], end["sla_met"]) for end in ends] == [
        (region, "passed", True) for region in ORDER
    ]
    for region, here in sites.items():
        assert here.scripts.script("scripts/live-cluster.sh").stdout == "old\n"
        assert here.scripts.script("scripts/writers-on-new.sh").stdout == "0\n"
        assert here.old.query("SELECT count(*) FROM orders", "orders") == "100", region
