"""The same words in other places of a plan: what is looked at by people, tried in a rehearsal, or does not count."""

from __future__ import annotations

import pytest

from rollback_gov.policy.check import check
from tests.policy.subjects import SMALL, subject

REHEARSAL = "rehearsal: {{deploy: {{run: {script}}}, participants: [ada]}}\n"
TROUBLE = "troubleshooting:\n  - phase: undo\n    when: It hangs\n    symptoms: [Nothing happens]\n"
PLACES = {
    "a step": SMALL.replace("run: ./undo.sh, timeout: 2m", "run: {script}, timeout: 1m"),
    "a remedy": SMALL + TROUBLE + "    remedies: [{{id: mend, run: {script}, timeout: 1m}}]\n",
    "a look": SMALL + TROUBLE + "    investigate: [{{run: {script}, timeout: 1m}}]\n",
    "a rehearsal": SMALL + REHEARSAL,
}
SAID = {
    "git checkout HEAD~1": ("RG210", {"a step", "a remedy"}),
    "sleep 90": ("RG206", {"a step", "a remedy"}),
    "git gc || true": ("RG207", {"a step"}),
    "tail -f /var/log/syslog": ("RG204", {"a step", "a remedy", "a rehearsal"}),
    "docker exec -t db ls": ("RG203", {"a step", "a remedy", "a rehearsal"}),
    "psql -f sql/undo.sql": ("RG220", {"a step"}),
}


def codes(text: str) -> set[str]:
    return {finding.code for finding in check(subject(text)).findings}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("script", SAID)
def test_where_a_script_stands_decides_what_is_said_of_it(script: str, place: str) -> None:
    code, places = SAID[script]
    text = PLACES[place].replace("{{", "{").replace("}}", "}").replace("{script}", script)

    assert (code in codes(text)) is (place in places)


LOOPS = {
    "while pgrep shop; do sleep 90; done": False,
    "for i in 1 2 3; do sleep 30; done": True,
    "for i in $(ls); do sleep 90; done": False,
    "for i in {1..2}; do for j in 1 2; do sleep 20; done; done": True,
    "for i in {1..2}; do while pgrep shop; do sleep 90; done; done": False,
    "sleep 30; sleep 31": True,
    "if pgrep shop; then sleep 90; fi": False,
}


@pytest.mark.parametrize("script", LOOPS)
def test_only_what_is_slept_for_certain_is_added_up(script: str) -> None:
    text = SMALL.replace("{id: undo, run: ./undo.sh, timeout: 2m}", f"{{id: undo, run: '{script}', timeout: 1m}}")

    assert ("RG206" in codes(text)) is LOOPS[script]
