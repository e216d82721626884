"""Cutting a text that is longer than somebody takes."""

from __future__ import annotations


def cut_at_line(text: str, most: int, end: str) -> str:
    """Give the text where it has at most ``most`` bytes, else whole lines of it with ``end`` behind them.

    What is cut and its end together have at most ``most`` bytes.
    """
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most:
        return text
    kept = raw[: most - len(end.encode("utf-8"))].decode("utf-8", "ignore")
    return kept.rpartition("\n")[0] + end


def fitted(text: str, most: int) -> str:
    """Give the text where it has at most ``most`` bytes (UTF-8), else its beginning with a sign that it was cut."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most:
        return text
    return raw[: most - len("…".encode())].decode("utf-8", "ignore") + "…"
