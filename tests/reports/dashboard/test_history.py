from __future__ import annotations

from datetime import UTC, datetime

from rollback_gov.reports.dashboard.figures import Share, Spread
from rollback_gov.reports.dashboard.history import Aside, Broken, Read, history
from rollback_gov.reports.dashboard.open_work import OpenAction
from rollback_gov.reports.fact import NotMeasured
from tests.reports import journals
from tests.reports.dashboard.seen import NOW, golden, late, seen

RUNS = ("passed", "failed", "regional", "resumed", "rehearsed")


def test_the_kept_runs() -> None:
    view = history(Read(now=NOW, runs=tuple(golden(name) for name in RUNS)))
    assert (view.rollbacks, view.kept, view.succeeded) == (4, Share(4, 6), Share(2, 4))
    assert view.aside == Aside(rehearsals=1, dry_runs=0, elsewhere=0)
    assert [row.name for row in view.missing] == ["orders", "checkout"]
    assert [row.name for row in view.services] == ["orders", "checkout", "shop"]
    assert isinstance(view.took, Spread)
    assert view.took.n == 4
    assert isinstance(view.noticed, Spread)
    assert (view.noticed.n, view.noticed.middle) == (1, 2.061)
    assert (view.dora.deployments, view.dora.failures, view.dora.unmatched) == (0, 3, 3)
    assert [clock.decided for clock in view.clocks] == sorted((clock.decided for clock in view.clocks), reverse=True)
    assert view.first <= view.latest == view.clocks[0].decided


def test_nothing_is_not_measured_and_never_zero() -> None:
    view = history(Read(now=NOW))
    assert (view.rollbacks, view.first, view.clocks) == (0, "", ())
    for measure in (
        view.took,
        view.dora.rate,
        view.dora.recovery,
        view.noticed,
        view.kept.ratio,
        view.succeeded.ratio,
        view.automatic.ratio,
    ):
        assert isinstance(measure, NotMeasured)


def test_what_is_no_rollback_of_production_is_counted_apart() -> None:
    runs = (
        seen(late(environment_class="staging")),
        seen(late(mode="dry-run")),
        seen(late(mode="rehearse", environment_class="staging")),
    )
    view = history(Read(now=NOW, runs=runs))
    assert view.aside == Aside(rehearsals=1, dry_runs=1, elsewhere=1)
    assert view.rollbacks == 0


def test_only_since_a_time() -> None:
    since = datetime(2026, 1, 31, 12, tzinfo=UTC)
    early = seen(late(run="early", decided_at="2026-01-31T11:59:59.999Z"))
    at = seen(late(run="at", decided_at="2026-01-31T12:00:00.000Z"))
    unknown = seen(late(run="unknown", decided_at=""))
    view = history(Read(now=NOW, runs=(unknown, early, at), since=since))
    assert [clock.run for clock in view.clocks] == ["at"]
    assert history(Read(now=NOW, runs=(unknown, early, at))).rollbacks == 3


def test_one_that_goes_on_is_said_and_judged_by_nothing() -> None:
    view = history(Read(now=NOW, runs=(seen(journals.Story().start()),)))
    assert (view.rollbacks, view.unended, view.kept.whole, view.succeeded.whole) == (1, 1, 0, 0)


def test_the_same_records_in_another_order_of_reading_are_the_same() -> None:
    broken = (Broken(where="b", reason="torn"), Broken(where="a", reason="torn"))
    actions = tuple(OpenAction(run="r", text=text, owner="", due=due) for text, due in (("x", ""), ("y", "2026-01-01")))
    one = history(Read(now=NOW, unreadable=broken, actions=actions))
    assert one == history(Read(now=NOW, unreadable=broken[::-1], actions=actions[::-1]))
    assert [item.where for item in one.unreadable] == ["a", "b"]
