"""Documents that are no plans, each with what is said about it in a comment at its end; and text of any kind."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollback_gov.plans.load import LoadedPlan, load_plan
from rollback_gov.plans.markdown.blocks import MAX_BLOCKS
from rollback_gov.plans.markdown.writing.document import write_markdown
from tests.growth import seconds, takes_no_square
from tests.plans.documents import DOCUMENTS
from tests.plans.runbook.hostile import forget
from tests.thoroughness import examples

from .test_reader import FORM, read
from .texts import PIECES

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.md"))
HEAD = "# Rollback Plan: x\n\n## Metadata\n\n- **Operation ID**: op-7\n\n"
PROCEDURE = f"{HEAD}## Rollback Procedure\n\n### Phase 1: x\n\n"


def test_there_are_enough_broken_documents() -> None:
    assert len(BROKEN) >= 30


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_document_has_exactly_the_findings_that_it_promises(path: Path) -> None:
    promised = re.findall(r"^expect: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    found = [
        f"{finding.code} {finding.place.line}:{finding.place.column} {finding.message} {finding.hint}".strip()
        for finding in load_plan(path).findings
    ]
    assert found == promised


def well_worded(loaded: LoadedPlan) -> bool:
    return (loaded.plan is None) == bool(loaded.findings) and all(
        finding.message.endswith(".")
        and "\n" not in finding.message + finding.hint
        and 1 <= finding.place.line <= len(loaded.source.lines) + 1
        and finding.place.column >= 1
        for finding in loaded.findings
    )


LINES = sorted({line for path in FORM for line in path.read_text(encoding="utf-8").split("\n")})
RENDERED = {name: write_markdown(document).split("\n") for name, document in DOCUMENTS.items() if name != "samia"}


@settings(max_examples=examples(90), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from([HEAD, PROCEDURE]), st.lists(st.sampled_from([*PIECES, *LINES, "\n", "\n", "   "]), max_size=40))
def test_no_text_is_too_strange(head: str, pieces: list[str]) -> None:
    assert well_worded(read(head + "".join(pieces)))


@settings(max_examples=examples(90), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_no_plan_is_too_spoiled(data: st.DataObject) -> None:
    """Lines that go, come, move or change somewhere in a whole document."""
    lines = list(RENDERED[data.draw(st.sampled_from(sorted(RENDERED)))])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["remove", "repeat", "add", "indent", "outdent", "cut", "move"]))
        if kind == "remove":
            del lines[at]
        elif kind == "repeat":
            lines.insert(at, lines[at])
        elif kind == "add":
            lines.insert(at, data.draw(st.sampled_from([*PIECES, *LINES])))
        elif kind == "indent":
            lines[at] = data.draw(st.sampled_from([" ", "  ", "   ", "    ", "\t", "> "])) + lines[at]
        elif kind == "outdent":
            lines[at] = lines[at].lstrip()
        elif kind == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        else:
            lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(at))
        lines = lines or [""]
    assert well_worded(read("\n".join(lines)))


MANY = {
    "lists": "- a\n",
    "lists in one line": "- - - - a\n",
    "quotes": ">",
    "quoted lines": "> a\n",
    "numbers": "1. a\n",
    "headings": "# a\n",
    "phases": "### Phase 1: a (2 minutes)\n",
    "nearly sections": "## Rollback Tasting Requests\n",
    "tables": "|a|b\n|-|-\n",
    "a wide table": "|" + "a|" * 5_000 + "\n|" + "-|" * 5_000 + "\n" + "a\n" * 50_000,
    "fences": "```\n",
    "documents in documents": "```markdown\n",
    "documents with blocks": "```markdown\n```bash\n```\n",
    "backticks": "`",
    "brackets": "[",
    "emphasis": "- **" + "*a `" * 100 + "**\n",
    "links": "[a](",
    "references": "[a]: b\n",
    "comments": "<!-- a -->\n",
    "open comments": "<!--\n",
    "tabs": "\t",
    "backslashes": "\\",
    "blocks of YAML": "```yaml\na: b\n```\n",
    "labels": "**Owner**: x\n",
}


@pytest.mark.parametrize("name", MANY)
def test_anything_many_times_is_answered(name: str) -> None:
    assert well_worded(read(many(name, 30_000)))


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY)
def test_a_megabyte_of_anything_takes_no_square_of_the_time(name: str) -> None:
    takes_no_square(partial(processor, name), 1_000_000)


def many(name: str, size: int) -> str:
    return (PROCEDURE + MANY[name] * (size // len(MANY[name]) + 1))[:size]


def processor(name: str, size: int) -> float:
    """Seconds of computing for reading a text, with nothing remembered of an earlier one."""
    text = many(name, size)
    forget()
    return seconds(lambda: check_wording(text))


def check_wording(text: str) -> None:
    assert well_worded(read(text))


def test_a_long_plan_is_read() -> None:
    block = "     ```bash\n" + "     echo one\n" * 60 + "     ```\n"
    steps = "".join(f"{number}. **Step {number}**\n\n{block}" for number in range(100, 999))
    text = PROCEDURE.replace("op-7", "op-7\n- **Owner**: a\n- **Certification Level**: 1") + steps
    assert len(text) > 700_000
    assert read(text).findings == ()


def test_as_many_lines_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(f"{HEAD}{'a' * 80}\n" * 10).findings[0].code == "RG003"
    assert "too many lines" not in read(HEAD + "- a\n" * (MAX_BLOCKS // 2 - 20)).findings[0].message
    assert "too many lines" in read(HEAD + "- a\n" * (MAX_BLOCKS // 2 + 20)).findings[0].message
