"""What an attacker can do to a repository with a permit: the verbs of attacks.yaml."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rollback_gov.records.audit.entry import BRANCH, Entry, Head, entry_in, parse
from rollback_gov.records.audit.log import written
from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.dsse import PAYLOAD_TYPE, Envelope, Signature, encode, pae, sign
from rollback_gov.records.keys import load_private_key
from rollback_gov.records.places import BREAK_GLASSES, STATUS_LIST
from rollback_gov.records.statement import read
from rollback_gov.records.times import stamp
from tests.loop.conftest import AUTHOR, Repository
from tests.loop.forging import forge, forge_permit, statement_of
from tests.loop.test_gate import rebind

LOG = f"refs/heads/{BRANCH}"


@dataclass
class Attack:
    """A repository, and what is done to it."""

    repository: Repository
    kept: bytes = b""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def permit(self) -> Path:
        """The permit, whatever it is called."""
        return next(self.repository.folder.glob("permits/*.dsse.json"))

    @property
    def list_file(self) -> Path:
        return self.repository.root / STATUS_LIST

    def key(self, name: str, role: str, person: str) -> None:
        """Make a key and trust it."""
        arguments = ("--out", f"keys/{name}.pem", "--id", name, "--role", role, "--person", person, "--add-to-trust")
        self.repository.gov("keys", "generate", *arguments)

    # Where it starts

    def issued(self) -> None:
        self.repository.capture()

    def two(self) -> None:
        """Two people have to sign, and have signed."""
        self.permit.unlink()
        self.key("second", "permit-issuer", "Barbara")
        self.repository.trust("keys:", "thresholds: {permit-issuer: 2}\nkeys:")
        self.repository.issue()
        plan = ("permit", "sign", str(self.repository.plan), "-e", "production", "--key", "keys/second.pem")
        self.repository.gov(*plan)

    def listed(self) -> None:
        """A permit that was issued when there was a status list."""
        self.permit.unlink()
        self.key("status", "status-list", "Edsger")
        self.status_list("refresh")
        self.repository.issue()

    def logged(self) -> None:
        """Everything that was decided is in the audit log, and the permit has seen it."""
        self.repository.gov("audit", "sync")
        self.reissue(True)

    # What is done

    def flip(self, part: str) -> None:
        envelope = read(self.permit)
        if part == "payload":
            bent = envelope._replace(payload=flipped(envelope.payload))
        else:
            last = envelope.signatures[-1]
            bent = envelope._replace(signatures=(*envelope.signatures[:-1], last._replace(value=flipped(last.value))))
        self.permit.write_bytes(encode(bent))

    def forge(self, how: dict[str, Any]) -> None:
        """Sign the same statement with another key, or none, as another type, or with a list emptied."""
        path = {"permit": self.permit, "list": self.list_file, "approval": self.approval}[how["what"]]
        statement = statement_of(path)
        if "empty" in how:
            statement["predicate"][how["empty"]] = []
        forge(self.repository, path, statement, key=how.get("key", "issuer"), type_=how.get("type", PAYLOAD_TYPE))

    @property
    def approval(self) -> Path:
        return next(self.repository.folder.glob("approvals/*grace*"))

    def say(self, changes: dict[str, Any]) -> None:
        """The issuer signs something else."""
        if "uses" not in changes:
            forge_permit(self.repository, **changes)
            return
        statement = statement_of(self.permit)
        statement["predicate"] |= changes
        forge(self.repository, self.permit, statement)

    def statement(self, changes: dict[str, Any]) -> None:
        forge(self.repository, self.permit, {**statement_of(self.permit), **changes})

    def sign_as(self, ids: list[str]) -> None:
        private = load_private_key(self.repository.root / "keys" / "issuer.pem")
        assert private is not None
        self.permit.write_bytes(encode(sign(read(self.permit).payload, [(name, private) for name in ids])))

    def twice(self, where: str) -> None:
        if where == "envelope":
            text = self.permit.read_text()
            self.permit.write_text(text.replace("{", '{"payloadType": "text/plain",', 1))
            return
        payload = read(self.permit).payload.replace(b'{"_type"', b'{"_type":"x","_type"', 1)
        private = load_private_key(self.repository.root / "keys" / "issuer.pem")
        assert private is not None
        value = private.sign(pae(PAYLOAD_TYPE, payload))
        self.permit.write_bytes(encode(Envelope(PAYLOAD_TYPE, payload, (Signature("issuer", value),))))

    def grow(self, megabytes: int) -> None:
        with self.permit.open("ab") as file:
            file.write(b" " * (megabytes * 1_000_000))

    def write(self, text: str | None) -> None:
        if text is None:
            self.permit.unlink()
        else:
            self.permit.write_text(text)

    def edit(self, change: list[str]) -> None:
        name, old, new = change
        files = {"PLAN": self.repository.plan, "SCRIPT": self.repository.folder / "scripts" / "back.sh"}
        self.repository.edit(old, new, files[name])

    def trust(self, change: list[str]) -> None:
        self.repository.trust(*change)

    def origin(self, url: str) -> None:
        self.repository.git("remote", "add", "origin", url)

    def evidence(self, how: dict[str, Any]) -> None:
        """Forge, or delete, every rehearsal; the permit is issued for what lies there then."""
        for path in self.repository.folder.glob("evidence/*.dsse.json"):
            if how.get("delete"):
                path.unlink()
                continue
            statement = statement_of(path)
            statement["predicate"] |= how.get("say", {})
            forge(self.repository, path, statement, key=how.get("key", "runner"))
        if "say" in how:
            rebind(self.repository)

    def status_list(self, what: str) -> None:
        if what == "delete":
            self.list_file.unlink()
        elif what == "keep":
            self.kept = self.list_file.read_bytes()
        elif what == "restore":
            self.list_file.write_bytes(self.kept)
        else:
            self.repository.gov("permit", "status-list", "refresh", "--key", "keys/status.pem")

    def reissue(self, _: bool) -> None:
        self.permit.unlink()
        self.repository.issue()

    def revoke(self, _: str) -> None:
        reason = ("--reason", "wrong dump", "--key", "keys/status.pem")
        self.repository.gov("permit", "revoke", str(self.permit), *reason)

    def claim(self, _: bool) -> None:
        self.repository.claim()

    def rename(self, name: str) -> None:
        self.permit.rename(self.permit.with_name(f"{name}.dsse.json"))

    def urlsafe(self, _: bool) -> None:
        document = json.loads(self.permit.read_text())
        document["payload"] = base64.urlsafe_b64encode(base64.b64decode(document["payload"])).decode()
        for signature in document["signatures"]:
            signature["sig"] = base64.urlsafe_b64encode(base64.b64decode(signature["sig"])).decode()
        self.permit.write_text(json.dumps(document))

    def damage_claim(self, _: bool) -> None:
        next(self.repository.folder.glob("permits/claims/*.json")).write_text("")

    def lose_baseline(self, _: bool) -> None:
        next(self.repository.folder.glob("baseline/production/data.txt")).unlink()

    def delete(self, _: str) -> None:
        self.approval.unlink()

    def author(self, who: list[str]) -> None:
        self._commit("--author", f"{who[0]} <{who[1]}>")

    def committer(self, who: list[str]) -> None:
        identity = ("-c", f"user.name={who[0]}", "-c", f"user.email={who[1]}")
        self._commit("--author", "Nobody <nobody@example.org>", identity=identity)

    def _commit(self, *options: str, identity: tuple[str, ...] = ()) -> None:
        """Commit a comment, which changes no digest."""
        self.repository.plan.write_text(self.repository.plan.read_text() + "# more\n")
        self.repository.git(*identity, "commit", "--quiet", "--all", "--message", "More", *options)

    def break_glass(self, how: dict[str, Any]) -> None:
        """Somebody broke the glass some days ago; ``waived`` is forged by the one who may authorise it."""
        self.key("barbara", "break-glass", "Barbara")
        plan = ("break-glass", "open", str(self.repository.plan), "-e", "production", "--incident", "INC-1")
        when = stamp(self.now - timedelta(days=how["ago"]))
        self.repository.gov(*plan, "--reason", "x", "--waive", "expired", "--key", "keys/barbara.pem", "--now", when)
        if "waived" in how:
            statement = statement_of(self.glass)
            statement["predicate"]["waived"] = how["waived"]
            forge(self.repository, self.glass, canonical_json(statement), key="barbara")

    @property
    def glass(self) -> Path:
        return next((self.repository.root / BREAK_GLASSES).glob("*.dsse.json"))

    def log(self, how: str) -> None:
        """Whoever may push the branch of the audit log writes it as they like."""
        rows = self._git("cat-file", "blob", f"{LOG}:log/000001.jsonl").splitlines(keepends=True)
        bent = rows[1].replace(b'"by":"linus"', b'"by":"mallory"')
        assert bent != rows[1]
        content = {
            "edit": [rows[0], bent, *rows[2:]],
            "remove": [rows[0], *rows[2:]],
            "reorder": [rows[1], rows[0], *rows[2:]],
            "add": [*rows[:2], *rows[1:]],
            "truncate": rows[:-1],
            "delete": [],
            "rewrite": [written([replace(entry, by="mallory") for entry in map(_entry, rows)], Head())[0]],
        }[how]
        blob = self._git("hash-object", "-w", "--stdin", text=b"".join(content)).decode().strip()
        folder = self._git("mktree", text=f"100644 blob {blob}\t000001.jsonl\n".encode()).decode().strip()
        tree = self._git("mktree", text=f"040000 tree {folder}\tlog\n".encode()).decode().strip()
        commit = self._git(*AUTHOR, "commit-tree", tree, "-m", "x").decode().strip()
        self._git("update-ref", LOG, commit)

    def _git(self, *words: str, text: bytes = b"") -> bytes:
        return subprocess.run(
            ["git", *words], cwd=self.repository.root, input=text, check=True, capture_output=True
        ).stdout

    # The gate

    def gate(self, words: list[str]) -> tuple[str, ...]:
        """Give the command line of a gate."""
        command, *more = words or ["verify"]
        if command == "audit":
            return ("audit", "verify", "--json")
        environment = () if "--environment" in more else ("-e", "production")
        key = ("--key", "keys/issuer.pem") if command == "issue" else ()
        return ("permit", command, str(self.repository.plan), *environment, *key, "--json", *map(self._word, more))

    def _word(self, word: str) -> str:
        if word.startswith("in "):
            _, number, unit = word.split()
            return stamp(self.now + timedelta(**{unit: float(number)}))
        return {"PERMIT": str(self.permit), "GLASS": str(self.glass) if word == "GLASS" else ""}.get(word, word)


def _entry(row: bytes) -> Entry:
    return entry_in(parse(row, "the log"))


def flipped(raw: bytes) -> bytes:
    """Flip one bit in the middle."""
    place = len(raw) // 2
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
