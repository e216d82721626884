"""Make ``description.json`` anew from GitHub's own OpenAPI description, which npm's ``@octokit/openapi`` (MIT) carries.

    npm pack @octokit/openapi && tar xf octokit-openapi-*.tgz
    python -m tests.github.hub.trim package/generated/api.github.com.json

Kept are the operations that we call or that tests need, as JSON Schema 2020-12: ``nullable`` becomes a type, and prose
and examples are left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAMES = """
checks/create checks/update checks/get checks/list-for-ref checks/list-annotations
issues/check-user-can-be-assigned
issues/create issues/update issues/get issues/list-for-repo issues/add-labels issues/create-label issues/get-label
issues/create-comment issues/update-comment issues/delete-comment issues/get-comment issues/list-comments
git/get-ref git/create-ref git/update-ref git/get-commit git/create-commit git/create-tree git/get-tree git/create-blob
git/get-blob
pulls/create pulls/update pulls/get pulls/list pulls/list-files pulls/list-commits pulls/list-reviews
pulls/create-review pulls/dismiss-review
repos/get repos/get-branch repos/get-commit repos/list-commits repos/get-content repos/create-or-update-file-contents
repos/get-collaborator-permission-level repos/list-pull-requests-associated-with-commit repos/list-for-org
repos/create-deployment repos/get-deployment repos/list-deployments repos/create-deployment-status
repos/list-deployment-statuses repos/get-all-environments repos/get-environment
actions/get-workflow-run actions/get-reviews-for-run code-scanning/upload-sarif code-scanning/get-sarif
rate-limit/get search/issues-and-pull-requests users/get-authenticated users/get-by-username
"""
OPERATIONS = tuple(_NAMES.split())
_PROSE = frozenset(
    {"description", "summary", "title", "example", "examples", "externalDocs", "deprecated", "default"}
) | {"discriminator"}
_METHODS = ("get", "post", "patch", "put", "delete")
_REFERENCE = "#/components/schemas/"


class Trimmer:
    """Collects the schemas that operations reach."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self._whole = whole
        self._waiting: list[str] = []
        self.definitions: dict[str, Any] = {}

    def operation(self, path: str, method: str, told: dict[str, Any]) -> dict[str, Any]:
        """Give what of an operation can be checked."""
        parameters = [self._resolve(one) for one in told.get("parameters", ())]
        body = told.get("requestBody", {})
        return {
            "method": method.upper(),
            "path": path,
            "path_parameters": {one["name"]: self._schema(one["schema"]) for one in parameters if one["in"] == "path"},
            "query": {one["name"]: self._schema(one["schema"]) for one in parameters if one["in"] == "query"},
            "body": self._content(body),
            "body_required": bool(body.get("required")),
            "responses": {
                status: self._content(self._resolve(response)) for status, response in told["responses"].items()
            },
        }

    def finish(self) -> None:
        """Take over every schema that one of those that are here names."""
        while self._waiting:
            name = self._waiting.pop()
            if name not in self.definitions:
                self.definitions[name] = {}
                self.definitions[name] = self._schema(self._whole["components"]["schemas"][name])

    def _resolve(self, item: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in item:
            return item
        found: Any = self._whole
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)

    def _content(self, item: dict[str, Any]) -> Any:
        content = item.get("content", {})
        kind = next((kind for kind in content if kind.endswith("json")), "")
        return self._schema(content[kind].get("schema", {})) if kind else None

    def _schema(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REFERENCE)
            self._waiting.append(name)
            return {"$ref": f"#/$defs/{name}"}
        return _nullable(dict(self._parts(schema)), nullable=bool(schema.get("nullable")))

    def _parts(self, schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, value in schema.items():
            if name in _PROSE or name.startswith("x-") or name == "nullable":
                continue
            if name == "properties":
                yield name, {key: self._schema(one) for key, one in value.items()}
            elif name in ("oneOf", "anyOf", "allOf"):
                yield name, [self._schema(one) for one in value]
            elif name in ("items", "additionalProperties", "not"):
                yield name, self._schema(value)
            else:
                yield name, value


def _nullable(schema: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    if not nullable:
        return schema
    if "type" in schema and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def main(source: Path) -> None:
    """Write ``description.json`` beside this file."""
    whole = json.loads(source.read_text(encoding="utf-8"))
    trimmer = Trimmer(whole)
    operations = {
        told["operationId"]: trimmer.operation(path, method, told)
        for path, item in whole["paths"].items()
        for method, told in item.items()
        if method in _METHODS and told["operationId"] in OPERATIONS
    }
    missing = set(OPERATIONS) - set(operations)
    if missing:
        raise SystemExit(f"The description has no {', '.join(sorted(missing))}.")
    trimmer.finish()
    document = {
        "from": f"@octokit/openapi {whole['info']['version']}, MIT License, Copyright (c) 2020 Octokit contributors",
        "operations": dict(sorted(operations.items())),
        "$defs": dict(sorted(trimmer.definitions.items())),
    }
    target = Path(__file__).parent / "description.json"
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(operations)} operations, {len(trimmer.definitions)} schemas, {target.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
