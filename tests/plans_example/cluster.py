"""A small Kubernetes API on loopback, enough for the real kubectl: deployments with their controller, pods, routes.

It keeps what it is given, answers discovery, lists, watches, the three kinds of patches, the scale subresource and
logs, and writes down who did what, so that a test can hold it against a role.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = Any

GROUPS = {
    "": ("v1", {"pods": "Pod", "events": "Event"}),
    "apps": ("v1", {"deployments": "Deployment", "replicasets": "ReplicaSet"}),
    "networking.istio.io": ("v1beta1", {"virtualservices": "VirtualService"}),
}
SUBRESOURCES = {"pods": ["log"], "deployments": ["scale"]}
SHORT = {"deployments": ["deploy"], "virtualservices": ["vs"], "pods": ["po"], "replicasets": ["rs"], "events": ["ev"]}


class Refusal(Exception):  # noqa: N818 - an answer, not a defect
    """A request that the API refuses, with its status."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


@dataclass
class Cluster:
    """What is in the one namespace, by resource and name. ``asked`` lists ``(verb, group, resource)`` of requests."""

    namespace: str
    objects: dict[str, dict[str, Json]] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    asked: set[tuple[str, str, str]] = field(default_factory=set)
    refused: set[tuple[str, str, str]] = field(default_factory=set)
    """What is forbidden, in the form of ``asked``."""
    controller: bool = True
    """False: deployments are changed and nothing follows."""
    version: int = 1
    lock: threading.RLock = field(default_factory=threading.RLock)
    port: int = 0

    def put(self, resource: str, item: Json) -> None:
        """Keep an object; a deployment is rolled out at once."""
        group, kind = next((group, kinds[resource]) for group, (_, kinds) in GROUPS.items() if resource in kinds)
        with self.lock:
            self.version += 1
            item["kind"], item["apiVersion"] = kind, "/".join(filter(None, (group, GROUPS[group][0])))
            item["metadata"].setdefault("uid", f"uid-{resource}-{item['metadata']['name']}")
            item["metadata"] |= {"namespace": self.namespace, "resourceVersion": str(self.version)}
            self.objects.setdefault(resource, {})[item["metadata"]["name"]] = item
            if resource == "deployments" and self.controller:
                self._roll_out(item)

    def get(self, resource: str, name: str) -> Json:
        """Give an object."""
        with self.lock:
            if name not in self.objects.get(resource, {}):
                raise Refusal(404, "NotFound", f'{resource} "{name}" not found')
            return self.objects[resource][name]

    def listed(self, resource: str, selector: str) -> list[Json]:
        """Give all objects of a kind that have the labels ``a=b,c=d``."""
        wanted = dict(pair.split("=", 1) for pair in selector.replace("==", "=").split(",") if pair)
        with self.lock:
            found = self.objects.get(resource, {}).values()
            return [item for item in found if wanted.items() <= item["metadata"].get("labels", {}).items()]

    def kubeconfig(self, folder: Path, context: str) -> Path:
        """Write a file by which kubectl finds this cluster under a context's name."""
        path = folder / "kubeconfig"
        cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [cluster],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
        }
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def _roll_out(self, deployment: Json) -> None:
        spec, name = deployment["spec"], deployment["metadata"]["name"]
        labels = spec["template"]["metadata"]["labels"]
        owned = [
            item
            for item in self.objects.get("replicasets", {}).values()
            if item["metadata"]["ownerReferences"][0]["name"] == name
        ]
        current = next((item for item in owned if _template(item) == _template(deployment)), None)
        revision = str(max((int(_revision(item)) for item in owned), default=0) + 1)
        if current is None or _revision(current) != str(int(revision) - 1):
            current = self._replica_set(deployment, current, revision, len(owned))
        for item in self.objects["replicasets"].values():
            if item["metadata"]["ownerReferences"][0]["name"] == name:
                item["spec"]["replicas"] = spec["replicas"] if item is current else 0
        deployment["metadata"].setdefault("annotations", {})["deployment.kubernetes.io/revision"] = _revision(current)
        deployment["metadata"]["generation"] = deployment["metadata"].get("generation", 0) + 1
        count = spec["replicas"]
        status = {"observedGeneration": deployment["metadata"]["generation"]}
        if count:
            status |= dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
        deployment["status"] = status
        pods = self.objects.setdefault("pods", {})
        for pod in [pod for pod, item in pods.items() if item["metadata"]["labels"]["app"] == labels["app"]]:
            del pods[pod]
        for index in range(count):
            metadata = {"name": f"{current['metadata']['name']}-{index}", "labels": dict(labels)}
            conditions = [{"type": "Ready", "status": "True"}]
            self.put(
                "pods", {"metadata": metadata, "spec": spec["template"]["spec"], "status": {"conditions": conditions}}
            )

    def _replica_set(self, deployment: Json, known: Json, revision: str, number: int) -> Json:
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}
        owner |= {"name": deployment["metadata"]["name"], "uid": deployment["metadata"]["uid"]}
        template = _template(deployment)
        item = known or {
            "metadata": {
                "name": f"{deployment['metadata']['name']}-{number}",
                "labels": dict(template["metadata"]["labels"]),
                "ownerReferences": [owner],
            },
            "spec": {"template": copy.deepcopy(template), "selector": deployment["spec"]["selector"]},
        }
        item["metadata"].setdefault("annotations", {})["deployment.kubernetes.io/revision"] = revision
        self.put("replicasets", item)
        return item


def _template(item: Json) -> Json:
    return item["spec"]["template"]


def _revision(item: Json) -> str:
    return str(item["metadata"]["annotations"]["deployment.kubernetes.io/revision"])


@contextmanager
def cluster(namespace: str) -> Iterator[Cluster]:
    """Serve an empty cluster until the end of the block."""
    held = Cluster(namespace)

    class Handler(_Handler):
        cluster = held

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        held.port = server.server_address[1]
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield held
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    cluster: Cluster
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_PATCH(self) -> None:
        self._answer(lambda where: self._write(where, "patch"))

    def do_PUT(self) -> None:
        self._answer(lambda where: self._write(where, "update"))

    def do_DELETE(self) -> None:
        self._answer(self._delete)

    def _answer(self, act: Any) -> None:
        url = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        try:
            found = _discovery(url.path)
            answer = found if found is not None else act(self._where(url.path))
        except Refusal as error:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": str(error)}
            self._send(error.status, json.dumps(status | {"reason": error.reason, "code": error.status}))
            return
        if answer is not None:
            self._send(200, answer if isinstance(answer, str) else json.dumps(answer))

    def _where(self, path: str) -> tuple[str, str, str, str]:
        """Split an address into group, resource, name and subresource."""
        parts = path.strip("/").split("/")
        group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
        if len(rest) < 3 or rest[0] != "namespaces" or rest[1] != self.cluster.namespace:
            raise Refusal(403, "Forbidden", f"{path} is outside of the namespace {self.cluster.namespace}")
        _, _, resource, name, subresource = [*rest, "", ""][:5]
        if resource not in GROUPS.get(group, ("", {}))[1]:
            raise Refusal(404, "NotFound", f"the server could not find {path}")
        return group, resource, name, subresource

    def _asked(self, verb: str, where: tuple[str, str, str, str]) -> None:
        group, resource, _, subresource = where
        wish = (verb, group, f"{resource}/{subresource}" if subresource else resource)
        self.cluster.asked.add(wish)
        if wish in self.cluster.refused:
            raise Refusal(403, "Forbidden", f"nobody may {verb} {wish[2]}")

    def _get(self, where: tuple[str, str, str, str]) -> Json:
        group, resource, name, subresource = where
        if name:
            self._asked("get", where)
            item = self.cluster.get(resource, name)
            if subresource == "log":
                return self.cluster.logs.get(name, f"a line of {name}\n")
            return _scale(item) if subresource == "scale" else item
        watch = self.query.get("watch") in ("1", "true")
        self._asked("watch" if watch else "list", where)
        items = self.cluster.listed(resource, self.query.get("labelSelector", ""))
        selected = self.query.get("fieldSelector", "").removeprefix("metadata.name=")
        items = [item for item in items if not selected or item["metadata"]["name"] == selected]
        if watch:
            self._watch(items)
            return None
        version, kinds = GROUPS[group]
        head = {"kind": f"{kinds[resource]}List", "apiVersion": "/".join(filter(None, (group, version)))}
        return head | {"metadata": {"resourceVersion": str(self.cluster.version)}, "items": items}

    def _watch(self, items: list[Json]) -> None:
        lines = "".join(json.dumps({"type": "MODIFIED", "object": item}) + "\n" for item in items)
        self._send(200, lines)

    def _write(self, where: tuple[str, str, str, str], verb: str) -> Json:
        _, resource, name, subresource = where
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._asked(verb, where)
        with self.cluster.lock:
            old = self.cluster.get(resource, name)
            if subresource == "scale":
                body = _scale(old) | body if verb == "patch" else body
                new = copy.deepcopy(old)
                new["spec"]["replicas"] = body["spec"].get("replicas", 0)
            else:
                new = body if verb == "update" else self._patched(resource, old, body)
            self.cluster.put(resource, new)
            return _scale(new) if subresource == "scale" else new

    def _patched(self, resource: str, old: Json, patch: Json) -> Json:
        kind = self.headers["Content-Type"]
        if kind == "application/json-patch+json":
            return _json_patch(copy.deepcopy(old), patch)
        if kind == "application/strategic-merge-patch+json" and resource == "virtualservices":
            message = "the body of the request was in an unknown format - accepted media types include: "
            message += "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
            raise Refusal(415, "UnsupportedMediaType", message)
        return _merge(copy.deepcopy(old), patch, by_name=kind == "application/strategic-merge-patch+json")

    def _delete(self, where: tuple[str, str, str, str]) -> Json:
        _, resource, name, _ = where
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._asked("delete", where)
        with self.cluster.lock:
            item = self.cluster.get(resource, name)
            del self.cluster.objects[resource][name]
            return item

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _discovery(path: str) -> Json:
    """Answer kubectl's questions about what there is; None for any other path."""
    if path == "/version":
        return {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups = [
            {"name": name, "versions": [entry], "preferredVersion": entry}
            for name, (version, _) in GROUPS.items()
            if name
            for entry in [{"groupVersion": f"{name}/{version}", "version": version}]
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    for name, (version, kinds) in GROUPS.items():
        if path == ("/api/v1" if not name else f"/apis/{name}/{version}"):
            resources = [_resource(plural, kind) for plural, kind in kinds.items()]
            resources += [
                {"name": f"{plural}/{part}", "namespaced": True, "kind": "Scale", "verbs": ["get", "patch", "update"]}
                for plural in kinds
                for part in SUBRESOURCES.get(plural, [])
            ]
            return {
                "kind": "APIResourceList",
                "groupVersion": "/".join(filter(None, (name, version))),
                "resources": resources,
            }
    if path.startswith("/openapi"):
        raise Refusal(404, "NotFound", "no such page")
    return None


def _resource(plural: str, kind: str) -> Json:
    verbs = ["get", "list", "watch", "patch", "update", "delete"]
    entry = {"name": plural, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": verbs}
    return entry | {"shortNames": SHORT[plural]}


def _scale(item: Json) -> Json:
    metadata = {key: item["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion")}
    selector = ",".join(f"{key}={value}" for key, value in item["spec"]["selector"]["matchLabels"].items())
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": item["spec"]["replicas"]},
        "status": {"replicas": item["status"].get("replicas", 0), "selector": selector},
    }


def _merge(old: Json, patch: Json, *, by_name: bool) -> Json:
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            old.pop(key, None)
        elif isinstance(value, dict) and isinstance(old.get(key), dict):
            old[key] = _merge(old[key], value, by_name=by_name)
        elif by_name and isinstance(value, list) and value and isinstance(value[0], dict):
            old[key] = _merge_lists(old.get(key, []), value)
        else:
            old[key] = value
    return old


def _merge_lists(old: list[Json], patch: list[Json]) -> list[Json]:
    named = {item["name"]: item for item in old}
    for item in patch:
        if item.get("$patch") == "delete":
            named.pop(item["name"], None)
        else:
            named[item["name"]] = _merge(named.get(item["name"], {}), item, by_name=True)
    return list(named.values())


def _json_patch(document: Json, operations: list[Json]) -> Json:
    for operation in operations:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        holder = document
        for part in way:
            holder = holder[int(part) if isinstance(holder, list) else part]
        key = int(last) if isinstance(holder, list) else last
        if operation["op"] == "test":
            found = holder.get(key) if isinstance(holder, dict) else holder[key]
            if found != operation["value"]:
                raise Refusal(422, "Invalid", f"testing value {operation['path']} failed: test failed")
        elif operation["op"] == "remove":
            del holder[key]
        else:
            holder[key] = operation["value"]
    return document
