"""What a scan keeps on disk, so that the next one asks for what has changed, and an interrupted one goes on."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from threading import Lock
from typing import Any

from rollback_gov.commands.fleet.snapshot import Outcome, Snapshot, from_bytes, to_bytes
from rollback_gov.commands.fleet.targets import Target
from rollback_gov.model.errors import UsageError
from rollback_gov.records.replace import replace_file
from rollback_gov.records.times import stamp

GOES_ON = timedelta(hours=24)
"""For so long an interrupted scan is taken up; after that everything is asked again."""
_SCAN, _LAST, _FOLDER, _WORK = "scan.jsonl", "last.json", "repositories", "work"


class State:
    """One folder of one fleet. A snapshot is replaced whole; a line says that a repository is done."""

    def __init__(self, folder: Path, held: int = -1) -> None:
        self._folder, self._held = folder, held
        self._lock = Lock()
        self._scan = folder / _SCAN
        self.done: dict[str, Outcome] = {}
        """What became of the repositories that this scan is done with, by the name that it knows them by."""
        self.targets: tuple[Target, ...] | None = None
        """Those of an interrupted scan that goes on; None where it does not know them yet."""

    def begin(self, source: Mapping[str, Any], now: datetime) -> bool:
        """Begin a scan, or go on with an interrupted one of the same ``source``; true where one goes on."""
        lines = _lines(self._scan)
        if lines and lines[0].get("source") == source and _is_young(lines[0].get("began"), now):
            for line in lines[1:]:
                self._recall(line)
            self._mend(lines)
            return True
        self._scan.unlink(missing_ok=True)
        self._write({"source": dict(source), "began": stamp(now)})
        return False

    def listed(self, targets: tuple[Target, ...]) -> None:
        """Remember which repositories there are."""
        self.targets = targets
        self._write({"targets": [[each.name, each.is_listed, each.closed] for each in targets]})

    def snapshot(self, name: str) -> Snapshot | None:
        """Give what is known of a repository; None where that is nothing, or can no longer be read."""
        try:
            return from_bytes(self._file(name).read_bytes())
        except OSError:
            return None

    def finish(self, outcome: Outcome, snapshot: Snapshot | None) -> None:
        """Keep what became of one repository: first what is known of it, then that it is done."""
        if snapshot is not None:
            self._keep(self._file(outcome.asked), snapshot)
        if outcome.kind != "failed":
            self._write({"done": asdict(outcome)})
        with self._lock:
            self.done[outcome.asked] = outcome

    def last(self) -> frozenset[tuple[str, str]] | None:
        """Give what the last whole scan found wanting; None where there was none."""
        try:
            told = json.loads((self._folder / _LAST).read_text(encoding="utf-8"))
            return frozenset((str(one), str(two)) for one, two in told["wanting"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, wanting: Iterable[tuple[str, str]], now: datetime) -> None:
        """Keep what a whole scan found wanting, for the next one to compare with."""
        document = {"at": stamp(now), "wanting": sorted(wanting)}
        with self._told():
            replace_file(self._folder / _LAST, json.dumps(document).encode())

    def end(self) -> None:
        """The scan is whole: forget repositories that are no longer among them."""
        kept = {self._file(name) for name in self.done}
        for path in self._folder.glob(f"{_FOLDER}/*/*"):
            if path not in kept:
                path.unlink(missing_ok=True)
        self._scan.unlink(missing_ok=True)

    def let_go(self) -> None:
        """For a process that was forked: a scan that is killed must not hold its folder through those that it left."""
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    @property
    def workplace(self) -> Path:
        """A folder for what is laid out to be judged; it is gone with the scan."""
        place = self._folder / _WORK
        place.mkdir(exist_ok=True, mode=0o700)
        return place

    def forget(self) -> None:
        """Forget all that is known of the repositories, and the scan that was interrupted."""
        for path in (*self._folder.glob(f"{_FOLDER}/*/*"), self._scan):
            path.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        owner, _, repository = name.lower().partition("/")
        return self._folder / _FOLDER / owner / f"{repository}.json.gz"

    def _keep(self, file: Path, snapshot: Snapshot) -> None:
        with self._told():
            (self._folder / _FOLDER).mkdir(exist_ok=True, mode=0o700)
            file.parent.mkdir(exist_ok=True, mode=0o700)
            replace_file(file, to_bytes(snapshot), synced=False)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one sentence that there is no room, or no permission."""
        try:
            yield
        except OSError as error:
            raise UsageError(
                f"Cannot keep the state in {self._folder}: {error.strerror or error}.",
                hint="Make room, or name another folder; what was kept until then is good.",
            ) from error

    def _recall(self, line: Mapping[str, Any]) -> None:
        if "targets" in line:
            self.targets = tuple(Target(name=one, is_listed=two, closed=three) for one, two, three in line["targets"])
        elif "done" in line:
            outcome = Outcome(**line["done"])
            if outcome.kind != "read" or self.snapshot(outcome.asked) is not None:  # it may be lost with the power
                self.done[outcome.asked] = outcome

    def _mend(self, lines: list[dict[str, Any]]) -> None:
        """Leave out a last line that was torn, so that the next one does not go on in it."""
        replace_file(self._scan, b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    def _write(self, line: Mapping[str, Any]) -> None:
        raw = json.dumps(line).encode() + b"\n"
        with self._lock, self._told():
            file = os.open(self._scan, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, raw)
            finally:
                os.close(file)


@contextmanager
def opened(folder: Path) -> Iterator[State]:
    """Open a folder, and make it where there is none. Raises UsageError, also while another scan has it."""
    lock = _locked(folder)
    try:
        for torn in (*folder.glob(".*.part"), *folder.glob(f"{_FOLDER}/*/.*.part")):
            torn.unlink(missing_ok=True)
        rmtree(folder / _WORK, ignore_errors=True)
        yield State(folder, lock)
    finally:
        rmtree(folder / _WORK, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"Cannot keep the state in {folder}: {error.strerror}.", hint="Name another folder."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise UsageError(f"Another scan uses {folder}.", hint="Wait for it, or name another folder.") from error
    return lock


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a scan, as far as they were written whole."""
    found: list[dict[str, Any]] = []
    try:
        for text in path.read_bytes().split(b"\n")[:-1]:
            found.append(json.loads(text))
    except (OSError, ValueError):
        pass
    return found


def _is_young(began: Any, now: datetime) -> bool:
    try:
        return timedelta(0) <= now - datetime.fromisoformat(str(began)).astimezone(UTC) < GOES_ON
    except ValueError:
        return False
