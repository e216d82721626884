"""A small Docker Engine API with a swarm, and a registry, on loopback: enough for the real docker client.

Services have a specification and the one before, and tasks that follow it at once, or never.
"""

from __future__ import annotations

import copy
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.plans_example.docker_api import DockerApi, Json, serving

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).encode()
CONFIG_DIGEST = f"sha256:{sha256(CONFIG).hexdigest()}"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "size": len(CONFIG), "digest": CONFIG_DIGEST},
        "layers": [],
    }
).encode()
DIGEST = f"sha256:{sha256(MANIFEST).hexdigest()}"


@dataclass
class Swarm:
    """The services by name, and the tasks of each, those that ended too."""

    services: dict[str, Json] = field(default_factory=dict)
    tasks: dict[str, list[Json]] = field(default_factory=dict)
    updates: list[str] = field(default_factory=list)
    """What was asked for: ``update NAME`` and ``rollback NAME``."""
    stuck: bool = False
    """True: new tasks never get ready."""
    port: int = 0
    version: int = 10
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def host(self) -> str:
        """DOCKER_HOST."""
        return f"tcp://127.0.0.1:{self.port}"

    def create(self, name: str, image: str, replicas: int) -> None:
        """Create a service that runs an image."""
        container = {"Image": image, "Env": ["A=b"]}
        look = {
            "Parallelism": 1,
            "Monitor": 10_000_000,
        }  # nanoseconds; the client waits so long, five seconds if not told
        spec = {
            "Name": name,
            "UpdateConfig": look,
            "RollbackConfig": look,
            "TaskTemplate": {"ContainerSpec": container},
            "Mode": {"Replicated": {"Replicas": replicas}},
        }
        self.services[name] = {"ID": f"id{name}", "Version": {"Index": 1}, "Spec": spec, "Endpoint": {}}
        self._start_tasks(name)

    def images(self, name: str) -> set[str]:
        """Give the images that the running tasks of a service have."""
        return {
            task["Spec"]["ContainerSpec"]["Image"] for task in self.tasks[name] if task["DesiredState"] == "running"
        }

    def update(self, name: str, spec: Json, *, back: bool) -> Json:
        """Change a service, or go back to its previous specification."""
        with self.lock:
            service = self.services[name]
            self.updates.append(f"{'rollback' if back else 'update'} {name}")
            new = service["PreviousSpec"] if back else spec
            service["PreviousSpec"], service["Spec"] = service["Spec"], copy.deepcopy(new)
            self.version += 1
            service["Version"] = {"Index": self.version}
            state = "rollback_completed" if back else "completed"
            service["UpdateStatus"] = {"State": state, "StartedAt": NOW, "CompletedAt": NOW, "Message": state}
            if self.stuck:
                service["UpdateStatus"] = {"State": "updating", "StartedAt": NOW}
            self._start_tasks(name)
            return {"Warnings": None}

    def _start_tasks(self, name: str) -> None:
        service = self.services[name]
        for task in self.tasks.setdefault(name, []):
            task["DesiredState"] = "shutdown"
            task["Status"] = {"State": "shutdown", "Timestamp": NOW}
        number = len(self.tasks[name])
        for slot in range(service["Spec"]["Mode"]["Replicated"]["Replicas"]):
            self.tasks[name].append(
                {
                    "ID": f"task{number + slot}{name}",
                    "ServiceID": service["ID"],
                    "NodeID": "node1",
                    "Slot": slot + 1,
                    "Spec": copy.deepcopy(service["Spec"]["TaskTemplate"]),
                    "Status": {"State": "preparing" if self.stuck else "running", "Timestamp": NOW},
                    "DesiredState": "running",
                    "CreatedAt": NOW,
                }
            )


NOW = "2026-11-21T10:00:00.000000000Z"
NODE = {
    "ID": "node1",
    "Description": {"Hostname": "worker-1"},
    "Spec": {"Availability": "active"},
    "Status": {"State": "ready"},
}


@contextmanager
def swarm() -> Iterator[Swarm]:
    """Serve an empty swarm until the end of the block."""
    held = Swarm()

    class Handler(_Handler):
        swarm = held

    with serving(Handler) as port:
        held.port = port
        yield held


@contextmanager
def registry(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve a registry that has one image, under any name; give it, pinned by its digest, and a certificate's file."""
    certificate, context = _certificate(folder), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(_Registry, context) as port:
        yield f"127.0.0.1:{port}/app-backend@{DIGEST}", str(certificate)


def _certificate(folder: Path) -> Path:
    """Write a key and a certificate of its own for loopback into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    path = folder / "registry.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


class _Registry(DockerApi):
    def get(self) -> None:
        if self.path == "/v2/":
            self.send(200, {})
        elif re.fullmatch(f"/v2/.+/manifests/{DIGEST}", self.path):
            self.send(200, MANIFEST, MANIFEST_TYPE)
        elif re.fullmatch(f"/v2/.+/blobs/{CONFIG_DIGEST}", self.path):
            self.send(200, CONFIG, "application/octet-stream")
        else:
            self.send(404, {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]})


class _Handler(DockerApi):
    swarm: Swarm

    def get(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        path = re.sub(r"^/v1\.\d+", "", url.path)
        filters = json.loads(query.get("filters", "{}"))
        if path == "/_ping":
            self.send(200, "OK")
        elif path == "/info":
            self.send(200, {"Swarm": {"LocalNodeState": "active", "ControlAvailable": True}})
        elif path == "/services":
            self.send(200, [item for item in self.swarm.services.values() if _chosen(item, filters)])
        elif path.startswith("/services/") and path.endswith("/logs"):
            self.send(200, b"", "application/vnd.docker.raw-stream")
        elif path.startswith("/services/"):
            name = path.split("/")[2].removeprefix("id")
            known = self.swarm.services.get(name)
            self.send(200 if known else 404, known or {"message": f"service {name} not found"})
        elif path == "/tasks":
            self.send(200, self._tasks(filters))
        elif path == "/nodes":
            self.send(200, [NODE])
        elif path == "/nodes/node1":
            self.send(200, NODE)
        else:
            self.send(404, {"message": f"page {path} not found"})

    def post(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = url.path.split("/")[-2].removeprefix("id")
        if int(query["version"]) != self.swarm.services[name]["Version"]["Index"]:
            self.send(500, {"message": "rpc error: code = Unknown desc = update out of sequence"})
            return
        self.send(200, self.swarm.update(name, body, back=query.get("rollback") == "previous"))

    def _tasks(self, filters: Json) -> list[Json]:
        services, states = filters.get("service", {}), filters.get("desired-state", {})
        return [
            task
            for name, tasks in self.swarm.tasks.items()
            for task in tasks
            if (not services or {f"id{name}", name} & set(services)) and (not states or task["DesiredState"] in states)
        ]


def _chosen(service: Json, filters: Json) -> bool:
    wanted = set(filters.get("name", {})) | set(filters.get("id", {}))
    return not wanted or bool(wanted & {service["Spec"]["Name"], service["ID"]})
