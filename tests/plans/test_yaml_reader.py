from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rollback_gov.plans.core_schema import resolve_plain
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import DOCUMENT, Source
from rollback_gov.plans.source_map import SourceMap
from rollback_gov.plans.yaml_errors import MAX_DEPTH
from rollback_gov.plans.yaml_reader import read_yaml
from tests.growth import seconds, takes_no_square
from tests.thoroughness import examples


def read(text: str) -> tuple[Any, SourceMap]:
    return read_yaml(Source("plan.yaml", text))


def value(text: str) -> Any:
    return read(text)[0]


def refusal(text: str) -> DocumentError:
    with pytest.raises(DocumentError) as error:
        read(text)
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300
    return error.value


def where(text: str) -> tuple[str, int, int]:
    error = refusal(text)
    return error.code, error.place.line, error.place.column


# Values


def test_quotes_make_text_of_anything() -> None:
    assert value('["1", \'true\', "", \'~\', "1e3"]') == ["1", "true", "", "~", "1e3"]


def test_block_scalars_are_text_also_when_they_look_like_numbers() -> None:
    assert value("a: |\n  1\nb: >-\n  2\n  3\n") == {"a": "1\n", "b": "2 3"}


def test_a_key_may_look_like_a_number_that_could_not_be_kept() -> None:
    assert value(".inf: 1\n0.12345678901234567890: 2\n") == {".inf": 1, "0.12345678901234567890": 2}


def test_keys_are_the_text_that_was_written() -> None:
    assert value("1: a\ntrue: b\n0x10: c\n~: d\n1.50: e\n") == {
        "1": "a",
        "true": "b",
        "0x10": "c",
        "~": "d",
        "1.50": "e",
    }


def test_an_alias_repeats_a_value() -> None:
    assert value("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n") == {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}, {"b": 1}]}


def test_the_last_anchor_of_a_name_counts() -> None:
    assert value("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_a_key_may_be_an_alias_of_text() -> None:
    assert value("a: &x name\n*x : 1\n") == {"a": "name", "name": 1}


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert value("a: &x {b: 1}\nc: {<<: *x}\n") == {"a": {"b": 1}, "c": {"<<": {"b": 1}}}


def test_tags_that_say_what_is_there_anyway_are_allowed() -> None:
    assert value("!!map\na: !!str 1\nb: !!seq [2]\nc: ! 3\n") == {"a": "1", "b": [2], "c": "3"}


def test_directives_and_document_marks_frame_one_document() -> None:
    assert value("%YAML 1.2\n---\na: yes\n...\n") == {"a": "yes"}


@pytest.mark.parametrize("text", ["---\n", "--- # nothing\n", "~"])
def test_a_document_may_be_nothing(text: str) -> None:
    assert value(text) is None


# Positions


def places(text: str) -> dict[str, str]:
    """Each path of a document, as ``a/0/b``, with the text at its place."""
    document, source_map = read(text)
    lines = text.replace("\r\n", "\n").split("\n")
    found = {}

    def visit(item: Any, path: tuple[str | int, ...]) -> None:
        place = source_map.place(path)
        rest = lines[place.line - 1][place.column - 1 :]
        found["/".join(map(str, path))] = rest[: place.end_column - place.column] if place.end_column else rest
        pairs = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        for key, below in pairs:
            visit(below, (*path, key))

    visit(document, ())
    return found


PLACES = """\
# a comment
plain: text
quoted: "a: b"
block: |
  first
  second
folded: >-
  first
list:
  - one
  - {flow: 1, more: [2, 33]}
empty:
"weird key": last
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_every_value_is_found_where_it_stands(line_end: str) -> None:
    assert places(PLACES.replace("\n", line_end)) == {
        "": "plain: text",
        "plain": "text",
        "quoted": '"a: b"',
        "block": "|",
        "folded": ">-",
        "list": "- one",
        "list/0": "one",
        "list/1": "{flow: 1, more: [2, 33]}",
        "list/1/flow": "1",
        "list/1/more": "[2, 33]}",
        "list/1/more/0": "2",
        "list/1/more/1": "33",
        "empty": "",
        "weird key": "last",
    }


def test_a_key_is_found_where_it_stands() -> None:
    _, source_map = read("a:\n  - {b: 1, 'c d': 2}\n")
    assert str(source_map.place(("a", 0, "c d"), at_key=True)) == "plan.yaml:2:12"
    assert source_map.place(("a", 0, "c d"), at_key=True).end_column == 17
    assert str(source_map.place(("a",), at_key=True)) == "plan.yaml:1:1"


def test_columns_count_characters_and_not_bytes() -> None:
    assert places("größe: {ключ: 値, 🙂: last}\n")["größe/🙂"] == "last"


def test_a_byte_order_mark_is_no_column(tmp_path: Any) -> None:
    from rollback_gov.plans.source import read_source

    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    document, source_map = read_yaml(read_source(path))
    assert document == {"a": 1}
    assert source_map.place(("a",)).column == 4


def test_an_aliased_value_is_found_where_it_was_written() -> None:
    _, source_map = read("a: &x {b: 1}\nc: *x\n")
    assert source_map.place(("c", "b")) == source_map.place(("a", "b"))
    assert str(source_map.place(("c",), at_key=True)) == "plan.yaml:2:1"


def test_a_path_that_leads_nowhere_has_the_place_of_what_is_there() -> None:
    _, source_map = read("a:\n  b: {c: 1}\n")
    assert source_map.place(("a", "b", "x", "y")) == source_map.place(("a", "b"))
    assert source_map.place(("a", "x"), at_key=True) == source_map.place(("a",))
    assert source_map.place(("x",)) == source_map.place(())


def test_a_node_is_given_for_its_exact_path_only() -> None:
    _, source_map = read("a: |\n  text\nb: [1]\n")
    block, number = source_map.node(("a",)), source_map.node(("b", 0))
    assert block is not None
    assert (block.value, block.block) == ("text\n", True)
    assert number is not None
    assert (number.value, number.block) == (1, False)
    assert source_map.node(("b", 1)) is None
    assert source_map.node(("b", 1, "x")) is None


# Refusals


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "The key 'a' stands twice; the first is on line 1."),
        ("x:\n  a: 1\n  'a': 2\n", 3, 3, "The key 'a' stands twice; the first is on line 2."),
        ("{a: 1, a: 2}", 1, 8, "The key 'a' stands twice; the first is on line 1."),
        ("1: a\n'1': b\n", 2, 1, "The key '1' stands twice; the first is on line 1."),
        ("a: &x b\nb: 1\n*x : 2\n", 3, 1, "The key 'b' stands twice; the first is on line 2."),
        ('"a\\nb": 1\n"a\\nb": 2\n', 2, 1, "The key 'a b' stands twice; the first is on line 1."),
        ("a: 1\n---\nb: 2\n", 2, 1, "The file holds more than one YAML document."),
        ("a: 1\n...\n---\n", 3, 1, "The file holds more than one YAML document."),
        ("a: &x [1, *x]\n", 1, 11, "The alias '*x' contains itself."),
        ("a: &x {b: {c: *x}}\n", 1, 15, "The alias '*x' contains itself."),
        ("a: *x\n", 1, 4, "The alias '*x' has no anchor '&x' before it."),
        ("a: *x\nb: &x 1\n", 1, 4, "The alias '*x' has no anchor '&x' before it."),
        ("a: !!python/object:os.system x\n", 1, 4, "The YAML tag '!!python/object:os.system' is not allowed here."),
        ("a: !!python/object/apply:os.system [ls]\n", 1, 4, "The YAML tag '!!python/object/apply:os.system' is not"),
        ("b: 1\n!!int 2: x\n", 2, 1, "The YAML tag '!!int' is not allowed here."),
        ("a: !local 1\n", 1, 4, "The YAML tag '!local' is not allowed here."),
        ("a: !<tag:example.com,2000:x> 1\n", 1, 4, "The YAML tag 'tag:example.com,2000:x' is not allowed here."),
        ("a: !!int x\n", 1, 4, "The YAML tag '!!int' is not allowed here."),
        ("a: !!timestamp 2025-12-16\n", 1, 4, "The YAML tag '!!timestamp' is not allowed here."),
        ("a: !!binary aGk=\n", 1, 4, "The YAML tag '!!binary' is not allowed here."),
        ("a: !!map [1]\n", 1, 4, "The YAML tag '!!map' is not allowed here."),
        ("a: !!str {b: 1}\n", 1, 4, "The YAML tag '!!str' is not allowed here."),
        ("b: 1\n? [a]\n: 1\n", 2, 3, "A key must be text."),
        ("{b: 1}: 2\n", 1, 1, "A key must be text."),
        ("a: &x 5\n*x : 1\n", 1, 4, "A key must be text."),
        ("{?a: 1}\n", 1, 2, "A '?' stands right before a key."),
        ("?\n: 1\n", 1, 2, "A key is missing before the ':'."),
        ("? &x:y\n: 1\n", 1, 5, "There is no space after the name 'x'."),
        ("a: &x b\n*x: 1\n", 2, 3, "There is no space after the name 'x'."),
        ("a: [1, .inf]\n", 1, 8, "'.inf' is not a finite number."),
        ("a: 0.12345678901234567\n", 1, 4, "The number 0.12345678901234567 cannot be kept exactly."),
        ("a: " + "9" * 101, 1, 4, "The number has more than 100 digits."),
        ("a: x\u2028b: y\n", 1, 5, "The character U+2028 breaks a line where editors show none."),
        ("a: 1\nb: 'x\u0085'\n", 2, 6, "The character U+0085 breaks a line where editors show none."),
    ],
)
def test_what_could_mean_something_else_is_refused_at_its_place(
    text: str, line: int, column: int, message: str
) -> None:
    assert where(text) == ("RG003", line, column)
    assert str(refusal(text)).startswith(message)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: [1, 2\nb: 3\n", 2, 2, "The file is not valid YAML: while parsing a flow sequence did not find expected"),
        ("a: 'x\nb: y\n", 3, 1, "The file is not valid YAML: while scanning a quoted scalar found unexpected end"),
        ("a: b: c\n", 1, 5, "The file is not valid YAML: mapping values are not allowed in this context."),
        (" a: 1\nb: 2\n", 2, 1, "The file is not valid YAML: did not find expected <document start>."),
        ("a: @x\n", 1, 4, "The file is not valid YAML: while scanning for the next token found character that cannot"),
        ("%YAML 2.0\n---\na: 1\n", 1, 1, "The file is not valid YAML: found incompatible YAML document."),
        ('a: "\\ud800"\n', 1, 7, "The file is not valid YAML: while parsing a quoted scalar found invalid Unicode"),
        ("a:\n\tb: 1\n", 2, 1, "A tab is used for indentation, which YAML does not allow."),
        ("a:\n  b: 1\n  \tc: 2\n", 3, 3, "A tab is used for indentation, which YAML does not allow."),
        ("- a\n-\tb\n", 2, 2, "A tab is used for indentation, which YAML does not allow."),
        ("a: b\nc: \x00\n", 2, 4, "The character U+0000 is not allowed in YAML."),
        ("é: a\nü: \x01b\n", 2, 4, "The character U+0001 is not allowed in YAML."),
        ("🙂: \x7f\n", 1, 4, "The character U+007F is not allowed in YAML."),
        ("a: \ufffe\n", 1, 4, "The character U+FFFE is not allowed in YAML."),
        ("\x00", 1, 1, "The character U+0000 is not allowed in YAML."),
    ],
)
def test_what_is_no_yaml_is_said_at_its_place(text: str, line: int, column: int, message: str) -> None:
    assert where(text) == ("RG002", line, column)
    assert str(refusal(text)).startswith(message)


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    assert refusal("a: \ud800").code == "RG002"


def test_a_file_of_comments_holds_no_document() -> None:
    assert str(refusal("# nothing here\n")) == "The file holds no document."


@pytest.mark.parametrize(
    "text", ["!" + "x" * 5000 + " 1", "*" + "x" * 5000, "&" + "x" * 5000 + " [*" + "x" * 5000 + "]"]
)
def test_no_message_grows_with_the_document(text: str) -> None:
    assert len(str(refusal(text))) < 200


# Hostile documents


@pytest.mark.parametrize("opening", ["[", "{", "{a: ", "- ", "? ", "[{a: ", "? - ", "!!seq [", "&a [", "- ? "])
def test_forty_thousand_open_brackets_neither_crash_nor_take_long(opening: str) -> None:
    error = refusal(opening * 40_000)
    assert (error.code, str(error)) == ("RG003", f"Values are nested deeper than {MAX_DEPTH} levels.")
    takes_no_square(lambda size: seconds(lambda: refusal(opening * size)), 40_000)


def test_fifty_levels_are_enough() -> None:
    assert value("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None
    assert where("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == ("RG003", 1, MAX_DEPTH + 1)


def test_aliases_do_not_nest_more_deeply_than_brackets() -> None:
    deep = "[" * 30 + "x" + "]" * 30
    assert value(f"a: &a {deep}\nb: {'[' * 19}*a{']' * 19}\n") is not None
    text = f"a: &a {deep}\nb: {'[' * 20}*a{']' * 20}\n"
    assert where(text) == ("RG003", 2, 24)
    assert str(refusal(text)) == f"Values are nested deeper than {MAX_DEPTH} levels."


def test_a_chain_of_aliases_does_not_nest_more_deeply_either() -> None:
    links = [f"a{i}: &a{i} {'[' * 20}{f'*a{i - 1}' if i else 'x'}{']' * 20}" for i in range(40)]
    assert where("\n".join(links)) == ("RG003", 3, 29)


def test_a_billion_laughs_are_counted_and_not_laughed() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    error = refusal("\n".join(lines))
    assert (error.code, error.place.line) == ("RG003", 5)
    assert str(error) == f"The document has more than {DOCUMENT.values} values once its aliases are expanded."


def test_fifty_thousand_values_are_enough() -> None:
    assert len(value("[" + "1," * (DOCUMENT.values - 1) + "]")) == DOCUMENT.values - 1
    assert refusal("[" + "1," * DOCUMENT.values + "]").code == "RG003"


def test_an_alias_counts_as_much_as_what_it_repeats() -> None:
    size = DOCUMENT.values // 2 - 3  # twice the list, two keys, and the mapping: one less than is allowed
    text = f"a: &a [{'1,' * size}]\nb: *a\n"
    assert len(value(text)["b"]) == size
    assert refusal(text + "c: d\n").place.line == 3


@pytest.mark.parametrize("begin", ["a: ", "a: 0."])
def test_long_scalars_of_digits_take_no_time(begin: str) -> None:
    """Python makes a number of digits in the square of the time."""
    assert refusal(begin + "9" * 1_000_000).code == "RG003"
    takes_no_square(lambda size: seconds(lambda: refusal(begin + "9" * size)), 1_000_000)


# Against another reader of YAML 1.2


REFERENCE = YAML(typ="safe", pure=True)

WORDS = [
    "a",
    "yes",
    "NO",
    "on",
    "1",
    "-7",
    "0x1F",
    "0o17",
    "1.5",
    "1e3",
    "true",
    "~",
    "null",
    "1:30",
    "2025-12-16",
    "1_000",
]
WORDS += [
    "v1.2.3",
    "90s",
    "it's",
    '"',
    "#",
    "a #b",
    "a: b",
    "- x",
    "[",
    "",
    " ",
    "  padded ",
    "ü",
    "🙂",
    "line\nbreak",
    "tab\t",
    "0.1",
]
scalars = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.sampled_from(WORDS) | st.text(max_size=20)
names = st.text(st.characters(exclude_characters="?", exclude_categories=["Cs"]), max_size=9)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | names, inner, max_size=4),
    max_leaves=25,
)
TOKENS = [
    "a",
    "b",
    "1",
    "0.5",
    "yes",
    "~",
    "'q'",
    '"d"',
    ": ",
    ":",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "{",
    "}",
    "[",
    "]",
    ", ",
]
TOKENS += [
    "?",
    "-",
    ".",
    "&",
    "*",
    "@",
    "\\",
    " ",
    "0",
    "''",
    "# c",
    "|\n",
    ">-\n",
    "&x ",
    "*x",
    "!!str ",
    "---\n",
    "\t",
    "? ",
    "é",
    "%",
]


def dumped(document: Any, flow: bool) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = flow
    writer.allow_unicode = True
    out = io.StringIO()
    writer.dump(document, out)
    return out.getvalue()


def printable(document: Any) -> bool:
    text = repr(document)
    return not any(character in text for character in ("\x85", "\u2028", "\u2029", "\\x85", "\\u2028", "\\u2029"))


@given(documents, st.booleans())
@settings(max_examples=examples(300))
def test_what_ruamel_writes_is_read_as_it_was(document: Any, flow: bool) -> None:
    text = dumped(document, flow)
    assume(not any(character in text for character in "\u0085\u2028\u2029"))
    assume(not re.search(r"[{,\[] ?:", text))  # libyaml refuses a plain `:0` in a flow collection, as YAML 1.1 did
    assert value(text) == document


@given(st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))
@settings(max_examples=examples(1000), suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@example("a: &x 1\nb: *x\n")
@example("- - a\n  - b\n")
def test_what_both_read_they_read_alike(text: str) -> None:
    """On arbitrary text: whatever is accepted has the value that YAML 1.2 gives it."""
    try:
        mine = value(text)
    except DocumentError:
        return
    if not isinstance(mine, dict | list):
        return  # libyaml and YAML 1.2 differ on a block scalar that is the whole document; it is no plan anyway
    try:
        theirs = REFERENCE.load(text)
    except Exception:  # it is stricter in places where libyaml, which is older than YAML 1.2, is not
        return
    assert with_values_as_keys(mine) == with_values_as_keys(theirs)


def with_values_as_keys(document: Any) -> Any:
    """ruamel gives ``1:`` the key 1, where ours is the text that was written."""
    if isinstance(document, dict):
        return {
            resolve_plain(key) if isinstance(key, str) else key: with_values_as_keys(item)
            for key, item in document.items()
        }
    return [with_values_as_keys(item) for item in document] if isinstance(document, list) else document
