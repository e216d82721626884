"""A Kubernetes API server over real HTTP, small enough for tests: it drives the real kubectl.

Objects live in memory. Deployments are rolled out at once, with a replica set for every revision and one pod a replica.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

Object: TypeAlias = dict[str, Any]
NAMESPACE = "test"
CONTEXT = "test"

_KINDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "v1": (("pods", "Pod"), ("services", "Service"), ("configmaps", "ConfigMap"), ("events", "Event")),
    "apps/v1": (("deployments", "Deployment"), ("replicasets", "ReplicaSet")),
    "networking.k8s.io/v1": (("ingresses", "Ingress"),),
    "coordination.k8s.io/v1": (("leases", "Lease"),),
    "monitoring.coreos.com/v1": (("servicemonitors", "ServiceMonitor"),),
    "acid.zalan.do/v1": (("postgresqls", "postgresql"),),
    "authorization.k8s.io/v1": (("selfsubjectaccessreviews", "SelfSubjectAccessReview"),),
}
_REVISION = "deployment.kubernetes.io/revision"
_PATH = re.compile(r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+/[^/]+))/(?:namespaces/(?P<ns>[^/]+)/)?(?P<rest>.+)")


class KubernetesApi:
    """The cluster's memory. ``kubeconfig`` points kubectl at it."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Object] = {}
        self.logs: dict[str, str] = {}
        """Log of each deployment's pods."""
        self.health: dict[str, tuple[int, Object]] = {}
        """What a pod of a deployment answers on /health."""
        self.denied: set[str] = set()
        """Verbs and resources (``patch deployments``) that this person may not use."""
        self.stuck: set[str] = set()
        """Deployments whose new pods never become ready."""
        self.lock = Lock()
        self._serial = 0

    def add(self, resource: str, name: str, **parts: Any) -> Object:
        """Create an object; its kind follows from the resource."""
        group, kind = _group_and_kind(resource)
        metadata = {"name": name, "namespace": NAMESPACE, **parts.pop("metadata", {})}
        return self.put(resource, {"apiVersion": group, "kind": kind, "metadata": metadata, **parts})

    def deployment(self, name: str, image: str, *, container: str, replicas: int = 2, env: str = "") -> Object:
        """Create a deployment with one container whose environment comes from a config map."""
        containers: list[Object] = [{"name": container, "image": image}]
        if env:
            containers[0]["envFrom"] = [{"configMapRef": {"name": env}}]
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}
        spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
        return self.add("deployments", name, spec=spec)

    def get(self, resource: str, name: str) -> Object:
        """Give an object. Raises KeyError."""
        return self.objects[resource, name]

    def has(self, resource: str, name: str) -> bool:
        """Say whether there is such an object."""
        return (resource, name) in self.objects

    def put(self, resource: str, entry: Object) -> Object:
        """Store an object as the server does: with a version, and rolled out if it is a deployment."""
        name = entry["metadata"]["name"]
        before = self.objects.get((resource, name))
        self._serial += 1
        metadata = entry["metadata"]
        metadata |= {"namespace": NAMESPACE, "resourceVersion": str(self._serial), "uid": f"uid-{resource}-{name}"}
        metadata.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        if before is None or before.get("spec") != entry.get("spec"):
            metadata["generation"] = (before["metadata"].get("generation", 0) if before else 0) + 1
        self.objects[resource, name] = entry
        if resource == "deployments":
            self._roll_out(entry)
        return entry

    def _roll_out(self, deployment: Object) -> None:
        name, spec = deployment["metadata"]["name"], deployment["spec"]
        self._keep_revision(deployment)
        wanted = spec.get("replicas", 1)
        ready = 0 if name in self.stuck else wanted
        deployment["status"] = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": [{"type": "Available", "status": "True"}],
        }
        for key in [key for key, item in self.objects.items() if _owner(item) == name and key[0] == "pods"]:
            del self.objects[key]
        for number in range(wanted):
            self._add_pod(name, number, spec["template"], is_ready=number < ready)

    def _add_pod(self, owner: str, number: int, template: Object, *, is_ready: bool) -> None:
        metadata = {"labels": template["metadata"]["labels"], "ownerReferences": [{"name": owner}]}
        conditions = [{"type": "Ready", "status": str(is_ready)}]
        status = {"phase": "Running", "conditions": conditions}
        self.add("pods", f"{owner}-{number}", metadata=metadata, spec=copy.deepcopy(template["spec"]), status=status)

    def _keep_revision(self, deployment: Object) -> None:
        """Write the template down as a replica set; an old one that is used again becomes the newest."""
        name, template = deployment["metadata"]["name"], deployment["spec"]["template"]
        sets = [item for key, item in self.objects.items() if key[0] == "replicasets" and _owner(item) == name]
        newest = max((int(item["metadata"]["annotations"][_REVISION]) for item in sets), default=0)
        same = next((item for item in sets if _bare(item["spec"]["template"]) == _bare(template)), None)
        annotations = deployment["metadata"].setdefault("annotations", {})
        if same is None:
            annotations[_REVISION] = str(newest + 1)
            labels = {**template["metadata"].get("labels", {}), "pod-template-hash": f"h{newest + 1}"}
            reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "controller": True}
            reference["uid"] = deployment["metadata"]["uid"]
            metadata = {"labels": labels, "ownerReferences": [reference]}
            metadata["annotations"] = {_REVISION: str(newest + 1)}
            kept = copy.deepcopy(template)
            kept["metadata"]["labels"] = labels
            spec = {"selector": {"matchLabels": labels}, "template": kept, "replicas": 0}
            self.add("replicasets", f"{name}-{newest + 1}", metadata=metadata, spec=spec)
        elif same["metadata"]["annotations"][_REVISION] != annotations.get(_REVISION):
            kept_as = same["metadata"]["annotations"]
            kept_as[f"{_REVISION}-history"] = ",".join(
                filter(None, (kept_as.get(f"{_REVISION}-history"), kept_as[_REVISION]))
            )
            same["metadata"]["annotations"][_REVISION] = annotations[_REVISION] = str(newest + 1)

    def answer(self, method: str, target: str, body: Any, content_type: str) -> tuple[int, Any]:
        """Give status and answer (a document, or text) of one request."""
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if method == "GET" and (found := _discovery(url.path)) is not None:
            return 200, found
        match = _PATH.fullmatch(url.path)
        if match is None:
            return _failure(404, "NotFound", f"nothing at {url.path}")
        resource, *rest = unquote(match["rest"]).split("/")
        if resource == "selfsubjectaccessreviews":
            return 201, {**body, "status": {"allowed": not self._is_denied(body["spec"]["resourceAttributes"])}}
        with self.lock:
            if not rest:
                return self._collection(method, resource, query, body)
            return self._object(method, resource, rest, query, body, content_type)

    def _is_denied(self, wish: Mapping[str, str]) -> bool:
        resource = "/".join(filter(None, (wish["resource"], wish.get("subresource", ""))))
        return f"{wish['verb']} {resource}" in self.denied

    def _collection(self, method: str, resource: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        group, kind = _group_and_kind(resource)
        if method == "POST":
            if self.has(resource, body["metadata"]["name"]):
                return _failure(409, "AlreadyExists", f"{resource} {body['metadata']['name']} already exists")
            return 201, self.put(resource, body)
        items = [item for key, item in self.objects.items() if key[0] == resource and _selected(item, query)]
        metadata = {"resourceVersion": str(self._serial)}
        return 200, {"apiVersion": group, "kind": f"{kind}List", "metadata": metadata, "items": items}

    def _object(
        self, method: str, resource: str, rest: list[str], query: Mapping[str, str], body: Any, content_type: str
    ) -> tuple[int, Any]:
        name, *sub = rest
        name, _, _port = name.partition(":")
        if not self.has(resource, name):
            return _failure(404, "NotFound", f'{resource} "{name}" not found')
        entry = self.objects[resource, name]
        if sub:
            return self._part(method, resource, entry, sub[0], body)
        if method == "DELETE":
            return 200, self._delete(resource, name)
        if method == "PUT":
            return self._replace(resource, entry, body)
        return 200, self.put(resource, _patched(entry, body, content_type)) if method == "PATCH" else entry

    def _replace(self, resource: str, entry: Object, body: Any) -> tuple[int, Any]:
        version = entry["metadata"]["resourceVersion"]
        if body["metadata"].get("resourceVersion", version) != version:
            return _failure(409, "Conflict", "the object has been modified; please apply your changes to the latest")
        return 200, self.put(resource, body)

    def _part(self, method: str, resource: str, entry: Object, part: str, body: Any) -> tuple[int, Any]:
        if part == "log":
            return 200, self.logs.get(_owner(entry), "")
        if part == "proxy":
            return self.health.get(_owner(entry), (200, {"status": "healthy"}))
        return self._scale(method, resource, entry, body)

    def _delete(self, resource: str, name: str) -> Object:
        for key in [key for key, item in self.objects.items() if _owner(item) == name]:
            del self.objects[key]
        del self.objects[resource, name]
        return {"apiVersion": "v1", "kind": "Status", "status": "Success"}

    def _scale(self, method: str, resource: str, entry: Object, body: Any) -> tuple[int, Any]:
        if method == "PATCH":
            entry = copy.deepcopy(entry)
            entry["spec"]["replicas"] = body["spec"]["replicas"]
            self.put(resource, entry)
        name = entry["metadata"]["name"]
        metadata = {"name": name, "namespace": NAMESPACE, "resourceVersion": entry["metadata"]["resourceVersion"]}
        replicas = {"replicas": entry["spec"].get("replicas", 1)}
        return 200, {
            "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata, "spec": replicas, "status": replicas
        }  # fmt: skip


@contextmanager
def kubernetes_api(folder: Path, context: str = CONTEXT) -> Iterator[tuple[KubernetesApi, Path]]:
    """Run an API server on loopback and give its memory and a kubeconfig."""
    api = KubernetesApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    kubeconfig = folder / "kubeconfig"
    address = f"http://127.0.0.1:{server.server_address[1]}"
    contexts = [{"name": context, "context": {"cluster": CONTEXT, "user": CONTEXT}}]
    config = {"apiVersion": "v1", "kind": "Config", "contexts": contexts}
    config["clusters"] = [{"name": CONTEXT, "cluster": {"server": address}}]
    config["users"] = [{"name": CONTEXT, "user": {}}]
    kubeconfig.write_text(json.dumps(config), encoding="utf-8")
    try:
        yield api, kubeconfig
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(api: KubernetesApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length)
            body = (_access_review(text) if text.startswith(_PROTOBUF) else json.loads(text)) if text else None
            status, answer = api.answer(self.command, self.path, body, self.headers.get("Content-Type") or "")
            is_text = isinstance(answer, str)
            content = answer.encode() if is_text else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if is_text else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Handler


def _group_and_kind(resource: str) -> tuple[str, str]:
    for group, kinds in _KINDS.items():
        for plural, kind in kinds:
            if plural == resource:
                return group, kind
    raise KeyError(resource)


def _discovery(path: str) -> Object | None:
    groups = [group for group in _KINDS if group != "v1"]
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        versions = [{"groupVersion": group, "version": group.split("/")[1]} for group in groups]
        names = [group.split("/")[0] for group in groups]
        listed = [
            {"name": name, "versions": [version], "preferredVersion": version}
            for name, version in zip(names, versions, strict=True)
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    if path == "/openapi/v3":
        paths = {_root(group): {"serverRelativeURL": f"/openapi/v3/{_root(group)}"} for group in _KINDS}
        return {"paths": paths}
    if path.startswith("/openapi/v3/"):
        return _openapi(next(group for group in _KINDS if path == f"/openapi/v3/{_root(group)}"))
    group = path.removeprefix("/apis/").removeprefix("/api/")
    if group not in _KINDS:
        return None
    verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
    resources = [
        {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": True, "verbs": verbs}
        for plural, kind in _KINDS[group]
    ]
    if group == "apps/v1":
        scale = {"group": "autoscaling", "version": "v1", "kind": "Scale", "namespaced": True, "singularName": ""}
        resources.append({"name": "deployments/scale", "verbs": ["get", "patch", "update"], **scale})
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": resources}


def _root(group: str) -> str:
    return "api/v1" if group == "v1" else f"apis/{group}"


def _openapi(group: str) -> Object:
    """Just enough for kubectl to learn that the server validates what it gets."""
    name, _, version = group.rpartition("/")
    paths = {}
    for plural, kind in _KINDS[group]:
        patch: Object = {"parameters": [{"name": "fieldValidation", "in": "query"}], "responses": {}}
        patch["x-kubernetes-group-version-kind"] = {"group": name, "version": version, "kind": kind}
        paths[f"/{_root(group)}/namespaces/{{namespace}}/{plural}/{{name}}"] = {"patch": patch}
    return {"openapi": "3.0.0", "info": {"title": "test", "version": "1"}, "paths": paths}


_PROTOBUF = b"k8s\0"


def _access_review(text: bytes) -> Object:
    """`kubectl auth can-i` speaks protobuf: find what it asks for in the review inside the envelope."""
    review = _fields(_fields(text[len(_PROTOBUF) :])[2])
    wish = _fields(_fields(review[2])[1])
    names = {2: "verb", 5: "resource", 6: "subresource"}
    attributes = {name: wish[number].decode() for number, name in names.items() if number in wish}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": attributes},
    }


def _fields(message: bytes) -> dict[int, bytes]:
    """Read the fields of a protobuf message that hold text or messages; there are no others in a review."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(message):
        number, at = message[at] >> 3, at + 1
        size = shift = 0
        while True:
            byte, at = message[at], at + 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        found[number], at = message[at : at + size], at + size
    return found


def _selected(item: Object, query: Mapping[str, str]) -> bool:
    labels = item["metadata"].get("labels", {})
    name = re.search(r"metadata\.name=([^,]+)", query.get("fieldSelector", ""))
    if name and item["metadata"]["name"] != name[1]:
        return False
    terms = re.findall(r"(\S+?) in \(([^)]*)\)|([^,=\s]+)=([^,]+)", query.get("labelSelector", ""))
    for in_key, in_values, key, value in terms:
        if in_key and labels.get(in_key) not in in_values.replace(" ", "").split(","):
            return False
        if key and labels.get(key) != value:
            return False
    return True


def _owner(item: Object) -> str:
    return str(item["metadata"].get("ownerReferences", [{"name": ""}])[0]["name"])


def _bare(template: Object) -> Object:
    """A template without the label that its replica set adds, and without what is empty."""
    bare: Object = _full(template)
    bare.get("metadata", {}).get("labels", {}).pop("pod-template-hash", None)
    return bare


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _full(entry) for key, entry in value.items() if entry not in (None, {})}
    return [_full(entry) for entry in value] if isinstance(value, list) else value


def _patched(entry: Object, patch: Any, content_type: str) -> Object:
    result = copy.deepcopy(entry)
    if "json-patch" in content_type:
        for change in patch:
            *parents, last = [part.replace("~1", "/") for part in change["path"].split("/")[1:]]
            place: Any = result
            for part in parents:
                place = place[int(part)] if isinstance(place, list) else place[part]
            if change["op"] == "remove":
                del place[last]
            else:
                place[last] = change["value"]
        return result
    return _merged(result, patch, by_name="strategic" in content_type)  # type: ignore[no-any-return]


def _merged(value: Any, patch: Any, *, by_name: bool) -> Any:
    if isinstance(patch, dict):
        result = dict(value) if isinstance(value, dict) else {}
        for key, entry in patch.items():
            if key.startswith("$"):
                continue
            if entry is None:
                result.pop(key, None)
            else:
                result[key] = _merged(result.get(key), entry, by_name=by_name)
        return result
    if by_name and isinstance(patch, list) and all(isinstance(item, dict) and "name" in item for item in patch):
        named = {item["name"]: item for item in value or []}
        for item in patch:
            if item.get("$patch") == "delete":
                named.pop(item["name"], None)
            else:
                named[item["name"]] = _merged(named.get(item["name"]), item, by_name=True)
        return list(named.values())
    return patch


def _failure(status: int, reason: str, message: str) -> tuple[int, Object]:
    answer = {"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": status}
    return status, {**answer, "reason": reason, "message": message}
