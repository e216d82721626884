"""The pieces out of which a runbook is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.runbook import words as words_module
from rollback_gov.plans.runbook.commands import command_in
from rollback_gov.plans.runbook.conditions import read_condition
from rollback_gov.plans.runbook.draft import Draft, read_runbook
from rollback_gov.plans.runbook.encoding import broken_as, repaired
from rollback_gov.plans.runbook.scripts import carried_over, is_script, pieces
from rollback_gov.plans.runbook.taking import Ids, unique
from rollback_gov.plans.runbook.times import beginning, duration_in, stretch, windows_in
from rollback_gov.plans.runbook.titles import read_title
from rollback_gov.plans.runbook.words import folded, pattern, section_kind
from rollback_gov.plans.source import Source
from tests.thoroughness import examples

SECTIONS = yaml.safe_load(Path(words_module.__file__).with_name("words.yaml").read_text(encoding="utf-8"))["sections"]
SPELLED = [word for spelled in SECTIONS.values() for word in spelled]

PROCEDURE = "# Roll back x\n\n## Rollback procedure\n\n"


def draft_of(text: str) -> Draft:
    (draft,) = read_runbook(Source("RUNBOOK.md", text))
    return draft


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2 minutes", "2m"),
        ("2 minutes max", "2m"),
        ("Complete in 120 seconds", "2m"),
        ("< 1 minute", "1m"),
        ("5-15 minutes", "15m"),
        ("5 à 10 minutes", "10m"),
        ("1 hour 30 minutes", "1h30m"),
        ("15-Minute SLA", "15m"),
        ("Fastest - 30 seconds", "30s"),
        ("3 Minuten", "3m"),
        ("2 horas", "2h"),
        ("5分钟", "5m"),
        ("10分間", "10m"),
        ("0-15 minutes", ""),
        ("15 minutes - 1 hour", ""),
        ("within 24 hours", ""),
        ("T+10 minutes", ""),
        ("every 5 minutes", ""),
        ("innerhalb von 2 Stunden", ""),
        ("30+ minutes", ""),
        ("version 2 of 3", ""),
        ("soon", ""),
        ("999999 days", ""),
    ],
)
def test_how_long_something_takes(text: str, span: str) -> None:
    assert duration_in(text) == span


def test_windows_and_stretches() -> None:
    said = "Look within 24 hours, then every 5 minutes, at T+10 minutes and 24 hours before"
    assert list(windows_in(said)) == ["within 24 hours", "every 5 minutes", "T+10 minutes", "24 hours before"]
    assert stretch("15 minutes - 1 hour") == (900_000, 3_600_000)
    assert stretch("5-15 minutes") == (300_000, 900_000)
    assert stretch("15 minutes") is None
    assert (beginning("30+ minutes"), beginning("5-15 minutes"), beginning("later")) == (1_800_000, 300_000, None)


@pytest.mark.parametrize(
    ("text", "name", "budget", "numbered", "choice"),
    [
        ("Phase 2: Drain (1 minute)", "Drain", "1m", True, False),
        ("2.3 Stage 3: Service Rollback (5 minutes)", "Service Rollback", "5m", True, False),
        ("Infrastructure (Terraform)", "Infrastructure (Terraform)", "", False, False),
        ("Option A: Git (Recommended)", "Git", "", False, True),
        ("B) Application (2-5 minutes)", "Application", "5m", False, True),
        ("Scenario 1 - Missed", "Missed", "", False, True),
        ("Scenario: Database", "Database", "", False, False),
        ("Schritt 3 – Prüfen", "Prüfen", "", True, False),
        ("第2步：回滚", "回滚", "", True, False),
        ("Steps", "Steps", "", False, False),
    ],
)
def test_what_a_title_says(text: str, name: str, budget: str, numbered: bool, choice: bool) -> None:
    title = read_title(text)
    assert (title.name, title.budget, title.numbered, title.choice) == (name, budget, numbered, choice)


@pytest.mark.parametrize(
    ("text", "keys", "compared"),
    [
        ("Error rate > 1% for 2 consecutive minutes", {"above": "1%", "for": "2m"}, False),
        ("Success rate <90%", {"below": "90%"}, False),
        ("P99 latency >= 0.5", {"at_least": 0.5}, False),
        ("Taux d'erreur ≤ 0,5 %", {"at_most": "0.5%"}, False),
        ("2+ consecutive", {"count": 2}, False),
        ("3+ unique reports", {"at_least": 3}, False),
        ("p99 > 2x baseline", {}, True),
        ("Service down > 2 min", {"for": "2m"}, False),
        ("Service down > 1.5 hours", {}, False),
        ("Latency > 500ms", {"above": 500}, False),
        ("Errors > 10/minute", {"above": 10}, False),
        ("Data looks wrong", {}, False),
    ],
)
def test_what_a_condition_says(text: str, keys: dict[str, object], compared: bool) -> None:
    condition = read_condition(text, 1)
    assert {key: value.value for key, value in condition.keys.items()} == keys
    assert condition.compared == compared


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Run `kubectl get pods`", "kubectl get pods"),
        ("`./undo.sh`", "./undo.sh"),
        ("Ejecute `./undo.sh --now`.", "./undo.sh --now"),
        ("Run `checkout-v2`", ""),
        ("Set the mode to `kubectl get` there", ""),
        ("Run `ls a` or `ls b`", ""),
        ("Nothing", ""),
    ],
)
def test_only_what_is_said_to_be_run_is_a_command(text: str, command: str) -> None:
    assert command_in(text) == command


def test_broken_text_is_repaired_even_where_bytes_were_lost() -> None:
    broken = "⏳ wait → ✅".encode().decode("cp1252", errors="ignore")
    assert broken_as(broken) == "cp1252"
    assert repaired(broken, "cp1252") == "⏳ wait → ✅"
    assert broken_as("Größe, naïve, â, Ü") == ""
    assert repaired("âœ…", "") == "âœ…"


def test_only_numbers_that_count_are_steps() -> None:
    block = Block("fence", 0, 9, text="# 1. a\nA=1\n# 7. b\nls\n# 2. c\necho $A\n", info="bash")
    parts = pieces(block)
    assert [(part.title, part.line) for part in parts] == [("a", 1), ("c", 5)]
    assert carried_over(parts) == ["A"]
    assert not is_script(Block("fence", 0, 2, text="ROLLBACK STARTED\n", info=""))
    assert is_script(Block("fence", 0, 2, text="docker ps\n", info=""))


def test_ids_are_different() -> None:
    used: Ids = {}
    assert [unique("Undo it", "x", used) for _ in range(3)] == ["undo-it", "undo-it-2", "undo-it-3"]
    assert unique("回滚", "phase-4", used) == "phase-4"


def test_capitals_and_accents_of_a_title_do_not_matter() -> None:
    assert section_kind("4. Última solución: Último recurso") == "last_resort"
    assert section_kind("Nothing of the kind") == ""


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.sampled_from([*SPELLED, " ", "s", "-", "x", "É", "1. "]), max_size=5).map("".join))
def test_what_stands_first_among_the_sections_wins(title: str) -> None:
    found = (name for name, spelled in SECTIONS.items() if pattern(spelled).search(folded(title)))
    assert section_kind(title) == next(found, "")


def test_titles_in_html_have_their_level() -> None:
    text = "<h2>Rollback procedure</h2>\n\n<h3>Step 1: A</h3>\n\n1. `ls a`\n\n<h2>After the rollback</h2>\n\n1. Rest\n"
    plan = draft_of(text).taking.plan
    assert [phase["name"].value for phase in plan["phases"]] == ["A"]
    assert len(plan["recovery"][0]["steps"]) == 1


def test_a_way_forward_without_a_point_asks_for_it() -> None:
    draft = draft_of("## Rollback procedure\n\n1. `ls a`\n\n## Forward fix\n\n1. `ls b`\n")
    assert draft.taking.plan["point_of_no_return"]["description"].value == "TODO"
    assert "point_of_no_return.description" in [gap.at for gap in draft.taking.gaps]


def test_scripts_of_a_scenario_are_no_steps_of_the_procedure() -> None:
    scenario = "## Rollback scenarios\n\n### Verification broken\n\n```bash\nls b\n```\n"
    draft = draft_of(f"## Rollback procedure\n\n1. `ls a`\n\n{scenario}")
    assert [scenario["name"].value for scenario in draft.taking.plan["scenarios"]] == ["Verification broken"]
    assert "It has steps of its own: make them a phase." in "".join(gap.missing for gap in draft.taking.gaps)
    assert "verification" not in draft.taking.plan


def test_commands_are_taken_to_the_letter() -> None:
    script = "cat > x <<EOF\n  two  \n   \n\ttab\nEOF"
    draft = draft_of(f"## Rollback procedure\n\n```bash\n{script}\n```\n")
    assert draft.taking.plan["phases"][0]["steps"][0]["run"].value == f"{script}\n"


def test_heads_of_tables_and_messages_are_known_by_the_words_of_the_list() -> None:
    plan = draft_of(
        "# Rückbau\n\n## Entscheidung\n\n| Bedingung | Schwellenwert | Gegenmaßnahme |\n|---|---|---|\n"
        "| Fehlerrate | > 5% | zurückrollen |\n\n## Ablauf\n\n| Schritt | Befehl |\n|---|---|\n"
        "| Zurück | `./undo.sh --all` |\n\n## Kommunikation\n\n### Fehlgeschlagen\n\n```\nNichts geht mehr.\n```\n"
        "\n### Unsuccessful attempt failed\n\n```\nWir beginnen.\n```\n\n### Beginn\n\n```\nGleich.\n```\n"
    ).taking.plan
    assert [band["action"].value for band in plan["decision"]] == ["rollback"]
    assert [step["run"].value for phase in plan["phases"] for step in phase["steps"]] == ["./undo.sh --all"]
    told = {name: value.value for name, value in plan["communication"]["messages"].items()}
    assert told == {"failed": "Nichts geht mehr.", "started": "Gleich."}


WARNED = {
    "before phases": "> WARNING: hot\n\n### Phase 1: a\n\n1. do\n",
    "in a phase of sections": "### Phase 1: a\n\n> WARNING: hot\n\n#### How\n\n1. do\n",
    "before options": "### Phase 1: a\n\n> WARNING: hot\n\n#### Option A: b\n\n1. do\n\n#### Option B: c\n\n1. do\n",
    "in a phase of text": "### Phase 1: a\n\n> WARNING: hot\n\nDo it.\n",
    "alone in a phase": "### Phase 1: a\n\n> WARNING: hot\n\n### Phase 2: b\n\n1. do\n",
    "before a list": "> WARNING: hot\n\n1. do\n",
    "behind a list": "1. do\n\n> WARNING: hot\n",
    "between an entry and its script": "1. Stop:\n\n> WARNING: hot\n\n```bash\n./x.sh\n```\n\n1. Start\n",
    "in an entry with a script": "1. Stop\n   > WARNING: hot\n\n   ```bash\n   ./x.sh\n   ```\n",
    "as text of an entry with a script": "1. Stop. WARNING: hot\n\n   ```bash\n   ./x.sh\n   ```\n",
    "in an entry with a command": "1. Run `./x.sh`\n   > WARNING: hot\n",
    "behind a table": "| step | command |\n|---|---|\n| a | `ls x` |\n\n> WARNING: hot\n",
    "as an admonition": "!!! danger\n    WARNING: hot\n\n1. do\n",
}


@pytest.mark.parametrize("name", WARNED)
def test_a_warning_among_steps_is_never_lost(name: str) -> None:
    draft = draft_of(PROCEDURE + WARNED[name])
    first = draft.taking.plan["phases"][0]
    ways = first.get("alternatives", [first])
    for way in ways:
        told = way["steps"][0]
        assert any("WARNING: hot" in told[key].value for key in ("notes", "manual", "name") if key in told), told


def test_a_numeral_in_bold_is_a_step_only_with_what_ends_a_number() -> None:
    written = {"**3** replicas answer": 0, "**3.** a": 1, "**3**. a": 1, "**3)** a": 1, "**3**) a": 1, "**3:** a": 1}
    found = {
        text: len(draft_of(f"{PROCEDURE}1. x\n\n{text}\n").taking.plan["phases"][0]["steps"]) - 1 for text in written
    }
    assert found == written
