"""What the service answers, whichever version runs."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
from contextlib import closing

import pytest

from .environment import DEMO, DemoEnvironment, wait_until

VERSIONS = ["1.0.0", "2.0.0", "2.0.1"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_serves_orders_and_says_who_it_is(staging: DemoEnvironment, version: str) -> None:
    staging.run("deploy", version)

    placed = staging.order("Ada Lovelace", quantity=2)

    assert (placed.status, placed.headers["Location"]) == (201, "/orders/1")
    assert placed.json.items() >= {"id": 1, "customer": "Ada Lovelace", "item": "tea", "quantity": 2}.items()
    assert staging.request("GET", "/orders/1").json == placed.json
    assert staging.request("GET", "/orders?count").text == "1\n"
    assert staging.run("count-orders") == "1"
    assert staging.request("GET", "/health").json == {"status": "healthy", "version": version}
    assert staging.request("GET", "/version").text == f"{version}\n"
    assert staging.run("live-version") == version
    assert staging.metrics()[f'service_info{{version="{version}"}}'] == 1


def test_orders_outlive_their_process(version_1: DemoEnvironment) -> None:
    placed = version_1.place("Ada Lovelace", "Plato")

    version_1.run("deploy", "1.0.0")

    assert [version_1.request("GET", f"/orders/{number}").json for number in (1, 2)] == placed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"item": "tea"}', "customer must be"),
        (b'{"customer": "  ", "item": "tea"}', "customer must be"),
        (b'{"customer": "Ada", "item": 7}', "item must be"),
        (json.dumps({"customer": "a" * 201, "item": "tea"}).encode(), "customer must be"),
        (b'{"customer": "Ada", "item": "tea", "quantity": 0}', "quantity must be"),
        (b'{"customer": "Ada", "item": "tea", "quantity": true}', "quantity must be"),
        (b'{"customer": "Ada", "item": "tea", "quantity": "2"}', "quantity must be"),
    ],
)
def test_what_is_no_order_is_refused_and_not_written(bystander: DemoEnvironment, body: bytes, message: str) -> None:
    answer = bystander.send("POST", "/orders", body)

    assert answer.status == 400
    assert message in answer.json["error"]
    assert bystander.request("GET", "/orders?count").text == "0\n"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "/", None, 404, "There is nothing at GET /."),
        ("POST", "/orders/1", None, 404, "There is nothing at POST /orders/1."),
        ("GET", "/orders", None, 400, "Ask for /orders?count or for /orders/<id>."),
        ("GET", "/orders/1", None, 404, "There is no order 1."),
        ("GET", "/orders/none", None, 404, "There is no order none."),
        ("GET", "/orders/99999999999999999999", None, 404, "There is no order 99999999999999999999."),
        ("POST", "/orders", b" " * 65537, 413, "Send a Content-Length of at most 65536 bytes."),
        ("POST", "/admin/drain", b"yes", 400, "The body is not a JSON object."),
        ("POST", "/admin/drain", b"[]", 400, "The body is not a JSON object."),
        ("POST", "/admin/drain", b'{"enabled": 1}', 400, 'Send {"enabled": true} or {"enabled": false}.'),
        ("POST", "/admin/fault", b'{"type": "rain"}', 400, "There is no failure 'rain'"),
        ("POST", "/admin/fault", b'{"type": "unhealthy", "rate": 2}', 400, "The rate 2 is not a share"),
        ("POST", "/admin/fault", b'{"type": "unhealthy", "rate": "1"}', 400, "The rate '1' is not a share"),
    ],
)
def test_what_cannot_be_answered_is_said(
    bystander: DemoEnvironment, method: str, path: str, body: bytes | None, status: int, message: str
) -> None:
    answer = bystander.send(method, path, body)

    assert answer.status == status
    assert answer.json["error"].startswith(message)


def test_the_counters_are_born_at_zero(version_1: DemoEnvironment) -> None:
    metrics = version_1.metrics()

    requests = {name for name in metrics if name.startswith("http_requests_total")}
    assert requests >= {
        'http_requests_total{method="GET",code="200"}',
        'http_requests_total{method="GET",code="500"}',
        'http_requests_total{method="POST",code="201"}',
        'http_requests_total{method="POST",code="500"}',
    }
    assert {metrics[name] for name in requests} == {0}
    assert metrics["orders_total"] == metrics["service_draining"] == metrics["http_requests_active"] == 0
    assert metrics["process_start_time_seconds"] > 1_600_000_000


def test_the_metrics_page_is_prometheus_text(bystander: DemoEnvironment) -> None:
    answer = bystander.request("GET", "/metrics")

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    line = re.compile(r'# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.]+')
    assert [text for text in answer.text.splitlines() if not line.fullmatch(text)] == []
    assert answer.text.endswith("\n")


def test_only_requests_for_orders_are_counted(version_1: DemoEnvironment) -> None:
    version_1.place("Ada Lovelace")
    for path in ("/orders/1", "/orders?count", "/orders/2", "/health", "/version", "/metrics", "/active"):
        version_1.request("GET", path)

    metrics = version_1.metrics()

    counted = {name: n for name, n in metrics.items() if name.startswith("http_requests_total") and n}
    assert counted == {
        'http_requests_total{method="POST",code="201"}': 1,
        'http_requests_total{method="GET",code="200"}': 2,
        'http_requests_total{method="GET",code="404"}': 1,
    }
    assert metrics["orders_total"] == 1


def test_draining_turns_orders_away_and_is_no_error(version_1: DemoEnvironment) -> None:
    version_1.place("Ada Lovelace")

    assert version_1.run("drain", "on") == version_1.run("drain", "on") == "draining is on"
    refused = version_1.order()

    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert version_1.request("GET", "/orders/1").status == 200
    metrics = version_1.metrics()
    assert metrics["service_draining"] == metrics["http_requests_drained_total"] == 1
    assert sum(n for name, n in metrics.items() if 'code="5' in name) == 0
    assert version_1.run("drain", "off") == version_1.run("drain", "off") == "draining is off"
    assert version_1.order().status == 201


def test_draining_outlives_a_deployment(staging: DemoEnvironment) -> None:
    staging.run("drain", "on")

    staging.run("deploy", "1.0.0")

    assert staging.order().status == 503
    assert staging.request("GET", "/health").status == 200


def test_draining_can_be_switched_over_http(version_1: DemoEnvironment) -> None:
    assert version_1.request("POST", "/admin/drain", {"enabled": True}).json == {"draining": True}
    assert version_1.order().status == 503
    assert version_1.request("POST", "/admin/drain", {"enabled": False}).json == {"draining": False}
    assert version_1.order().status == 201


def test_a_request_is_active_until_it_is_answered_and_stopping_waits_for_it(version_1: DemoEnvironment) -> None:
    body = b'{"customer": "Ada Lovelace", "item": "tea"}'
    with socket.create_connection(("127.0.0.1", version_1.port), timeout=60) as slow:
        slow.sendall(b"POST /orders HTTP/1.1\r\nHost: demo\r\nContent-Length: %d\r\n\r\n" % len(body))
        wait_until(lambda: version_1.request("GET", "/active").text == "1\n")
        assert version_1.run("active-requests") == "1"
        with subprocess.Popen(
            [DEMO / "scripts" / "stop.sh"], env=version_1.environ, stdout=subprocess.DEVNULL
        ) as stopping:
            wait_until(version_1.is_silent)
            slow.sendall(body)
            assert slow.recv(4096).startswith(b"HTTP/1.1 201 ")
        assert stopping.returncode == 0

    assert version_1.run("count-orders") == "1"
    assert version_1.run("active-requests") == "0"


def test_a_client_that_hangs_up_hurts_nobody(version_1: DemoEnvironment) -> None:
    with socket.create_connection(("127.0.0.1", version_1.port), timeout=60) as rude:
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        rude.sendall(b"POST /orders HTTP/1.1\r\nHost: demo\r\nContent-Length: 9\r\n\r\n")
    log = version_1.folder / "service.log"
    wait_until(lambda: "went away" in log.read_text())

    assert "Traceback" not in log.read_text()
    assert version_1.run("active-requests") == "0"
    assert version_1.order().status == 201


def test_an_injected_error_rate_is_exact(version_1: DemoEnvironment) -> None:
    version_1.run("inject-failure", "--type", "high_error_rate", "--rate", "0.3")
    codes = [version_1.order().status for _ in range(20)]

    assert (codes.count(500), codes.count(201)) == (6, 14)
    assert version_1.metrics()['http_requests_total{method="POST",code="500"}'] == 6
    assert version_1.run("stop-injection") == version_1.run("stop-injection") == "no failure is injected"
    assert {version_1.order().status for _ in range(5)} == {201}


def test_an_injected_failure_ends_with_its_process(version_1: DemoEnvironment) -> None:
    version_1.run("inject-failure", "--type=high_error_rate", "--rate=1")
    assert "injected" in version_1.refuse("smoke")

    version_1.run("deploy", "1.0.0")

    assert version_1.run("smoke") == "order 1 was written and read back"
    version_1.run("stop")
    assert version_1.run("stop-injection") == "no failure is injected"


def test_a_service_can_be_made_unhealthy(version_1: DemoEnvironment) -> None:
    version_1.run("inject-failure", "--type", "unhealthy")

    answer = version_1.request("GET", "/health")

    assert (answer.status, answer.json) == (503, {"status": "unhealthy", "version": "1.0.0"})


def test_a_service_without_its_database_is_unhealthy_and_its_orders_fail(version_1: DemoEnvironment) -> None:
    version_1.database.unlink()

    assert version_1.request("GET", "/health").status == 503
    assert version_1.order().status == 500
    version_1.database.write_bytes(b"not a database, and long enough to be looked at" * 100)
    assert version_1.request("GET", "/health").status == 503
    assert version_1.order().status == 500


def test_every_request_is_logged(bystander: DemoEnvironment) -> None:
    bystander.request("GET", "/orders?count")

    line = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z 1\.0\.0 GET /orders\?count 200 [\d.]+ms$", re.MULTILINE)
    wait_until(lambda: line.search((bystander.folder / "service.log").read_text()) is not None)


def test_the_smoke_test_notices_an_order_that_comes_back_changed(version_1: DemoEnvironment) -> None:
    with closing(sqlite3.connect(version_1.database)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER spoil AFTER INSERT ON orders BEGIN UPDATE orders SET item = 'ash' WHERE id = new.id; END"
        )

    assert "came back with {'item': 'ash'}" in version_1.refuse("smoke")
