"""What real runs leave: their documents word by word, and where every number in them comes from."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.reports.incident import incident
from rollback_gov.reports.keep import unmarked
from rollback_gov.reports.markdown import incident_markdown
from rollback_gov.reports.record import incident_record
from rollback_gov.resources import resource
from tests.reports import journals
from tests.reports.golden_runs import GOLDEN, RUNS, documents, write_golden
from tests.reports.trace import untraced, untraced_figures, untraced_tokens

FOLDERS = sorted(path.parent for path in GOLDEN.rglob(FILE))
MARKDOWN = sorted(GOLDEN.rglob("*.md"))
RECORDS = sorted(GOLDEN.rglob("incident.json"))
PAGES = sorted(GOLDEN.rglob("*.html"))
FAILURES = sorted(GOLDEN.rglob("failure_record.json"))
METRICS = sorted(GOLDEN.rglob("rollback_metrics.json"))


def name_of(path: Path) -> str:
    return path.relative_to(GOLDEN).as_posix()


@pytest.mark.parametrize("run", RUNS)
def test_every_document_is_word_by_word_what_it_was(run: str, tmp_path: Path) -> None:
    written = write_golden(run, tmp_path)
    assert list(documents(written)) == list(documents(GOLDEN / run)), "make golden"
    for name in documents(written):
        now, then = ((folder / name).read_text("utf-8") for folder in (written, GOLDEN / run))
        assert now == then, f"{name}: is the change wanted? Then: make golden"


def test_the_runs_are_what_they_are_said_to_be() -> None:
    ends = {path.parent.name: json.loads(path.read_text("utf-8")) for path in RECORDS}
    assert (ends["passed"]["outcome"], ends["failed"]["outcome"]) == ("passed", "failed")
    assert (ends["regional"]["level"], len(ends["regional"]["regions"])) == (4, 3)
    assert (ends["resumed"]["processes"], ends["resumed"]["outcome"]) == (2, "passed")


@pytest.mark.parametrize("path", RECORDS, ids=name_of)
def test_every_value_of_the_record_is_in_the_journal_or_computed_from_it(path: Path) -> None:
    assert untraced(json.loads(path.read_text("utf-8")), read_journal(path.parent / FILE)) == []


@pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
def test_every_number_of_a_document_is_in_the_journal_or_computed_from_it(path: Path) -> None:
    assert untraced_tokens(unmarked(path.read_text("utf-8")), read_journal(path.parent / FILE)) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_number_of_a_page_is_in_the_journal_or_computed_from_it(path: Path) -> None:
    body = path.read_text("utf-8").partition("<body>")[2]
    text = unescape(re.sub(r"<[^>]*>", " ", body))
    assert untraced_tokens(text, read_journal(path.parent / FILE)) == []


@pytest.mark.parametrize("path", [*METRICS, *FAILURES], ids=name_of)
def test_every_number_of_a_json_document_is_in_the_journal_or_computed_from_it(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    document.pop("version", None)
    assert untraced_figures(document, read_journal(path.parent / FILE)) == []


def test_an_invented_figure_is_noticed() -> None:
    assert untraced_figures({"a": {"b": [839.25]}}, journals.passed().events) == [839.25]


@pytest.mark.parametrize("path", sorted(Path(resource("templates")).glob("*.md.j2")), ids=lambda path: path.name)
def test_no_template_says_a_number_itself(path: Path) -> None:
    said = re.sub(r"\{[{%].*?[}%]\}", " ", path.read_text("utf-8"))
    assert set(re.findall(r"(?<!\w)\d[\d.,:%]*", said)) <= {"1.", "1"}


@pytest.mark.parametrize("path", METRICS, ids=name_of)
def test_every_figure_is_one_of_the_record_or_read_from_its_text(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    record = json.loads((path.parent / "incident.json").read_text("utf-8"))
    schema = json.loads(resource("schemas", "metrics-v1.schema.json").read_text("utf-8"))
    assert list(Draft7Validator(schema).iter_errors(document)) == []
    facts = document["rollback_metrics"]
    assert facts["rollback_execution"]["total_duration_seconds"] == record["sla"]["duration"]["value"]
    last = {phase["path"].removeprefix("phases/"): phase["seconds"]["value"] for phase in record["phases"]}
    assert facts["phase_timings"] == last
    assert facts["rollback_success"]["attempts"] == record["execution"]["attempts"]["value"]
    for group, known in document["provenance"].items():
        for name, how in known.items():
            assert (facts[group][name] is None) == (how["provenance"] == "not measured"), name


@pytest.mark.parametrize("path", [path for path in GOLDEN.rglob("*") if path.suffix in (".md", ".html", ".json")])
def test_nothing_unmeasured_is_stated(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "$0" not in text
    assert not re.search(r"(?:Downtime|[Rr]equests|complaints|Revenue impact)\W+0\b", text)
    assert not re.search(r'"(?:downtime_seconds|affected_requests|failed_requests|revenue_impact_usd)": 0', text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("sla", "duration", "value"), 839),
        (("sla", "met", "value"), False),
        (("execution", "attempts", "value"), 2),
        (("trigger", "value", "value"), "0.024"),
        (("impact", "downtime", "value"), 0),
        (("processes",), 3),
    ],
)
def test_an_invented_value_of_a_record_is_noticed(path: tuple[str, ...], value: Any) -> None:
    events = journals.passed().events
    record = json.loads(json.dumps(incident_record(incident(events))))
    assert untraced(record, events) == []
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert untraced(record, events) == [".".join(path).removesuffix(".value")]


@pytest.mark.parametrize("said", ["13m", "99.9 %", "2,847 requests", "2026-01-31T12:00:01.000Z"])
def test_an_invented_number_of_a_document_is_noticed(said: str) -> None:
    events = journals.passed().events
    text = incident_markdown(incident(events), events)
    assert untraced_tokens(text, events) == []
    assert untraced_tokens(f"{text}\nIt took {said}.\n", events)
