"""Commands inside of lines of text: only what is nothing but code, or what the text says to run."""

from __future__ import annotations

import re

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.inline import code_only
from rollback_gov.plans.runbook.scripts import is_script
from rollback_gov.plans.runbook.words import folded, words

_CODE = re.compile(r"(?<!`)`(?P<code>[^`\n]{2,500})`(?!`)")


def command_in(text: str) -> str:
    """Give the command of an entry that is nothing but code, or that says to run it: nothing else is a command."""
    whole = code_only(text.strip())
    codes = _CODE.findall(text)
    if whole is not None:
        return whole if _runs(whole) else ""
    if len(codes) != 1 or not _runs(codes[0]):
        return ""
    before = folded(text.partition("`")[0]).strip(" *_:.")
    behind = folded(text.rpartition("`")[2]).strip(" *_:.。")
    told = words().lists["run"]
    spoken = told.match(before) or told.search(before[-40:])
    return (
        codes[0] if spoken or (told.match(behind) and not before) or _CODE.sub("", text).strip(" *_:：") == "" else ""
    )


def _runs(code: str) -> bool:
    return is_script(Block("code", 0, 1, text=code)) or (" " in code and code.split(" ", maxsplit=1)[0].islower())
