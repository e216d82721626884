"""Templates of an organisation: they take the place of ours, and a broken one never costs a report."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from rollback_gov.reports import confined
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.incident import incident
from rollback_gov.reports.markdown import DOCUMENTS, INCIDENT, incident_markdown, run_markdown
from rollback_gov.reports.template_files import PIECES
from rollback_gov.reports.templates import Rendered, render
from rollback_gov.resources import resource
from tests.reports import journals

EVENTS = journals.passed().events
FACTS = incident(EVENTS)
OURS = incident_markdown(FACTS, EVENTS)


@pytest.fixture(autouse=True)
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Render within this process, but where the process is what a test is about (``own_process``)."""
    if "own_process" not in request.fixturenames:
        monkeypatch.setattr(confined, "_limit_memory", lambda _: None)
        monkeypatch.setattr(confined, "_asked", lambda work, _: confined.answered(*pickle.loads(work)))


@pytest.fixture
def own_process() -> None:
    """Render as it is: in a process of its own."""


def rendered(folder: Path, text: str, name: str = INCIDENT.template) -> Rendered:
    (folder / name).write_text(text, encoding="utf-8")
    return run_markdown(INCIDENT, FACTS, EVENTS, folder)


@pytest.mark.usefixtures("own_process")
def test_a_template_of_the_organisation_takes_the_place_of_ours(tmp_path: Path) -> None:
    assert rendered(tmp_path, "# {{ i.identity.title }}: {{ i.sla.duration }}\n") == Rendered(
        "# API v2.1 with a new login: 14m\n"
    )


def test_without_one_ours_is_taken(tmp_path: Path) -> None:
    assert run_markdown(INCIDENT, FACTS, EVENTS, tmp_path) == Rendered(OURS)
    assert run_markdown(INCIDENT, FACTS, EVENTS, tmp_path / "nowhere") == Rendered(OURS)


def test_it_can_stand_on_ours(tmp_path: Path) -> None:
    own = '# For the board\n\n{% include "rollback-gov/incident_report.md.j2" %}'
    assert rendered(tmp_path, own) == Rendered(f"# For the board\n\n{OURS}")


def test_a_piece_of_ours_can_be_replaced_alone(tmp_path: Path) -> None:
    (tmp_path / "impact.md.j2").write_text("<!-- write: impact -->\nHow many users?\n<!-- end -->\n", encoding="utf-8")
    own = rendered(tmp_path, '{% include "rollback-gov/incident_report.md.j2" %}')
    assert "How many users?" in own.text
    assert "Affected requests" not in own.text


def test_a_piece_of_ours_that_lies_alone_in_the_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "impact.md.j2").write_text("<!-- write: impact -->\nHow many users?\n<!-- end -->\n", encoding="utf-8")
    own = run_markdown(INCIDENT, FACTS, EVENTS, tmp_path)
    assert own.problem == ""
    assert "How many users?" in own.text
    assert own.text.startswith(OURS[:200])
    assert "Affected requests" not in own.text


def test_every_piece_of_ours_is_known() -> None:
    ours = {path.name for path in Path(str(resource("templates"))).glob("*.md.j2")}
    assert set(PIECES) == ours - {kind.template for kind in DOCUMENTS}


def test_what_a_template_prints_is_escaped_as_ours_is(tmp_path: Path) -> None:
    events = journals.Story().start(title="<b> | *x* {{ 7*7 }}").events
    (tmp_path / INCIDENT.template).write_text("{{ i.identity.title }}", encoding="utf-8")
    own = run_markdown(INCIDENT, incident(events), events, tmp_path)
    assert own.text == "&lt;b&gt; \\| \\*x\\* {{ 7\\*7 }}"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# x\n{% if %}\n", 2, "Expected an expression"),
        ("# x\n\n{{ i.nothing }}\n", 3, "has no attribute 'nothing'"),
        ("# x\n{{ i.identity.__class__.__mro__ }}\n", 2, "unsafe"),
        ("# x\n{{ ''.__class__.__bases__[0].__subclasses__() }}\n", 2, "unsafe"),
        ('# x\n{% include "nowhere.md.j2" %}\n', 2, "nowhere.md.j2"),
        ("# x\n{{ 1 / 0 }}\n", 2, "division by zero"),
        ("# x\n{{ rows | nonsense }}\n", 2, "No filter named 'nonsense'"),
        (
            "{% for a in range(99999) %}\n{% for b in range(99999) %}\n{{ 'x' * 99999 }}\n{% endfor %}\n{% endfor %}",
            0,
            "",
        ),
        ("{% for a in range(9999999) %}{% endfor %}", 1, "Range too big"),
        ("{% set _ = rows.append(1) %}", 1, "append"),
    ],
)
def test_a_broken_template_says_where_and_ours_takes_its_place(
    tmp_path: Path, text: str, line: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "BOUNDS", confined.Bounds(characters=1_000_000))
    own = rendered(tmp_path, text)
    assert own.text == OURS
    place = f"{tmp_path / INCIDENT.template}, line {line}: " if line else str(tmp_path / INCIDENT.template)
    assert own.problem.startswith(place)
    assert said in own.problem
    assert own.problem.endswith("The built-in template took its place.")


def test_a_template_that_includes_itself_ends(tmp_path: Path) -> None:
    own = rendered(tmp_path, '{% include "incident_report.md.j2" %}')
    assert (own.text, "recursion" in own.problem) == (OURS, True)


@pytest.mark.usefixtures("own_process")
def test_a_template_that_takes_too_long_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "BOUNDS", confined.Bounds(seconds=0.5))
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    own = rendered(tmp_path, endless)
    assert own.text == OURS
    assert "it has not ended after 0.5 s" in own.problem


@pytest.mark.usefixtures("own_process")
@pytest.mark.parametrize(
    "text",
    [
        '{{ "x" * 9999999999 }}',
        '{{ "x".ljust(9999999999) }}',
        '{% set n = namespace(x="xxxxxxxx") %}{% for _ in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}',
        "{% set n = namespace(x=[1]) %}{% for _ in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    ],
)
def test_a_template_that_takes_all_memory_costs_no_report(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "BOUNDS", confined.Bounds(seconds=120, bytes=256 * 1024**2))
    own = rendered(tmp_path, f"# x\n{text}\n")
    assert own.text == OURS
    assert own.problem.startswith(f"{tmp_path / INCIDENT.template}, line 2: it takes more than 256 MB of memory.")


@pytest.mark.usefixtures("own_process")
def test_a_number_that_takes_for_ever_to_compute_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "BOUNDS", confined.Bounds(seconds=0.5))
    own = rendered(tmp_path, "{{ 9 ** (9 ** 9) }}")
    assert (own.text, "it has not ended after 0.5 s" in own.problem) == (OURS, True)


@pytest.mark.usefixtures("own_process")
def test_a_template_that_ends_its_process_costs_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "BOUNDS", confined.Bounds(bytes=1))
    own = rendered(tmp_path, "# x")
    assert own.text == OURS
    assert str(tmp_path / INCIDENT.template) in own.problem


@pytest.mark.usefixtures("own_process")
def test_a_process_that_cannot_be_started_costs_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nowhere"))
    own = rendered(tmp_path, "# x")
    assert own.text == OURS
    assert "no process could be started for it (No such file or directory)" in own.problem


def test_a_template_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / INCIDENT.template).write_bytes(b"\xff\xfe")
    own = run_markdown(INCIDENT, FACTS, EVENTS, tmp_path)
    assert own.text == OURS
    assert str(tmp_path / INCIDENT.template) in own.problem


@pytest.mark.parametrize("text", ["", "\n \n", "{% if false %}x{% endif %}"])
def test_a_template_that_writes_nothing_costs_no_report(tmp_path: Path, text: str) -> None:
    own = rendered(tmp_path, text)
    assert own.text == OURS
    assert own.problem.endswith("it writes nothing. The built-in template took its place.")


@pytest.mark.parametrize("name", [INCIDENT.template, "impact.md.j2"])
def test_a_link_leads_to_no_file_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("hunter2", encoding="utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    if name != INCIDENT.template:
        (folder / INCIDENT.template).write_text('{% include "impact.md.j2" %}', encoding="utf-8")
    (folder / name).symlink_to(tmp_path / "secret")
    own = run_markdown(INCIDENT, FACTS, EVENTS, folder)
    assert own.text == OURS
    assert f"{name} is a link out of {folder}" in own.problem


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "shared").write_text("# Shared", encoding="utf-8")
    (tmp_path / "real" / INCIDENT.template).symlink_to("shared")
    (tmp_path / "link").symlink_to("real")
    assert run_markdown(INCIDENT, FACTS, EVENTS, tmp_path / "link") == Rendered("# Shared")


def test_no_file_outside_of_the_folder_is_included(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the key", encoding="utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    own = rendered(folder, '{% include "../secret" %}')
    assert "the key" not in own.text


def test_a_page_is_escaped_as_html(tmp_path: Path) -> None:
    (tmp_path / "x.html.j2").write_text("{{ a }}{{ b }}{{ b is known }}", encoding="utf-8")
    assert render("x.html.j2", {"a": "<i>", "b": NotMeasured("")}, tmp_path).text == "&lt;i&gt;NOT MEASUREDno"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda item: item.name)
def test_every_document_has_a_template_of_ours(document: object) -> None:
    kind = next(item for item in DOCUMENTS if item is document)
    assert resource("templates", kind.template).is_file()
