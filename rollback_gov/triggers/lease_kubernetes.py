"""Leases as ``Lease`` objects of a Kubernetes cluster, through kubectl: for replicas without a shared disk.

The API server takes a change only with the version that was read (``resourceVersion``), so of two that are faster than
each other one is told so. https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from rollback_gov.triggers.lease import LEASE_SECONDS, Unreachable

SECONDS = 10.0
_HOLDER = "rollback-gov/holder"
_ANSWERS = {"get": ("(NotFound)",), "create": ("(AlreadyExists)",), "replace": ("(Conflict)", "(NotFound)")}
"""Refusals that are answers, by verb: there is nothing, or somebody was faster. Where nothing can be created, because
there is no such namespace, nobody was."""
_LONGEST = 200


class KubernetesLeases:
    """Objects in a namespace (empty: the one of kubectl's context, in a pod its own). ``scope`` begins their names."""

    look_seconds = 60.0

    def __init__(self, namespace: str, scope: str, environ: Mapping[str, str]) -> None:
        self._scope = scope
        self._place = (f"--namespace={namespace}",) if namespace else ()
        self._environ = {**environ, "KUBERC": "off"}

    def read(self, name: str) -> tuple[str, str] | None:
        """Give the document and the object's version."""
        said = self._kubectl("get", "leases.coordination.k8s.io", self._name(name), "--output=json")
        if isinstance(said, int):
            return None
        try:
            metadata = json.loads(said)["metadata"]
            return str((metadata.get("annotations") or {}).get(_HOLDER, "")), str(metadata["resourceVersion"])
        except (ValueError, LookupError, AttributeError, TypeError):
            raise Unreachable("kubectl gave no lease, but something else.") from None

    def swap(self, name: str, version: str, text: str) -> bool:
        """Create the object, or replace the one of that version."""
        verb = "replace" if version else "create"
        text_of = json.dumps(self._object(self._name(name), version, text))
        return not isinstance(self._kubectl(verb, "--filename=-", text=text_of), int)

    def _object(self, name: str, version: str, text: str) -> dict[str, Any]:
        document = json.loads(text)
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        labels = {"app.kubernetes.io/name": "rollback-gov"}
        metadata: dict[str, Any] = {"name": name, "labels": labels, "annotations": {_HOLDER: text}}
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata | ({"resourceVersion": version} if version else {}),
            "spec": {
                "holderIdentity": "" if document["free"] else f"{document['host']}/{document['pid']}",
                "leaseDurationSeconds": int(LEASE_SECONDS),
                "leaseTransitions": document["token"],
                "renewTime": now,
            },
        }

    def _name(self, name: str) -> str:
        """Write a name as the API wants it. One that had to be changed gets a digest, or two could become the same."""
        wanted = f"rollback-gov-{self._scope}-{name}"
        plain = re.sub(r"[^a-z0-9.-]+", "-", wanted.lower())[:_LONGEST].strip("-.")
        return plain if plain == wanted else f"{plain}-{sha256(wanted.encode()).hexdigest()[:8]}"

    def _kubectl(self, *words: str, text: str = "") -> str | int:
        """Give what kubectl prints; its exit code where it says that somebody was faster, or that there is nothing."""
        try:
            done = subprocess.run(
                ["kubectl", *words, *self._place, f"--request-timeout={SECONDS:g}s"],
                input=text,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS + 1,
                env=self._environ,
                check=False,
                start_new_session=True,  # Ctrl-C is for the watch
            )
        except OSError as error:
            raise Unreachable(f"kubectl cannot be run: {error.strerror}.", hint="Install kubectl.") from error
        except subprocess.TimeoutExpired:
            raise Unreachable(f"The cluster gave no answer within {SECONDS:g} s.") from None
        if done.returncode and any(word in done.stderr for word in _ANSWERS[words[0]]):
            return done.returncode
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Unreachable(f"kubectl could not {words[0]} the lease: {last[:300]}")
        return done.stdout
