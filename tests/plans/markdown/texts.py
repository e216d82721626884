"""Plans whose texts are as hostile as texts can be."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from rollback_gov.plans.schema import check_schema
from tests.plans.documents import DOCUMENTS, PATHS, parent

PROSE = frozenset({"name", "objective", "notes", "use_when", "pros", "cons", "rationale", "note", "summary", "title"})
PROSE |= {"owner", "created", "manual", "description", "none", "ask", "reach", "role", "when", "case"}
LISTS = frozenset({"before", "during", "after", "manual", "actions", "services", "participants", "symptoms"})
SCRIPTS = frozenset({"run"})
PIECES = [
    "a",
    "Z",
    "é",
    "確",
    "1. ",
    "- ",
    "+ ",
    "* ",
    "# ",
    "## Metadata",
    "> ",
    "~",
    "`",
    "```",
    "````",
    "~~~",
    "**",
    "__",
    "_",
]
PIECES += [
    "[x](http://e.org)",
    "![i](j)",
    "<b>",
    "<!--",
    "-->",
    "&amp;",
    "&",
    "\\",
    "|",
    "---",
    "===",
    ":",
    ": ",
    "**Owner**: ",
]
PIECES += [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\x0b",
    "\x1b",
    "\u00a0",
    "\u200b",
    "\u202e",
    "\u2028",
    "\x85",
    "\ufeff",
    "😀",
]
PIECES += [
    "@ops",
    "#12",
    "GH-7",
    "www.e.org",
    "https://e.org",
    "deadbeef1",
    ":tada:",
    "$x$",
    "{operation}",
    "(2 minutes)",
]
PIECES += [
    "Phase 2: ",
    "Option A: ",
    "> 1% for 2 minutes",
    "[ ] ",
    "'",
    '"',
    "%",
    "#",
    "null",
    "0o17",
    "1e3",
    "yes",
    "12:30",
    "=",
    ".",
]
PIECES += ["```yaml\nid: x\n```", "Schedule: 2 days", "past point of no return", "\ud7ff", "\U0001f1e6", "x" * 90]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
SHELL = st.lists(
    st.sampled_from([*PIECES, "echo a\n", "  echo b\n", "\techo c", "cat <<E\nx\nE\n"]), min_size=1, max_size=6
).map("".join)


@st.composite
def rewritten(draw: st.DrawFn) -> Any:
    """An example plan, still valid, in which texts for people and scripts are something else, or keys are left out."""
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    document = copy.deepcopy(DOCUMENTS[name])
    for path in draw(st.lists(st.sampled_from(PATHS[name]), min_size=5, max_size=40, unique=True)):
        try:
            holder, key = parent(document, path), path[-1]
            old = holder[key]
        except (KeyError, IndexError, TypeError):
            continue  # it was left out
        if isinstance(old, str) and path[0] != "watch_after" and _is_text(path):
            holder[key] = draw(SHELL if key in SCRIPTS else TEXTS)
        elif isinstance(holder, dict) and key in ("name", "budget", "notes", "objective", "severity", "timeout"):
            del holder[key]
    assume(not check_schema("plan-v1", document))  # entries of a list have become equal
    return document


def _is_text(path: tuple[str | int, ...]) -> bool:
    last = path[-1]
    return last in PROSE | SCRIPTS or (isinstance(last, int) and len(path) > 1 and path[-2] in LISTS)
