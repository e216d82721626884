"""Rendering again keeps what people wrote: their parts stand between markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

_PART = re.compile(
    r"<!-- write: (?P<name>[a-z0-9-]+) -->\r?\n(?P<text>.*?)(?:<!-- end -->|(?=<!-- write: |^## )|\Z)", re.DOTALL | re.M
)
"""A part whose end somebody deleted reaches to the next part or section, and takes nothing of them with it."""
_SEAL = re.compile(r"\r?\n<!-- around the parts: ([0-9a-f]{12}) -->[ \t]*(?:\r?\n|\Z)")
_SHARED = re.compile(
    r"\r?\n<!-- the same in the other documents:(?P<parts>(?: [a-z0-9-]+=[0-9a-f]{12})+) -->[ \t]*(?:\r?\n|\Z)"
)


def parts(text: str) -> Mapping[str, str]:
    """Give what stands between the markers of a document, by the name of its part."""
    found: dict[str, str] = {}
    for match in _PART.finditer(_SEAL.sub("", _SHARED.sub("", text))):
        found[match["name"]] = found.get(match["name"], "") + _ending_in_newline(match["text"])
    return found


def placed(text: str) -> list[tuple[str, int, str]]:
    """Give the parts of a document: name, the number of the first line, text."""
    return [
        (match["name"], 1 + text.count("\n", 0, match.start("text")), match["text"]) for match in _PART.finditer(text)
    ]


def segments(text: str) -> list[tuple[str, str]]:
    """Cut a document into its parts (name, text) and what stands between them (empty name, text)."""
    found, end = [], 0
    for match in _PART.finditer(text):
        found += [("", text[end : match.start()]), (match["name"], match["text"])]
        end = match.end()
    return [*found, ("", text[end:])]


def keep_written(old: str, new: str) -> str:
    """Give the new document with the parts that people wrote in the old one. Parts without a place go to the end."""
    return compose(new, parts(old))


def compose(new: str, written: Mapping[str, str]) -> str:
    """Put what people wrote in the places of a new document. Parts without a place go to the end."""
    places = parts(new).keys()
    kept = _PART.sub(lambda match: _part(match["name"], written.get(match["name"], match["text"])), new)
    homeless = [f"\n{_part(name, text)}\n" for name, text in written.items() if name not in places]
    return kept + "".join(homeless)


def written_parts(old: str, prompts: str) -> Mapping[str, str]:
    """Give the parts of a document that people changed; ``prompts`` is the document as nobody wrote in it."""
    asked = parts(prompts)
    return {name: text for name, text in parts(old).items() if text != asked.get(name)}


def told(texts: Iterable[Mapping[str, str]], shared: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """Give, part by part, what people say in all documents of a run: a judgement is written once and shown in each.

    ``texts`` has the written parts of each document, ``shared`` the digests of what was the same when it was written
    last. Where one document was changed since, its text counts; where two were changed differently, neither does.
    """
    known = {entry for remembered in shared for entry in remembered.items()}
    said: dict[str, set[str]] = {}
    for own in texts:
        for name, text in own.items():
            said.setdefault(name, set()).add(text)
    news = {name: {text for text in found if (name, digest(text)) not in known} for name, found in said.items()}
    return {name: min(news[name] or found) for name, found in said.items() if len(news[name] or found) == 1}


def digest(text: str) -> str:
    """Give what a document remembers of a part that it shares."""
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def shared_before(text: str) -> Mapping[str, str]:
    """Give the digests that a document remembers."""
    match = _SHARED.search(text)
    return dict(entry.split("=", 1) for entry in match["parts"].split()) if match else {}


def with_shared(text: str, names: Mapping[str, str]) -> str:
    """Let a document remember what it shares; one that shares nothing stays as it is."""
    bare = _SHARED.sub("", text)
    known = " ".join(f"{name}={digest(said)}" for name, said in sorted(names.items()))
    return f"{bare}\n<!-- the same in the other documents: {known} -->\n" if known else bare


def sealed(text: str) -> str:
    """Let a document remember what stands around its parts, which is written anew: whoever changes that is not lost."""
    bare = _SEAL.sub("", text)
    return f"{bare}\n<!-- around the parts: {digest(around(bare))} -->\n"


def is_lost(old: str, new: str) -> bool:
    """Tell whether people wrote something in the old document, around its parts, that the new one does not have."""
    seal = _SEAL.search(old)
    before = around(old)
    return bool(before) and before != around(new) and not (seal and seal[1] == digest(before))


def is_sealed(text: str) -> bool:
    """Tell whether a document remembers what stood around its parts; those of older versions do not."""
    return _SEAL.search(text) is not None


def unmarked(text: str) -> str:
    """Give a document without what it remembers."""
    return _SEAL.sub("", with_shared(text.replace("\r\n", "\n"), {})).rstrip("\n")


def around(text: str) -> str:
    """Give what stands around the parts; where these stand, and how it is broken into lines, is nothing."""
    return " ".join("".join(said for name, said in segments(unmarked(text)) if not name).split())


def _part(name: str, text: str) -> str:
    return f"<!-- write: {name} -->\n{text}<!-- end -->"


def _ending_in_newline(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
