"""The page around the parts: what it allows is what stands in it, and nothing from anywhere else."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from rollback_gov.reports.dashboard.page import Parts, page
from rollback_gov.reports.html import Safe


def parts(**values: object) -> Parts:
    return Parts(**({"title": "Rollbacks", "about": "as of now", "foot": "the end"} | values))  # type: ignore[arg-type]


def hash_of(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def test_the_style_and_the_script_are_allowed_by_what_they_say() -> None:
    made = page(parts(script="document.title = 'a < b';", connects=True))
    style = re.findall(r"<style>(.*?)</style>", made.text, re.S)
    script = re.findall(r"<script>(.*?)</script>", made.text, re.S)
    assert script == ["document.title = 'a < b';"]
    assert f"style-src 'sha256-{hash_of(style[0])}'" in made.policy
    assert f"script-src 'sha256-{hash_of(script[0])}'" in made.policy
    assert "connect-src 'self'" in made.policy


def test_a_page_without_a_script_allows_none_and_connects_nowhere() -> None:
    made = page(parts(history=Safe("<p>so it was</p>")))
    assert made.policy.startswith("default-src 'none'; ")
    assert "script-src" not in made.policy
    assert "connect-src" not in made.policy
    assert "<script" not in made.text
    assert "<p>so it was</p>" in made.text
    assert 'id="live"' not in made.text


def test_the_policy_stands_in_the_page() -> None:
    made = page(parts(live=Safe("<p>it runs</p>")))
    assert f'content="{made.policy}"'.replace("'", "&#39;") in made.text
    assert 'id="history"' not in made.text


def test_what_is_no_html_of_ours_is_text() -> None:
    made = page(parts(title="</title><script>alert(1)</script>", about="<b>", foot="<i>"))
    assert "<script" not in made.text
    assert "&lt;b&gt;" in made.text
    assert "&lt;i&gt;" in made.text


def test_the_same_parts_give_the_same_bytes() -> None:
    assert page(parts()).text == page(parts()).text
