"""The way back: migrating down (option A), the backup (option B), and forward where there is no way back."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers import free_port

from .environment import DemoEnvironment

CUSTOMERS = ("Ada Lovelace", "Hopper, Grace", "  Edsger  Wybe Dijkstra ")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the backup from before the change (version 1, three orders) and the database after one more."""
    environment = DemoEnvironment(state=tmp_path_factory.mktemp("state"), name="history", port=free_port())
    try:
        environment.run("deploy", "1.0.0")
        environment.place(*CUSTOMERS)
        environment.run("backup", environment.state / "before.db")
        environment.run("deploy", "2.0.0")
        environment.place("Turing, Alan")
        environment.run("backup", environment.state / "after.db")
    finally:
        environment.end()
    return environment.state


@pytest.fixture
def backup(history: Path) -> Path:
    """What was saved before the change."""
    return history / "before.db"


@pytest.fixture
def changed(staging: DemoEnvironment, history: Path) -> DemoEnvironment:
    """Version 2.0.0 runs, with three orders from before the change and one from after it."""
    staging.folder.mkdir(parents=True)
    shutil.copyfile(history / "after.db", staging.database)
    staging.run("deploy", "2.0.0")
    return staging


def test_migrating_down_keeps_every_order(changed: DemoEnvironment) -> None:
    digest = changed.run("checksum-orders", "3")
    changed.run("stop")

    assert changed.run("migrate-down") == "schema 1, every order kept"
    assert changed.run("migrate-down") == "schema 1 already"

    changed.run("deploy", "1.0.0")
    orders = [changed.request("GET", f"/orders/{number}").json for number in range(1, 5)]
    assert [order["customer"] for order in orders] == [*CUSTOMERS, "Turing, Alan"]
    assert changed.run("checksum-orders", "3") == digest
    assert changed.place("Plato")[0]["id"] == 5


def test_the_change_can_be_made_again_after_it_was_undone(changed: DemoEnvironment) -> None:
    changed.run("stop")
    changed.run("migrate-down")
    changed.run("deploy", "2.0.1")

    assert changed.run("schema-version") == "2"
    assert changed.request("GET", "/orders/4").json["family_name"] == "Turing"


def test_an_interrupted_migration_leaves_the_schema_as_it_was(changed: DemoEnvironment) -> None:
    changed.run("stop")
    digest = changed.run("checksum-orders")
    with closing(sqlite3.connect(changed.database)) as connection, connection:
        connection.execute("CREATE TABLE orders_old (in_the_way)")

    assert "orders_old already exists" in changed.refuse("migrate-down")

    assert changed.run("schema-version") == "2"
    assert changed.run("checksum-orders") == digest


def test_the_backup_comes_back_exactly_and_newer_orders_are_set_aside(changed: DemoEnvironment, backup: Path) -> None:
    changed.run("stop")

    said = changed.run("restore", backup)

    assert said.startswith("3 orders of schema 1 are in place; what it replaced lies in ")
    assert changed.database.read_bytes() == (backup).read_bytes()
    assert changed.run("restore", backup) == "3 orders of schema 1 are in place"
    (aside,) = changed.folder.glob("orders.db.replaced-*")
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT customer FROM orders WHERE id = 4").fetchone() == ("Turing, Alan",)
    changed.run("deploy", "1.0.0")
    assert changed.request("GET", "/orders/3").json["customer"] == CUSTOMERS[2]
    assert changed.request("GET", "/orders/4").status == 404


def test_a_backup_comes_back_where_the_database_is_lost(changed: DemoEnvironment, backup: Path) -> None:
    changed.run("tear-down")

    assert changed.run("restore", backup) == "3 orders of schema 1 are in place"


@pytest.mark.parametrize("database_is_lost", [False, True])
def test_a_journal_of_a_killed_service_does_not_touch_the_backup(
    staging: DemoEnvironment, backup: Path, database_is_lost: bool
) -> None:
    staging.run("restore", backup)
    journal = staging.database.with_name("orders.db-journal")
    journal.write_bytes(b"what a write left that never ended")
    if database_is_lost:
        staging.database.unlink()

    staging.run("restore", backup)

    assert not journal.exists()
    (aside,) = staging.folder.glob("orders.db.replaced-*-journal")
    assert aside.read_bytes() == b"what a write left that never ended"
    assert staging.run("count-orders") == "3"


def test_a_backup_is_consistent_while_orders_come_in(version_1: DemoEnvironment, tmp_path: Path) -> None:
    version_1.place(*CUSTOMERS)

    assert version_1.run("backup", tmp_path / "kept" / "b.db").startswith("3 orders of schema 1 are saved in ")
    version_1.place("Plato")

    assert version_1.run("backup", tmp_path / "kept" / "b.db").startswith("4 orders of schema 1 are saved in ")
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["b.db"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no backup at"),
        (b"", "is no backup of the orders: no such table"),
        (b"not a database, and long enough to be looked at" * 100, "is no backup of the orders: file is not"),
    ],
)
def test_what_is_no_backup_replaces_nothing(
    staging: DemoEnvironment, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "b.db").write_bytes(content)

    assert message in staging.refuse("restore", tmp_path / "b.db")
    assert not staging.folder.exists()


def test_a_damaged_backup_replaces_nothing(version_1: DemoEnvironment, tmp_path: Path) -> None:
    version_1.place(*CUSTOMERS * 40)
    version_1.run("backup", tmp_path / "b.db")
    version_1.run("stop")
    pages = bytearray((tmp_path / "b.db").read_bytes())
    pages[-4096:] = bytes(4096)
    (tmp_path / "b.db").write_bytes(pages)

    refusal = version_1.refuse("restore", tmp_path / "b.db")

    assert "b.db is damaged: " in refusal or "b.db is no backup" in refusal
    assert version_1.run("count-orders") == "120"


def test_the_database_is_not_replaced_under_a_running_service(changed: DemoEnvironment, backup: Path) -> None:
    refusals = {changed.refuse("migrate-down"), changed.refuse("restore", backup)}

    assert refusals == {"error: The service has to be stopped for this: run scripts/stop.sh first."}
    assert changed.run("schema-version") == "2"


@pytest.mark.parametrize("script", ["schema-version", "count-orders", "checksum-orders", "migrate-down"])
def test_a_missing_database_is_said_and_not_made(staging: DemoEnvironment, script: str) -> None:
    assert "There is no database at" in staging.refuse(script)
    assert not staging.database.exists()


def test_past_the_point_of_no_return_the_way_is_forward(changed: DemoEnvironment) -> None:
    before = changed.run("checksum-orders", "--split-names", "4")
    changed.run("finish-migration")

    assert "There is no way back from it; go forward" in changed.refuse("deploy", "1.0.0")
    changed.run("stop")
    assert "the point of no return is passed" in changed.refuse("migrate-down")

    changed.run("forward-fix")
    changed.run("forward-fix")
    assert changed.version() == "2.0.1"
    assert changed.run("checksum-orders", "4", "--split-names") == before
    orders = [changed.request("GET", f"/orders/{number}").json for number in range(1, 5)]
    assert [order["customer"] for order in orders] == [
        "Ada Lovelace",
        "Grace Hopper",
        "Edsger Wybe Dijkstra",
        "Alan Turing",
    ]
    assert {changed.order().status for _ in range(40)} == {201}


def test_there_is_no_forward_fix_before_the_point_of_no_return(changed: DemoEnvironment) -> None:
    assert "Schema 2 can still be rolled back" in changed.refuse("forward-fix")
    assert changed.version() == "2.0.0"


def test_the_digest_sees_a_changed_order_and_only_up_to_its_id(changed: DemoEnvironment) -> None:
    digests = [changed.run("checksum-orders", "3"), changed.run("checksum-orders", "4")]
    with closing(sqlite3.connect(changed.database)) as connection, connection:
        connection.execute("UPDATE orders SET quantity = quantity + 1 WHERE id = 4")

    assert changed.run("checksum-orders", "3") == digests[0]
    assert changed.run("checksum-orders", "4") != digests[1]
