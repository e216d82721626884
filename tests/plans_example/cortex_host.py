"""What Cortex runs on, on loopback: a cluster, a front door, metrics, a registry, buckets, real database and cache."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.plans_example.cache import CACHE_PASSWORD
from tests.plans_example.json_server import Request, json_server
from tests.plans_example.kubernetes_api import CONTEXT, NAMESPACE, KubernetesApi, kubernetes_api
from tests.plans_example.swarm import registry
from tests.servers import Postgresql, Redis, missing

USERS = 40
SCHEMA_V2_0 = f"""
CREATE TABLE schema_migrations (version text PRIMARY KEY);
INSERT INTO schema_migrations VALUES ('20250901093000'), ('20251201120000');
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  password_hash text NOT NULL
);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), cents bigint NOT NULL);
INSERT INTO users (email, password_hash) SELECT n || '@example.com', 'hash-' || n FROM generate_series(1, {USERS}) AS n;
INSERT INTO orders (user_id, cents) SELECT 1 + n % {USERS}, n FROM generate_series(1, 100) AS n;
GRANT SELECT ON users TO cortex_reports;
"""
AFTER_THE_CHANGE = """
INSERT INTO users (email, password_hash) VALUES ('new@example.com', 'hash-new');
UPDATE orders SET cents = 0;
DELETE FROM orders WHERE id > 90;
"""
"""What users and bugs have done between the change and its rollback."""
WEIGHT = "nginx.ingress.kubernetes.io/canary-weight"
SESSIONS = 30


def add_roles(postgresql: Postgresql) -> None:
    """The owner of the database, who is no superuser, and somebody who only reads."""
    if "cortex" not in postgresql.query("SELECT rolname FROM pg_roles").split():
        postgresql.query(
            "CREATE ROLE cortex LOGIN; GRANT pg_signal_backend TO cortex; CREATE ROLE cortex_reports LOGIN"
        )


def add_service(api: KubernetesApi, service: str, image: str) -> None:
    """Add one of the two services with everything that belongs to it."""
    name = f"{service}-service"
    api.add("configmaps", f"{service}-config", data={"LEVEL": "info"})
    api.deployment(name, image, container=service, env=f"{service}-config")
    address = {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"]}
    api.add("services", name, spec={"selector": {"app": name}, "ports": [{"port": 80}], **address})
    backend = {"service": {"name": name, "port": {"number": 80}}}
    api.add("ingresses", name, spec={"rules": [{"http": {"paths": [{"path": "/", "backend": backend}]}}]})
    api.add("servicemonitors", name, spec={"endpoints": [{"interval": "30s"}]})


def image_with_traffic(api: KubernetesApi, service: str) -> str:
    """Give the image of the deployment that the traffic of a service goes to."""
    new = api.objects.get(("ingresses", f"{service}-v2.1"))
    name = f"{service}-v2.1" if new and new["metadata"]["annotations"][WEIGHT] != "0" else service
    return str(api.get("deployments", name)["spec"]["template"]["spec"]["containers"][0]["image"])


def version_of(image: str) -> str:
    """Give the tag of an image that has a digest too."""
    return image.partition("@")[0].rpartition(":")[2]


@dataclass
class Front:
    """The front door: health, logins, the own account, and pages; with one thing that may be broken."""

    api: KubernetesApi | None = None
    broken: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[int, Any]:
        """Give status and document."""
        self.asked.append(request.path)
        if request.path in ("/health", "/auth/health"):
            return self._health(request.path)
        if request.path == "/auth/login":
            is_right = request.body == {"email": "smoke@example.com", "password": "secret"}
            if self.broken == "login":
                return 500, {}
            return (200, {"token": "t-1"}) if is_right or self.broken == "refusal" else (401, {})
        if request.path == "/api/v1/me":
            is_known = request.headers.get("Authorization") == "Bearer t-1"
            email = "other@example.com" if self.broken == "account" else "smoke@example.com"
            return (200, {"email": email}) if is_known else (401, {})
        return (503, {}) if self.broken == request.path else (200, {})

    def _health(self, path: str) -> tuple[int, Any]:
        service = "api-service" if path == "/health" else "auth-service"
        image = image_with_traffic(self.api, service) if self.api else "none:none"
        return 200, {"status": "healthy", "active_version": version_of(image)}


@dataclass
class Metrics:
    """The metrics service, the channels and the alerts, which there are none of."""

    values: dict[str, float] = field(
        default_factory=lambda: {
            "error_rate": 0.0004,
            "latency_p99": 120,
            "requests_per_minute": 9000,
            "auth_failure_rate": 0.001,
        }
    )
    texts: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[int, Any]:
        """Give status and document."""
        if request.path == "/channel":
            self.texts.append(str(request.body))
            return 200, {}
        if request.path == "/snapshot":
            return 200, self.values
        name = request.path.removeprefix("/")
        return (200, {"value": self.values[name]}) if name in self.values else (404, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class CortexHost:
    """Where everything is. The database is not part of it: each test has its own."""

    api: KubernetesApi
    metrics: Metrics
    front_url: str
    metrics_url: str
    buckets: Path
    parameters: dict[str, str]
    environ: dict[str, str]


@contextmanager
def cortex_host(folder: Path, postgresql: Postgresql, redis: Redis) -> Iterator[CortexHost]:
    """Set up the host with both services at the version from before the change."""
    for program in ("kubectl", "docker", "jq", "curl"):
        _ = shutil.which(program) or missing(program)
    for name in ("bin", "s3"):
        (folder / name).mkdir()
    _program(folder / "bin" / "aws", f'exec "{sys.executable}" "{Path(__file__).with_name("aws_stand_in.py")}" "$@"')
    with ExitStack() as stack:
        api, kubeconfig = stack.enter_context(kubernetes_api(folder))
        image, certificate = stack.enter_context(registry(folder))
        metrics = Metrics()
        front_url = stack.enter_context(json_server(Front(api).answer))
        parameters = {
            **_images(image),
            "KUBE_CONTEXT": CONTEXT,
            "NAMESPACE": NAMESPACE,
            "API_REPLICAS": "4",
            "AUTH_REPLICAS": "3",
            "DR_BUCKET": "disaster-recovery",
            "AUDIT_BUCKET": "audit",
            "REDIS_HOST": redis.host,
            "REDIS_PORT": str(redis.port),
            "LOAD_BALANCER_URL": front_url,
            "SMOKE_USER": "smoke@example.com",
        }
        for service in ("api", "auth"):
            add_service(api, service, parameters[f"{service.upper()}_IMAGE"])
        yield CortexHost(
            api=api,
            metrics=metrics,
            front_url=front_url,
            metrics_url=stack.enter_context(json_server(metrics.answer)),
            buckets=folder / "s3",
            parameters=parameters,
            environ={
                "PATH": f"{folder / 'bin'}:{postgresql.bin}:/usr/local/bin:/usr/bin:/bin",
                "KUBECONFIG": str(kubeconfig),
                "S3": str(folder / "s3"),
                "SSL_CERT_FILE": certificate,
                "HOME": str(folder),
                "REDISCLI_AUTH": CACHE_PASSWORD,
                "SMOKE_PASSWORD": "secret",
            },
        )


def _images(image: str) -> dict[str, str]:
    """The images of before are in the registry; those of the change and of its fix need not be."""
    where, digest = image.partition("/")[0], image.partition("@")[2]
    names = {"API_IMAGE": "api:v2.0.8", "AUTH_IMAGE": "auth:v1.5.2"}
    images = {name: f"{where}/cortex/{tag}@{digest}" for name, tag in names.items()}
    new = {"RELEASE_API_IMAGE": "api:v2.1.0", "RELEASE_AUTH_IMAGE": "auth:v1.6.0", "PATCH_API_IMAGE": "api:v2.1.1"}
    return images | {name: f"{where}/cortex/{tag}@sha256:{'3' * 64}" for name, tag in new.items()}


def fill_cache(redis: Redis) -> None:
    """Sessions, what the change has cached, and something of somebody else."""
    redis.call("FLUSHALL")
    for prefix, number in (("session:", SESSIONS), ("auth-cache:v2:", 60), ("queue:", 1)):
        redis.call("EVAL", f"for n = 1, {number} do redis.call('SET', '{prefix}' .. n, 1) end", "0")


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
