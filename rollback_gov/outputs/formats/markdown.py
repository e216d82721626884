"""For a job summary or a comment: GitHub's Markdown, in which text of a plan is nothing but text.

A summary of more than 1 MiB is dropped as a whole, so this stops before and says so.
"""

from __future__ import annotations

from rollback_gov.outputs.markup import item, span, words
from rollback_gov.outputs.registry import Manner
from rollback_gov.outputs.result import CheckedFile, CheckedPlan, Summary, fails
from rollback_gov.outputs.words import closing, counted, standing

MOST_BYTES = 900 * 1024


class Writer:
    """Keeps what fits, what fails before what passes, and writes all of it at the end."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._failing, self._others = _Part(MOST_BYTES), _Part(MOST_BYTES)

    def plan(self, plan: CheckedPlan) -> str:
        """Keep one plan's part."""
        bad = any(fails(finding, self._manner.fail_on) for finding in plan.findings)
        part = self._failing if bad else self._others
        part.add(f"### {span(plan.file)}\n\n{standing(plan)}\n\n{_list(plan)}")
        return ""

    def end(self, summary: Summary) -> str:
        """Write everything, as far as there is room."""
        mark = {0: "✅ passed", 1: "❌ findings that fail"}.get(int(summary.exit_code), "nothing to check")
        sums = "".join(f"{words(line)}\n\n" for line in closing(summary))
        whole = _Part(MOST_BYTES)
        whole.add(f"## Rollback plans: {mark}\n\n{sums}")
        for file in summary.settings:
            whole.add(f"### {span(file.file)}\n\n{_list(file)}")
        for part in (self._failing, self._others):
            for block in part.blocks:
                whole.add(block)
            whole.left_out += part.left_out
        left_out = whole.left_out
        more = f"{counted(left_out, 'plan')} left out for want of room; the log and the JSON output have all.\n"
        return "".join(whole.blocks) + (more if left_out else "")


class _Part:
    """Blocks of text up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self.blocks: list[str] = []
        self.left_out = 0
        self._room = most

    def add(self, block: str) -> None:
        """Keep a block, or count it where there is no room."""
        size = len(block.encode("utf-8"))
        if size > self._room or self.left_out:
            self.left_out += 1
            return
        self._room -= size
        self.blocks.append(block)


def _list(file: CheckedFile) -> str:
    return "\n".join([*(item(file, finding) for finding in file.findings), "\n"]) if file.findings else ""
