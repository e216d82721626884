"""The change: version 2 migrates the database, looks fine, and fails under load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .environment import DEMO, DemoEnvironment


def test_version_2_migrates_and_serves_what_version_1_wrote(version_1: DemoEnvironment) -> None:
    version_1.place("Ada Lovelace", "Hopper, Grace", "  Edsger  Wybe Dijkstra ", "Plato", "Lovelace, Ada")
    digest = version_1.run("checksum-orders")
    assert version_1.run("schema-version") == "1"

    version_1.run("deploy", "2.0.0")

    assert version_1.run("schema-version") == "2"
    assert version_1.run("checksum-orders") == digest
    orders = [version_1.request("GET", f"/orders/{number}").json for number in range(1, 6)]
    assert [(o["given_name"], o["family_name"], o["returning_customer"]) for o in orders] == [
        ("Ada", "Lovelace", False),
        ("Grace", "Hopper", False),
        ("Edsger Wybe", "Dijkstra", False),
        ("", "Plato", False),
        ("Ada", "Lovelace", True),
    ]
    assert [o["customer"] for o in orders] == [
        "Ada Lovelace",
        "Grace Hopper",
        "Edsger Wybe Dijkstra",
        "Plato",
        "Ada Lovelace",
    ]


def test_the_versions_of_a_deployment_are_kept(version_1: DemoEnvironment) -> None:
    version_1.run("deploy", "v2.0.0")
    version_1.run("deploy", "2.0.0")

    assert (version_1.folder / "current-version").read_text() == "2.0.0\n"
    assert (version_1.folder / "previous-version").read_text() == "1.0.0\n"


def test_version_2_loses_a_connection_with_every_returning_customer(version_2: DemoEnvironment) -> None:
    version_2.place("Ada Lovelace", "Grace Hopper", "Ada Lovelace", "Lovelace, Ada", "Plato")

    metrics = version_2.metrics()

    assert metrics["database_connections_in_use"] == 2
    assert metrics["database_connections_limit"] == 20


def test_version_2_fails_under_load_while_its_health_is_green(version_2: DemoEnvironment) -> None:
    version_2.run("smoke")
    codes = [version_2.order(("Ada Lovelace", "Plato")[number % 2]).status for number in range(33)]

    assert codes == [201] * 22 + [500] * 11
    assert version_2.request("GET", "/health").status == 200
    metrics = version_2.metrics()
    assert metrics['http_requests_total{method="POST",code="500"}'] == 11
    assert metrics["database_connections_in_use"] == 20
    assert "All 20 database connections are in use." in version_2.refuse("smoke")


@pytest.mark.parametrize("version", ["1.0.0", "2.0.1"])
def test_the_other_versions_stand_the_same_load(staging: DemoEnvironment, version: str) -> None:
    staging.run("deploy", version)

    assert {staging.order(("Ada Lovelace", "Plato")[number % 2]).status for number in range(40)} == {201}
    assert staging.metrics().get("database_connections_in_use", 0) == 0


def test_version_1_is_refused_on_schema_2_without_an_outage(version_2: DemoEnvironment) -> None:
    refusal = version_2.refuse("deploy", "1.0.0")

    assert refusal == (
        "error: Version 1.0.0 cannot run against schema 2: it knows schemas up to 1. "
        "Migrate down first (scripts/migrate-down.sh)."
    )
    assert version_2.version() == "2.0.0"


def test_version_1_ends_at_once_on_schema_2(version_2: DemoEnvironment) -> None:
    version_2.run("stop")

    served = subprocess.run(
        [sys.executable, "-B", DEMO / "service", "process", "serve", "1.0.0"],
        env=version_2.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert served.returncode == 1
    assert served.stderr.startswith("error: Version 1.0.0 cannot run against schema 2")


def test_the_last_migration_drops_how_customers_were_spelled(version_1: DemoEnvironment) -> None:
    version_1.place("Hopper, Grace")
    digest = version_1.run("checksum-orders", "--split-names")

    version_1.run("deploy", "2.0.0", "--finish-migration")

    assert version_1.run("schema-version") == "3"
    assert version_1.run("finish-migration") == "schema 3 already"
    assert version_1.run("checksum-orders", "--split-names") == digest
    assert "--split-names" in version_1.refuse("checksum-orders")
    assert version_1.order("Plato").json["customer"] == "Plato"


def test_the_last_migration_is_applied_while_version_2_serves(version_2: DemoEnvironment) -> None:
    version_2.place("Ada Lovelace")

    assert version_2.run("finish-migration") == "schema 3, the point of no return is passed"

    version_2.place("Plato")
    assert version_2.request("GET", "/orders/1").json["customer"] == "Ada Lovelace"


def test_the_last_migration_does_not_skip_the_one_before(version_1: DemoEnvironment) -> None:
    assert "Migration 3 comes after migration 2" in version_1.refuse("finish-migration")
    assert version_1.run("schema-version") == "1"


@pytest.mark.parametrize("arguments", [[], ["2.0.0", "--faster"], ["1.0.0", "--finish-migration", "now"]])
def test_a_deployment_that_is_misspelled_changes_nothing(bystander: DemoEnvironment, arguments: list[str]) -> None:
    done = bystander.script("deploy", *arguments)

    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")
    assert bystander.version() == "1.0.0"


def test_a_version_that_never_was_released_costs_no_outage(bystander: DemoEnvironment) -> None:
    refusal = bystander.refuse("deploy", "3.0.0")

    assert refusal == "error: There is no version '3.0.0': choose one of 1.0.0, 2.0.0, 2.0.1."
    assert bystander.version() == "1.0.0"
