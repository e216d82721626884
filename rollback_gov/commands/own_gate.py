"""Whether a branch changes the files that decide about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rollback_gov.commands.ref_files import RefFiles
from rollback_gov.commands.settings import FOLDER, SETTINGS, Files, FolderFiles, policy_files
from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Finding, Place
from rollback_gov.outputs.result import CheckedFile
from rollback_gov.plans.problem import DocumentError
from rollback_gov.policy.rules.governance import CHANGED


def own_gate(root: Path, files: RefFiles) -> tuple[CheckedFile, ...]:
    """Give a finding for each file of policy, trust and waivers that differs from where the branch began.

    Those in folders further down count too: whoever names a plan there is judged by them, once they are merged. So does
    a link in the place of the folder itself.
    ``files`` are those of the ref. Where the branch has left it counts, so that what others have changed there since is
    not held against it.
    """
    here, before = FolderFiles(root), files.where_branched()
    decisive = tuple(f"/{name}" for name in (FOLDER, *SETTINGS))
    below = sorted(name for name in files.touched if f"/{name}".endswith(decisive))
    names = dict.fromkeys((*policy_files(files), *policy_files(here), *SETTINGS, *below))
    return tuple(file for name in names for file in compare(name, here, before, files.ref))


def compare(name: str, here: Files, before: Files, ref: str) -> Iterator[CheckedFile]:
    """Give a finding where one file is not what it was, at the first line that differs."""
    now, then = _lines(here, name), _lines(before, name)
    if now == then:
        return
    pairs = enumerate(zip(now, then, strict=False), start=1)
    line = next((number for number, (one, other) in pairs if one != other), min(len(now), len(then)) + 1)
    message = f"{name} is not what it was where this branch left {ref}; the change does not count before it is merged."
    finding = Finding(
        code=CHANGED.code,
        severity=CHANGED.severity,
        message=message,
        place=Place(name, max(1, min(line, len(now)))),
        hint="Look at it as closely as at the plans.",
    )
    lines = {(name, finding.place.line): now[finding.place.line - 1]} if now else {}
    yield CheckedFile(file=name, findings=(finding,), lines=lines)


def _lines(files: Files, name: str) -> list[str]:
    try:
        source = files.read(name)
    except (DocumentError, UsageError) as error:
        return [str(error)]
    return source.lines if source else []
