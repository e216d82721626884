"""Every TRACE.md accounts for its runbook: no heading and no command is forgotten, and what it names is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans_example.plan_runner import EXAMPLES
from tests.plans_example.trace import Runbook, Trace, is_plan_path, read_plan, read_runbook, read_trace, resolve

RUNBOOKS = EXAMPLES.parents[1] / "shared" / "seeds"
TRACES = [read_trace(path) for path in sorted(EXAMPLES.glob("*/TRACE.md"))]
SOURCES = ("000", "001", "002", "003", "004")

each_trace = pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.path.parent.name)


def runbook(source: str) -> Runbook:
    found = sorted(RUNBOOKS.glob(f"{source}_*.txt"))
    if not found:
        pytest.skip(f"the runbook seeds/{source} does not lie beside this checkout (looked in {RUNBOOKS})")
    return read_runbook(found[0].read_text(encoding="utf-8"))


def named(lines: set[int], known: Runbook) -> str:
    return "\n".join(f"L{number}: {known.lines[number]}" for number in sorted(lines))


@each_trace
def test_every_row_can_be_read_and_says_something(trace: Trace) -> None:
    assert trace.source in SOURCES
    assert trace.rows
    assert trace.unreadable == ()
    assert [row for row in trace.rows if len(row.where.strip()) < 3] == []


@each_trace
def test_every_place_of_the_plan_that_is_named_exists(trace: Trace) -> None:
    document = read_plan(trace.path.parent)
    lost = []
    for row in trace.rows:
        for name in filter(is_plan_path, row.names):
            try:
                resolve(document, name)
            except LookupError:
                lost.append(f"L{row.first}: {name}")

    assert lost == []


@each_trace
def test_every_script_that_is_named_exists(trace: Trace) -> None:
    names = {name for row in trace.rows for name in row.names if name.startswith(("scripts/", "sql/"))}
    files = {name.split(" ")[0] for name in names}

    assert [name for name in sorted(files) if not (trace.path.parent / name).is_file()] == []


@each_trace
def test_every_row_quotes_its_line(trace: Trace) -> None:
    known = runbook(trace.source)
    wrong = [
        f"L{row.first} is {known.lines.get(row.first, 'beyond the end')!r}, not {row.words!r}"
        for row in trace.rows
        if not _begins_with(known.lines.get(row.first, ""), row.words) or row.last < row.first
    ]

    assert wrong == []


def _begins_with(line: str, words: str) -> bool:
    return line.strip().startswith(words) or line.strip().lstrip("#").strip().startswith(words)


@each_trace
def test_no_heading_and_no_command_of_its_part_is_forgotten(trace: Trace) -> None:
    known = runbook(trace.source)
    headings = {row.first for row in trace.rows}
    covered = {number for row in trace.rows for number in range(row.first, row.last + 1)}
    forgotten = (known.headings - headings) | (known.commands - covered)

    assert named({number for number in forgotten if trace.accounts_for(number)}, known) == ""


@pytest.mark.parametrize("source", SOURCES)
def test_the_traces_of_a_runbook_account_for_all_of_it(source: str) -> None:
    known = runbook(source)
    traces = [trace for trace in TRACES if trace.source == source]

    assert traces, f"no TRACE.md says: Source: seeds/{source}"
    assert named({line for line in known.demands if not any(t.accounts_for(line) for t in traces)}, known) == ""


RUNBOOK = """\
# Title

```bash
# a comment
stop the-service

cat <<EOF
EOF
```

```markdown
# Not a heading of the runbook
```bash
echo inside
```
```

## Second
   ```bash
   indented
   ```
| a table | is no command |
"""


def test_a_runbook_demands_its_headings_and_the_commands_of_all_fences() -> None:
    known = read_runbook(RUNBOOK)

    assert {known.lines[number] for number in known.headings} == {"# Title", "## Second"}
    assert {known.lines[number].strip() for number in known.commands} == {
        "stop the-service",
        "cat <<EOF",
        "EOF",
        "echo inside",
        "indented",
    }


def test_a_fence_that_nothing_closes_hides_nothing() -> None:
    known = read_runbook("```markdown\n# Template\n```bash\nrun\n```\n## Heading")

    assert {known.lines[number] for number in known.headings} == {"# Template", "## Heading"}
    assert {known.lines[number] for number in known.commands} == {"run"}


def test_a_trace_has_a_source_parts_and_rows(tmp_path: Path) -> None:
    path = tmp_path / "TRACE.md"
    path.write_text(
        "# Trace\n\nSource: seeds/001\nLines: 3-4, 10-20\n\n| Line | Words | Where |\n|---|---|---|\n"
        "| L3 | `a \\| b` | `phases[0]` and `scripts/a.sh now` |\n"
        "| L10-L12 | `` echo `date` `` | not kept |\n"
        "| L13 | no quotes | lost |\n",
        encoding="utf-8",
    )

    trace = read_trace(path)

    assert (trace.source, trace.parts) == ("001", (range(3, 5), range(10, 21)))
    assert [(row.first, row.last, row.words) for row in trace.rows] == [(3, 3, "a | b"), (10, 12, "echo `date`")]
    assert trace.rows[0].names == ("phases[0]", "scripts/a.sh now")
    assert trace.unreadable == ("| L13 | no quotes | lost |",)
    assert [trace.accounts_for(line) for line in (3, 5, 20)] == [True, False, True]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("phases[0].steps[1]", True),
        ("communication.messages.started", True),
        ("phase[0]", True),
        ("verification", True),
        ("docker-compose", False),
        ("scripts/a.sh", False),
        ("plan.yaml", False),
        ("HEAD~1", False),
    ],
)
def test_a_plan_path_is_told_from_other_names(name: str, expected: bool) -> None:
    assert is_plan_path(name) is expected


@pytest.mark.parametrize("path", ["phases[1]", "phases[0].id.more", "phase[0]", "phases.id"])
def test_a_path_that_leads_nowhere_is_noticed(path: str) -> None:
    with pytest.raises(LookupError):
        resolve({"phases": [{"id": "a"}]}, path)
