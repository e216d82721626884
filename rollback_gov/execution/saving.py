"""Keeping files: the baseline before the change, and captures at the moment of the rollback."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from rollback_gov.execution.bash import Outputs, run_script
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.masking import mask_file
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.probe import ask
from rollback_gov.execution.process import discard
from rollback_gov.model.duration import Duration
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Value
from rollback_gov.model.plan import Saved
from rollback_gov.model.record import Record

MANIFEST = "baseline.json"
_SLICE = 0.2
"""Seconds between two looks at the clock of the run while items are kept."""
_PARALLEL = 8
_CHUNK = 1_048_576


class Kept(Record):
    """What became of one item: ``kept``, ``failed`` or ``timeout``; the file's name and digest where it was kept."""

    id: str
    result: str
    file: str = ""
    sha256: str = ""
    seconds: float = 0.0
    detail: str = ""


def save_all(
    context: Context, items: Sequence[Saved], folder: Path, *, seconds: float, masked: bool = False
) -> list[Kept]:
    """Keep all items side by side in ``folder``. ``seconds`` is the budget of all of them together.

    ``masked`` blots out secrets in text files: right for what people will read, wrong for what will be restored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    deadline = context.clock.monotonic() + seconds
    quiet = replace(context, tick=lambda: None)  # the journal belongs to this thread
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        saved = [pool.submit(_save, quiet, item, folder, deadline=deadline, masked=masked) for item in items]
        while wait(saved, timeout=_SLICE).not_done:
            context.tick()
        return [one.result() for one in saved]


def _save(context: Context, item: Saved, folder: Path, *, deadline: float, masked: bool) -> Kept:
    began, target = context.clock.monotonic(), folder / item.save
    part = target.with_name(f".{target.name}.part")
    result, digest = "failed", ""
    try:
        _remove(part)  # a process that was killed may have left half of one
        outcome = _run(context, item, part, deadline) if item.run else _read(context, item, deadline - began)
        result = "timeout" if outcome.ending is Ending.TIMEOUT else "failed"
        problem = _problem(outcome, part, item)
        if masked and not problem:
            mask_file(part, context.masker)
        if not problem:
            digest = digest_of(part)
            part.replace(target)
    except OSError as error:
        problem = f"{item.save} cannot be kept: {error.strerror}"
    seconds = round(context.clock.monotonic() - began, 3)
    if problem:
        _remove(part)
        return Kept(id=item.id, result=result, seconds=seconds, detail=context.masker.text(problem))
    return Kept(id=item.id, result="kept", file=item.save, sha256=digest, seconds=seconds)


def _remove(part: Path) -> None:
    """Remove what was begun, whatever a script has made of it."""
    if part.is_dir() and not part.is_symlink():
        discard(part)
    else:
        part.unlink(missing_ok=True)


def _run(context: Context, item: Saved, part: Path, deadline: float) -> Outcome:
    """Run a script. What it writes to ``$SAVE`` is kept, else what it prints."""
    if item.timeout is not None:
        deadline = min(deadline, context.clock.monotonic() + item.timeout.seconds)
    kept = context.folder / "outputs"
    out, err = kept / f"save-{item.id}.out", kept / f"save-{item.id}.err"
    outputs = Outputs(stdout=out, stderr=err, show=lambda _text: None, raw_limit=None)
    state = context.state_folder / f"save-{os.getpid()}-{item.id}"
    discard(state)
    script = context.script(item.run, {"SAVE": str(part)})
    try:
        outcome = run_script(context, script, state=state, deadline=deadline, outputs=outputs)
        if outcome.ending is Ending.DONE and outcome.exit == 0 and not part.exists():
            shutil.copyfile(state / "stdout", part)
    finally:
        discard(state)
    return outcome


def _read(context: Context, item: Saved, seconds: float) -> Outcome:
    if item.timeout is None:
        item = replace(item, timeout=Duration.of_seconds(max(seconds, 0.001)))
    return ask(context, item, name=f"save-{item.id}")


def _problem(outcome: Outcome, part: Path, item: Saved) -> str:
    """Say why the item was not kept; empty when it was."""
    if outcome.ending is not Ending.DONE:
        return outcome.detail or f"ended by {outcome.ending.value}"
    if outcome.exit not in (None, 0):
        return f"exit code {outcome.exit}: {outcome.stderr.strip()[-300:]}"
    if outcome.status is not None and not 200 <= outcome.status < 300:
        return f"status {outcome.status}"
    if outcome.reading is not None and not isinstance(outcome.reading, Value):
        return outcome.reading.reason
    if not item.run:
        text = format_number(outcome.reading.number) if outcome.reading is not None else outcome.stdout
        part.write_text(text, encoding="utf-8")
    return "" if part.is_file() and not part.is_symlink() else "what the script left at $SAVE is not a file"


def digest_of(path: Path) -> str:
    """Give a file's sha256 in hexadecimal."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_manifest(context: Context, folder: Path, kept: Sequence[Kept]) -> None:
    """Write down what the baseline is: file, digest and time of each entry. Entries from before stay."""
    entries = dict(read_manifest(folder))
    at = stamp(context.clock.now())
    entries |= {item.id: {"file": item.file, "sha256": item.sha256, "at": at} for item in kept if item.result == "kept"}
    part = folder / f".{MANIFEST}.part"
    part.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Read the baseline's list; empty where there is none or it is damaged."""
    try:
        entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


def check_baseline(folder: Path, item: Saved) -> tuple[str, str]:
    """Say whether an entry of the baseline is ``intact``, ``missing`` or ``damaged``, and its digest."""
    entry = read_manifest(folder).get(item.id)
    path = folder / item.save
    if not isinstance(entry, Mapping) or not path.is_file():
        return "missing", ""
    try:
        digest = digest_of(path)
    except OSError:
        return "damaged", ""
    return ("intact" if digest == entry.get("sha256") else "damaged"), digest
