"""A finding in a script that the plan uses points into that script, in every format."""

from __future__ import annotations

import json

import pytest

from rollback_gov.model.finding import Place
from tests.outputs.results import finding, plan, rendered, result

SCRIPT = "rollback/op-7/scripts/undo.sh"
LINE = "git checkout HEAD~1"
FOUND = finding(code="RG210", message="It moves.", place=Place(SCRIPT, 3, 14, 20))
RESULT = result(plan(FOUND, lines={(SCRIPT, 3): LINE}))
SAID = {
    "text": f"{SCRIPT}:3:14: error RG210: It moves.\n     3 | {LINE}\n       |              ^^^^^^\n",
    "github": f"::error file={SCRIPT},line=3,col=14,endColumn=20,title=RG210::It moves.",
    "markdown": f"**RG210**, `{SCRIPT} line 3`: `It moves.`",
    "junit": f'<testcase name="RG210 {SCRIPT} line 3"',
    "json": f'"file": "{SCRIPT}",\n          "line": 3,',
    "sarif": f'"uri": "{SCRIPT}"',
}


@pytest.mark.parametrize("name", SAID)
def test_it_points_into_the_script(name: str) -> None:
    assert SAID[name] in rendered(name, RESULT)


def test_code_scanning_recognises_it_by_the_scripts_own_line() -> None:
    def mark(line: str) -> str:
        found = result(plan(FOUND, lines={(SCRIPT, 3): line}))
        (only,) = json.loads(rendered("sarif", found))["runs"][0]["results"]
        return str(only["partialFingerprints"]["primaryLocationLineHash"])

    assert mark(LINE) == mark(f"   {LINE}") != mark("git checkout HEAD~2")
