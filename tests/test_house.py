"""The house: imports point downward only, functions fit on a screen, heavy libraries stay away from ``validate``."""

from __future__ import annotations

import ast
import json
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "rollback_gov"
FLOORS = {"resources": 0, "model": 1, "git": 2, "plans": 2, "sources": 2, "notify": 2, "policy": 3, "records": 3}
FLOORS |= {
    "execution": 4,
    "triggers": 4,
    "outputs": 5,
    "reports": 5,
    "github": 5,
    "commands": 6,
    "cli": 7,
    "__main__": 8,
}
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FUNCTION = 45


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def floor(module: str) -> tuple[str, int] | None:
    parts = module.split(".")
    if parts[0] != "rollback_gov" or len(parts) == 1:
        return None
    return parts[1], FLOORS[parts[1]]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downward(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if here == "__init__":
        return
    for line, module in imports(path):
        there = floor(module)
        if there is not None and there[0] != here:
            assert there[1] < FLOORS[here], f"{path.name}:{line}: {here} must not import {module}"


def test_modules_import_each_other_in_no_circle() -> None:
    names = {module_name(path) for path in MODULES}
    needs = {module_name(path): {there for _, there in imports(path)} & names for path in MODULES}
    TopologicalSorter(needs).prepare()
    with pytest.raises(CycleError, match="in a cycle"):
        TopologicalSorter(needs | {"rollback_gov.policy.interval": {"rollback_gov.policy.conditions"}}).prepare()


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_fit_on_a_screen(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_click_command(node):
            size = (node.end_lineno or 0) - node.lineno + 1
            assert size <= LONGEST_FUNCTION or is_one_expression(node), f"{path.name}:{node.lineno} {node.name}: {size}"


def is_click_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command's signature has a line an option."""
    return any("command" in ast.dump(decorator) for decorator in node.decorator_list)


def is_one_expression(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A record with many fields is built in one go: long, and nothing to follow."""
    return len(node.body) <= 12 and not any(isinstance(part, ast.For | ast.While | ast.Try) for part in ast.walk(node))


def test_validate_imports_nothing_heavy(tmp_path: Path) -> None:
    plan = ROOT / "plans-example" / "demo" / "plan.yaml"
    (tmp_path / "uses.py").write_text(
        "import json, sys\n"
        "from rollback_gov.cli.main import run\n"
        f"code = run(['validate', '--quiet', {str(plan)!r}])\n"
        "print(json.dumps([code, sorted(sys.modules)]))\n"
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "uses.py"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    heavy = {
        "requests",
        "github",
        "jinja2",
        "rich",
        "cryptography",
        "jsonschema",
        "markdown_it",
        "ruamel",
        "urllib3",
        "rollback_gov.records",
    }
    assert heavy & set(modules) == set()


def test_the_project_speaks_of_itself_alone() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    home = pwd.getpwuid(os.getuid()).pw_dir
    here = [re.escape(f"{folder}/") for folder in (str(ROOT), home) if folder.strip("/")]
    foreign = re.compile("|".join([*here, r"\bissue #?\d+\b", "this session"]), re.IGNORECASE)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            found = foreign.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{name} speaks of {found[0] if found else ''}"
