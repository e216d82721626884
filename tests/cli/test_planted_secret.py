"""Secrets that a plan's steps print in every way: in no byte of what a run leaves, shows or sends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from rollback_gov.model.exit_codes import ExitCode
from tests.cli.room import ENVIRONMENTS, Room, wait_for
from tests.execution.mirror.places import bare_repository, git, journal_server
from tests.execution.web import Web, serve
from tests.servers import Postgresql, missing, start_postgresql

SECRETS = {
    "TOKEN": "tok/Pa+ra m=eter1",
    "SHOP_PASSWORD": "envi-ron-ment2",
    "KEY_FILE": "-----BEGIN KEY-----\nMIIEline3one\nMIIEline3two\n-----END KEY-----\n",
    "HOOK_URL": "http://robot:user4info@127.0.0.1:9/services?token=query4value",
}
MIRROR_PASSWORD = "mir-ror-pass6"
TAUGHT = "taught-by-add-mask5"
PIECES = {
    "the parameter": SECRETS["TOKEN"],
    "the environment variable": SECRETS["SHOP_PASSWORD"],
    "a line of the key": "MIIEline3two",
    "the userinfo": "user4info",
    "the query": "query4value",
    "what was taught": TAUGHT,
    "the mirror's password": MIRROR_PASSWORD,
}


def spelled(secret: str) -> dict[str, str]:
    """A secret as it may appear; base64 at each of its three alignments."""
    raw = secret.encode()
    middle = {f"base64+{shift}": b64encode(b"\0" * shift + raw).decode()[4:-4] for shift in (0, 1, 2)}
    return {"plain": secret, "url": quote(secret, safe=""), "json": json.dumps(secret)[1:-1], **middle}


LEAKS = {
    "printed": 'echo "$TOKEN"; echo "$SHOP_PASSWORD" >&2; echo "$HOOK_URL"',
    "a key": 'echo "$KEY_FILE"',
    "parts of a URL": 'echo "${HOOK_URL#*robot:}" | cut -d@ -f1; echo "${HOOK_URL##*token=}"',
    "in a trace": 'set -x; true "$TOKEN" "$SHOP_PASSWORD"',
    "base64": 'printf %s "$TOKEN" | base64; printf %s "u:$SHOP_PASSWORD" | base64; printf %s "me:$TOKEN" | base64',
    "url": "jq -rn --arg t \"$TOKEN\" '$t|@uri'",
    "json": "jq -n --arg t \"$TOKEN\" '{t: $t}'",
    "two writes": 'printf %s "${TOKEN:0:6}"; sleep 0.15; printf "%s\\n" "${TOKEN:6}"',
    "no end of line": 'printf %s "$SHOP_PASSWORD"',
    "carriage returns": 'printf "%s\\r%s\\r\\n" "$TOKEN" "$SHOP_PASSWORD"',
    "taught": 'v=taught-by; v="$v-add-mask5"; echo "::add-mask::$v"; echo "$v"; echo "again $v"',
    "an SQL error": 'psql -X "$DATABASE" -v ON_ERROR_STOP=1 -c "ALTER USER x PASSWORD \'$TOKEN\' oops"',
    "a connection error": 'psql -X "postgresql://u:$SHOP_PASSWORD@127.0.0.1:1/x?bad_option=$TOKEN" -c "select 1"',
}
PLAN = """\
parameters: {TOKEN: {secret: true}, KEY_FILE: {secret: true}, HOOK_URL: {secret: true}, DATABASE: {default: ""}}
communication: {channels: [hook]}
capture: {items: [{id: state, run: 'echo "$TOKEN"; echo "$KEY_FILE"', save: state.txt}]}
"""


INFRASTRUCTURE = """\
variable "token" {}
variable "key" {}
resource "terraform_data" "web" { input = "${var.token} and ${var.key}" }
output "token" { value = var.token }
output "key" { value = { pem = var.key } }
"""


def plan(web: Web) -> str:
    """Every leak is a step; what it expects and does not see lands in the journal."""
    steps: list[dict[str, Any]] = [
        {"id": f"leak-{number}", "name": name, "run": script, "expect": {"stdout": {"matches": "not this"}}}
        for number, (name, script) in enumerate(LEAKS.items())
    ]
    header = {"X-Token": {"parameter": "TOKEN"}, "X-Hook": {"parameter": "HOOK_URL"}}
    steps.append({"id": "header", "http": {"url": f"{web.url}/echo", "headers": header}, "expect": {"status": 500}})
    variables = {"token": {"parameter": "TOKEN"}, "key": {"parameter": "KEY_FILE"}}
    apply = {"directory": "infra", "configuration": "v1", "approval": "none", "variables": variables}
    steps.append({"id": "infra", "terraform": apply, "expect": {"stdout": {"matches": "not this"}}})
    for step in steps:
        step |= {"on_failure": "continue", "timeout": "20s"}
    left = 'find "$INCIDENT_DIR/.state" -type f -not -path "*/phases.leaks.left.*"'
    steps.append({"id": "left", "name": "Of steps that have ended", "run": left, "timeout": "20s"})
    steps[-1]["expect"] = {"stdout": {"equals": ""}}
    phases = [{"id": "leaks", "name": "Leaks", "budget": "5m", "steps": steps}]
    checks = [{"id": "c", "run": 'echo "$TOKEN"', "expect": {"stdout": {"equals": "x"}}, "severity": "warn"}]
    return f"{PLAN}phases: {json.dumps(phases)}\nverification: {{checks: {json.dumps(checks)}}}\n"


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """Gives back the headers that it was sent, as servers do that are being debugged."""
    with serve() as server:

        def echo(handler: Any) -> None:
            body = json.dumps(dict(handler.headers)).encode()
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        server.raw = echo
        yield server


@pytest.fixture(scope="module")
def database() -> Iterator[Postgresql]:
    with start_postgresql() as server:
        yield server


def room_of(folder: Path, body: str, web: Web, environ: Mapping[str, str] | None = None) -> Room:
    """A room whose processes know the secrets, and whose messages go to the web server."""
    channels = f"channels: {{hook: {{kind: webhook, url: '{web.url}'}}}}\n"
    return Room(folder, body, ENVIRONMENTS + channels, {**SECRETS, **(environ or {})})


def found_in(text: bytes) -> list[str]:
    """The secrets that can be read in a text, and how."""
    known = text.decode("utf-8", "replace")
    return [
        f"{name} ({how})" for name, piece in PIECES.items() for how, form in spelled(piece).items() if form in known
    ]


def leaks_of(room: Room, said: str, web: Web) -> list[str]:
    """Where a secret can be read: a file that the run left (terraform's state is its own), the terminal, a message."""
    own = (room.plan, room.root / ".rollback-gov" / "environments.yaml")
    infra = room.plan.parent / "infra"
    files = [path for path in room.root.rglob("*") if path.is_file() and path not in own and infra not in path.parents]
    bodies = [asked.body for asked in web.requests if asked.method == "POST"]
    places = {str(path.relative_to(room.root)): path.read_bytes() for path in files}
    places |= {"the terminal": said.encode(), "messages": b"\n".join(bodies)}
    return [f"{place}: {what}" for place, content in places.items() for what in found_in(content)]


def raw_files(room: Room) -> list[str]:
    """What lies in the private state folder."""
    return sorted(str(path) for path in (room.incident / ".state").rglob("*") if path.is_file())


def test_the_search_finds_what_is_there() -> None:
    assert found_in(b64encode(b"xy" + TAUGHT.encode())) == ["what was taught (base64+2)"]
    assert len({form for piece in PIECES.values() for form in spelled(piece).values()}) > 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A mirror: its address, and all that lies there."""

    address: str
    content: Callable[[], bytes]


@pytest.fixture(params=["git", "http", "postgresql"])
def copy(request: pytest.FixtureRequest, database: Postgresql, tmp_path: Path) -> Iterator[Copy]:
    if request.param == "git":
        remote = bare_repository(tmp_path / "remote")
        every = ["git", "-C", str(remote), "cat-file", "--batch-all-objects", "--batch"]
        yield Copy(address="git:", content=lambda: subprocess.run(every, check=True, capture_output=True).stdout)
    elif request.param == "http":
        with journal_server() as server:
            yield Copy(address=server.web.url, content=lambda: b"".join(asked.body for asked in server.web.requests))
    else:
        name = database.create_database()
        rows = "SELECT run || ' ' || convert_from(line, 'UTF8') FROM rollback_gov_mirror ORDER BY run, seq"
        address = database.url(name, user=f"postgres:{MIRROR_PASSWORD}")
        yield Copy(address=address, content=lambda: database.query(rows, name).encode())


def checkout(room: Room, remote: Path) -> None:
    """Make the room a repository whose one commit, ``v1``, has what terraform applies; other values are live."""
    _ = shutil.which("terraform") or missing("terraform")
    infra = room.plan.parent / "infra"
    infra.mkdir()
    (infra / "main.tf").write_text(INFRASTRUCTURE, encoding="utf-8")
    commit = ("commit", "--quiet", "-m", "v1")
    for words in (("init", "--quiet"), ("remote", "add", "origin", str(remote)), ("add", "."), commit, ("tag", "v1")):
        git(room.root, *words)
    values = {"TF_VAR_token": "of before", "TF_VAR_key": "of before", "PATH": os.environ["PATH"]}
    for verb in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(
            ["terraform", *verb, "-input=false"], cwd=infra, env=values, check=True, stdout=subprocess.DEVNULL
        )


def test_a_planted_secret_is_nowhere(tmp_path: Path, web: Web, database: Postgresql, copy: Copy) -> None:
    environ = {"HOME": str(tmp_path), "ROLLBACK_GOV_JOURNAL_TOKEN": MIRROR_PASSWORD}
    room = room_of(tmp_path / "room", plan(web), web, environ)
    checkout(room, tmp_path / "remote")
    reason = f"errors, the token is {SECRETS['TOKEN']}"
    words = room.execute("--param", f"DATABASE={database.url()}", "--impact", SECRETS["SHOP_PASSWORD"])
    words[words.index("--reason") + 1] = reason
    process = room.process(*words, "--journal-mirror", copy.address, stderr=subprocess.STDOUT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == ExitCode.PASSED, said
    assert len(room.of("step.finished")) == len(LEAKS) + 3
    assert room.of("step.finished")[-1]["result"] == "passed", "nothing raw is left of the steps before"
    assert "Apply complete!" in said
    assert said.count("***") > 20
    mirrored = copy.content()
    assert mirrored.count(b'"type":"step.finished"') >= len(LEAKS) + 3, "the mirror has the journal"
    assert leaks_of(room, said, web) == []
    assert found_in(mirrored) == []
    assert raw_files(room) == []


WAITS = """\
phases:
  - id: one
    budget: 1m
    steps:
      - id: talks
        run: |
          v=taught-by; echo "::add-mask::$v-add-mask5"
          echo "$TOKEN"; printf %s "${SHOP_PASSWORD:0:5}"
          touch ready; until test -e go; do sleep 0.02; done
          echo "${SHOP_PASSWORD:5}"; echo "$v-add-mask5"
        timeout: LIMIT
        on_failure: continue
      - {id: more, run: 'echo "$TOKEN"', timeout: 5s}
"""


@pytest.mark.parametrize("end", ["killed and resumed", "timeout", "cancelled and resumed"])
def test_a_step_that_is_cut_off_leaves_nothing_raw(tmp_path: Path, web: Web, end: str) -> None:
    body = PLAN + WAITS.replace("LIMIT", "1s" if end == "timeout" else "20s").replace(
        "timeout: 20s", "timeout: 20s\n        idempotent: true"
    )
    room = room_of(tmp_path, body, web)
    first = room.process(*room.execute(), stderr=subprocess.STDOUT)
    wait_for((room.plan.parent / "ready").exists)
    if end != "timeout":
        first.send_signal(signal.SIGKILL if end.startswith("killed") else signal.SIGTERM)
    said, _ = first.communicate(timeout=60)
    if end.startswith("cancelled"):
        assert first.returncode == ExitCode.INTERRUPTED
        assert raw_files(room) == []
    if end != "timeout":
        (room.plan.parent / "go").touch()
        second = room.process("resume", "latest", "--as", "ann", stderr=subprocess.STDOUT)
        said += second.communicate(timeout=60)[0]
        assert second.returncode == ExitCode.PASSED, said
    assert leaks_of(room, said, web) == []
    assert raw_files(room) == []


def test_what_runs_is_private_while_it_runs(tmp_path: Path, web: Web) -> None:
    room = room_of(tmp_path, PLAN + WAITS.replace("LIMIT", "20s"), web)
    process = room.process(*room.execute())
    try:
        wait_for((room.plan.parent / "ready").exists)
        state = room.incident / ".state"
        folders = [path for path in state.rglob("*") if path.is_dir()]
        assert folders
        assert {oct(path.stat().st_mode & 0o077) for path in folders if (path / "stdout").exists()} == {oct(0)}
    finally:
        (room.plan.parent / "go").touch()
        process.communicate(timeout=60)


WATCHED = """\
triggers:
  - {id: t, query: {source: exec, run: 'echo "$TOKEN"; echo "$HOOK_URL" >&2; exit 3'}, above: 5, count: 1, every: 100ms}
decision: [{action: rollback, any: [t]}]
watch: {mode: auto, every: 100ms}
phases: [{id: one, budget: 1m, steps: [{id: more, run: 'echo "$TOKEN"', timeout: 5s}]}]
"""


def test_a_planted_secret_is_not_in_the_log_of_a_watch(tmp_path: Path, web: Web) -> None:
    room = room_of(tmp_path, PLAN + WATCHED, web)
    words = ("watch", str(room.plan), "-e", "production", "--for", "1s")
    process = room.process(*words, stderr=subprocess.STDOUT)
    said, _ = process.communicate(timeout=60)
    assert "t" in said
    assert list(room.root.rglob("*.jsonl")), "there is a log"
    assert leaks_of(room, said, web) == []
