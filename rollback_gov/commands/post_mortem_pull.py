"""The post-mortem on its branch: what people wrote there and here is put together, and one pull request proposes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rollback_gov.commands.report import Papers, papers, read_text, write_documents, write_text
from rollback_gov.github.branch_file import BranchFile, Content, Versions
from rollback_gov.model.errors import Refused
from rollback_gov.reports.keep import compose
from rollback_gov.reports.markdown import POST_MORTEM
from rollback_gov.reports.merge import Merged, is_same, merge

PutTogether = Callable[[Content | None, Versions], str]
_ROUNDS = 5
"""How often the file is read, put together and written, where others write it at the same time."""


def bring_to_branch(file: BranchFile, base: str, text: PutTogether, message: str) -> bool:
    """Write the document to its branch, which begins at the branch ``base``; False where ``base`` says the same.

    ``text`` gives it, with what the branch has and what that came from. Raises Refused where others write it again and
    again.
    """
    if not file.tip():
        there = file.read(base)
        if there and is_same(there.text, text(there, Versions(ours=there.text))):
            return False
        file.begin(base)
    for _ in range(_ROUNDS):
        there = file.read()
        wanted = text(there, _before(file, base) if there else Versions())
        if there and is_same(there.text, wanted):
            return True
        if file.write(wanted, before=there, message=message):
            return True
    raise Refused(
        f"{file.path} on the branch {file.branch} was changed whenever it was written.", hint="Try it again later."
    )


def _before(file: BranchFile, base: str) -> Versions:
    """Give what the branch has its file from: from us, or from where it began."""
    found = file.versions()
    if found.ours or (begun := file.read(base)) is None:
        return found
    return Versions(ours=begun.text, since=found.since)


class LocalDocument:
    """The post-mortem as it lies here. What people wrote on the branch comes into it."""

    def __init__(self, folder: Path, out: Path | None, *, html: bool) -> None:
        self._folder, self._out, self._html = folder, out, html
        self.files: Mapping[str, Path] = {}
        self.problems: tuple[str, ...] = ()
        self._write()

    @property
    def place(self) -> Path:
        """Where it lies."""
        return self.files[POST_MORTEM.name]

    @property
    def text(self) -> str:
        """What it says."""
        return read_text(self.place)

    def papers(self) -> Papers:
        """Give the run with all its documents."""
        return papers(self._folder, (POST_MORTEM,), self._out)

    def with_what_people_wrote(self, there: Content | None, before: Versions) -> str:
        """Take over what people wrote on the branch; gives the text then.

        Raises Refused where two wrote different things in one part, or somebody changed what is written anew.
        """
        ours = self.text
        if there is None or is_same(there.text, ours):
            return ours
        blank = self.papers().blank[POST_MORTEM.name].text
        found = merge(ours, there.text, base=before.ours, blank=blank, since=before.since, met=self._met)
        _refuse(found, self.place)
        with_theirs = compose(ours, found.parts)
        if with_theirs != ours:
            write_text(self.place, with_theirs, errors="surrogateescape", retry=f"{POST_MORTEM.name} {self._folder}")
            self._write()
        return self.text

    def remember(self) -> None:
        """Remember that the branch says the same now: what is written from now on is new, here as there."""
        write_text(self._memory, self.text, errors="surrogateescape", retry=f"{POST_MORTEM.name} {self._folder}")

    @property
    def _memory(self) -> Path:
        return self.place.with_name(f".{self.place.name}.on-branch")

    @property
    def _met(self) -> str:
        return read_text(self._memory)

    def _write(self) -> None:
        written = write_documents(self._folder, (POST_MORTEM,), out=self._out, html=self._html)
        self.files, self.problems = written.files, written.problems


def _refuse(found: Merged, place: Path) -> None:
    if found.conflicts:
        names = ", ".join(f"'{name}'" for name in found.conflicts)
        raise Refused(
            f"In {names} the branch and {place} say different things, and both were written since.",
            hint="Write in one of them what both are to say, and try it again.",
        )
    if found.foreign:
        raise Refused(
            f"On the branch somebody changed what is written anew from the run: {found.foreign[:200]}",
            hint="Move it between two `write` markers there, or take it back.",
        )
