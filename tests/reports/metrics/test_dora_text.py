from __future__ import annotations

from rollback_gov.reports.metrics.dora import dora
from rollback_gov.reports.metrics.dora_text import dora_lines
from tests.reports.metrics.runs import at, deployed, run


def test_a_row_a_service_and_what_weakens_the_figures() -> None:
    made = [deployed(-5), deployed(60), deployed(-5, "op-8", services=("web\n::error::x",))]
    runs = run(decided=0, breach=-2), run(decided=0, operation="op-9"), run(decided=90, result="failed")
    shown = "\n".join(dora_lines(dora(made, (item.facts for item in runs), since=at(-60), until=at(1000))))
    assert shown == (
        "From 2026-01-31 11:00 to 2026-02-01 04:40 (UTC), production\n"
        "\n"
        "service         deployments  failed  change failure rate  recoveries  median recovery\n"
        "api                       2       2               100.0%           2               6m\n"
        "auth                      2       2               100.0%           2               6m\n"
        "web ::error::x            1       0                 0.0%           0                -\n"
        "all                       3       2                66.7%           2               6m\n"
        "\n"
        "Failures of no known deployment, by which the rate is too low: 1\n"
        "Failures from which no rollback has recovered, which are not in the median: 1\n"
        "Recoveries that count from the decision, because no first breach was measured: 1"
    )


def test_without_anything_there_is_one_row_and_no_remark() -> None:
    lines = list(dora_lines(dora([], [], since=None, until=at(0))))
    assert lines[0] == "From the beginning to 2026-01-31 12:00 (UTC), production"
    assert [line.split() for line in lines[3:]] == [["all", "0", "0", "-", "0", "-"]]
