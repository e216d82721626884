from __future__ import annotations

import json

import pytest

from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.plans.schema import check_schema
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.incident import Incident, incident
from rollback_gov.reports.record import incident_record
from rollback_gov.reports.run_facts import RunFacts, facts_in, facts_of
from tests.reports.golden_runs import GOLDEN, RUNS
from tests.reports.journals import STORIES, Story

REGIONS = tuple(f"regional/regions/{name}" for name in ("america", "asia", "europe"))


def both_ways(whole: Incident) -> tuple[RunFacts, RunFacts]:
    """From the journal, and from the record as a file holds it."""
    record = json.loads(json.dumps(incident_record(whole)))
    assert check_schema("incident-v1", record) == ()
    return facts_of(whole), facts_in(record)


@pytest.mark.parametrize("run", [*RUNS, *REGIONS])
def test_the_record_of_a_real_run_says_what_its_journal_says(run: str) -> None:
    journal, record = both_ways(incident(read_journal(GOLDEN / run / FILE)))
    assert record == journal


@pytest.mark.parametrize("name", sorted(STORIES))
def test_so_does_that_of_every_story_at_each_of_its_events(name: str) -> None:
    events = STORIES[name]().events
    begun = next(number for number, event in enumerate(events) if event.type == "run.started")
    for end in range(begun + 1, len(events) + 1):
        journal, record = both_ways(incident(events[:end]))
        assert record == journal


def test_what_is_unknown_stays_unknown_for_the_same_reason() -> None:
    _, facts = both_ways(incident(Story().start(sla_seconds=0).events))
    assert facts.sla.limit == NotMeasured("there is none")
    assert facts.sla.duration == NotMeasured("the run has not ended")
