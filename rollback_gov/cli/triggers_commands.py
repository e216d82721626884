"""The commands under ``triggers``, and where each is."""

from __future__ import annotations

from rollback_gov.cli.lazy_commands import LazyCommands


class TriggersCommands(LazyCommands):
    """The commands under ``triggers``."""

    members = {  # noqa: RUF012 - declared once, as ClassVar, in the class above
        "explain": "triggers_explain:explain",
        "test": "triggers_test:test",
        "prove": "triggers_prove:prove",
        "backtest": "triggers_backtest:backtest",
        "export": "triggers_exchange:export",
        "import": "triggers_exchange:import_",
        "replay": "triggers_replay:replay",
    }
