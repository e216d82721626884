"""A document from its template: an organisation's own, and ours where that is missing or broken. None is ever lost."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from rollback_gov.model.record import Record
from rollback_gov.model.steady import shortened, steady
from rollback_gov.reports.fact import wording
from rollback_gov.reports.filters import FILTERS, is_known, shown
from rollback_gov.resources import resource

if TYPE_CHECKING:
    from jinja2 import Environment, Template

OURS = "rollback-gov"
"""``{% include "rollback-gov/NAME" %}`` in an organisation's template is our template of that name."""
LARGEST = 20_000_000
"""Characters beyond which a template is taken to be one that never ends."""


LONGEST_SECONDS = 10.0
"""How long an organisation's template may take; ours take some milliseconds."""


class Rendered(Record, kw_only=False):
    """A document's text. ``problem`` says what is wrong with the organisation's template, and is empty otherwise."""

    text: str
    problem: str = ""


def render(name: str, values: Mapping[str, Any], folder: Path | None = None) -> Rendered:
    """Render ``NAME.md.j2`` or ``NAME.html.j2``, out of ``folder`` where it is there.

    Everything that a Markdown template prints is escaped as Markdown, and as HTML in the other ones: a plan's text can
    be forgotten nowhere. A broken template of the organisation is a problem, and ours takes its place.
    """
    if folder is None or not (folder / name).is_file():
        return Rendered(_environment(None, name.endswith(".html.j2")).get_template(name).render(values))
    try:
        text = _bounded(_environment(folder, name.endswith(".html.j2")).get_template(name), values)
        if not text.strip():
            raise ValueError("it writes nothing")
        return Rendered(text)
    except Exception as error:
        return Rendered(render(name, values).text, _problem(error, folder, name))


def _bounded(template: Template, values: Mapping[str, Any]) -> str:
    """Render beside this thread: a template that loops for ever is left behind, and ends with the process."""
    ended: list[str | BaseException] = []

    def work() -> None:
        try:
            ended.append(_whole(template, values))
        except BaseException as error:
            ended.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(LONGEST_SECONDS)
    if not ended:
        raise TimeoutError(f"it has not ended after {LONGEST_SECONDS} s")
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]


def _whole(template: Template, values: Mapping[str, Any]) -> str:
    parts, size = [], 0
    for part in template.generate(values):
        size += len(part)
        if size > LARGEST:
            raise ValueError(f"it writes more than {LARGEST:,} characters")
        parts.append(part)
    return "".join(parts)


def _problem(error: Exception, folder: Path, name: str) -> str:
    """Say file and line; a template's own frames are in the traceback under the name of its file."""
    from jinja2 import TemplateSyntaxError

    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == folder]
    file, line = (Path(inside[-1].filename), inside[-1].lineno) if inside else (folder / name, None)
    if isinstance(error, TemplateSyntaxError):
        file, line = Path(error.filename or file), error.lineno
    said = " ".join(str(error).split()) or type(error).__name__
    place = f"{file}, line {line}" if line else str(file)
    return f"{place}: {said[:300]}. The built-in template took its place."


@cache
def _environment(folder: Path | None, html: bool) -> Environment:
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Inside(FileSystemLoader):
        """The files of one folder, and nothing that a link in it leads to elsewhere."""

        def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
            source, file, fresh = super().get_source(environment, template)
            if folder is not None and not Path(file).resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{template} is a link out of {folder}; a template is a file of that folder")
            return source, file, fresh

    ours = FileSystemLoader(resource("templates"))
    environment = ImmutableSandboxedEnvironment(
        loader=ours if folder is None else ChoiceLoader([Inside(folder), PrefixLoader({OURS: ours}), ours]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=html,
        finalize=_worded if html else shown,
    )
    environment.filters.update({"whole": _whole_value} if html else FILTERS)
    environment.tests["known"] = is_known
    return environment


def _worded(value: object) -> object:
    """Facts become words, and the environment escapes them; what a filter made safe stays.

    Escaping leaves what turns the direction of writing, and a page would show the text around it backwards. A plan may
    have a title of any length, and no page grows with it.
    """
    return value if hasattr(value, "__html__") else steady(shortened(wording(value)))


def _whole_value(value: object) -> object:
    """Give a text that is of no use when it is cut, such as a command or an address; escaped like every other."""
    from markupsafe import escape

    return value if hasattr(value, "__html__") else escape(steady(wording(value)))
