"""Whether a branch changes the files that decide about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollback_gov.commands.ref_files import RefFiles
from rollback_gov.commands.settings import POLICY, TRUST, WAIVERS, Files, FolderFiles, policy_files
from rollback_gov.commands.workspace import Workspace
from rollback_gov.git import Git, GitError
from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Finding, Place
from rollback_gov.outputs.result import CheckedFile
from rollback_gov.plans.problem import DocumentError
from rollback_gov.policy.rules.governance import CHANGED


def own_gate(workspace: Workspace, environ: Mapping[str, str]) -> tuple[CheckedFile, ...]:
    """Give a finding for each file of policy, trust and waivers that differs from where the branch began."""
    ref, root = workspace.policy_from, workspace.root
    here = FolderFiles(root)
    before = RefFiles(root, _base(Git(root, environ), ref), environ)
    names = dict.fromkeys((*policy_files(workspace.files, ref), *policy_files(here, ""), POLICY, TRUST, WAIVERS))
    return tuple(file for name in names for file in compare(name, here, before, ref))


def _base(git: Git, ref: str) -> str:
    """Where the branch left the ref, so that what others have changed there is not held against it; else the ref."""
    try:
        return git.ask("merge-base", "--", ref, "HEAD")
    except GitError:
        return ref


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
