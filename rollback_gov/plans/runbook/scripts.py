"""Blocks of code of a runbook: what a shell would run, its numbered parts, and what it says should come out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import SHELL

SHELLS = SHELL | {"zsh", "ksh"}
"""Runbooks name shells too that no plan is run by."""
CONSOLE = frozenset({"console", "shell-session", "shellsession", "terminal"})
_PROMPT = re.compile(r"(?:[\w.-]{1,40}@[\w.:~/-]{1,60})?[$#>] ")
_NUMBERED = re.compile(
    r"#\s*(?:(?:Step|Schritt|Paso|Passo|Étape|Etape|Phase)\s+)?(?P<number>[0-9]{1,3})\s*[.:)]\s*(?P<title>\S.*)", re.I
)
_NUMBERED_CJK = re.compile(
    r"#\s*(?:第?(?P<number>[0-9]{1,3})\s*(?:步|ステップ|手順)|(?:步骤|手順|ステップ)\s*(?P<other>[0-9]{1,3}))\s*[.:：)、]?\s*(?P<title>\S.*)"
)
_ASSIGNMENT = re.compile(r"(?:export\s+|readonly\s+|local\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=")
_COMMAND = re.compile(
    r"\s*(?:sudo\s+)?(?:kubectl|helm|docker|docker-compose|podman|git|curl|wget|psql|pg_restore|pg_dump|mysql|mysqldump|redis-cli|aws|gcloud|az"
    r"|terraform|ansible(?:-playbook)?|systemctl|service|npm|npx|yarn|pip|python3?|bash|sh|make|cp|mv|rm|ln|rsync|scp|ssh|cd|ls|cat|tar|chmod"
    r"|export|sleep|alembic|flyway|liquibase|rake|rails|bundle|php|java|argocd|flux|nomad|consul|vault|oc|cf|heroku|fly|pm2|nginx|mongo\w*|jq|sed|awk|grep"
    r"|\./\S+|/(?:usr|opt|bin|etc|srv)/\S+)(?:\s|$)"
)
_EXPECTED = re.compile(
    r"\s*#\s*(?:Expected(?: output)?|Expect|Erwartet|Esperado|Attendu|预期|期待)\s*[:：]\s*(?P<value>\S.*)", re.I
)
LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a script: its title (empty where it has none), its text, and its line in the runbook, from 0."""

    title: str
    text: str
    line: int
    expected: tuple[str, int] | None = None
    """What the runbook says should come out, and its line."""


def is_script(block: Block) -> bool:
    """Tell a block that a shell runs: it says so, or it says nothing and a line begins with a known program."""
    if block.kind == "code" or (block.kind == "fence" and not block.language):
        lines = [line for line in block.text.split("\n")[:400] if line.strip()]
        return any(
            _COMMAND.match(line[:LONGEST_LINE]) or _PROMPT.match(line[:200])
            for line in lines
            if not line.startswith("#")
        )
    return block.kind == "fence" and block.language in SHELLS | CONSOLE


def is_text(block: Block) -> bool:
    """Tell a block without a language, or of plain text, that no shell would run: a message to send."""
    return (block.kind == "fence" and block.language in ("", "text", "txt")) and not is_script(block)


def pieces(block: Block) -> list[Piece]:
    """Give the numbered parts of a script, or all of it as one.

    What stands before the first number belongs to the first part; variables that are set there, to every part, because
    each becomes a shell of its own.
    """
    lines = _commands(block)
    first = block.line + (block.kind == "fence")
    heads = [(index, *head) for index, line in enumerate(lines) if (head := _numbered(line)) is not None]
    heads = _ascending(heads)
    if len(heads) < 2:
        return [Piece("", _joined(lines), first, _expected(lines, first))]
    set_up = [line for line in lines[: heads[0][0]] if _ASSIGNMENT.match(line) or line.startswith("set -")]
    found = []
    for position, (index, _, title) in enumerate(heads):
        end = heads[position + 1][0] if position + 1 < len(heads) else len(lines)
        own = lines[:end] if position == 0 else [*set_up, *lines[index:end]]
        found.append(Piece(title, _joined(own), first + index, _expected(lines[index:end], first + index)))
    return found


def carried_over(parts: Sequence[Piece]) -> list[str]:
    """Give the variables that one part sets and a later one uses: a shell of its own does not have them."""
    found: list[str] = []
    set_before: set[str] = set()
    for part in parts:
        own = {hit["name"] for line in part.text.split("\n") if (hit := _ASSIGNMENT.match(line[:LONGEST_LINE].strip()))}
        used = set(re.findall(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)", part.text))
        found += sorted((used & set_before) - own - set(found))
        set_before |= own
    return found


def _numbered(line: str) -> tuple[int, str] | None:
    found = _NUMBERED.match(line[:300]) or _NUMBERED_CJK.match(line[:300])
    if found is None:
        return None
    number = found["number"] or found["other"]
    return int(number), found["title"].strip()


def _ascending(heads: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Keep the heads that count 1, 2, 3: other numbers in comments are no steps."""
    kept: list[tuple[int, int, str]] = []
    for head in heads:
        if head[1] == len(kept) + 1:
            kept.append(head)
    return kept


def _commands(block: Block) -> list[str]:
    """Give the lines of a script; of a console's, what was typed."""
    lines = block.text.removesuffix("\n").split("\n")
    prompted = [bool(_PROMPT.match(line[:200])) for line in lines]
    console = block.language in CONSOLE or (
        any(prompted) and all(line.startswith("$ ") for line, is_ in zip(lines, prompted, strict=True) if is_)
    )
    if not console or not any(prompted):
        return lines
    return [_PROMPT.sub("", line, count=1) if is_ else "" for line, is_ in zip(lines, prompted, strict=True)]


def _joined(lines: Sequence[str]) -> str:
    text = "\n".join(lines).strip("\n")
    return f"{text}\n" if "\n" in text else text


def _expected(lines: Sequence[str], first: int) -> tuple[str, int] | None:
    """Give what should come out of the last command: only that can be told from the output of the whole."""
    for index in range(len(lines) - 1, -1, -1):
        found = _EXPECTED.match(lines[index][:300])
        if found is not None:
            return found["value"].strip(), first + index
        if lines[index].strip():
            return None
    return None
