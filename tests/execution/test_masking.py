"""Secrets never reach a terminal, a file or a journal, however they are written."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rollback_gov.execution.masking import LONG_LINE, MASK, SHORTEST, Masker, mask_file, secret_values, teaches

SECRET = 'p@ss "word"/+ä€\\'
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "url": lambda secret: quote(secret, safe=""),
    "url path": quote,
    "form": quote_plus,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json unicode": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "base64": lambda secret: b64encode(secret.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_is_masked_in_every_form(form: Callable[[str], str]) -> None:
    assert Masker([SECRET]).text(f"key={form(SECRET)}&").rstrip("=&") == f"key={MASK}"


secrets = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    | st.text("ab", min_size=3, max_size=6)
    | st.text("ab\n\r \u2028", min_size=3, max_size=12),
    min_size=1,
    max_size=4,
)


def survivors(text: str, known: list[str]) -> list[str]:
    """The secrets, whole or line by line, that can be read in a text."""
    lines = {line.strip() for secret in known for line in (secret, *secret.splitlines())}
    return [
        line
        for line in lines
        for form in FORMS.values()
        if len(line) >= SHORTEST and form(line) in text and form(line) not in MASK
    ]


@given(known=secrets, form=st.sampled_from(list(FORMS)), around=st.text("ab* /", max_size=5), data=st.data())
@example(known=["aab"], form="plain", around="aa", data=None)
def test_no_secret_survives(known: list[str], form: str, around: str, data: st.DataObject | None) -> None:
    assume(not any("*" in secret for secret in known))
    secret = known[0] if data is None else data.draw(st.sampled_from(known))
    masked = Masker(known).text(around + FORMS[form](secret) + around)
    assert survivors(masked.replace(MASK, "\ufffe"), known) == []


@given(known=secrets, text=st.text("ab*", max_size=40))
def test_masking_twice_changes_nothing_more(known: list[str], text: str) -> None:
    assume(not any("*" in secret for secret in known))
    masker = Masker(known)
    assert masker.text(masker.text(text)) == masker.text(text)


def test_the_lines_of_a_key_are_masked_alone_and_together() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQ\n  AgEAAo\n-----END KEY-----\n"
    masker = Masker([key])
    assert masker.text("MIIEvQ") == MASK
    assert masker.text("x AgEAAo x") == f"x {MASK} x"
    assert masker.text(json.dumps({"key": key})) == f'{{"key": "{MASK}\\n"}}'
    assert masker.text(quote(key)) == f"{MASK}%0A"
    assert masker.text(b64encode(key.encode()).decode()).rstrip("=") == f"{MASK}K"  # the end of the last line


def test_the_short_lines_of_a_secret_are_masked_where_they_stand_together() -> None:
    masker = Masker(["ab\ncd\nef"])
    assert masker.text("see ab\ncd\nef.") == f"see {MASK}."
    assert masker.text("ab") == "ab"


@pytest.mark.parametrize("secret", ["", "a", "ab", "  ab  ", "\n\n"])
def test_what_is_too_short_to_be_a_secret_is_left_alone(secret: str) -> None:
    text = "about a cab\n\n"
    assert Masker([secret]).text(text) == text


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "user:pass:"])
def test_base64_is_masked_whatever_stands_before_the_secret_and_after_it(before: str) -> None:
    shown = Masker(["correct-horse"]).text(b64encode(f"{before}correct-horse:after".encode()).decode())
    assert MASK in shown
    assert all(len(rest) < 16 for rest in shown.split(MASK)), "what is left says nothing but its neighbours"


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("postgresql://app:hunter%2F22@db/shop", "hunter%2F22"),
        ("postgresql://app:hunter%2F22@db/shop", "hunter/22"),
        ("https://ghp_0123456789@github.com/x", "ghp_0123456789"),
        ("https://host/x?api_key=0123456&size=large", "0123456"),
    ],
)
def test_what_a_url_keeps_secret_is_masked_alone(url: str, part: str) -> None:
    assert Masker([url]).text(f"see {part}.") == f"see {MASK}."


@pytest.mark.parametrize("word", ["app", "postgres", "db", "shop", "large", "require", "pw"])
def test_what_a_url_says_openly_is_not_masked_alone(word: str) -> None:
    url = "postgresql://postgres:pw@db/shop?sslmode=require&size=large&application_name=app"
    assert Masker([url, "postgresql://[", "://"]).text(word) == word


def test_the_longer_secret_goes_first() -> None:
    assert Masker(["secret", "secret-2"]).text("secret-2 secret") == f"{MASK} {MASK}"


def test_without_secrets_nothing_changes() -> None:
    assert Masker().text("plain") == "plain"
    assert Masker().safe_cut("plain") == len("plain") + 1


def test_add_mask_lines_teach_a_secret_from_then_on() -> None:
    masker = Masker()
    assert masker.text("before tok-1 is known") == "before tok-1 is known"
    assert masker.text("::add-mask::tok-1\n::add-mask::tok-2\r\ntok-1 tok-2") == (
        f"::add-mask::{MASK}\n::add-mask::{MASK}\r\n{MASK} {MASK}"
    )
    assert masker.text("tok-1 later") == f"{MASK} later"


@pytest.mark.parametrize("before", [0, LONG_LINE - 5, 3 * LONG_LINE])
def test_an_output_that_has_taught_a_secret_is_seen_wherever_it_did(tmp_path: Path, before: int) -> None:
    kept = tmp_path / "out"
    kept.write_text("x" * before + "::add-mask::***\n")
    assert teaches(kept)
    kept.write_text("x" * before + "::add-mask:\n")
    assert not teaches(kept)
    assert not teaches(tmp_path), "a folder cannot be read"


@pytest.mark.parametrize("text", ["::add-mask::", "x ::add-mask::word", "::add-mask", "::ADD-MASK::word"])
def test_what_only_looks_like_add_mask_teaches_nothing(text: str) -> None:
    masker = Masker()
    masker.text(text)
    assert masker.text("word") == "word"


def test_plain_data_is_masked_to_its_leaves_and_keeps_its_shape() -> None:
    value = {"a": ["x hunter2", ("hunter2", 5)], "b": {"c": None, "d": True, "e": 1.5}}
    assert Masker(["hunter2"]).data(value) == {
        "a": [f"x {MASK}", [MASK, 5]],
        "b": {"c": None, "d": True, "e": 1.5},
    }


@given(known=secrets, text=st.text("ab", max_size=60), cuts=st.integers(1, 7))
@example(known=["aaa"], text="aaaaaaaaaaaaaaa", cuts=1)
@example(known=["abab", "bab"], text="abababababab", cuts=2)
def test_a_safe_cut_never_cuts_a_secret(known: list[str], text: str, cuts: int) -> None:
    """Text that comes bit by bit, and is let go at safe cuts, leaves no secret whole, not even over a cut."""
    assume(not any("*" in secret for secret in known))
    masker = Masker(known)
    shown, pending = "", ""
    for at in range(0, len(text), cuts):
        pending += text[at : at + cuts]
        cut = masker.safe_cut(pending)
        shown, pending = shown + masker.text(pending[:cut]), pending[cut:]
        assert len(pending) < 2 * masker.longest + cuts
    shown += masker.text(pending)
    assert survivors(shown.replace(MASK, "\ufffe"), known) == []


def test_threads_that_learn_secrets_side_by_side_lose_none() -> None:
    masker = Masker()
    names = [f"secret-{thread}-{number}" for thread in range(4) for number in range(40)]

    def learn(mine: list[str]) -> None:
        for name in mine:
            masker.add(name)

    threads = [threading.Thread(target=learn, args=(names[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [name for name in names if masker.text(name) != MASK] == []


def test_a_flood_of_add_mask_lines_is_learnt_in_one_go() -> None:
    masker = Masker()
    text = "\n".join(f"::add-mask::secret-{number:05d}" for number in range(2000))
    assert "secret-" not in masker.text(text)


@pytest.mark.parametrize("at", [0, 5, LONG_LINE - 3, 2 * LONG_LINE - 5, 3 * LONG_LINE - 7])
def test_a_file_is_masked_in_its_place_wherever_the_secret_stands(tmp_path: Path, at: int) -> None:
    path = tmp_path / "dump.json"
    path.write_bytes(b"x" * at + b"hunter2\xff\r\n" + b"y" * LONG_LINE + b"hunter2")
    mask_file(path, Masker(["hunter2"]))
    assert path.read_bytes() == b"x" * at + b"***\xff\r\n" + b"y" * LONG_LINE + b"***"
    assert list(tmp_path.iterdir()) == [path]


def test_a_binary_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(b"PGDMP\0hunter2")
    mask_file(path, Masker(["hunter2"]))
    assert path.read_bytes() == b"PGDMP\0hunter2"


@pytest.mark.parametrize(
    "name",
    ["GITHUB_TOKEN", "DB_PASSWORD", "db_passwd", "AWS_SECRET_ACCESS_KEY", "API_KEY", "APIKEY", "SLACK_WEBHOOK_URL"],
)
def test_variables_that_are_named_like_secrets_are_secrets(name: str) -> None:
    assert secret_values({name: "value", "HOME": "/root", "KEYBOARD": "de", "PASSENGER": "5"}) == {"value"}


def test_what_one_variable_packs_is_secret_piece_by_piece() -> None:
    masker = Masker(secret_values({"ROLLBACK_GOV_SECRETS": "DB_URL = db://shop=1\nPLAIN=p4in\n"}))
    assert masker.text("db://shop=1 and p4in") == f"{MASK} and {MASK}"
