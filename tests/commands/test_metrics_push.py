"""Pushing: to a real push gateway, and to servers that refuse, stall and lead elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rollback_gov.commands import metrics_push
from rollback_gov.commands.metrics_push import Gateway, push
from rollback_gov.model.errors import UsageError
from tests.authority import Authority
from tests.commands.gateways import DRIP, HANG, HANG_UP, receive
from tests.monitoring import Server, start_pushgateway
from tests.servers import free_port
from tests.sources.test_protected import BCRYPT

TEXT = '# HELP rollback_plans Plans, by level.\n# TYPE rollback_plans gauge\nrollback_plans{level="2"} 3\n'


def gateway(url: str, **changes: Any) -> Gateway:
    return Gateway(**{"url": url, "job": "rollback-gov", "grouping": {}, "environ": {}, **changes})


def refusal(url: str, **changes: Any) -> str:
    with pytest.raises(UsageError) as caught:
        push(TEXT, gateway(url, **changes))
    return f"{caught.value} {caught.value.hint}"


@pytest.fixture(scope="module")
def pushgateway() -> Iterator[Server]:
    with start_pushgateway() as server:
        yield server


def pushed(server: Server, name: str = "rollback_plans") -> list[tuple[dict[str, str], float]]:
    with urlopen(f"{server.url}/metrics", timeout=60) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return [(item.labels, item.value) for family in families for item in family.samples if item.name == name]


def test_a_push_replaces_its_group_and_no_other(pushgateway: Server) -> None:
    shop, bank = ({"repository": name} for name in ("shop", "bank"))
    assert push(TEXT, gateway(pushgateway.url, grouping=shop)) == (
        f"{pushgateway.url}/metrics/job/rollback-gov/repository/shop"
    )
    push(TEXT, gateway(f"{pushgateway.url}/", grouping=bank))
    push(TEXT.replace('"2"} 3', '"3"} 5'), gateway(pushgateway.url, grouping=shop))
    found = {(labels["repository"], labels["level"]): value for labels, value in pushed(pushgateway)}
    assert found == {("shop", "3"): 5, ("bank", "2"): 3}


@pytest.mark.parametrize("value", ["", "a/b", "ünd so", "a b?#%", "//", "x@base64", "日本/語"])
def test_every_value_of_a_group_arrives(pushgateway: Server, value: str) -> None:
    push(TEXT, gateway(pushgateway.url, job=f"values {value}", grouping={"repository": value}))
    found = [labels.get("repository", "") for labels, _ in pushed(pushgateway) if labels["job"] == f"values {value}"]
    assert found == [value]


def test_a_gateway_says_what_is_wrong_with_metrics(pushgateway: Server) -> None:
    with pytest.raises(UsageError, match="status 400: ") as caught:
        push("no metrics {\n", gateway(pushgateway.url))
    assert "another program" in caught.value.hint
    assert "text format parsing error" in str(caught.value)


def test_behind_tls_of_an_own_authority_and_a_password(tmp_path: Path) -> None:
    authority, web = Authority.make(tmp_path), tmp_path / "web.json"
    tls = {"cert_file": str(authority.chain), "key_file": str(authority.key)}
    web.write_text(json.dumps({"tls_server_config": tls, "basic_auth_users": {"ana": BCRYPT}}))
    right = {"ROLLBACK_GOV_PUSH_USERNAME": "ana", "ROLLBACK_GOV_PUSH_PASSWORD": "geheim"}
    with start_pushgateway(web=web) as server:
        url, known = server.url, {"ca_file": authority.public}
        assert push(TEXT, gateway(url, environ=right, **known))
        assert "status 401" in refusal(url, **known)
        wrong = refusal(url, environ={**right, "ROLLBACK_GOV_PUSH_PASSWORD": "falsch"}, **known)
        assert "Set ROLLBACK_GOV_PUSH_TOKEN" in wrong
        assert "falsch" not in wrong
        assert "CERTIFICATE_VERIFY_FAILED" in refusal(url, environ=right)
        assert "cannot be read" in refusal(url, ca_file=tmp_path / "nothing.pem")


def test_what_is_sent() -> None:
    with receive(200) as web:
        push(TEXT, gateway(f"{web.url}/prefix/", environ={"ROLLBACK_GOV_PUSH_TOKEN": "geheim"}))
        assert web.put == [TEXT]
        assert web.paths == ["/prefix/metrics/job/rollback-gov"]
        assert web.headers[0]["Authorization"] == "Bearer geheim"
        assert web.headers[0]["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (302, "status 302: a redirect is not followed"),
        (401, "Set ROLLBACK_GOV_PUSH_TOKEN, or ROLLBACK_GOV_PUSH_USERNAME and ROLLBACK_GOV_PUSH_PASSWORD."),
        (403, "of somebody who may push"),
        (404, "Is that the address of a push gateway, without /metrics?"),
        (413, "A proxy before the gateway limits the size"),
        (500, "status 500"),
        (HANG_UP, "Is that the address of a push gateway that runs?"),
    ],
)
def test_a_refusal_says_what_and_what_to_do(answer: int, said: str) -> None:
    with receive(answer) as web:
        text = refusal(web.url, environ={"ROLLBACK_GOV_PUSH_TOKEN": "geheim"})
        assert f"could not be pushed to {web.url}/metrics/job/rollback-gov: " in text
        assert said in text
        assert "geheim" not in text
        assert len(web.put) == 1


@pytest.mark.parametrize("answer", [HANG, DRIP])
def test_a_gateway_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch, answer: int) -> None:
    monkeypatch.setattr(metrics_push, "TIMEOUT", 0.3)
    with receive(answer) as web:
        assert "no answer within 0.3 s" in refusal(web.url)


def test_nobody_listens() -> None:
    assert "Connection refused" in refusal(f"http://127.0.0.1:{free_port()}")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("pushgateway:9091", "no address"),
        ("ftp://pushgateway", "no address"),
        ("http://", "no address"),
        ("http://host:99999", "no address"),
        ("http://[::1", "no address"),
        ("http://ana:geheim@host", "Credentials do not belong"),
        ("http://host/?token=geheim", "no '?'"),
        ("http://host/#geheim", "no '#'"),
    ],
)
def test_what_is_no_address_is_not_asked(url: str, said: str) -> None:
    text = refusal(url)
    assert said in text
    assert "geheim" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"job": ""}, "The job of a push is empty."),
        ({"grouping": {"a-b": "x"}}, "'a-b' is no name of a label."),
        ({"grouping": {"__name__": "x"}}, "no name of a label"),
        ({"grouping": {"job": "x"}}, "The label 'job' has a meaning of its own."),
        ({"grouping": {"services": "x"}}, "The label 'services' has a meaning of its own."),
    ],
)
def test_what_is_no_group_is_not_sent(changes: dict[str, Any], said: str) -> None:
    assert said in refusal("http://127.0.0.1:1", **changes)
