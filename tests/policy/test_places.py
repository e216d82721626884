"""A finding points at the very word, however the script is written."""

from __future__ import annotations

import pytest

from rollback_gov.policy.check import check
from tests.policy.subjects import SMALL, loaded, subject

STEP = "- {id: undo, run: ./undo.sh, timeout: 2m}"
WRITTEN = {
    "plain": "- {id: undo, run: docker ps && git checkout HEAD~1}",
    "plain over lines": "- id: undo\n        run: docker ps &&\n          git\n          checkout HEAD~1",
    "single quotes": "- {id: undo, run: 'echo ''a'' && git checkout HEAD~1'}",
    "double quotes": '- {id: undo, run: "echo \\"a\\" \\u00e9\\t&& git checkout HEAD~1"}',
    "literal": "- id: undo\n        run: |\n          docker ps\n          git checkout HEAD~1",
    "literal, stripped": "- id: undo\n        run: |-\n          docker ps\n\n          git checkout HEAD~1",
    "literal, indented": "- id: undo\n        run: |1\n            docker ps\n         git checkout HEAD~1",
    "folded": "- id: undo\n        run: >-\n          docker ps &&\n          git\n          checkout HEAD~1",
    "folded with an empty line": "- id: undo\n        run: >\n          docker ps\n\n          git checkout HEAD~1",
    "anchor": "- id: undo\n        run: &script |\n          git checkout HEAD~1",
    "other scripts": "- id: undo\n        run: |\n          echo '🚀 é' && git checkout HEAD~1",
    "nested": "- {id: undo, run: \"bash -c 'git checkout HEAD~1'\"}",
    "in a here-document": "- id: undo\n        run: |\n          cat <<E\n          $(git checkout HEAD~1)\n         "
    " E",
}


@pytest.mark.parametrize("step", WRITTEN.values(), ids=WRITTEN)
def test_the_very_word(step: str) -> None:
    text = SMALL.replace(STEP, step)
    document = loaded(text)
    (finding,) = [each for each in check(subject(text)).findings if each.code == "RG210"]
    place = finding.place
    line = document.source.lines[place.line - 1]

    assert line[place.column - 1 : place.end_column - 1] == "HEAD~1"


def test_a_word_over_two_lines_has_no_end_column() -> None:
    step = '- id: undo\n        run: |\n          psql -c "DROP\n            TABLE x"'
    (finding,) = [each for each in check(subject(SMALL.replace(STEP, step))).findings if each.code == "RG208"]

    assert (finding.place.line, finding.place.column, finding.place.end_column) == (11, 20, 0)


def test_an_expression_of_promql_too() -> None:
    query = "query:\n      source: prometheus\n      expr: >-\n        sum(a)\n        / rate(b)\n"
    trigger = f"triggers:\n  - id: x\n    {query}"
    text = SMALL.replace("phases:", trigger + "    above: 1\n    for: 1m\nphases:")
    (finding,) = [each for each in check(subject(text)).findings if each.code == "RG303"]

    assert (finding.place.line, finding.place.column, finding.place.end_column) == (11, 11, 15)


def test_nothing_is_sure_about_a_script_that_is_not_bash() -> None:
    step = "- id: undo\n        run: |\n          git checkout HEAD~1\n          if x; then y"
    found = {each.code: each.severity.value for each in check(subject(SMALL.replace(STEP, step))).findings}

    assert found["RG210"] == "warning"
    assert found["RG200"] == "error"
