from __future__ import annotations

from rollback_gov.reports.fact import NotMeasured, wording
from rollback_gov.reports.incident import incident
from rollback_gov.reports.log import OF_EACH_REGION, Log
from rollback_gov.reports.markdown import incident_markdown
from rollback_gov.reports.metrics_record import metrics_record
from rollback_gov.reports.regions import regions
from tests.reports import journals
from tests.reports.journals import Story


def at(number: int) -> tuple[tuple[str, str], ...]:
    """The outcomes after so many events."""
    return tuple((region.region, region.outcome) for region in regions(Log(journals.regional().events[:number])))


def test_a_run_of_one_has_none() -> None:
    assert regions(Log(journals.passed().events)) == ()


def test_every_region_stands_against_its_own_sla() -> None:
    asia, america, europe = regions(Log(journals.regional().events))
    assert [wording(fact) for fact in (asia.duration, asia.limit, asia.met)] == ["5m", "10m", "yes"]
    assert [wording(fact) for fact in (america.duration, america.met)] == ["12m", "no"]
    assert (america.outcome, america.detail) == ("failed", "phase 'database' failed")
    assert (europe.outcome, europe.report, europe.duration) == ("not started", "", NotMeasured("it never began"))
    assert asia.report == "regions/asia/incident_report.md"


def test_regions_while_the_run_goes_on() -> None:
    assert at(1) == (("asia", "not begun"), ("america", "not begun"), ("europe", "not begun"))
    assert at(2)[0] == ("asia", "not ended")
    assert at(7)[1] == ("america", "waits")
    assert at(9)[1] == ("america", "not ended")


def test_what_only_a_region_knows_is_not_denied_for_the_whole() -> None:
    facts = incident(journals.regional().events)
    done, allowed = facts.execution, facts.permission
    assert {done.attempts, done.within_budget, done.verification_passed} == {NotMeasured(OF_EACH_REGION)}
    assert {done.evidence_kept, allowed.allowed, allowed.point_of_no_return} == {NotMeasured(OF_EACH_REGION)}
    text = incident_markdown(facts, journals.regional().events)
    assert "it never came to the verification" not in text
    assert "| Waiting at gates | 1m between regions |" in text
    quality = metrics_record(facts)["rollback_metrics"]["quality_metrics"]
    assert {name for name, value in quality.items() if value is not None} == {"manual_intervention_required"}


def test_whether_people_took_part_in_a_region_is_known_by_the_region() -> None:
    story = Story().start(regions=[{"region": "asia", "sla_seconds": 600}], strategy={}, level=4)
    facts = incident(story.end("passed", 60).events)
    assert facts.execution.automated == NotMeasured(OF_EACH_REGION)
    text = incident_markdown(facts, story.events)
    assert "| Manual intervention | NOT MEASURED (each region has its own) |" in text


def test_the_report_lists_them_and_leads_to_theirs() -> None:
    events = journals.regional().events
    text = incident_markdown(incident(events), events)
    assert (
        "| `america` | failed: phase 'database' failed | 12m | 10m | no | `regions/america/incident\\_report.md` |"
        in (text.replace("incident_report", "incident\\_report"))
    )
    assert "| SLA | of each region, below |" in text
    assert "18m (from the decision to the end; all regions together)" in text


def test_verified_is_when_the_last_region_was() -> None:
    story = journals.Story().start(regions=[{"region": "a", "sla_seconds": 0}])
    story.wait(5).end("passed", 5)
    facts = incident(story.events)
    assert wording(facts.times.verified) == "2026-01-31T12:00:05.000Z"
    (region,) = facts.regions
    assert wording(region.limit) == "NOT MEASURED"
