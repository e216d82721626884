"""What the small examples speak to: n8n, and a load balancer that keeps Terraform's state too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from tests.plans_example.json_server import Request


class N8n:
    """n8n's public API, as far as a workflow needs it: it refuses what is read-only, as the real one does."""

    key = "n8n-key"
    id = "2tUt1wbLX592XDdX"
    writable = frozenset({"name", "nodes", "connections", "settings"})

    def __init__(self) -> None:
        self.workflow: dict[str, Any] = {
            "id": self.id,
            "name": "Customer onboarding v4.4",
            "active": True,
            "createdAt": "2026-01-01T00:00:00.000Z",
            "tags": [],
            "nodes": [
                {"id": "1", "name": "New customer", "parameters": {"path": "customer-onboarding"}},
                {
                    "id": "2",
                    "name": "Create account",
                    "parameters": {"url": "https://accounts.example.com/v1/accounts"},
                },
            ],
            "connections": {"New customer": {"main": [[{"node": "Create account", "type": "main", "index": 0}]]}},
            "settings": {"executionOrder": "v1"},
        }
        self.last = "success"
        self.customers = 0

    def answer(self, request: Request) -> tuple[int, Any]:
        """Give status and document."""
        if request.path == "/webhook/customer-onboarding":
            self.customers += 1
            return 200, {}
        if request.headers.get("X-N8N-API-KEY") != self.key:
            return 401, {"message": "unauthorized"}
        if request.path == "/api/v1/executions":
            return 200, {"data": [{"status": self.last}] if f"workflowId={self.id}" in request.query else []}
        path = request.path.removeprefix(f"/api/v1/workflows/{self.id}")
        if path == request.path:
            return 404, {"message": "Not Found"}
        if path in ("/activate", "/deactivate"):
            self.workflow["active"] = path == "/activate"
        elif request.method == "PUT":
            if set(request.body) != self.writable:
                return 400, {"message": "request/body must NOT have additional properties"}
            self.workflow |= request.body
        return 200, self.workflow


class LoadBalancer:
    """The load balancer's admin API, and the place where Terraform keeps its state."""

    def __init__(self) -> None:
        self.configuration: Any = None
        self.state: Any = None

    def answer(self, request: Request) -> tuple[int, Any]:
        """Give status and document."""
        name = "configuration" if request.path == "/configuration" else "state"
        if request.method in ("PUT", "POST"):
            setattr(self, name, request.body)
            return 200, None
        if request.path == "/health":
            return 200, {"status": "healthy"}
        held = getattr(self, name)
        return (200, held) if held is not None else (404, None)


def commit(directory: Path, text: str) -> str:
    """Write the configuration, commit it, and give the commit."""
    (directory / "main.tf").write_text(text, encoding="utf-8")
    environ = {"PATH": os.environ["PATH"], "HOME": str(directory.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    person = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*person, "commit", "--quiet", "-m", "Configure"]):
        subprocess.run(["git", *command], cwd=directory.parent, env=environ, check=True, timeout=30)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=directory, env=environ, check=True, capture_output=True, text=True, timeout=30
    )
    return head.stdout.strip()
