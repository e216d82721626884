"""Rules as pages for people. ``python -m rollback_gov.policy.pages docs/rules`` writes them to files."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Rule


def page(rule: Rule) -> str:
    """Write a rule's page as Markdown, ending with a line end."""
    parts = [
        f"# {rule.code}: {rule.title}",
        f"*{in_force(rule)}.*",
        _paragraph(rule.page.what),
        f"**Why.** {_paragraph(rule.page.why)}",
        *([f"## Bad\n\n{_fence(rule.page.bad)}"] if rule.page.bad else []),
        *([f"## Good\n\n{_fence(rule.page.good)}"] if rule.page.good else []),
    ]
    return "\n\n".join(parts) + "\n"


def in_force(rule: Rule) -> str:
    """Say in words how much a rule weighs from which level on."""
    weight = f"{rule.severity.value.capitalize()} from level {rule.from_level} on"
    if rule.from_level == 1:
        weight = f"{rule.severity.value.capitalize()} at every level"
    early = f"; a warning from level {rule.warn_from} on" if rule.warn_from else ""
    lenient = "; in `validate` a warning, unless the policy says `evidence: error`" if rule.about_evidence else ""
    return weight + early + lenient


def listing(all_rules: Iterable[Rule]) -> str:
    """Write one line a rule."""
    return "".join(f"{rule.code}  {_short(rule):<12}  {rule.title}\n" for rule in all_rules)


def index(all_rules: Iterable[Rule]) -> str:
    """Write the table of contents of the pages."""
    rows = [f"| [{rule.code}]({rule.code}.md) | {rule.title} | {in_force(rule)} |\n" for rule in all_rules]
    return "# Rules\n\n| code | rule | weight |\n|---|---|---|\n" + "".join(rows)


def files() -> dict[str, str]:
    """Give every file of the documentation's folder: name and text."""
    return {"README.md": index(rules().values())} | {f"{code}.md": page(rule) for code, rule in rules().items()}


def main(arguments: Sequence[str]) -> int:
    """Write all pages into the folder that is named, and remove those of rules that are gone."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = files()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


def _short(rule: Rule) -> str:
    early = f"{rule.warn_from}w " if rule.warn_from else ""
    return f"{rule.severity.value} {early}{rule.from_level}+"


def _paragraph(text: str) -> str:
    return text.strip()


def _fence(text: str) -> str:
    return f"```yaml\n{text.strip(chr(10))}\n```"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
