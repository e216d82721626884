from __future__ import annotations

from rollback_gov.execution.console import Console, SilentConsole


def test_nobody_is_there() -> None:
    console: Console = SilentConsole()
    console.say("line")
    console.stream("output")
    assert console.ask("Really?", 60) is None
    assert not console.interactive
