"""Sources behind TLS of an organisation's own authority, and a name and a password: a real Prometheus with both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_sources import open_sources
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.model.environment import Environment, SourceSettings
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation, Value
from rollback_gov.plans.load import load_plan
from rollback_gov.sources.book import SourceBook
from tests.authority import Authority
from tests.conftest import need
from tests.monitoring import start_prometheus
from tests.triggers.conftest import PLAN

BCRYPT = "$2b$04$CbGi/04KFVK0qBFM6nWdGuIT2SI3z3vUHprXHHE3tZKAHiDkkr9pq"
"""Of the password."""
ENVIRON = {"NAME": "ana", "WORD": "geheim", "WRONG": "falsch"}


@dataclass(frozen=True, slots=True)
class Protected:
    """Where the server is, and by whom its certificate is vouched for."""

    url: str
    authority: Authority

    def read(self, query: Mapping[str, Any], kind: str = "prometheus", **settings: Any) -> Observation:
        """Read with the right credentials and authority, unless other settings are given."""
        right = {"username_env": "NAME", "password_env": "WORD", "ca_file": str(self.authority.public)}
        source = SourceSettings(kind=kind, url=self.url, **(right | settings))  # type: ignore[arg-type]
        environment = Environment(class_="production", sources={"metrics": source})
        with SourceBook(environment, environ=ENVIRON, parameters={}) as book:
            return book.read(Query(source="metrics", **query), 7.0)


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    need("prometheus")
    folder = tmp_path_factory.mktemp("protected")
    authority = Authority.make(folder)
    settings = {
        "tls_server_config": {"cert_file": str(authority.chain), "key_file": str(authority.key)},
        "basic_auth_users": {"ana": BCRYPT},
    }
    web = folder / "web.json"
    web.write_text(json.dumps(settings))
    with start_prometheus("{}", web=web) as server:
        yield Protected(server.url, authority)


ONE = {"expr": "vector(1)"}


@pytest.mark.parametrize(
    ("kind", "query", "number"),
    [
        ("prometheus", ONE, 1),
        ("http", {"path": "/api/v1/query?query=vector(2)", "pointer": "/data/result/0/value/1"}, 2),
        ("health", {"path": "/-/healthy"}, 1),
        ("openmetrics", {"path": "/metrics", "series": "prometheus_ready"}, 1),
    ],
)
def test_every_kind_comes_in(protected: Protected, kind: str, query: dict[str, str], number: int) -> None:
    seen = protected.read(query, kind)
    assert isinstance(seen, Value), seen
    assert seen.number == Decimal(number)


def test_a_wrong_password_is_an_error_and_is_not_said(protected: Protected) -> None:
    assert protected.read(ONE, password_env="WRONG") == Error("the answer has status 401")
    seen = protected.read({"path": "/-/healthy"}, "health", password_env="WRONG")
    assert seen == Error("the answer has status 401"), "a password that was changed is no reason to roll back"


def test_without_credentials_nobody_is_asked(protected: Protected) -> None:
    reason = "the environment variable ABSENT that holds the credentials is not set"
    assert protected.read(ONE, username_env="ABSENT") == Error(reason)


def test_an_authority_that_nobody_named_is_not_trusted(protected: Protected, tmp_path: Path) -> None:
    for ca_file in ("", str(Authority.make(tmp_path).public)):
        seen = protected.read(ONE, ca_file=ca_file)
        assert isinstance(seen, Error)
        assert seen.reason.startswith(f"the certificate of {protected.url}/api/v1/query is not trusted: ")


def test_the_authority_does_not_count_for_other_addresses(protected: Protected) -> None:
    elsewhere = protected.url.replace("127.0.0.1", "localhost")
    seen = protected.read({**ONE, "url": elsewhere})
    assert isinstance(seen, Error)
    assert "unable to get local issuer certificate" in seen.reason


def test_one_connection_serves_them_all(protected: Protected) -> None:
    accepted = "net_conntrack_listener_conn_accepted_total"
    source = SourceSettings(
        kind="openmetrics",
        url=f"{protected.url}/metrics",
        username_env="NAME",
        password_env="WORD",
        ca_file=str(protected.authority.public),
    )
    environment = Environment(class_="production", sources={"page": source})
    with SourceBook(environment, environ=ENVIRON, parameters={}) as book:
        counts = [book.read(Query(source="page", series=accepted), float(number)) for number in range(10)]
    assert all(isinstance(count, Value) for count in counts)
    assert len({count.number for count in counts if isinstance(count, Value)}) == 1


def test_a_relative_file_of_authorities_begins_at_the_repositorys_root(protected: Protected, tmp_path: Path) -> None:
    plan = tmp_path / "rollback" / "op-7" / "plan.yaml"
    plan.parent.mkdir(parents=True)
    plan.write_text(PLAN + "triggers: [{id: one, query: {source: metrics, expr: vector(1)}, above: 0}]\n")
    settings = tmp_path / ".rollback-gov" / "environments.yaml"
    settings.parent.mkdir()
    (settings.parent / "ca.pem").write_bytes(protected.authority.public.read_bytes())
    source = f"{{kind: prometheus, url: '{protected.url}', username_env: NAME, password_env: WORD"
    source += ", ca_file: .rollback-gov/ca.pem}"
    settings.write_text(f"environments: {{production: {{class: production, sources: {{metrics: {source}}}}}}}\n")
    target = Target(loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production")
    with open_sources(target, World(person="ana", environ=ENVIRON)) as book:
        assert book.read(Query(source="metrics", expr="vector(1)"), 7.0) == Value(Decimal(1), 7.0)
