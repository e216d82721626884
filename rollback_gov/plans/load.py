"""The one loader of plan documents, for every command."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.finding import Place as FilePlace
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record
from rollback_gov.plans.build import ValueOutOfRange, build
from rollback_gov.plans.files import UsedFiles, read_files
from rollback_gov.plans.gaps import open_gaps
from rollback_gov.plans.problem import DocumentError, Problem
from rollback_gov.plans.references import check_references
from rollback_gov.plans.schema import MAX_PROBLEMS, check_schema
from rollback_gov.plans.source import Source, read_source
from rollback_gov.plans.source_map import Node, SourceMap
from rollback_gov.plans.yaml_reader import read_yaml

if TYPE_CHECKING:
    from rollback_gov.plans.scalars import ScalarMap

T = TypeVar("T")
Reader = Callable[[Path, Iterable[str]], tuple[UsedFiles, list[Problem]]]
"""Folder and names -> the files under ``uses``, and a problem for each that cannot be had."""


def is_markdown(path: Path) -> bool:
    """Tell whether a file is Markdown, by its name."""
    return path.suffix.lower() in (".md", ".markdown")


class LoadedPlan(Record):
    """What became of one file. ``plan`` is None exactly when a finding is an error."""

    path: Path
    source: Source
    source_map: SourceMap
    plan: Plan | None
    files: dict[str, str]
    """sha256 (hexadecimal) of every file under ``uses``, by its name in the plan."""
    findings: tuple[Finding, ...]
    scripts: Mapping[str, str | None] = field(default_factory=dict)
    """Texts of the shell scripts under ``uses``, by their names in the plan; None for one that is too long."""
    is_there: bool = True
    """There is such a file, and it may be read."""

    @cached_property
    def _scalars(self) -> dict[tuple[str | int, ...], ScalarMap]:
        return {}

    def locate(self, path: Sequence[str | int], start: int, end: int) -> FilePlace:
        """Give the place in the file of a piece of the text at ``path``, from one offset of that text to another.

        Where the text cannot be followed into the file, the place is that of the whole value.
        """
        from rollback_gov.plans.scalars import ScalarMap, map_scalar

        places = self._scalars.get(tuple(path))
        if places is None:
            node = self.source_map.node(path)
            places = self._scalars[tuple(path)] = map_scalar(self.source.lines, node) if node else ScalarMap(())
        if not places:
            return self.source_map.place(path)
        line, column = places.at(start)
        last_line, last = places.at(max(end - 1, start))
        return FilePlace(self.source.name, line + 1, column + 1, last + 2 if last_line == line else 0)

    def locate_in(self, script: str, start: int, end: int) -> FilePlace:
        """Give the place in a shell script under ``uses``, from one offset of its text to another."""
        text = self.scripts.get(script) or ""
        line_start, after = text.rfind("\n", 0, start) + 1, text.find("\n", start)
        column = start - line_start + 1
        whole = 0 <= after < end
        return FilePlace(
            self.shown(script), text.count("\n", 0, start) + 1, column, 0 if whole else end - line_start + 1
        )

    def line(self, place: FilePlace) -> str:
        """Give the text of the line at a place, in the plan or in one of its scripts; empty where there is none."""
        texts = {self.shown(name): text for name, text in self.scripts.items()}
        lines = self.source.lines if place.file not in texts else (texts[place.file] or "").split("\n")
        return lines[place.line - 1] if place.line <= len(lines) else ""

    def shown(self, name: str) -> str:
        """Name a file under ``uses`` as the plan itself is named."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.source.name), name))

    @property
    def folder(self) -> Path:
        """The plan's folder, in which its steps run."""
        return self.path.parent

    def require(self) -> Plan:
        """Give the plan, or raise Refused with every finding as a reason, UsageError where there is no such file."""
        if not self.is_there:
            (finding,) = self.findings
            raise UsageError(f"{self.source.name}: {finding.message}", hint=finding.hint)
        if self.plan is None:
            reasons = tuple(f"{finding.place}: {finding.message}" for finding in self.findings)
            raise Refused(
                f"{self.source.name} cannot be used as a plan.",
                reasons=reasons,
                hint=f"See `rollback-gov validate {self.source.name}`.",
            )
        return self.plan


def load_plan(path: Path, *, name: str = "") -> LoadedPlan:
    """Read, check and build one plan. Never raises for what is in the file: problems are findings (RG0xx)."""
    shown = name or str(path)
    try:
        source = read_source(path, name=shown)
    except DocumentError as error:
        unreadable = _unreadable(path, Source(shown, ""), error)
        return replace(unreadable, is_there=not isinstance(error.__cause__, OSError))
    return load_text(path, source)


def load_text(path: Path, source: Source, *, read: Reader = read_files) -> LoadedPlan:
    """Like ``load_plan`` for text that is already in memory; ``read`` reads what it uses, where that is no file."""
    try:
        document, source_map = _read(path, source)
    except DocumentError as error:
        return _unreadable(path, source, error)
    problems = list(check_schema("plan-v1", document))
    plan: Plan | None = None
    used = UsedFiles(digests={}, scripts={})
    if not problems:
        plan, problems = _build(Plan, document)
    if plan is not None:
        problems += islice(check_references(plan), MAX_PROBLEMS)
        used, missing = read(path.parent, plan.uses)
        problems += missing
    problems += islice(open_gaps(document), MAX_PROBLEMS)
    findings = tuple(_finding(problem, source_map, plan) for problem in problems)
    return LoadedPlan(
        path=path,
        source=source,
        source_map=source_map,
        plan=None if problems else plan,
        files=used.digests,
        findings=findings,
        scripts=used.scripts,
    )


def _read(path: Path, source: Source) -> tuple[Any, SourceMap]:
    """Read a plan in the form that its name says; only a plan in Markdown pays for reading Markdown."""
    if is_markdown(path):
        from rollback_gov.plans.markdown.reader import read_markdown

        return read_markdown(source)
    return read_yaml(source)


def load_record(path: Path, schema: str, cls: type[T]) -> T:
    """Read another YAML file of the tool (environments, policy, trust) into its record.

    Raises Refused with every problem as a reason.
    """
    record, _ = load_without(path, schema, cls, lambda _: None)
    return record


def load_settings(source: Source, schema: str, cls: type[T]) -> tuple[T, SourceMap]:
    """Read such a file that is in memory already. Raises UsageError with every problem."""
    try:
        document, source_map = read_yaml(source)
    except DocumentError as error:
        raise UsageError(f"{error.place}: {error}", hint=error.hint) from error
    problems = list(check_schema(schema, document))
    record: T | None = None
    if not problems:
        record, problems = _build(cls, document)
    if record is None:
        reasons = "\n".join(f"  - {_sentence(problem, source_map)}" for problem in problems)
        raise UsageError(f"{source.name} is not valid.\n{reasons}")
    return record, source_map


Place = tuple[str | int, ...]


def load_without(
    path: Path, schema: str, cls: type[T], dispensable: Callable[[Place], Place | None]
) -> tuple[T, tuple[str, ...]]:
    """Read such a file without the entries that are wrong and that the caller can do without.

    ``dispensable`` gives, for the path of a problem, that of the entry to leave out, or None where it is needed.
    Gives the record, and a sentence for each problem that was passed over. Raises Refused for the others.
    """
    try:
        document, source_map = read_yaml(read_source(path))
    except DocumentError as error:
        raise Refused(f"{error.place}: {error}", hint=error.hint) from error
    problems = list(check_schema(schema, document))
    entries = [dispensable(problem.path) for problem in problems]
    passed_over = tuple(_sentence(problem, source_map) for problem in problems)
    record: T | None = None
    if None not in entries:
        for entry in entries:
            _leave_out(document, entry or ())
        record, problems = _build(cls, document)
    if record is None:
        raise Refused(f"{path} is not valid.", reasons=tuple(_sentence(problem, source_map) for problem in problems))
    return record, passed_over


def _sentence(problem: Problem, source_map: SourceMap) -> str:
    finding = _finding(problem, source_map, None)
    return f"{finding.place}: {finding.message} {finding.hint}".strip()


def _leave_out(document: Any, entry: Place) -> None:
    for key in entry[:-1]:
        document = document.get(key, {})
    document.pop(entry[-1], None)


def _build(cls: type[T], document: Any) -> tuple[T | None, list[Problem]]:
    try:
        return build(cls, document), []
    except ValueOutOfRange as error:
        return None, [Problem(code="RG005", message=str(error), path=error.path)]


def _unreadable(path: Path, source: Source, error: DocumentError) -> LoadedPlan:
    empty = SourceMap(source.name, Node(None, 0, 0))
    return LoadedPlan(path=path, source=source, source_map=empty, plan=None, files={}, findings=(error.finding,))


def _finding(problem: Problem, source_map: SourceMap, plan: Plan | None) -> Finding:
    return Finding(
        code=problem.code,
        severity=Severity.ERROR,
        message=problem.message,
        hint=problem.hint,
        place=source_map.place(problem.path, at_key=problem.at_key),
        path=problem.path,
        operation=plan.metadata.operation if plan else "",
        fix=problem.fix,
    )
