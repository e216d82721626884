"""A group of verbs: each takes the environment and its arguments, and prints a line or raises DemoError."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from orders.environment import Environment

Verb = Callable[[Environment, Namespace], None]


class Group:
    """The parser of a group's command line."""

    def __init__(self) -> None:
        self._parser = ArgumentParser(prog="service")
        self._verbs = self._parser.add_subparsers(required=True, metavar="VERB")

    def add(self, verb: Verb) -> ArgumentParser:
        """Add a verb, named as its function; gives the parser of its arguments."""
        name = verb.__name__.replace("_", "-")
        parser = self._verbs.add_parser(name, prog=f"{name}.sh")
        parser.set_defaults(verb=verb)
        return parser

    def parse(self, arguments: list[str]) -> Namespace:
        """Read a command line; the verb's function is in `verb`. Wrong usage ends the program with 2."""
        return self._parser.parse_args(arguments)
